"""From the fields of a form to the values of an action, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import QueryDict

from antong.cases.types import NewParty, PartyKind, PartyView
from antong.kernel.refusal import BadInput

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
    "p0_name": "姓名", "p0_id_number": "证件号码", "p0_charge": "罪名", "p0_sex": "性别", "p0_born_on": "出生日期",
    "p0_aliases": "别名", "p0_nationality": "国籍", "p0_ethnicity": "民族", "p0_occupation": "职业", "p0_phone": "电话",
    "p0_residence": "住址", "p0_role_in_case": "地位作用", "p0_legal_representative": "法定代表人、法定代理人",
    "p0_elsewhere_reason": "另案处理理由", **{f"p0_{key}": word for key, word in FLAGS},
}  # fmt: skip
MOST_PARTIES = 40
_NAMED = re.compile(r"^p(\d{1,2})_name$")


def indexes(values: Mapping[str, str]) -> list[int]:
    """Return the rows of parties that a form has, in order."""
    found = sorted(int(match[1]) for match in map(_NAMED.match, values) if match)
    return [index for index in found if index < MOST_PARTIES]


def listed(values: Mapping[str, Any], name: str) -> list[str]:
    """Return every value of a field that may stand several times; "code:name" each, empty ones left out."""
    found = values.getlist(name) if isinstance(values, QueryDict) else values.get(name, [])
    return [str(text) for text in found if str(text).strip()]


def party(values: Mapping[str, str], index: int) -> NewParty | None:
    """Return the party of row `index` of a form, or None where the row is empty."""
    prefix = f"p{index}_"
    texts = {name: values.get(prefix + name, "").strip() for name in TEXTS}
    flags = {name: values.get(prefix + name) == "on" for name, _ in FLAGS}
    if not texts["name"] and not flags["identity_unknown"] and not texts["id_number"]:
        return None
    kind = values.get(prefix + "kind", "suspect")
    if kind not in {item.value for item in PartyKind}:
        raise BadInput(
            "不能登记：当事人类型不对。", code="form", fields={f"parties.{index}.kind": "从列表中选"}
        )
    born = values.get(prefix + "born_on", "").strip()
    try:
        born_on = date.fromisoformat(born) if born else None
    except ValueError:
        raise BadInput(
            "不能登记：出生日期写得不对。", code="form", fields={f"parties.{index}.born_on": "例：1991-06-14"}
        ) from None
    rest: dict[str, Any] = {**texts, **flags, "nationality": texts["nationality"] or "中国"}
    return NewParty(
        kind=PartyKind(kind),
        born_on=born_on,
        aliases=tuple(filter(None, values.get(prefix + "aliases", "").replace("，", "、").split("、"))),
        charge_codes=tuple(
            dict.fromkeys(text.partition(":")[0].strip() for text in listed(values, prefix + "charge"))
        ),
        **rest,
    )


def parties(values: Mapping[str, str]) -> list[NewParty]:
    """Return every party that a form names."""
    found = [party(values, index) for index in indexes(values)]
    return [one for one in found if one is not None]


def row(values: Mapping[str, Any], index: int, wrong: Mapping[str, str]) -> dict[str, Any]:
    """Return one row of parties as the template shows it, with what is wrong by field."""
    prefix = f"p{index}_"
    shown: dict[str, Any] = {
        name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)
    }
    charges = [text.partition(":")[::2] for text in listed(values, prefix + "charge")]
    mine = {
        name.rsplit(".", 1)[-1]: text for name, text in wrong.items() if name.startswith(f"parties.{index}.")
    }
    extra = {name for name in shown if name not in {"kind", "name", "id_number", "charge", "nationality"}}
    return {
        **dict.fromkeys((*TEXTS, "born_on", "aliases", "kind"), ""),
        **shown,
        "charges": charges,
        "prefix": prefix,
        "index": index,
        "wrong": mine,
        "more": any(shown.get(name) for name in extra)
        or bool(set(mine) - {"name", "id_number", "charge_codes"}),
    }


def as_form(found: PartyView | None) -> dict[str, Any]:
    """Return a party as the values of the first row of a form."""
    if found is None:
        return {}
    values: dict[str, Any] = {f"p0_{name}": str(getattr(found, name)) for name in TEXTS}
    values |= {f"p0_{name}": "on" for name, _ in FLAGS if getattr(found, name)}
    return values | {
        "p0_kind": found.kind.value, "p0_born_on": found.born_on.isoformat() if found.born_on else "",
        "p0_aliases": "、".join(found.aliases), "p0_charge": [f"{charge.code}:{charge.name}" for charge in found.charges],
    }  # fmt: skip


def as_values(given: QueryDict) -> dict[str, Any]:
    """Return what a form sent, charges as lists, to show it again."""
    return {name: given.getlist(name) if name.endswith("_charge") else given.get(name, "") for name in given}
