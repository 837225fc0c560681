"""From the fields of a form to the values of an action."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from antong.cases.types import NewParty, PartyKind
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
MOST_PARTIES = 6


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
    charge = values.get(prefix + "charge", "").strip()
    rest: dict[str, Any] = {**texts, **flags, "nationality": texts["nationality"] or "中国"}
    return NewParty(
        kind=PartyKind(kind),
        born_on=born_on,
        aliases=tuple(filter(None, values.get(prefix + "aliases", "").replace("，", "、").split("、"))),
        charge_codes=(charge,) if charge else (),
        **rest,
    )


def parties(values: Mapping[str, str]) -> list[NewParty]:
    """Return every party that a form names."""
    found = [party(values, index) for index in range(MOST_PARTIES)]
    return [one for one in found if one is not None]
