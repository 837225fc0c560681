"""Code tables: complete, articles real, made again from their origin without a difference."""

from __future__ import annotations

import filecmp
import importlib.util
import sys
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from antong.catalog.loader import load
from antong.law import articles

ROOT = Path(__file__).parents[2]
ORIGIN = ROOT.parent / "shared" / "data" / "codes"
OUTSIDE = {"骗购外汇罪"}
"""Charges that stand outside 刑法 (ORIGIN.md)."""


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("convert_codes", ROOT / "tools" / "convert_codes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_charge_stands_in_the_criminal_law() -> None:
    charges = load().charges.values()
    assert {charge.name for charge in charges if not charge.article} == OUTSIDE
    wrong = [
        (charge.name, cited)
        for charge in charges
        for cited in charge.citations()
        if not articles.exists(cited)
    ]
    assert wrong == []


def test_theft_and_dangerous_driving_are_where_everybody_knows_them() -> None:
    by_name = {charge.name: charge for charge in load().charges.values()}
    assert by_name["盗窃罪"].citations() == ("刑法第264条",)
    assert "盗窃" in articles.find("刑法第264条").text
    assert by_name["危险驾驶罪"].citations() == ("刑法第133条之1",)
    assert by_name["执行判决、裁定滥用职权罪"].citations() == ("刑法第399条第3款",)


def test_every_row_has_initials_and_its_code_once() -> None:
    for table, rows in load().codes.items():
        assert rows, table
        assert [
            row.name for row in rows.values() if not row.initials and any(c >= "一" for c in row.name)
        ] == [], table


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("二", 2),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百二十", 120),
        ("二百零三", 203),
        ("三百九十九", 399),
    ],
)
def test_chinese_numbers_of_articles_are_read(text: str, number: int) -> None:
    assert tool()._number(text) == number


def test_the_tables_are_made_again_from_their_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not ORIGIN.is_dir():
        pytest.skip("the shared code tables are not beside this checkout")
    module = tool()
    target = tmp_path / "src" / "antong" / "catalog" / "data" / "codes"
    target.mkdir(parents=True)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "tools" / "convert_codes.py"))
    module.main(ORIGIN)
    kept = Path(str(files("antong.catalog").joinpath("data", "codes")))
    names = sorted(path.name for path in kept.glob("*.csv"))
    assert sorted(path.name for path in target.iterdir()) == names
    assert filecmp.cmpfiles(kept, target, names, shallow=False) == (names, [], [])
