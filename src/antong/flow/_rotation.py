"""Assignment by rotation (轮案): a unit's list of officers with weights, whose turn it is, and every turn on the record.

Whose turn it is follows from the list alone: of those who are there, the one who has been given least for the weight,
the first of the list among equals. A turn is taken under the lock of the list, so that two cases accepted at once go
to two people. Who handles a case already keeps it and takes no turn. Giving it to another asks a reason (指定分案).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from antong.flow.models import Rotation, Seat
from antong.flow.types import GivenSeat, RotationView, SeatView
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, Refusal
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import access
from antong.org import selectors as org
from antong.org.types import ROLE_PERMISSIONS, DutyView, Permission, Role

HEAVIEST = 9
LONGEST_REASON = 120
BASIS = ("案通分案规则：按轮案分给本单位在岗的办案人员，指定分案须写明理由",)
_SEATS = """
SELECT s.person_id, p.name, s.weight, s.taken, s.position,
  EXISTS (SELECT 1 FROM org_delegation d JOIN org_duty u ON u.id = d.duty_id JOIN org_post o ON o.id = u.post_id
    WHERE u.person_id = s.person_id AND o.unit_id = s.rotation_id AND d.starts_at <= %(now)s AND d.ends_at > %(now)s),
  EXISTS (SELECT 1 FROM org_rostershift r WHERE r.unit_id = s.rotation_id AND r.person_id = s.person_id
    AND r.starts_at <= %(now)s AND r.ends_at > %(now)s)
FROM flow_seat s JOIN org_person p ON p.id = s.person_id WHERE s.rotation_id = %(unit)s ORDER BY s.position
"""
_BEFORE = """
SELECT g.handler_id FROM cases_grant g WHERE g.unit_id = %(unit)s AND g.case_id = %(case)s AND g.handler_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Who is given a case: by turn, as its handler before, or by appointment against the turn of `proposed_id`."""

    person_id: UUID
    name: str
    how: str
    proposed_id: UUID | None
    reason: str = ""

    @property
    def record(self) -> dict[str, Any]:
        """What the entry of the act says of it."""
        return {"how": self.how, "proposed": self.proposed_id, "reason": self.reason}


def officers(unit_id: UUID) -> dict[UUID, DutyView]:
    """Return who in a unit works on cases, each with the first duty that says so; one statement."""
    found: dict[UUID, DutyView] = {}
    for duty in org.people_of(unit_id):
        if Permission.HANDOVER_ANSWER in ROLE_PERMISSIONS[Role(duty.role)]:
            found.setdefault(duty.person_id, duty)
    return found


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _seats(unit_id: UUID, there: Collection[UUID]) -> list[SeatView]:
    """Return the list of a unit in its order, with who is away; one statement."""
    return [
        SeatView(
            person_id=person, name=name, weight=weight, taken=taken, away=away, on_duty=on_duty, gone=person not in there
        )
        for person, name, weight, taken, _, away, on_duty in _rows(_SEATS, {"unit": unit_id, "now": clock.now()})
    ]  # fmt: skip


def _next(seats: Sequence[SeatView], *, on_duty_only: bool, without: UUID | None = None) -> SeatView | None:
    """Return whose turn it is: of those there, the least loaded for the weight, the first of the list among equals.

    Where the list says so, of those on duty now; where none of them is, of all.
    """
    able = [seat for seat in seats if seat.able and seat.person_id != without]
    if on_duty_only:
        able = [seat for seat in able if seat.on_duty] or able
    return min(able, key=lambda seat: Fraction(seat.taken, seat.weight), default=None)


def rotation(actor: Actor) -> RotationView | None:
    """Return the list of the actor's unit and whose turn it is; None where the unit has none. Three statements at most."""
    row = Rotation.objects.filter(unit_id=actor.unit_id).first()
    if row is None:
        return None
    seats = _seats(actor.unit_id, officers(actor.unit_id))
    turn = _next(seats, on_duty_only=row.on_duty_only)
    return RotationView(active=row.active, on_duty_only=row.on_duty_only, seats=tuple(seats), turn=turn)


def rotating(actor: Actor) -> RotationView | None:
    """Return the rotation of the actor's unit where it is in force, else None. One statement there, else three."""
    found = rotation(actor)
    return found if found and found.active else None


def give(
    actor: Actor,
    *,
    handover_id: UUID,
    case_id: UUID,
    asked: UUID | None,
    reason: str,
    again: UUID | None = None,
) -> Given | None:
    """Take a turn for a case within the caller's act, under the lock of the unit's list; None where it does not rotate.

    `asked` names who is to handle it against the turn, which needs a reason; `again` who is to give it up. Raises
    BadInput where the reason is wanting, Refusal where nobody of the list is there. Six statements at most.
    """
    row = Rotation.objects.select_for_update().filter(unit_id=actor.unit_id, active=True).first()
    if row is None:
        return None
    there, reason = officers(actor.unit_id), reason.strip()
    seats = _seats(actor.unit_id, there)
    before = None if again else _before(actor.unit_id, case_id, there)
    turn = _next(seats, on_duty_only=row.on_duty_only, without=again)
    proposed = before or (turn.person_id if turn else None)
    chosen = asked or proposed
    if chosen is None:
        raise Refusal(
            "不能分案：轮案名单里现在没有可以接案的人。",
            code="rotation-empty",
            basis=BASIS,
            remedy="请指定一人并写明理由，或由本单位负责人调整轮案名单。",
            who="本单位负责人",
        )
    if chosen not in there:
        raise BadInput(
            "不能分案：所选的人不是本单位在岗的办案人员。",
            code="handler",
            basis=BASIS,
            remedy="从本单位在岗的办案人员中选。",
            fields={"handler": "选本单位在岗的办案人员"},
        )
    how = "kept" if chosen == before else "turn" if chosen == proposed else "appointed"
    if how == "appointed" and not 0 < len(reason) <= LONGEST_REASON:
        raise BadInput(
            "不能指定分案：没有写明理由。" if not reason else "不能指定分案：理由太长。",
            code="appoint-reason",
            basis=BASIS,
            remedy=f"写明为什么不按轮案分（{LONGEST_REASON} 字以内），或选“按轮案”。",
            fields={"assign_reason": f"必填，不超过 {LONGEST_REASON} 字"},
        )
    given = Given(
        person_id=chosen, name=there[chosen].person_name, how=how, proposed_id=proposed, reason=reason if how == "appointed" else ""
    )  # fmt: skip
    _take(actor, row.unit_id, handover_id, case_id, given, again, there)
    return given


def _before(unit_id: UUID, case_id: UUID, there: Collection[UUID]) -> UUID | None:
    """Return who of the unit handles the case already and still works there; one statement."""
    found = _rows(_BEFORE, {"unit": unit_id, "case": case_id})
    return next((person for (person,) in found if person in there), None)


_TAKE = """
WITH turn AS (
  INSERT INTO flow_turn (id, unit_id, handover_id, case_id, how, person_id, person_name, proposed_id, proposed_name, reason, by_name, at)
  VALUES (%(id)s, %(unit)s, %(handover)s, %(case)s, %(how)s, %(person)s, %(name)s, %(proposed)s, %(proposed_name)s, %(reason)s,
    %(by)s, %(now)s)
)
UPDATE flow_seat SET taken = GREATEST(0, taken + CASE WHEN person_id = %(person)s THEN 1 ELSE -1 END)
WHERE rotation_id = %(unit)s AND (person_id = %(person)s AND %(how)s <> 'kept' OR person_id = %(again)s)
"""


def _take(
    actor: Actor,
    unit_id: UUID,
    handover_id: UUID,
    case_id: UUID,
    given: Given,
    again: UUID | None,
    there: dict[UUID, DutyView],
) -> None:
    proposed = there.get(given.proposed_id) if given.proposed_id else None
    values: dict[str, Any] = {
        "id": new_id(), "unit": unit_id, "handover": handover_id, "case": case_id, "how": given.how, "person": given.person_id,
        "name": given.name, "proposed": given.proposed_id, "proposed_name": proposed.person_name if proposed else "",
        "reason": given.reason, "by": actor.person_name, "now": clock.now(), "again": again,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)


@transaction.atomic
def set_rotation(
    actor: Actor, *, active: bool, on_duty_only: bool = False, seats: Sequence[GivenSeat]
) -> Recorded:
    """Set the list of the actor's unit: who is on it, in order, with which weight (0 pauses); one entry.

    Who comes, or comes back, begins level with the others, so that nobody is made to catch up. Raises BadInput by field.
    """
    access.require(actor, Permission.HANDOVER_APPROVE)
    _check(actor, active, seats)
    Rotation.objects.get_or_create(
        unit_id=actor.unit_id, defaults={"changed_at": clock.now(), "changed_name": ""}
    )
    row = Rotation.objects.select_for_update().get(unit_id=actor.unit_id)
    old = {seat.person_id: seat for seat in Seat.objects.filter(rotation_id=actor.unit_id)}
    before = {"active": row.active, "on_duty_only": row.on_duty_only, "seats": _said(old.values())}
    level = _level(old.values(), {seat.person_id for seat in seats})
    Seat.objects.filter(rotation_id=actor.unit_id).delete()
    made = [
        Seat(
            rotation_id=actor.unit_id, person_id=seat.person_id, weight=seat.weight, position=number,
            taken=_begins(old.get(seat.person_id), seat.weight, level),
        )
        for number, seat in enumerate(seats)
    ]  # fmt: skip
    Seat.objects.bulk_create(made)
    Rotation.objects.filter(unit_id=actor.unit_id).update(
        active=active, on_duty_only=on_duty_only, changed_at=clock.now(), changed_name=actor.person_name
    )
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="flow.set-rotation", moment=moment(), subjects=[actor.unit_id], before=before,
        after={"unit": actor.unit_id, "active": active, "on_duty_only": on_duty_only, "seats": _said(made)},
    )  # fmt: skip


def _said(seats: Collection[Seat]) -> list[list[Any]]:
    return [
        [seat.person_id, seat.weight, seat.taken] for seat in sorted(seats, key=lambda seat: seat.position)
    ]


def _level(old: Collection[Seat], stay: Collection[UUID]) -> Fraction:
    """Return how much those who stay have been given for their weight, the least of it."""
    shares = [Fraction(seat.taken, seat.weight) for seat in old if seat.weight and seat.person_id in stay]
    return min(shares, default=Fraction(0))


def _begins(old: Seat | None, weight: int, level: Fraction) -> int:
    """Return with how many cases a seat goes on: as it was, in step with a changed weight, or level with the others."""
    if old is None or not old.weight:
        return ceil(level * weight)
    return old.taken if weight in {0, old.weight} else ceil(Fraction(old.taken, old.weight) * weight)


def _check(actor: Actor, active: bool, seats: Sequence[GivenSeat]) -> None:  # noqa: FBT001 - one of its own module
    there, wrong = officers(actor.unit_id), {}
    for seat in seats:
        if seat.person_id not in there:
            wrong[f"weight.{seat.person_id}"] = "不是本单位在岗的办案人员"
        elif not 0 <= seat.weight <= HEAVIEST:
            wrong[f"weight.{seat.person_id}"] = f"0 到 {HEAVIEST}"
    if len({seat.person_id for seat in seats}) < len(seats):
        wrong["seats"] = "一人只列一次"
    if active and not any(seat.weight for seat in seats):
        wrong["seats"] = "启用轮案，名单里至少有一人的份额不为 0"
    if wrong:
        raise BadInput(
            "没有保存：轮案名单不对。",
            code="rotation-fields",
            basis=BASIS,
            remedy="改正标红的各项。",
            fields=wrong,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """One assignment as it was made: by turn, kept by who handled the case, or appointed against a turn."""

    handover_id: UUID
    case_id: UUID
    case_name: str
    case_number: str
    unit_name: str
    how: str
    person_name: str
    proposed_name: str
    reason: str
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How a unit has assigned: how often in all, by turn, kept, and against the turn."""

    unit_name: str
    total: int
    turns: int
    kept: int
    appointed: int

    @property
    def percent(self) -> int:
        """Of what had a turn to go by, how much was appointed against it, in whole percent."""
        asked = self.turns + self.appointed
        return round(100 * self.appointed / asked) if asked else 0


MOST_TURNS = 1000
_VISIBLE_TURNS = """
FROM flow_turn t JOIN org_unit u ON u.id = t.unit_id
JOIN LATERAL (SELECT g.name, g.number FROM cases_grant g WHERE g.case_id = t.case_id AND g.unit_id = %(unit)s AND NOT g.sealed
  AND (g.until_at IS NULL OR g.until_at > %(now)s) OFFSET 0) seen ON true
WHERE t.at >= %(since)s AND (%(own)s::uuid IS NULL OR t.unit_id = %(own)s)
"""


def _values(actor: Actor, since: datetime) -> dict[str, Any]:
    own = None if Permission.SUPERVISE_READ in actor.permissions else actor.unit_id
    return {"unit": actor.unit_id, "now": clock.now(), "since": since, "own": own}


def turns(actor: Actor, *, since: datetime, unit: str = "", appointed: bool = False) -> list[TurnView]:
    """Return assignments since an instant, newest first, at most 1,000: of the own unit, or for supervisors of the cases they see.

    One statement.
    """
    rows = _rows(
        f"SELECT t.handover_id, t.case_id, seen.name, seen.number, u.name, t.how, t.person_name, t.proposed_name, t.reason, t.by_name, t.at"
        f" {_VISIBLE_TURNS} AND (%(named)s = '' OR u.name = %(named)s) AND (NOT %(appointed)s OR t.how = 'appointed')"
        f" ORDER BY t.at DESC, t.id LIMIT {MOST_TURNS}",
        {**_values(actor, since), "named": unit, "appointed": appointed},
    )
    names = TurnView.__slots__
    return [TurnView(**dict(zip(names, row, strict=True))) for row in rows]


def shares(actor: Actor, *, since: datetime) -> list[Share]:
    """Return how each unit has assigned since an instant, most against the turn first; one statement."""
    rows = _rows(
        "SELECT u.name, count(*), count(*) FILTER (WHERE t.how = 'turn'), count(*) FILTER (WHERE t.how = 'kept'),"
        f" count(*) FILTER (WHERE t.how = 'appointed') {_VISIBLE_TURNS} GROUP BY u.name",
        _values(actor, since),
    )
    found = [
        Share(unit_name=row[0], total=row[1], turns=row[2], kept=row[3], appointed=row[4]) for row in rows
    ]
    return sorted(found, key=lambda one: (-one.percent, -one.total, one.unit_name))
