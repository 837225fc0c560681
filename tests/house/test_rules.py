"""Each house rule catches a planted breach."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def rules() -> Any:
    path = ROOT / "tools" / "house_rules.py"
    spec = importlib.util.spec_from_file_location("house_rules", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LONG = "def f():\n" + "".join(f"    x{i} = {i}\n" for i in range(70))
PLANTED = [
    ("src/a.py", "x = 1\n" * 401), ("src/a.py", LONG), ("src/a.py", "from os import *\n"), ("src/models.py", "class A:\n    def save(self):\n        pass\n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), PLANTED)
def test_a_breach_in_python_is_caught(name: str, text: str) -> None:
    assert list(rules().python_faults(Path("/x") / name, text))


TEXTS = [
    ("a.md", "see https://pypi.org/simple/x"), ("a.md", "in " + "/" + "work/main"), ("a.css", "a { color: #123456; }"),
    ("a.html", "<p>" + "字" * 160), ("a.html", '<p style="x">'), ("a.html", "<script>x</script>"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_a_breach_in_text_is_caught(name: str, text: str) -> None:
    assert list(rules().text_faults(Path("/x") / name, text))


def test_a_body_is_counted_without_signature_and_docstring() -> None:
    node = ast.parse('def f(\n    a,\n    b,\n):\n    """Doc.\n\n    More.\n    """\n    return a\n').body[0]
    assert rules().body_lines(node) == 1


def test_the_licence_stands_in_full_in_both_languages() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.lstrip().startswith("木兰宽松许可证, 第2版")
    for words in (
        *(
            "0. 定义",
            "1. 授予版权许可",
            "2. 授予专利许可",
            "3. 无商标许可",
            "4. 分发限制",
            "5. 免责声明与责任限制",
            "6. 语言",
        ),
        *(
            "0. Definition",
            "1. Grant of Copyright License",
            "2. Grant of Patent License",
            "3. No Trademark License",
        ),
        *(
            "4. Distribution Restriction",
            "5. Disclaimer of Warranty",
            "6. Language",
            "END OF THE TERMS AND CONDITIONS",
        ),
    ):
        assert words in text, words
    assert "Mulan PSL v2" in (ROOT / "NOTICE").read_text("utf-8")
