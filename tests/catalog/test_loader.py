"""Reading definitions: once, whole, with one hash; versions apart; twins refused."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from antong.catalog.loader import MalformedCatalogError, load, read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(str(files("antong.catalog").joinpath("data")), tmp_path / "data")
    return tmp_path / "data"


def test_it_is_read_once_and_its_hash_follows_the_content(folder: Path) -> None:
    assert load() is load()
    assert read(folder).version_hash == load().version_hash
    path = folder / "flows" / "filing.yaml"
    path.write_text(path.read_text("utf-8").replace("立案", "立案", 1) + "\n# a remark\n", "utf-8")
    assert read(folder).version_hash != load().version_hash


def test_a_second_version_stands_beside_the_first(folder: Path) -> None:
    plain = yaml.safe_load((folder / "flows" / "filing.yaml").read_text("utf-8"))
    plain.update(version=2, valid_from="2027-01-01", name="立案（新）")
    (folder / "flows" / "filing-2.yaml").write_text(yaml.safe_dump(plain, allow_unicode=True), "utf-8")
    catalog = read(folder)
    newest, first = catalog.flow("filing"), catalog.flow("filing", version=1)
    assert newest is not None
    assert first is not None
    assert (newest.name, first.name) == ("立案（新）", "立案")
    assert catalog.flow("filing", version=3) is None


def test_two_definitions_of_one_version_are_refused(folder: Path) -> None:
    shutil.copy(folder / "flows" / "filing.yaml", folder / "flows" / "filing-again.yaml")
    with pytest.raises(MalformedCatalogError, match="filing version 1"):
        read(folder)


def test_two_documents_of_one_key_are_refused(folder: Path) -> None:
    shutil.copy(folder / "documents" / "court.yaml", folder / "documents" / "court-again.yaml")
    with pytest.raises(MalformedCatalogError, match="two document kinds"):
        read(folder)


def test_charges_are_found_by_name_and_by_initials() -> None:
    catalog = load()
    assert catalog.find_charges("dq")[0].name == "盗窃罪"
    assert catalog.find_charges("DQZ")[0].name == "盗窃罪"
    assert catalog.find_charges("危险驾驶")[0].article == "第133条之1"
    assert catalog.find_charges("盗窃", most=2)[0].name == "盗窃罪"
    assert len(catalog.find_charges("", most=7)) == 7
    assert catalog.find_charges("qqqq") == []


def test_codes_are_named_and_divisions_have_one_above() -> None:
    catalog = load()
    assert catalog.code_name("sex", "1") == "男"
    assert catalog.code_name("sex", "no such code") == "no such code"
    assert catalog.has_code("case_source", "01")
    assert not catalog.has_code("no such table", "01")
    divisions = catalog.codes["division"]
    orphans = [row.name for row in divisions.values() if row.parent and row.parent not in divisions]
    assert orphans == []
    assert {len(row.code) for row in divisions.values()} == {2, 4, 6}


def test_a_unit_is_offered_what_it_may_draw_up_in_a_stage() -> None:
    catalog = load()
    at_station = {kind.key for kind in catalog.drafts("police_station", "investigation")}
    assert {"interrogation-record", "suspect-rights", "seizure-list", "search-warrant"} <= at_station
    assert not at_station & {"trial-record", "judgment", "review-extension"}
    assert catalog.drafts("prison", "investigation") == ()


def test_a_place_knows_what_is_filed_there() -> None:
    assert {kind.key for kind in load().kinds_at("cou.hearing-notice")} == {"hearing-notice", "trial-summons"}
    assert load().kinds_at("attic.box") == ()


def test_the_catalogue_is_as_large_as_agreed() -> None:
    catalog = load()
    assert len(catalog.dossier.entries()) >= 100
    assert len(catalog.charges) == 483
    assert len(catalog.documents) >= 60
    assert {entry.key for entry in catalog.dossier.excluded} == {"investigation-work", "inner", "secret"}


@pytest.mark.parametrize(
    ("kind", "unit_kind", "may"),
    [
        ("detention-warrant", "police", True),
        ("detention-warrant", "police_station", True),
        ("detention-warrant", "procuratorate", False),
        ("indictment", "procuratorate", True),
        ("indictment", "police", False),
        ("execution-notice", "court", True),
        ("execution-notice", "detention", False),
        ("prison-receipt", "prison", True),
    ],
)
def test_only_its_issuer_draws_up_a_document(kind: str, unit_kind: str, may: object) -> None:
    assert load().documents[kind].may_draft(unit_kind) is may
