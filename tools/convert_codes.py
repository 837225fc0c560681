"""Makes the code tables of `catalog` from the public-security tables and the list of charges.

    python tools/convert_codes.py CODES_FOLDER

Where each table comes from stands in src/antong/catalog/data/codes/ORIGIN.md. Run again when a table changes: the
same folder gives the same files.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from pypinyin import Style, lazy_pinyin

TABLES = {
    "CODE_AJLB.csv": "case_category",
    "CODE_MZ.csv": "ethnicity",
    "CODE_GJ.csv": "nationality",
    "CODE_WHCD.csv": "education",
    "CODE_XB.csv": "sex",
    "CODE_TSSF.csv": "special_status",
}
SOURCES = (
    "110报警",
    "群众报案",
    "控告举报",
    "扭送",
    "自首",
    "工作中发现",
    "行政机关移送",
    "其他单位移送",
    "上级交办",
)
MENDED = {
    # articles the source could not match by name, or ran together, read in the text of 刑法
    "提供虚假证明文件罪": "第229条第1款、第2款",
    "出具证明文件重大失实罪": "第229条第3款",
    "编造、故意传播虚假恐怖信息罪": "第291条之1第1款",
    "聚众扰乱军事管理区秩序罪": "第371条第2款",
    "徇私枉法罪": "第399条第1款",
    "民事、行政枉法裁判罪": "第399条第2款",
    "执行判决、裁定滥用职权罪": "第399条第3款",
}
DIVISIONS = (("provinces.csv", ""), ("cities.csv", "provinceCode"), ("areas.csv", "cityCode"))
"""File, and the column that names the division above."""
ID_TYPES = (
    ("resident", "居民身份证"),
    ("passport", "护照"),
    ("hmt", "港澳台居民证件"),
    ("military", "军官证"),
    ("credit", "统一社会信用代码"),
    ("other", "其他证件"),
)


def initials(text: str) -> str:
    """Return pinyin initials: 盗窃 -> dq."""
    joined = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()
    return "".join(char for char in joined if char.isascii() and char.isalnum())


def write(path: Path, rows: Sequence[tuple[str, ...]], header: tuple[str, ...]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(path.name, len(rows))


def main(source: Path) -> None:
    """Convert every table."""
    target = Path(__file__).parent.parent / "src" / "antong" / "catalog" / "data" / "codes"
    for file, name in TABLES.items():
        with (source / "ga" / file).open(encoding="utf-8-sig", newline="") as opened:
            rows = [(row["code"], row["name"], initials(row["name"])) for row in csv.DictReader(opened)]
        write(target / f"{name}.csv", rows, ("code", "name", "initials"))
    write(
        target / "case_source.csv",
        [(f"{index:02d}", name, initials(name)) for index, name in enumerate(SOURCES, 1)],
        ("code", "name", "initials"),
    )
    write(
        target / "id_type.csv",
        [(key, name, initials(name)) for key, name in ID_TYPES],
        ("code", "name", "initials"),
    )
    with (source / "charges_2024_derived.csv").open(encoding="utf-8-sig", newline="") as opened:
        charges = [
            (
                f"Z{index:03d}",
                row["charge"],
                _numbered(MENDED.get(row["charge"], row["article_if_matched"])),
                initials(row["charge"]),
            )
            for index, row in enumerate(csv.DictReader(opened), 1)
        ]
    write(target / "charges.csv", charges, ("code", "name", "article", "initials"))
    write(target / "division.csv", divisions(source / "divisions"), ("code", "name", "initials", "parent"))


def divisions(folder: Path) -> Sequence[tuple[str, ...]]:
    """Return provinces, cities and counties with the code of the one above."""
    rows = []
    for file, above in DIVISIONS:
        with (folder / file).open(encoding="utf-8-sig", newline="") as opened:
            rows += [
                (row["code"], row["name"], initials(row["name"]), row[above] if above else "")
                for row in csv.DictReader(opened)
            ]
    return rows


def _numbered(article: str) -> str:
    """Return an article with digits throughout, as citations write it: 第一百二十条之一 -> 第120条之1."""
    return re.sub(f"(?<=[第之])[{_DIGITS}十百]+", lambda match: str(_number(match[0])), article)


_DIGITS = "零一二三四五六七八九"


def _number(text: str) -> int:
    """Return the value of a Chinese number below a thousand."""
    total = unit = 0
    for char in text:
        if char in "十百":
            total += max(unit, 1) * (10 if char == "十" else 100)
            unit = 0
        else:
            unit = _DIGITS.index(char)
    return total + unit


if __name__ == "__main__":
    main(Path(sys.argv[1]))
