"""Reading a table that somebody uploads, CSV or XLSX: cells as text, within limits, or a refusal that says what to do."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable

from openpyxl import load_workbook

from antong.kernel.refusal import BadInput

LARGEST = 2 << 20
LARGEST_UNPACKED = 16 << 20
MOST_ROWS = 500
MOST_COLUMNS = 30
LAST_LINE = 20_000
"""How far down a sheet is looked at: a format set on whole columns makes a million empty rows."""
LONGEST_CELL = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
BASIS = ("案通导入规则：收 CSV 和 XLSX 表格，一次至多 500 人",)


def _refuse(what: str, code: str, remedy: str) -> BadInput:
    return BadInput(what, code=code, basis=BASIS, remedy=remedy, fields={"file": remedy})


def read_table(content: bytes) -> list[list[str]]:
    """Return the rows of a table as text, the head first, empty rows left out; a formula keeps its = sign.

    Raises BadInput for what is no table, too large, or in an encoding that cannot be read.
    """
    if not content:
        raise _refuse("不能导入：文件是空的。", "table-empty", "选填好的表格；没有的，先下载模板。")
    if len(content) > LARGEST:
        raise _refuse("不能导入：文件超过 2 MB。", "table-large", "去掉图片和多余的工作表，或分成几个文件。")
    rows = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    if len(rows) > MOST_ROWS + 1:
        raise _refuse(
            f"不能导入：表格超过 {MOST_ROWS} 行。", "table-long", f"分成每个不超过 {MOST_ROWS} 人的几个文件。"
        )
    return rows


def _limited(rows: Iterable[Iterable[object]]) -> list[list[str]]:
    """Return rows as text, no more than one beyond the most there may be; what lies further is not looked at."""
    found: list[list[str]] = []
    for row in rows:
        cells = [_text(cell) for _, cell in zip(range(MOST_COLUMNS), row, strict=False)]
        while cells and not cells[-1]:  # a sheet is as wide as its widest row
            cells.pop()
        if cells:
            found.append(cells)
        if len(found) > MOST_ROWS + 1:
            break
    return found


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # numbers typed into a sheet: 100037.0 is the number 100037
    return " ".join(str(cell).split())[: LONGEST_CELL + 1]


def _csv(content: bytes) -> list[list[str]]:
    text = _decoded(content)
    if _CONTROL.search(text):
        raise _not_a_table()
    try:
        mark = max(",\t;", key=text.partition("\n")[0].count)
        return _limited(csv.reader(io.StringIO(text), delimiter=mark, strict=True))
    except csv.Error:
        raise _not_a_table() from None


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):  # office programs in China save CSV in the second
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refuse("不能导入：文字编码读不出。", "table-encoding", "另存为“CSV UTF-8”或 XLSX 后再导入。")


def _not_a_table() -> BadInput:
    return _refuse("不能导入：这不是表格文件。", "table-kind", "选 CSV 或 XLSX 表格；旧的 XLS 另存为 XLSX。")


def _xlsx(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(one.file_size for one in archive.infolist())
    except (zipfile.BadZipFile, ValueError, EOFError):
        raise _not_a_table() from None
    if unpacked > LARGEST_UNPACKED:
        raise _refuse("不能导入：表格展开后太大。", "table-large", "去掉图片和多余的工作表，或存为 CSV。")
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        try:
            rows = book.worksheets[0].iter_rows(max_row=LAST_LINE, max_col=MOST_COLUMNS, values_only=True)
            return _limited(rows)
        finally:
            book.close()
    except Exception:  # noqa: BLE001 - the reader stumbles over a broken file in whatever way it happens to
        raise _not_a_table() from None
