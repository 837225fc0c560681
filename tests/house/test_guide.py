"""The guide says what the product says; every picture that documents name is there, and every picture is named."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"!\[[^\]]*\]\(([^)]+\.(?:png|webp))\)")


def tool() -> Any:
    spec = importlib.util.spec_from_file_location("guide_tool", ROOT / "tools" / "guide.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_guide_is_as_the_product_says_it() -> None:
    assert tool().stale() == [], "run: python tools/guide.py"


def test_a_change_of_the_product_makes_the_guide_stale(monkeypatch: Any) -> None:
    made = tool()
    monkeypatch.setattr(made, "keys", lambda: [("F1", "别的意思")])
    assert "docs/guide/zh/README.md" in made.stale()


def test_every_key_is_said_in_english() -> None:
    made = tool()
    shown = made.keys()
    assert sorted(made.ENGLISH) == sorted(words for words, _ in shown)


def test_every_picture_is_there_and_named() -> None:
    named = set()
    for page in (ROOT / "README.md", ROOT / "README.zh.md", *(ROOT / "docs").rglob("*.md")):
        for name in NAMED.findall(page.read_text("utf-8")):
            picture = (page.parent / name).resolve()
            assert picture.exists(), f"{page.name} names {name}"
            named.add(picture)
    there = set((ROOT / "docs" / "pictures").glob("*"))
    assert there == named
    assert all(picture.stat().st_size <= 200 * 1024 for picture in there)
