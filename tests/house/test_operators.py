"""What operators read is the same in both languages: commands, settings, files and figures; and every setting and command exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from antong.boot.cli import cli
from antong.boot.declared import SETTINGS

DOCS = Path(__file__).parent.parent.parent / "docs"
ENGLISH, CHINESE = ((DOCS / name).read_text("utf-8") for name in ("operations.md", "operations.zh.md"))
CODE = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^```(.*?)^```", re.DOTALL | re.MULTILINE)


def quoted(text: str) -> set[str]:
    """Return what a document quotes, on one line: what one types, sets, opens or reads."""
    flat = re.sub(r"(?<!\n)\n {3}(?=\S)", " ", BLOCK.sub("", text))
    return {" ".join(one.split()) for one in CODE.findall(re.sub(r"\n(?!\n)", " ", flat))}


def test_both_name_the_same_commands_settings_files_and_figures() -> None:
    english, chinese = quoted(ENGLISH), quoted(CHINESE)
    assert english - chinese == set(), "in docs/operations.md alone"
    assert chinese - english == set(), "in docs/operations.zh.md alone"


def test_both_have_the_same_shape() -> None:
    assert BLOCK.findall(ENGLISH) == BLOCK.findall(CHINESE), "what is run is the same"
    for mark in (r"^(#+) ", r"^(\d+)\. ", r"^(\|)"):
        shapes = [re.findall(mark, text, re.MULTILINE) for text in (ENGLISH, CHINESE)]
        assert Counter(shapes[0]) == Counter(shapes[1])


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_every_setting_and_command_that_is_named_exists(text: str) -> None:
    known = {one.name for one in SETTINGS}
    named = set(re.findall(r"\b(?:ANTONG_[A-Z0-9_]*[A-Z0-9]|DATABASE_URL\w*)\b(?!\*|_\*)", text))
    assert {one for one in named if one.removesuffix("_FILE") not in known and one not in known} <= {
        "ANTONG_S3"
    }
    commands = set(re.findall(r"`antong ([a-z][a-z-]+)", text))
    assert commands <= set(cli.commands)
