"""Registering a case: once, everywhere the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from antong.cases import _derive, _grants, _parties
from antong.cases.models import Case, Charge, Party
from antong.cases.types import GrantChange, GrantRole, NewParty, PartyKind, Stage
from antong.catalog import loader
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import EARLIEST, Moment, moment
from antong.kernel.refusal import BadInput
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org import selectors as org
from antong.org.types import Permission

REGISTER = "case.register"
MAX_BRIEF = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The answer of `register`: the case, and the ledger entry that proves it."""

    case_id: UUID
    number: str
    name: str
    entry_number: int


@transaction.atomic
def register(
    actor: Actor,
    *,
    source: str,
    category: str,
    occurred_at: datetime,
    place: str,
    brief: str,
    parties: Sequence[NewParty],
    name: str = "",
    secret: bool | None = False,
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Registered:
    """Register a case (受案) and give its unit, the unit's bureau and the supervisors their grants.

    `occurred_at` is when the offence happened, `happened_at` when the report was taken (default now).
    `secret` True or None (not answered) is refused: such cases never enter (design §10).
    """
    org_access.require(actor, Permission.CASE_REGISTER)
    answered = ledger.first_answer(actor, key, REGISTER)
    if answered is not None:
        return Registered(
            case_id=UUID(answered["case_id"]),
            number=answered["number"],
            name=answered["name"],
            entry_number=answered["entry_number"],
        )
    when = moment(happened_at, late_reason)
    _gate(secret=secret)
    _check_fields(
        source=source, category=category, occurred_at=occurred_at, place=place, brief=brief, when=when
    )
    unit = org.unit(actor.unit_id)
    case = Case(
        id=new_id(),
        number=_next_number(when.happened_at),
        category=category,
        source=source,
        happened_at=occurred_at,
        reported_at=when.happened_at,
        place=place.strip(),
        brief=brief.strip(),
        registered_unit_id=actor.unit_id,
        handling_unit_id=actor.unit_id,
        registered_by=actor.person_id,
        registered_at=when.recorded_at,
        investigator_name=actor.person_name,
    )
    people, charges = _parties.rows(case.id, parties, first=1, stage=Stage.REGISTERED)
    case.name = name.strip() or name_of(people, charges, category)
    case.save(force_insert=True)
    Party.objects.bulk_create(people)
    Charge.objects.bulk_create(charges)
    _grant_first(actor, case, unit.id)
    _derive.derive(case.id)
    entry = ledger.record(
        actor,
        chain_id=case.id,
        act=REGISTER,
        moment=when,
        subjects=[party.id for party in people],
        after={
            "number": case.number,
            "name": case.name,
            "category": category,
            "source": source,
            "parties": [{"id": party.id, "kind": party.kind, "name": party.name} for party in people],
            "late_reason": when.late_reason,
        },
    )
    answer: Mapping[str, Any] = {
        "case_id": str(case.id),
        "number": case.number,
        "name": case.name,
        "entry_number": entry.number,
    }
    ledger.remember_answer(actor, key, REGISTER, answer)
    return Registered(case_id=case.id, number=case.number, name=case.name, entry_number=entry.number)


def _gate(*, secret: bool | None) -> None:
    if secret is False:
        return
    raise BadInput(
        "不能登记：涉密案件不得进入本平台。" if secret else "不能登记：须先确认案件是否涉密。",
        code="secret-case",
        basis=("案通登记规则：涉密案件、侦查工作卷、副卷不进入协同平台",),
        remedy="涉密的，按保密规定在涉密系统中办理；不涉密的，选“否”。",
        who="本单位保密工作负责人",
        fields={"secret": "选“否”才能登记"},
    )


def _check_fields(
    *, source: str, category: str, occurred_at: datetime, place: str, brief: str, when: Moment
) -> None:
    catalog = loader.load()
    errors: dict[str, str] = {}
    if not catalog.has_code("case_category", category):
        errors["category"] = "从案件类别表中选"
    if not catalog.has_code("case_source", source):
        errors["source"] = "从案件来源表中选"
    if occurred_at.tzinfo is None or occurred_at > when.happened_at:
        errors["occurred_at"] = "案发时间不得晚于受案时间"
    elif occurred_at < EARLIEST:
        errors["occurred_at"] = "案发时间的年份不对，写全四位"
    if not place.strip():
        errors["place"] = "写明案发地点"
    if not brief.strip():
        errors["brief"] = "写明简要案情"
    elif len(brief) > MAX_BRIEF:
        errors["brief"] = f"最多 {MAX_BRIEF} 字，现有 {len(brief)} 字"
    if errors:
        raise BadInput(
            f"不能登记：有 {len(errors)} 处要改。",
            code="case-fields",
            basis=("公安机关办理刑事案件程序规定第171条",),
            remedy="改正标红的各项。",
            fields=errors,
        )


def _next_number(happened_at: datetime) -> str:
    year = clock.local(happened_at).year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_numberseries AS s (region, year, last) VALUES ('YL', %s, 1)"
            " ON CONFLICT (region, year) DO UPDATE SET last = s.last + 1 RETURNING last",
            [year],
        )
        (last,) = cursor.fetchone()
    return f"YL{year}-{last:05d}"


def name_of(people: Sequence[Party], charges: Sequence[Charge], category: str) -> str:
    """Return how the case is called: suspects, charge, 案 (韩序舟、杜明泽盗窃案)."""
    suspects = [party for party in people if PartyKind(party.kind).is_suspect and not party.handled_elsewhere]
    charge = charges[0].name if charges else (loader.load().code_name("case_category", category) or "")
    charge = charge.removesuffix("罪").removesuffix("案")
    names = "、".join(party.name for party in suspects[:3]) + ("等人" if len(suspects) > 3 else "")  # noqa: PLR2004 - three names fit a row
    return f"{names}{charge}案"[:200]


def _grant_first(actor: Actor, case: Case, unit_id: UUID) -> None:
    changes = [
        GrantChange(unit_id=unit_id, role=GrantRole.HANDLING, basis="受案登记", handler_id=actor.person_id)
    ]
    bureau = org.bureau_of(unit_id)
    if bureau.id != unit_id:
        changes.append(GrantChange(unit_id=bureau.id, role=GrantRole.CO_HANDLING, basis="上级公安机关审批"))
    changes += [
        GrantChange(unit_id=committee.id, role=GrantRole.SUPERVISION, basis="执法监督")
        for committee in org.supervisors_of(bureau.id)
        if committee.id != unit_id
    ]
    _grants.apply(case.id, changes)
