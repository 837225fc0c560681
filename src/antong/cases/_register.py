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
from antong.kernel.ahead import Ahead
from antong.kernel.ids import new_id
from antong.kernel.moment import FIRST_YEAR, Moment, moment
from antong.kernel.refusal import BadInput
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org import selectors as org
from antong.org.types import Permission

REGISTER = "case.register"
CODED = {
    "source": ("case_source", "从案件来源表中选"),
    "category": ("case_category", "从案件类别表中选"),
}
WRITTEN = {"place": (200, "写明案发地点"), "brief": (5_000, "写明简要案情")}
"""What a form says of a case: from which table it is chosen, or how much may be written; and what to do."""
EARLIEST = clock.at(FIRST_YEAR, 1, 1)
_SERIES = """
series AS (
  INSERT INTO cases_numberseries AS s (region, year, last) VALUES (%(letters)s, %(year)s, 1)
  ON CONFLICT (region, year) DO UPDATE SET last = s.last + 1 RETURNING last
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The answer of `register`: the case, and the ledger entry that proves it."""

    case_id: UUID
    number: str
    name: str
    entry_number: int


def _registered(answer: Mapping[str, Any]) -> Registered:
    """Return the first answer to a repeated command."""
    return Registered(
        case_id=UUID(answer["case_id"]),
        number=answer["number"],
        name=answer["name"],
        entry_number=answer["entry_number"],
    )


@ledger.once(REGISTER, found=_registered)
@transaction.atomic
def register(
    actor: Actor,
    *,
    source: str,
    category: str,
    occurred_at: datetime | None,
    place: str,
    brief: str,
    parties: Sequence[NewParty],
    name: str = "",
    secret: bool | None = False,
    happened_at: datetime | None = None,
    late_reason: str = "",
    faults: Mapping[str, str] | None = None,
    key: UUID | None = None,
) -> Registered:
    """Register a case (受案) and give its unit, the unit's bureau and the supervisors their grants.

    `occurred_at` is when the offence happened, `happened_at` when the report was taken (default now).
    `secret` True or None (not answered) is refused: such cases never enter (design §10). `faults` are fields that
    the caller could not read; they are refused together with all that is found here, so that one sees all at once.
    """
    org_access.require(actor, Permission.CASE_REGISTER)
    if secret:
        raise _secret()
    errors = {} if secret is False else {"secret": "先确认是否涉密；选“否”才能登记"}
    when = _moment(happened_at, late_reason, errors)
    errors |= _field_errors(
        source=source, category=category, occurred_at=occurred_at, place=place, brief=brief, when=when
    )
    case_id = new_id()
    people, charges = _parties.build(
        case_id, parties, first=1, stage=Stage.REGISTERED, happened_at=occurred_at, errors=errors
    )
    errors |= faults or {}
    if errors or occurred_at is None:
        raise _refused(errors)
    # before their case, whose row they name: foreign keys are looked at when the act ends
    Party.objects.bulk_create(people)
    Charge.objects.bulk_create(charges)
    grants = _first_grants(actor)
    number, chain = _next_number(case_id, when)
    case = Case(
        id=case_id,
        number=number,
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
    case.name = name.strip() or name_of(people, charges, category)
    case.save(force_insert=True)
    _grants.apply(case.id, grants, at=when.recorded_at)
    _derive.derive(case.id, at=when.recorded_at)
    entry = ledger.record(
        actor,
        chain_id=case.id,
        act=REGISTER,
        moment=when,
        subjects=[party.id for party in people],
        after=_record(case, people, charges) | {"late_reason": when.late_reason},
        key=key,
        answer={"case_id": case.id, "number": case.number, "name": case.name},
        last=chain,
    )
    return Registered(case_id=case.id, number=case.number, name=case.name, entry_number=entry.number)


def _record(case: Case, people: Sequence[Party], charges: Sequence[Charge]) -> dict[str, Any]:
    """Return everything a registration says, for its entry to commit to."""
    return {
        "number": case.number,
        "name": case.name,
        "category": case.category,
        "source": case.source,
        "occurred_at": case.happened_at,
        "place": case.place,
        "brief": case.brief,
        "parties": [
            _parties.facts(party, [charge for charge in charges if charge.party is party]) for party in people
        ],
    }


def _secret() -> BadInput:
    return BadInput(
        "不能登记：涉密案件不得进入本平台。",
        code="secret-case",
        basis=("案通登记规则：涉密案件、侦查工作卷、副卷不进入协同平台",),
        remedy="按保密规定在涉密系统中办理；确实不涉密的，改选“否”。",
        who="本单位保密工作负责人",
        fields={"secret": "选“否”才能登记"},
    )


def _refused(errors: Mapping[str, str]) -> BadInput:
    return BadInput(
        f"不能登记：有 {len(errors)} 处要改。",
        code="case-fields",
        basis=("公安机关办理刑事案件程序规定第171条", *_parties.basis_of(errors)),
        remedy="改正标红的各项；身份证件号码可以不填。",
        who="登记人；是否涉密由本单位保密工作负责人定",
        fields=errors,
    )


def _moment(happened_at: datetime | None, late_reason: str, errors: dict[str, str]) -> Moment:
    """Return the moment of the registration; what is wrong with it joins the other errors."""
    try:
        return moment(happened_at, late_reason)
    except BadInput as problem:
        errors.update(problem.fields)
        return moment()


def _field_errors(
    *, source: str, category: str, occurred_at: datetime | None, place: str, brief: str, when: Moment
) -> dict[str, str]:
    errors = fact_errors({"source": source, "category": category, "place": place, "brief": brief})
    if occurred_at is None:
        errors["occurred_at"] = "写明案发时间"
    elif occurred_at.tzinfo is None or occurred_at > when.happened_at:
        errors["occurred_at"] = "案发时间不得晚于受案时间"
    elif occurred_at < EARLIEST:
        errors["occurred_at"] = f"案发时间不得早于 {FIRST_YEAR} 年"
    return errors


def fact_errors(facts: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with what a form says of a case, by the names that are given: codes, place and brief."""
    errors: dict[str, str] = {}
    for name, value in facts.items():
        if name in CODED:
            table, words = CODED[name]
            if not loader.load().has_code(table, value):
                errors[name] = words
        elif name in WRITTEN:
            most, words = WRITTEN[name]
            if not value.strip():
                errors[name] = words
            elif len(value) > most:
                errors[name] = f"最多 {most} 字，现有 {len(value)} 字"
    return errors


def _next_number(case_id: UUID, when: Moment) -> tuple[str, tuple[int, bytes, datetime]]:
    """Return the year's next number, and the beginning of the case's chain, locked; one statement.

    Whoever registers next waits for this number until the act ends: what needs no number is written before it.
    """
    year = clock.local(when.happened_at).year
    letters = org.instance().letters
    chain = ledger.locking(case_id, when)
    both = chain | Ahead(
        text=_SERIES,
        values={"letters": letters, "year": year},
        answer="SELECT last, last_number, last_digest, last_at FROM series, chain",
    )
    with connection.cursor() as cursor:
        cursor.execute(both.statement, both.values)
        last, *begun = cursor.fetchone()
    return f"{letters}{year}-{last:05d}", (begun[0], begun[1], begun[2])


def name_of(people: Sequence[Party], charges: Sequence[Charge], category: str) -> str:
    """Return how the case is called: suspects, charge, 案 (韩序舟、杜明泽盗窃案)."""
    suspects = [party for party in people if PartyKind(party.kind).is_suspect and not party.handled_elsewhere]
    charge = charges[0].name if charges else (loader.load().code_name("case_category", category) or "")
    charge = charge.removesuffix("罪").removesuffix("案")
    names = "、".join(party.name for party in suspects[:3]) + ("等人" if len(suspects) > 3 else "")  # noqa: PLR2004 - three names fit a row
    return f"{names}{charge}案"[:200]


def _first_grants(actor: Actor) -> list[GrantChange]:
    unit_id = actor.unit_id
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
    return changes
