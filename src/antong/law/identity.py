"""Identity numbers: GB 11643-1999, checked, never required."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_NEW = re.compile(r"[0-9]{17}[0-9X]")
_OLD = re.compile(r"[0-9]{15}")
_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCheck:
    """What a number says: `problem` when it cannot be one, `warning` when something about it is odd."""

    number: str
    valid: bool
    problem: str = ""
    warning: str = ""
    born_on: date | None = None
    sex: str = ""


def check_character(seventeen: str) -> str:
    """Return the 18th character for the first 17 digits (GB 11643 §4: ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, _WEIGHTS, strict=True))
    return _CHECK[total % 11]


def check(text: str) -> IdentityCheck:
    """Check a resident's identity number of 18 characters, or of the old 15 digits; full-width ones are read too."""
    number = "".join(unicodedata.normalize("NFKC", text).upper().split())
    if _OLD.fullmatch(number):
        born = _birth("19" + number[6:12])
        if born is None:
            return IdentityCheck(number=number, valid=False, problem="号码中的出生日期不存在")
        return IdentityCheck(
            number=number,
            valid=True,
            warning="15 位旧号码，请核对 18 位号码",
            born_on=born,
            sex=_sex(number[14]),
        )
    if not _NEW.fullmatch(number):
        return IdentityCheck(
            number=number, valid=False, problem=f"应为 18 位：17 位数字加一位校验码，现为 {len(number)} 位"
        )
    born = _birth(number[6:14])
    if born is None:
        return IdentityCheck(number=number, valid=False, problem="号码中的出生日期不存在")
    if check_character(number[:17]) != number[17]:
        return IdentityCheck(number=number, valid=False, problem="校验码不对，请核对每一位")
    warning = "" if number[:2] in _PROVINCES else "号码前两位不是现行省级区划代码，请核对"
    return IdentityCheck(number=number, valid=True, warning=warning, born_on=born, sex=_sex(number[16]))


def _birth(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _sex(digit: str) -> str:
    return "男" if int(digit) % 2 else "女"
