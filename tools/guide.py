"""Writes the user's guide, docs/guide/zh and docs/guide/en, from the help that stands beside the pages of the product.

    python tools/guide.py [--check]

With --check it writes nothing, says which files are not as the product says it, and ends with 1.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "antong.boot.settings")
os.environ.setdefault("ANTONG_STATE", str(ROOT / ".antong" / "check"))

import django  # noqa: E402 - settings are named first

django.setup()

from antong.flow.types import State  # noqa: E402
from antong.web import helping  # noqa: E402
from antong.web.helping import Screen  # noqa: E402
from antong.web.pages.org import guide  # noqa: E402

DOCS, PICTURES = ROOT / "docs" / "guide", ROOT / "docs" / "pictures"
KEYS = ROOT / "src" / "antong" / "web" / "templates" / "components" / "keys.html"
MARK = "<!-- written by tools/guide.py from the help of the product: change src/antong/web/help, not this file -->"
ENGLISH = {
    "/": "search cases, hand-overs, documents", "F": "filter the list", "J K": "down and up the rows", "Enter": "open the row",
    "Space": "preview the row", "X": "tick the row", "E": "nudge the row's owner, may be undone for 5 seconds", "1–7": "change the tab",
    "A": "tick the whole page, or none of it", "?": "the table of keys", "← →": "turn pages", "N": "next gap or doubt",
    "P": "pin a reason for a return", "D": "only what changed or is in doubt", "Alt+P": "take a phrase into a longer text",
    "F1": "help of this page", "Ctrl+Enter": "the main button", "Esc": "close, go back",
}  # fmt: skip
"""What the keys of all pages do, in English; the Chinese stands in the product."""


def keys() -> list[tuple[str, str]]:
    """Return the keys of all pages with what they do, as the product shows them."""
    cells = re.findall(r"<td[^>]*>(.*?)</td>", KEYS.read_text("utf-8"))
    plain = [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]
    return list(zip(plain[::2], plain[1::2], strict=True))


def pages() -> Mapping[Path, str]:
    """Return every file of the guide with what it is to say."""
    made: dict[Path, str] = {
        DOCS / "zh" / "README.md": "\n".join(_index_zh()),
        DOCS / "en" / "README.md": "\n".join(_index_en()),
    }
    for key, title, roles, english in guide.CHAPTERS:
        screens = guide.chapter(roles)
        made[DOCS / "zh" / f"{key}.md"] = "\n".join(_chapter_zh(title, screens))
        made[DOCS / "en" / f"{key}.md"] = "\n".join(_chapter_en(english, screens))
    return {path: text.rstrip() + "\n" for path, text in made.items()}


def stale() -> list[str]:
    """Return the files of the guide that are not as the product says it, also those left over."""
    wanted = pages()
    wrong = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    return [str(path.relative_to(ROOT)) for path in (*wrong, *(set(DOCS.glob("*/*.md")) - set(wanted)))]


def _index_zh() -> Iterator[str]:
    known = helping.screens()
    yield from (MARK, "", "# 案通使用手册", "")
    yield "在任何一页按 F1，页边就是那一页的帮助；本手册是它们的合集，按岗位排列。平台里也能看：右上角您的名字下，“使用手册”。"
    yield from (
        "",
        "## 按岗位",
        "",
        *(f"* [{title}]({key}.md)" for key, title, _, _ in guide.CHAPTERS),
        "",
        "## 快捷键",
        "",
    )
    yield "正在输入或输入法组字时，单键不起作用。每个快捷键都有对应的按钮。"
    yield from ("", "| 键 | 做什么 |", "|---|---|", *(f"| `{key}` | {words} |" for key, words in keys()), "")
    for table in helping.tables().values():
        yield from (
            f"## {table.title}",
            "",
            "| 词 | 意思 |",
            "|---|---|",
            *(f"| {a} | {b} |" for a, b in table.rows),
            "",
        )
    yield from ("## 人人都有的页面", "")
    for name in guide.EVERYBODY:
        yield from _screen_zh(known[name], "###")


def _chapter_zh(title: str, screens: Iterable[Screen]) -> Iterator[str]:
    yield from (
        MARK,
        "",
        f"# {title}",
        "",
        "[回目录](README.md)。颜色、状态、快捷键和人人都有的页面在目录里。",
        "",
    )
    for one in screens:
        yield from _screen_zh(one, "##")


def _screen_zh(one: Screen, level: str) -> Iterator[str]:
    yield from (f"{level} {one.title}", "", one.purpose, "")
    yield from _picture(one.name, one.title)
    if one.first:
        yield from (*(f"{number}. {words}" for number, words in enumerate(one.first, 1)), "")
    if one.meanings:
        yield from (*(f"* **{word}**：{meaning}" for word, meaning in one.meanings), "")
    if one.basis:
        yield from (f"依据：{'；'.join(one.basis)}。", "")


def _index_en() -> Iterator[str]:
    known = helping.screens()
    yield from (MARK, "", "# User's guide", "")
    yield "The product speaks Chinese. This guide says what each screen is for, under its Chinese name; press F1 on a page for its full help."
    yield from ("", "## By role", "")
    yield from (f"* [{english[0].upper()}{english[1:]}]({key}.md)" for key, _, _, english in guide.CHAPTERS)
    yield from (
        "",
        "## Keys",
        "",
        "| key | what it does |",
        "|---|---|",
        *(f"| `{key}` | {ENGLISH[key]} |" for key, _ in keys()),
        "",
    )
    yield from (
        "## States of a hand-over",
        "",
        "| shown | state |",
        "|---|---|",
        *(f"| {state.label} | {state.value} |" for state in State),
        "",
    )
    yield "Limits are red within 24 hours, orange within 3 days, yellow within 7, blue beyond; dark red is past. 静默 is silence: the receiver let the limit pass."
    yield from ("", "## Screens that everybody has", "")
    for name in guide.EVERYBODY:
        yield from _screen_en(known[name], "###")


def _chapter_en(english: str, screens: Iterable[Screen]) -> Iterator[str]:
    yield from (MARK, "", f"# For the {english}", "", "[Contents](README.md)", "")
    for one in screens:
        yield from _screen_en(one, "##")


def _screen_en(one: Screen, level: str) -> Iterator[str]:
    yield from (f"{level} {one.english.title} ({one.title})", "", one.english.purpose, "")
    yield from _picture(one.name, one.english.title)


def _picture(name: str, words: str) -> Iterator[str]:
    """Yield the picture of a screen, where there is one."""
    if (PICTURES / f"{name}.png").exists():
        yield from (f"![{words}](../../pictures/{name}.png)", "")


def main() -> None:
    """Write the guide, or say what is stale."""
    if "--check" in sys.argv[1:]:
        wrong = stale()
        print("\n".join(wrong))
        sys.exit(1 if wrong else 0)
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    print(f"guide: {len(pages())} files under docs/guide")


if __name__ == "__main__":
    main()
