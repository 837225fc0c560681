"""The bundle of a case holds every original, document, sheet, manifest and package that an entry binds."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from antong.cases import selectors as cases
from antong.cases.access import case_for
from antong.catalog import loader
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.models import Original
from antong.dossier.types import Upload
from antong.flow import actions, selectors
from antong.flow.types import Done, Outcome, State
from antong.kernel.refusal import Refusal
from antong.ledger import selectors as ledger
from antong.org.types import Permission
from antong_verify import verify

People = dict[str, Any]


def through(people: People, case_id: UUID, flow: str) -> Done:
    police, chief = people["zhencha"], people["juzhang"]
    done = actions.compose(police, case_id=case_id, flow=flow)
    done = actions.submit(police, handover_id=done.handover_id, version=done.version)
    if loader.load().flows[flow].approver is not None:
        done = actions.approve(chief, handover_id=done.handover_id, version=done.version)
    if done.state is State.APPROVED:
        done = actions.send(police, handover_id=done.handover_id, version=done.version)
    return done


def upload(people: People, case_id: UUID, scan: bytes, name: str) -> UUID:
    made = dossier_actions.upload(
        people["zhencha"],
        case_id=case_id,
        catalogue_key="ev-victim.victim",
        files=[Upload(file_name=name, content=io.BytesIO(scan + name.encode()))],
    )
    return made.original_ids[0]


@pytest.fixture
def case_id(people: People, new_case: Callable[..., UUID], filled: Callable[[UUID], None]) -> UUID:
    made = new_case()
    through(people, made, "filing")
    filled(made)
    return made


def contents(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_papers_that_were_never_sent_are_in_it(
    people: People, case_id: UUID, scan: bytes, tmp_path: Path
) -> None:
    through(people, case_id, "prosecution-transfer")
    never_sent = {upload(people, case_id, scan, f"later-{index}.jpg") for index in range(3)}
    removed = upload(people, case_id, scan, "removed.jpg")
    page = next(
        page.id
        for volume in dossier.tree(case_id).volumes
        for entry in volume.entries
        for page in entry.pages
        if page.original_id == removed
    )
    dossier_actions.remove_page(people["zhencha"], case_id=case_id, page_id=page, reason="重复扫描")
    out = tmp_path / "case.zip"
    entries = selectors.export_bundle(case_id, out, by="测试")
    report = verify(out)
    assert report.ok, report.faults
    assert report.entries == entries == ledger.last_number(case_id)
    parts = contents(out)
    for original in Original.objects.filter(dossier_id=case_id).select_related("blob__dossier"):
        suffix = original.file_name.rsplit(".", 1)[-1]
        kept = b"".join(dossier.read_blob(original.blob))
        assert parts[f"files/originals/{original.id}.{suffix}"] == kept
    bound = {row["path"]: row["bound_by"] for row in json.loads(parts["bindings.json"])}
    assert all("entry" in by for by in bound.values())
    assert {*never_sent, removed} <= {
        UUID(Path(path).stem) for path in bound if path.startswith("originals/")
    }
    folders = {path.split("/")[0] for path in bound}
    assert folders == {"originals", "manifests", "packages", "sheets"}


def test_a_document_issued_by_itself_and_its_signed_scan_are_in_it(
    people: People, case_id: UUID, scan: bytes, tmp_path: Path
) -> None:
    kind = loader.load().drafts(people["zhencha"].unit_kind, "investigation")[0]
    draft = actions.draft_document(
        people["zhencha"],
        case_id=case_id,
        kind=kind.key,
        party_ids=[cases.living_sheet(case_id).suspects[0].id],
        fields={field.key: "按笔录" for field in kind.fields},
    )
    issued = actions.issue_document(
        people["zhencha"], case_id=case_id, document_id=draft.id, version=draft.version
    )
    signed = dossier_actions.upload_signed(
        people["zhencha"],
        case_id=case_id,
        document_id=issued.id,
        files=[Upload(file_name="签名件.jpg", content=io.BytesIO(scan + b"signed"))],
    )
    out = tmp_path / "case.zip"
    selectors.export_bundle(case_id, out, by="测试")
    assert verify(out).ok
    names = set(contents(out))
    assert f"files/originals/{issued.original_id}.pdf" in names
    assert f"files/originals/{signed.signed_original_id}.jpg" in names


def test_every_flow_without_approver_binds_the_documents_it_issues(
    people: People, case_id: UUID, tmp_path: Path
) -> None:
    """Nobody approves them, so they are issued as they are sent: the entry of the sending binds them."""
    police = people["zhencha"]
    case = case_for(police, case_id, Permission.CASE_READ)
    offered = [
        offer.flow.key
        for offer in selectors.offers(police, case, cases.living_sheet(case_id))
        if offer.flow.approver is None and offer.flow.carries.documents and offer.flow.kind != "act"
    ]
    assert offered
    through(people, case_id, offered[0])
    sent = ledger.entries(case_id)[0]
    assert sent.act == "handover.send"
    assert sent.after is not None
    assert sent.after["documents"]
    selectors.export_bundle(case_id, tmp_path / "case.zip", by="测试")
    assert verify(tmp_path / "case.zip").ok


def test_an_original_that_no_entry_binds_stops_the_export(
    people: People, case_id: UUID, tmp_path: Path
) -> None:
    row = Original.objects.filter(dossier_id=case_id).first()
    assert row is not None
    Original.objects.create(
        dossier_id=case_id, blob=row.blob, file_name="slipped-in.jpg", page_count=1,
        uploaded_by=row.uploaded_by, uploaded_at=row.uploaded_at,
    )  # fmt: skip
    with pytest.raises(Refusal) as refused:
        selectors.export_bundle(case_id, tmp_path / "case.zip", by="测试")
    assert refused.value.code == "original-unbound"
    assert not list(tmp_path.iterdir())


def test_what_is_written_while_it_is_made_waits_for_the_next(
    people: People, case_id: UUID, scan: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from antong.flow import _bundle

    real = _bundle._files

    def files(case: UUID, last: int, folder: Path) -> Any:
        upload(people, case_id, scan, "meanwhile.jpg")
        return real(case, last, folder)

    monkeypatch.setattr(_bundle, "_files", files)
    count = selectors.export_bundle(case_id, tmp_path / "case.zip", by="测试")
    assert count < ledger.last_number(case_id)
    assert verify(tmp_path / "case.zip").ok


def test_exporting_is_a_reading_on_the_record(people: People, case_id: UUID, tmp_path: Path) -> None:
    selectors.export_bundle(case_id, tmp_path / "case.zip", by="命令行 root")
    newest = ledger.readings(case_id)[0]
    assert (newest.what, newest.person_name) == ("导出证据包", "命令行 root")


def test_what_another_unit_only_considered_is_proven_but_not_told(
    people: People, investigated: UUID, tmp_path: Path
) -> None:
    asked = through(people, investigated, "arrest-request")
    office = people["anguan"]
    taken = actions.accept(office, handover_id=asked.handover_id, version=asked.version)
    suspects = cases.living_sheet(investigated).suspects
    actions.propose_answer(
        office,
        handover_id=taken.handover_id,
        version=taken.version,
        outcomes=[Outcome(party_id=one.id, outcome="refused", reason="尚在内部研究") for one in suspects],
    )
    selectors.export_bundle(investigated, tmp_path / "theirs.zip", reader=people["zhencha"])
    report = verify(tmp_path / "theirs.zip")
    assert report.ok, report.faults
    told = contents(tmp_path / "theirs.zip")["entries.jsonl"].decode()
    lines = [json.loads(line) for line in told.splitlines()]
    (proposed,) = [line for line in lines if line["entry"]["act"] == "handover.propose-answer"]
    assert proposed["opening"] is None
    assert "尚在内部研究" not in told
    own = [line for line in lines if line["entry"]["act"] == "handover.compose"]
    assert own
    assert all(line["opening"] for line in own)
    selectors.export_bundle(investigated, tmp_path / "whole.zip", by="测试")
    assert "尚在内部研究" in contents(tmp_path / "whole.zip")["entries.jsonl"].decode()
    assert not list(selectors.workplace().iterdir())
