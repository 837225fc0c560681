"""Makes the code tables of `catalog` from the public-security tables and the list of charges.

    python tools/convert_codes.py CODES_FOLDER

Origins: public-security code tables (public standards: GB/T 2261, 3304, 2659, 4658 and GA code sets), charges derived
from the judicial interpretations on charges up to Amendment XII. Run again when a table changes.
"""

from __future__ import annotations

import csv
import sys
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
SOURCES = ("110报警", "群众报案", "控告举报", "扭送", "自首", "工作中发现", "行政机关移送", "其他单位移送", "上级交办")
ID_TYPES = (("resident", "居民身份证"), ("passport", "护照"), ("hmt", "港澳台居民证件"), ("military", "军官证"), ("credit", "统一社会信用代码"), ("other", "其他证件"))


def initials(text: str) -> str:
    """Return pinyin initials: 盗窃 -> dq."""
    joined = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()
    return "".join(char for char in joined if char.isascii() and char.isalnum())


def write(path: Path, rows: list[tuple[str, ...]], header: tuple[str, ...]) -> None:
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
    write(target / "id_type.csv", [(key, name, initials(name)) for key, name in ID_TYPES], ("code", "name", "initials"))
    with (source / "charges_2024_derived.csv").open(encoding="utf-8-sig", newline="") as opened:
        charges = [
            (f"Z{index:03d}", row["charge"], row["article_if_matched"], initials(row["charge"]))
            for index, row in enumerate(csv.DictReader(opened), 1)
        ]
    write(target / "charges.csv", charges, ("code", "name", "article", "initials"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
