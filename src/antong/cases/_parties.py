"""Entering and amending parties: what a form says, checked, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models

from antong.cases.models import Charge, Party
from antong.cases.types import NewParty, PartyKind, Stage
from antong.catalog import loader
from antong.kernel import clock
from antong.kernel.moment import FIRST_YEAR
from antong.kernel.refusal import BadInput
from antong.law import identity
from antong.org import selectors as org

ADULT = 18
IDENTITY = frozenset({"kind", "born_on", "sex", "nationality", "id_number"})
"""Fields whose faults are that they contradict each other."""
_WRITTEN = {field.name for field in fields(NewParty)} - {"kind", "charge_codes"}
_LONGEST = {
    field.attname: field.max_length
    for field in Party._meta.concrete_fields  # noqa: SLF001 - the documented way to a model's fields
    if isinstance(field, models.CharField) and field.attname in _WRITTEN and field.max_length
}
"""How much each written field of a party holds."""
UNKNOWN_NAME = "身份不明人员"


def initials(text: str) -> str:
    """Return the pinyin initials of a name, for pickers and search: 韩序舟 -> hxz."""
    return org.initials(text)[:100]


def rows(
    case_id: UUID,
    parties: Sequence[NewParty],
    *,
    first: int,
    stage: Stage,
    happened_at: datetime | None,
    faults: Mapping[str, str] | None = None,
) -> tuple[list[Party], list[Charge]]:
    """Return unsaved rows for `parties`, numbered from `first`; `happened_at` is when the offence happened.

    Raises BadInput naming every field that is wrong, keyed `parties.<index>.<field>`, with those the caller found.
    """
    errors: dict[str, str] = {}
    people, charges = build(
        case_id, parties, first=first, stage=stage, happened_at=happened_at, errors=errors
    )
    errors |= faults or {}
    if errors:
        raise BadInput(
            f"不能保存：当事人信息有 {len(errors)} 处要改。",
            code="party-fields",
            basis=basis_of(errors),
            remedy="改正标红的各项；身份证件号码可以不填。",
            who="登记人",
            fields=errors,
        )
    return people, charges


def basis_of(errors: Mapping[str, str]) -> tuple[str, ...]:
    """Return the rules that the faults of a form offend, those alone."""
    of_identity = {
        name for name in errors if name.startswith("parties.") and name.rpartition(".")[2] in IDENTITY
    }
    rules = []
    if of_identity:
        rules.append("案通登记规则：身份信息互相一致")
    if set(errors) - of_identity:
        rules.append("案通登记规则：必填的写全，从列表中选，时间先后相合，不超过字数")
    return tuple(rules)


def build(
    case_id: UUID,
    parties: Sequence[NewParty],
    *,
    first: int,
    stage: Stage,
    happened_at: datetime | None,
    errors: dict[str, str],
) -> tuple[list[Party], list[Charge]]:
    """Return unsaved rows for `parties`; what is wrong with them is added to `errors`, `parties.<index>.<field>`."""
    offence = clock.local(happened_at).date() if happened_at and happened_at.tzinfo else clock.today()
    people, charges = [], []
    for index, new in enumerate(parties):
        values = _checked(new, index, errors, offence)
        for field, most in _LONGEST.items():
            if len(values[field]) > most:
                errors[f"parties.{index}.{field}"] = f"最多 {most} 字，现有 {len(values[field])} 字"
        party = Party(case_id=case_id, position=first + index, stage=stage, state="", **values)
        if new.handled_elsewhere:
            party.state = "elsewhere"
        people.append(party)
        charges += _charges(party, new.charge_codes, index, errors)
    return people, charges


def _checked(new: NewParty, index: int, errors: dict[str, str], offence: date) -> dict[str, Any]:
    values = asdict(new)
    values.pop("charge_codes")
    values["aliases"] = [alias.strip() for alias in new.aliases if alias.strip()]
    values["name"] = new.name.strip() or (UNKNOWN_NAME if new.identity_unknown else "")
    values["initials"] = initials(values["name"])

    def wrong(field: str, text: str) -> None:
        errors[f"parties.{index}.{field}"] = text

    if not values["name"]:
        wrong("name", "写明姓名；身份不明的，勾选“身份不明”")
    if new.kind is PartyKind.UNIT_SUSPECT and (new.sex or new.born_on):
        wrong("kind", "单位没有性别和出生日期；是自然人的，改为“犯罪嫌疑人”")
    if new.born_on is not None and new.born_on > clock.today():
        wrong("born_on", "出生日期不得晚于今天")
    if new.born_on is not None and new.born_on.year < FIRST_YEAR - 50:
        wrong("born_on", f"出生日期不得早于 {FIRST_YEAR - 50} 年")
    if new.handled_elsewhere and not new.elsewhere_reason.strip():
        wrong("elsewhere_reason", "另案处理须写明理由")
    if new.foreigner and new.nationality in {"", "中国"}:
        wrong("nationality", "外国人须写明国籍")
    if new.id_number.strip() and new.id_type in {"", "resident"}:
        _check_number(new, values, wrong)
    born = values["born_on"]
    if born is not None and not new.minor:
        values["minor"] = new.kind is PartyKind.SUSPECT and not _of_age(born, offence)
    return values


def _of_age(born: date, day: date) -> bool:
    """Whether somebody is 18 on the day of the offence, in doubt not: from the day after the birthday (刑法第17条)."""
    try:
        birthday = born.replace(year=born.year + ADULT)
    except ValueError:  # born on 29 February
        birthday = date(born.year + ADULT, 3, 1)
    return day > birthday


def _check_number(new: NewParty, values: dict[str, Any], wrong: Any) -> None:
    checked = identity.check(new.id_number)
    values["id_number"] = checked.number
    values["id_type"] = "resident"
    if not checked.valid:
        wrong("id_number", checked.problem)
        return
    values["id_warning"] = checked.warning
    if checked.born_on is not None:
        if new.born_on is not None and new.born_on != checked.born_on:
            wrong("born_on", f"与身份证号码中的出生日期 {checked.born_on.isoformat()} 不一致")
        values["born_on"] = checked.born_on
    if checked.sex:
        if new.sex and new.sex != checked.sex:
            wrong("sex", f"与身份证号码中的性别（{checked.sex}）不一致")
        values["sex"] = checked.sex


def _charges(party: Party, codes: Sequence[str], index: int, errors: dict[str, str]) -> list[Charge]:
    catalog = loader.load()
    result = []
    for position, code in enumerate(codes):
        charge = catalog.charge(code)
        if charge is None:
            errors[f"parties.{index}.charge_codes"] = f"罪名表里没有“{code}”，请从列表中选"
            continue
        result.append(
            Charge(party=party, code=charge.code, name=charge.name, article=charge.article, position=position)
        )
    return result


def facts(party: Party, charges: Sequence[Charge]) -> dict[str, Any]:
    """Return everything the record says of a party, for the entry to commit to."""
    own = {field.attname: getattr(party, field.attname) for field in party._meta.concrete_fields}  # noqa: SLF001 - the documented way to a model's fields
    laid = [{"code": one.code, "name": one.name, "article": one.article} for one in charges]
    return {**own, "charges": laid}
