"""Makes the package data of `law` from a folder of statute texts and one of holiday notices.

    python tools/convert_law.py LAW_FOLDER CALENDAR_FOLDER

Statute texts are official documents (著作权法第5条: no copyright). The calendar is holiday-cn (MIT), with the
notice of each year named in it. Run again when a text or a year is added; the result is committed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

STATUTES = {
    "刑事诉讼法(2018).md": ("法", "刑事诉讼法", "2018-10-26"),
    "公安机关办理刑事案件程序规定(2020).md": ("公", "公安机关办理刑事案件程序规定", "2020-09-01"),
    "人民检察院刑事诉讼规则(2019).md": ("检", "人民检察院刑事诉讼规则", "2019-12-30"),
    "最高法刑诉解释(2021).md": ("释", "最高人民法院关于适用《中华人民共和国刑事诉讼法》的解释", "2021-03-01"),
    "社区矫正法(2019).md": ("社", "社区矫正法", "2020-07-01"),
    "监察法(2024).md": ("监", "监察法", "2025-06-01"),
    "刑法.md": ("刑", "刑法", "1997-10-01"),
    "看守所条例(1990).md": ("看", "看守所条例", "1990-03-17"),
    "监狱法(2026修订).md": ("狱", "监狱法", "2026-11-01"),
    "法律援助法(2021).md": ("援", "法律援助法", "2022-01-01"),
}
DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}
ARTICLE = re.compile(
    r"^(?:\*\*)?第([零一二三四五六七八九十百千]+)条(之[一二三四五六七八九十]+)?(?:\*\*)?[\s　]*(.*)$"
)
HEADING = re.compile(r"^(#|第[零一二三四五六七八九十百]+[编章节])")
ITEM = re.compile(r"^[（(][一二三四五六七八九十]+[)）]")


def number(text: str) -> int:
    """Return a Chinese numeral below ten thousand as an integer."""
    total, digit = 0, 0
    for char in text:
        if char in DIGITS:
            digit = DIGITS[char]
        else:
            unit = {"十": 10, "百": 100, "千": 1000}[char]
            total += (digit or 1) * unit
            digit = 0
    return total + digit


def statute(path: Path, short: str, name: str, since: str) -> dict[str, object]:
    """Return a statute as article number -> paragraphs; items are joined to the paragraph they belong to."""
    articles: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in path.read_text("utf-8").split("<!-- INFO END -->")[-1].splitlines():
        text = line.strip()
        if not text:
            continue
        found = ARTICLE.match(text)
        if found:
            key = str(number(found[1])) + (f"-{number(found[2][1:])}" if found[2] else "")
            current = articles.setdefault(key, [])
            if found[3]:
                current.append(found[3].strip())
        elif HEADING.match(text):
            current = None
        elif current is not None:
            if ITEM.match(text) and current:
                current[-1] += text
            else:
                current.append(text)
    return {"short": short, "name": name, "since": since, "articles": articles}


def main(law: Path, calendar: Path) -> None:
    """Convert everything into src/antong/law/data."""
    target = Path(__file__).parent.parent / "src" / "antong" / "law" / "data"
    for file, (short, name, since) in STATUTES.items():
        made = statute(law / file, short, name, since)
        out = target / "statutes" / f"{Path(file).stem}.json"
        out.write_text(json.dumps(made, ensure_ascii=False, indent=0), "utf-8")
        print(file, len(made["articles"]), "articles")  # type: ignore[arg-type]
    years = {}
    for path in sorted(calendar.glob("20*.json")):
        year = json.loads(path.read_text("utf-8"))
        years[str(year["year"])] = {
            "papers": year["papers"],
            "rest": [day["date"] for day in year["days"] if day["isOffDay"]],
            "work": [day["date"] for day in year["days"] if not day["isOffDay"]],
        }
    origin = "State Council holiday notices by way of holiday-cn, MIT licence; the notices of a year are its papers"
    (target / "calendar.json").write_text(json.dumps({"origin": origin, "years": years}, indent=0), "utf-8")
    print("calendar", min(years), max(years))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
