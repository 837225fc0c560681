"""From the fields of a form to the values of an action, and back; what cannot be read is noted, never raised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from antong.cases.types import NewParty, PartyKind, PartyView
from antong.web import dates, parse

FLAGS = (
    ("identity_unknown", "身份不明"),
    ("foreigner", "外国人"),
    ("minor", "未成年人"),
    ("absconded", "在逃"),
    ("handled_elsewhere", "另案处理"),
    ("deputy", "人大代表、政协委员"),
)
TEXTS = (
    "name", "sex", "id_type", "id_number", "nationality", "ethnicity", "education", "occupation", "residence",
    "phone", "role_in_case", "legal_representative", "elsewhere_reason",
)  # fmt: skip
LABELS = {
    "kind": "类型", "name": "姓名", "id_number": "证件号码", "id_type": "证件类型", "charge": "罪名", "sex": "性别", "born_on": "出生日期",
    "aliases": "别名", "nationality": "国籍", "ethnicity": "民族", "education": "文化程度", "occupation": "职业", "phone": "电话",
    "residence": "住址", "role_in_case": "地位作用", "legal_representative": "法定代表人、法定代理人",
    "elsewhere_reason": "另案处理理由", **dict(FLAGS),
}  # fmt: skip
"""What a field of a party is called; its place in a form is p<row>_<field>."""
BEHIND = {
    "sex", "born_on", "id_type", "aliases", "ethnicity", "education", "occupation", "phone", "residence", "role_in_case",
}  # fmt: skip
"""Fields that stand folded away until they say something."""
ANCHORS = {"occurred_at": "f-occurred", "happened_at": "f-happened", "late_reason": "f-late"}
"""Inputs whose id is not f-<field>."""
MOST_PARTIES = 40
_NAMED = re.compile(r"^p(\d{1,2})_name$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: the form's field, the words, whose or which field, and the id of the input to go to."""

    name: str
    words: str
    label: str
    anchor: str


def indexes(values: Mapping[str, Any]) -> list[int]:
    """Return the rows of parties that a form has, in order."""
    found = sorted(int(match[1]) for match in map(_NAMED.match, values) if match)
    return [index for index in found if index < MOST_PARTIES]


def listed(values: Mapping[str, Any], name: str) -> list[str]:
    """Return every value of a field that may stand several times; "code:name" each, empty ones left out."""
    found = values.getlist(name) if isinstance(values, QueryDict) else values.get(name, [])
    return [str(text) for text in found if str(text).strip()]


def party(
    values: Mapping[str, str], index: int, faults: dict[str, str], *, place: int = 0
) -> NewParty | None:
    """Return the party of row `index` of a form, or None where the row is empty.

    What cannot be read is noted in `faults` as `parties.<place>.<field>`, as the action names what it refuses.
    """
    prefix = f"p{index}_"
    texts = {name: values.get(prefix + name, "").strip() for name in TEXTS}
    flags = {name: values.get(prefix + name) == "on" for name, _ in FLAGS}
    if not texts["name"] and not flags["identity_unknown"] and not texts["id_number"]:
        return None
    kind = values.get(prefix + "kind", "suspect")
    if kind not in {item.value for item in PartyKind}:
        faults[f"parties.{place}.kind"], kind = "从列表中选类型", "suspect"
    nationality = texts.pop("nationality")
    rest: dict[str, Any] = {**texts, **flags}
    charges = (text.partition(":")[0].strip() for text in listed(values, prefix + "charge"))
    return NewParty(
        kind=PartyKind(kind),
        born_on=parse.noted(values, prefix + "born_on", faults, dates.day, fault=f"parties.{place}.born_on"),
        aliases=tuple(filter(None, re.split("[、，,]", values.get(prefix + "aliases", "")))),
        charge_codes=tuple(dict.fromkeys(charges)),
        nationality=nationality or ("" if flags["foreigner"] else "中国"),
        **rest,
    )


def parties(values: Mapping[str, str], faults: dict[str, str]) -> list[tuple[int, NewParty]]:
    """Return every party that a form names, with the row it stands in."""
    found: list[tuple[int, NewParty]] = []
    for index in indexes(values):
        one = party(values, index, faults, place=len(found))
        if one is not None:
            found.append((index, one))
    return found


def faults_of(fields: Mapping[str, str], rows: list[int], labels: Mapping[str, str]) -> list[Fault]:
    """Return what an action refused, field by field, each with the input to go to.

    `rows` are the form's rows of the parties the action was given, `labels` the names of the form's other fields.
    """
    found = []
    for name, words in fields.items():
        parts = name.split(".")
        if parts[0] == "parties":
            row, field = rows[int(parts[1])], parts[2].replace("charge_codes", "charge")
            label = LABELS.get(field, field)
            anchor = f"p{row}_{'charge_name' if field == 'charge' else field}"
            whose = f"第 {row + 1} 人 {label}" if len(rows) > 1 or row else label
            found.append(Fault(name=f"p{row}_{field}", words=words, label=whose, anchor=anchor))
        else:
            anchor = ANCHORS.get(name, f"f-{name}")
            found.append(Fault(name=name, words=words, label=labels.get(name, name), anchor=anchor))
    return found


def row(values: Mapping[str, Any], index: int, faults: list[Fault]) -> dict[str, Any]:
    """Return one row of parties as the template shows it, with what is wrong by field."""
    prefix = f"p{index}_"
    shown: dict[str, Any] = {
        name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)
    }
    wrong = {
        fault.name.removeprefix(prefix): fault.words for fault in faults if fault.name.startswith(prefix)
    }
    return {
        **dict.fromkeys((*TEXTS, "born_on", "aliases", "kind"), ""),
        **shown,
        "charges": [text.partition(":")[::2] for text in listed(values, prefix + "charge")],
        "prefix": prefix,
        "index": index,
        "wrong": wrong,
        "more": any(shown.get(name) for name in BEHIND) or bool(set(wrong) & BEHIND),
    }


def as_form(found: PartyView | None) -> dict[str, Any]:
    """Return a party as the values of the first row of a form."""
    if found is None:
        return {}
    values: dict[str, Any] = {f"p0_{name}": str(getattr(found, name)) for name in TEXTS}
    values |= {f"p0_{name}": "on" for name, _ in FLAGS if getattr(found, name)}
    return values | {
        "p0_kind": found.kind.value, "p0_born_on": dates.words(found.born_on) if found.born_on else "",
        "p0_aliases": "、".join(found.aliases), "p0_charge": [f"{charge.code}:{charge.name}" for charge in found.charges],
    }  # fmt: skip


def from_fact(name: str, value: Any) -> tuple[str, Any]:
    """Return a fact of a party as the ledger keeps it as a field of the first row of a form and its value there."""
    if name == "charges":
        return "p0_charge", list(value or [])
    if name == "aliases":
        return "p0_aliases", "、".join(value or [])
    if name == "born_on":
        return "p0_born_on", dates.words(date.fromisoformat(value)) if value else ""
    if isinstance(value, bool):
        return f"p0_{name}", "on" if value else ""
    return f"p0_{name}", str(value or "")


def as_values(given: QueryDict) -> dict[str, Any]:
    """Return what a form sent, charges as lists, to show it again."""
    return {name: given.getlist(name) if name.endswith("_charge") else given.get(name, "") for name in given}
