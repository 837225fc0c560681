"""Reads of the room: which alarms call whom, and when the watch last looked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from antong.kernel.actor import Actor
from antong.org import selectors as org
from antong.org.types import Level, UnitKind
from antong.watch._alarms import next_at
from antong.watch._words import BASIS
from antong.watch.models import Addressed, Alarm, Beat
from antong.watch.types import AlarmKind, AlarmView, BeatView, Step, ToldTo

__all__ = ["basis_of", "beat", "calling", "of_case", "of_parties", "overseen", "shown"]

ORDER = {kind: index for index, kind in enumerate(AlarmKind)}
MOST = 500


def basis_of(kind: AlarmKind) -> str:
    """Return the articles behind a kind of alarm."""
    return BASIS[kind]


def beat() -> BeatView | None:
    """Return when the watch last looked; None where it never did. One statement."""
    row = Beat.objects.filter(id=1).first()
    if row is None:
        return None
    return BeatView(at=row.at, number=row.number, people=row.people, alarms=row.alarms)


def calling(actor: Actor) -> list[AlarmView]:
    """Return the alarms that call the actor: told to the person or the unit, and not answered; one statement."""
    mine = Q(addressed__person_id=actor.person_id) | Q(addressed__person_id__isnull=True)
    rows = _standing().filter(mine, addressed__unit_id=actor.unit_id).distinct()
    return [one for one in _views(rows[:MOST]) if not one.answered]


def overseen(actor: Actor) -> list[AlarmView]:
    """Return the alarms of the agencies and places that a committee oversees, or of the actor's unit; two statements."""
    return _views(_overseen(actor)[:MOST])


def _overseen(actor: Actor) -> QuerySet[Alarm]:
    rows = _standing()
    if actor.unit_kind != UnitKind.COMMITTEE:
        mine = Q(agency_id=actor.unit_id) | Q(place_id=actor.unit_id) | Q(addressed__unit_id=actor.unit_id)
        return rows.filter(mine).distinct()
    if actor.unit_level == Level.PREFECTURE:
        return rows
    county = org.unit(actor.unit_id).county_code
    return rows.filter(Q(agency__county_code=county) | Q(place__county_code=county))


def of_case(case_id: UUID) -> list[AlarmView]:
    """Return the alarms of a case (of the house: the caller has asked `cases.access`); one statement."""
    return _views(_standing().filter(case_id=case_id))


def of_parties(party_ids: Collection[UUID]) -> dict[UUID, list[AlarmView]]:
    """Return the alarms of some people (of the house: the caller knows them); one statement."""
    found: dict[UUID, list[AlarmView]] = {}
    for one in _views(_standing().filter(party_id__in=party_ids)):
        found.setdefault(one.party_id, []).append(one)
    return found


def shown(actor: Actor, alarm_id: UUID) -> AlarmView | None:
    """Return an alarm the actor sees, with who was told of it and when; three statements."""
    found = list(_overseen(actor).filter(id=alarm_id))
    return _views(found, told=_told([alarm_id]))[0] if found else None


def _standing() -> QuerySet[Alarm]:
    return Alarm.objects.select_related("agency", "place").filter(cleared_at__isnull=True).order_by("since")


def _told(alarm_ids: Collection[UUID]) -> dict[UUID, list[ToldTo]]:
    found: dict[UUID, list[ToldTo]] = {}
    for row in Addressed.objects.select_related("unit").filter(alarm_id__in=alarm_ids).order_by("at", "step"):
        found.setdefault(row.alarm_id, []).append(
            ToldTo(step=Step(row.step), unit=row.unit.short_name, person=row.person, at=row.at)
        )
    return found


def _views(rows: Iterable[Alarm], *, told: dict[UUID, list[ToldTo]] | None = None) -> list[AlarmView]:
    views = [
        AlarmView(
            id=row.id, kind=AlarmKind(row.kind), why=row.why, case_id=row.case_id, case_number=row.case_number,
            party_id=row.party_id, person=row.person or "身份不明", agency=row.agency.name,
            place=row.place.name if row.place else "", since=row.since, until=row.until, raised_at=row.raised_at,
            step=Step(row.step), next_at=next_at(row), answered_at=row.answered_at, answered_name=row.answered_name,
            answer=row.answer, answer_until=row.answer_until, told=tuple((told or {}).get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip
    views.sort(key=lambda one: (ORDER[one.kind], one.until or one.since))
    return views
