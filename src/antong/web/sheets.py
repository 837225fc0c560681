"""Spreadsheets to take away: XLSX, text alone, no formula."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from django.http import HttpResponse
from openpyxl import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH = 18


def workbook(name: str, sheets: Mapping[str, Sequence[Sequence[str]]]) -> HttpResponse:
    """Return sheets of text by their titles as one XLSX file; every cell is text, so that no number loses its zeros."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for line, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                cell = sheet.cell(line, column)
                cell.number_format = "@"
                cell.value = value
                cell.data_type = "s"
        for letter in "ABCDEF":
            sheet.column_dimensions[letter].width = WIDTH
    out = io.BytesIO()
    book.save(out)
    answer = HttpResponse(out.getvalue(), content_type=XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer
