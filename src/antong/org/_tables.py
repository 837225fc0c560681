"""Reading a table that somebody brings, CSV or XLSX: cells as text, within limits, or a refusal that says what to do."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence

from openpyxl import load_workbook

from antong.kernel.refusal import BadInput

LARGEST = 2 << 20
LARGEST_UNPACKED = 16 << 20
MOST_ROWS = 500
"""Of a table on a page: hashing as many passwords takes as long as anybody waits for an answer."""
MOST_BY_COMMAND = 5000
MOST_COLUMNS = 30
LAST_LINE = 20_000
"""How far down a sheet is looked at: a format set on whole columns makes a million empty rows."""
LONGEST_CELL = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
BASIS = (
    f"案通导入规则：收 CSV 和 XLSX 表格，页面上一次至多 {MOST_ROWS} 人，用命令一次至多 {MOST_BY_COMMAND} 行",
)


def _refuse(what: str, code: str, remedy: str) -> BadInput:
    return BadInput(what, code=code, basis=BASIS, remedy=remedy, fields={"file": remedy})


def read_table(content: bytes, *, most: int = MOST_ROWS) -> list[list[str]]:
    """Return the rows of a table as text, the head first, empty rows left out; a formula keeps its = sign.

    Raises BadInput for what is no table, too large, of more than `most` rows, or in an encoding that cannot be read.
    """
    if not content:
        raise _refuse("不能导入：文件是空的。", "table-empty", "选填好的表格；没有的，先下载模板。")
    if len(content) > LARGEST:
        raise _refuse("不能导入：文件超过 2 MB。", "table-large", "去掉图片和多余的工作表，或分成几个文件。")
    rows = _xlsx(content, most) if content.startswith(b"PK") else _csv(content, most)
    if len(rows) > most + 1:
        raise _refuse(
            f"不能导入：表格超过 {most} 行。", "table-long", f"分成每个不超过 {most} 行的几个文件。"
        )
    return rows


def columns(
    table: Sequence[Sequence[str]],
    heads: Sequence[str],
    optional: Collection[str],
    *,
    most: int,
    rows_of: str,
) -> list[dict[str, str]]:
    """Return the rows below the head of a table by the names of their columns; others than `heads` are passed over.

    `rows_of` says what a row is (人员). Raises BadInput where the head is not that of the template, or there are no
    rows, or more than `most`.
    """
    given = [cell.replace(" ", "").replace("　", "") for cell in (table[0] if table else ())]
    missing = [head for head in heads if head not in given and head not in optional]
    if missing or len(set(given) & set(heads)) != len([one for one in given if one in heads]):
        free = f"（{'、'.join(head for head in heads if head in optional)}可不要）" if optional else ""
        raise BadInput(
            f"不能导入：{rows_of}表的表头与模板不同。"
            if missing
            else f"不能导入：{rows_of}表的表头有重复的列。",
            code="table-heads",
            basis=BASIS,
            remedy=f"第一行须有：{'、'.join(heads)}{free}。文字是乱码的，另存为“CSV UTF-8”。",
            items=[f"缺少：{'、'.join(missing)}"] if missing else [],
            fields={"file": "用模板的表头"},
        )
    if len(table) == 1 or len(table) > most + 1:
        raise BadInput(
            f"不能导入：没有一行{rows_of}。" if len(table) == 1 else f"不能导入：{rows_of}表超过 {most} 行。",
            code="table-rows",
            basis=BASIS,
            remedy=f"表头下面每行写一项，至多 {most} 行。",
            fields={"file": f"1 到 {most} 行"},
        )
    places = {head: given.index(head) for head in heads if head in given}
    return [
        {head: row[place] if place < len(row) else "" for head, place in places.items()} for row in table[1:]
    ]


def cell_faults(row: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the cells of a row, whatever they mean: formulas, and what is too long for any column."""
    formulas = [f"{head}：是公式，改成文字" for head, cell in row.items() if cell.startswith(("=", "+", "@"))]
    return formulas + [f"{head}：太长" for head, cell in row.items() if len(cell) > LONGEST_CELL]


def _limited(rows: Iterable[Iterable[object]], most: int) -> list[list[str]]:
    """Return rows as text, no more than one beyond the most there may be; what lies further is not looked at."""
    found: list[list[str]] = []
    for row in rows:
        cells = [_text(cell) for _, cell in zip(range(MOST_COLUMNS), row, strict=False)]
        while cells and not cells[-1]:  # a sheet is as wide as its widest row
            cells.pop()
        if cells:
            found.append(cells)
        if len(found) > most + 1:
            break
    return found


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # numbers typed into a sheet: 100037.0 is the number 100037
    return " ".join(str(cell).split())[: LONGEST_CELL + 1]


def _csv(content: bytes, most: int) -> list[list[str]]:
    text = _decoded(content)
    if _CONTROL.search(text):
        raise _not_a_table()
    try:
        mark = max(",\t;", key=text.partition("\n")[0].count)
        return _limited(csv.reader(io.StringIO(text), delimiter=mark, strict=True), most)
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


def _xlsx(content: bytes, most: int) -> list[list[str]]:
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
            return _limited(rows, most)
        finally:
            book.close()
    except Exception:  # noqa: BLE001 - the reader stumbles over a broken file in whatever way it happens to
        raise _not_a_table() from None
