"""Documents as pages in their official form: A4, bold centred title, number at the right, parts with their names.

Typst sets the type; text goes in as data, never as markup, so no name can become a command.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings

LEAST_ON_A_PAGE = 400
"""Characters that a full page holds at least, so that every page has a code of its own."""
_DIGITS = "〇一二三四五六七八九"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPart:
    """One part of a document as it is to be set; `code` and the page's number stand in the code at its foot."""

    title: str
    to: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Everything a document's pages say."""

    unit: str
    name: str
    number: str
    addressee: str
    body: Sequence[str]
    closing: str
    date: str
    parts: Sequence[SetPart]


def chinese_date(day: date) -> str:
    """Return a date as documents write it: 二〇二六年十一月二十四日."""
    year = "".join(_DIGITS[int(digit)] for digit in str(day.year))
    return f"{year}年{_small(day.month)}月{_small(day.day)}日"


def _small(number: int) -> str:
    tens, ones = divmod(number, 10)
    text = ("" if tens <= 1 else _DIGITS[tens]) + ("十" if tens else "")
    return text + (_DIGITS[ones] if ones else "")


@cache
def _source() -> bytes:
    return files("antong.dossier").joinpath("templates", "document.typ").read_bytes()


def font_paths() -> list[str]:
    """Return where the type faces are: those brought by set-up, else the system's."""
    brought = Path(settings.ANTONG_ASSETS) / "fonts"
    return [str(brought)] if brought.is_dir() else []


def qr(text: str) -> str:
    """Return a QR code as SVG."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", border=0, xmldecl=False, svgns=True)
    return out.getvalue().decode()


def typeset(setting: Setting) -> bytes:
    """Return the PDF of a document, each part on pages of its own; about 0.1 s."""
    made: bytes = _compiled(setting)
    return made


def pictures(setting: Setting, *, dots: float = 84) -> list[bytes]:
    """Return the pages of a document as PNG at `dots` per inch, to be looked at before it is issued."""
    made = _compiled(setting, format="png", ppi=dots)
    return made if isinstance(made, list) else [made]


def _compiled(setting: Setting, **how: Any) -> Any:
    data = asdict(setting)
    most = 2 + sum(len(paragraph) for paragraph in setting.body) // LEAST_ON_A_PAGE
    data["parts"] = [
        {**asdict(part), "qrs": [qr(f"{part.code}:{number}") for number in range(1, most + 1)]}
        for part in setting.parts
    ]
    return typst.compile(
        _source(),
        font_paths=font_paths(),
        ignore_system_fonts=bool(font_paths()),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        **how,
    )
