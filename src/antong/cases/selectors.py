"""Reads of the room; every one starts from what the actor may see, but for those marked as of the house."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from antong.cases import _limits, _lists, _sheet
from antong.cases._erase import claimed, holders, loose_ends, names_in
from antong.cases._handler import handled, handlers, held_in
from antong.cases._history import FieldChange, changes_since
from antong.cases._lists import (
    CaseFilter,
    CaseList,
    briefs,
    by_urgency,
    cases_of,
    custody_warnings,
    list_cases,
    urgency,
)
from antong.cases._moves import LimitMoved, RecountView, moves, newest_recount
from antong.cases._owed import (
    CustodyEnding,
    OwnLimit,
    RunningLimit,
    count_own_limits,
    custody_ending,
    limits_by_id,
    limits_of_all,
    limits_over,
    own_limits,
)
from antong.cases._parties import initials
from antong.cases._sheet import schema as sheet_schema
from antong.cases.access import case_for, visible_to
from antong.cases.models import Case, Grant, Limit, Measure, Party, Sheet
from antong.cases.types import (
    EDITING_ROLES,
    EXECUTING_KINDS,
    CaseAccess,
    CaseRow,
    GrantRole,
    LimitView,
    MeasureKind,
    MeasureView,
    PartyView,
    SheetRef,
    Stage,
)
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound
from antong.org.types import Permission

__all__ = [
    "CaseFilter",
    "CaseList",
    "CustodyEnding",
    "FieldChange",
    "LimitMoved",
    "OwnLimit",
    "RecountView",
    "RunningLimit",
    "SheetView",
    "briefs",
    "by_urgency",
    "cases_of",
    "changes_since",
    "claimed",
    "count_handled",
    "count_own_limits",
    "custody_ending",
    "custody_warnings",
    "duplicates",
    "grants_of",
    "handled",
    "handlers",
    "held_by",
    "held_in",
    "held_without_limit",
    "holders",
    "initials",
    "limits_by_id",
    "limits_of",
    "limits_of_all",
    "limits_over",
    "limits_seen",
    "list_cases",
    "living_sheet",
    "loose_ends",
    "moves",
    "names_in",
    "newest_recount",
    "overdue_limits",
    "own_limits",
    "running_limits",
    "sheet",
    "sheet_bodies",
    "sheet_of",
    "sheet_schema",
    "units_concerned",
    "urgency",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """A case sheet, living or as it was sent (`as_of`): its plain JSON and its parts as values."""

    body: dict[str, Any]
    parties: tuple[PartyView, ...]
    measures: tuple[MeasureView, ...]
    snapshot: bool
    version: int = 0
    as_of: datetime | None = None

    @property
    def suspects(self) -> tuple[PartyView, ...]:
        """Those pursued, in order."""
        return tuple(party for party in self.parties if party.is_suspect)

    def party(self, party_id: UUID) -> PartyView | None:
        """The party of that id, if the sheet has it."""
        return next((party for party in self.parties if party.id == party_id), None)

    def in_force(self, party_id: UUID) -> MeasureView | None:
        """The measure in force for a party."""
        return next((m for m in self.measures if m.party_id == party_id and m.ends_at is None), None)

    @property
    def brief(self) -> str:
        """The facts in short."""
        return str(self.body["case"]["brief"])

    @property
    def occurred_at(self) -> datetime:
        """When the offence happened."""
        return datetime.fromisoformat(self.body["case"]["happened_at"])


def _view(body: dict[str, Any], version: int, as_of: datetime | None) -> SheetView:
    return SheetView(
        body=body,
        parties=_sheet.parties(body),
        measures=_sheet.measures(body),
        snapshot=as_of is not None,
        version=version,
        as_of=as_of,
    )


def sheet(_actor: Actor, case: CaseAccess) -> SheetView:
    """Return the sheet as the actor's unit sees it: living where it handles, else the snapshot it was given.

    A unit that executes sees the people pursued alone. One statement. `case` comes from `access.case_for` of the
    same actor. Raises NotFound where a unit that does not handle was given no snapshot.
    """
    if case.whole or case.role is GrantRole.SUPERVISION:
        return living_sheet(case.id)
    if case.living:
        body, version = _sheet.build(case.id)
        return sheet_of(_sheet.reduced(body), version)
    if case.sheet_id is None:
        raise NotFound
    return _view(*_sheet.stored(case.sheet_id))


def living_sheet(case_id: UUID) -> SheetView:
    """Return the sheet as it is now (of the house: the caller has asked `access`); one statement."""
    return _view(*_sheet.build(case_id), None)


def sheet_of(body: dict[str, Any], version: int) -> SheetView:
    """Return the parts of a sheet that has just been kept; no statement."""
    return _view(body, version, None)


def sheet_bodies(case_id: UUID) -> list[tuple[SheetRef, bytes]]:
    """Return every kept sheet of a case with its canonical bytes (of the house: for the bundle)."""
    return [
        (SheetRef(id=row.id, version=row.version, digest=bytes(row.digest)), row.body.encode())
        for row in Sheet.objects.filter(case_id=case_id).order_by("version")
    ]


def limits_of(case_id: UUID, *, unit_id: UUID | None = None) -> list[LimitView]:
    """Return the limits of a case, running ones first, by due instant (of the house); one statement."""
    return _limits.read(
        "WHERE case_id = %(case)s AND (%(unit)s::uuid IS NULL OR unit_id = %(unit)s) ORDER BY state DESC, due_at",
        {"case": case_id, "unit": unit_id},
    )


def limits_seen(actor: Actor, case: CaseAccess) -> list[LimitView]:
    """Return the limits of a case that the actor's unit may know of: all of a case it sees whole or oversees, else its own."""
    every = case.whole or case.role is GrantRole.SUPERVISION
    return limits_of(case.id, unit_id=None if every else actor.unit_id)


def running_limits(unit_id: UUID, case_ids: set[UUID]) -> list[LimitView]:
    """Return the running limits a unit owes in some cases; one statement."""
    return _limits.read(
        "WHERE unit_id = %(unit)s AND case_id = ANY(%(cases)s) AND state = 'running' ORDER BY due_at",
        {"unit": unit_id, "cases": list(case_ids)},
    )


def held_without_limit(case_id: UUID) -> list[UUID]:
    """Return who is detained or arrested without a limit of custody, running or suspended, or order to execute or release.

    Nobody may ever be: an empty list is what every act leaves behind. Of the house; one statement.
    """
    counted = Limit.objects.filter(
        case_id=OuterRef("case_id"),
        party_id=OuterRef("party_id"),
        state__in=["running", "suspended"],
        in_custody=True,
    )
    held = Measure.objects.filter(
        case_id=case_id, ends_at__isnull=True, kind__in=[MeasureKind.DETENTION, MeasureKind.ARREST]
    )
    return list(held.exclude(Exists(counted)).order_by("party__position").values_list("party_id", flat=True))


def overdue_limits(most: int, *, told: Any = (), only: UUID | None = None) -> list[LimitView]:
    """Return running limits that have passed, the longest first (of the house: for notices); one statement.

    `told` (ids, or a query of them) are left out; with `only` the limit of that id, if it has passed.
    """
    rows = Limit.objects.filter(state="running", due_at__lt=clock.now()).exclude(id__in=told)
    if only is not None:
        rows = rows.filter(id=only)
    return _limits.views(rows.order_by("due_at")[:most])


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    """Which unit sees a case, by what right, since when."""

    unit_id: UUID
    unit_name: str
    role: GrantRole
    basis: str
    from_at: datetime
    handler_id: UUID | None


def grants_of(actor: Actor, case_id: UUID) -> list[GrantView]:
    """Return who may see a case; asked under the right to read it; two statements."""
    case_for(actor, case_id, Permission.CASE_READ)
    return [
        GrantView(
            unit_id=row.unit_id,
            unit_name=row.unit.name,
            role=GrantRole(row.role),
            basis=row.basis,
            from_at=row.from_at,
            handler_id=row.handler_id,
        )
        for row in Grant.objects.filter(case_id=case_id).select_related("unit").order_by("from_at")
    ]


def units_concerned(case_id: UUID, kinds: Collection[str]) -> dict[str, UUID]:
    """Return, by kind, the unit that has dealt with a case, the latest of each (of the house); one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.kind, g.unit_id FROM cases_grant g JOIN org_unit u ON u.id = g.unit_id"
            " WHERE g.case_id = %(case)s AND g.until_at IS NULL AND g.role <> 'supervision' AND u.kind = ANY(%(kinds)s)"
            " AND (u.valid_until IS NULL OR u.valid_until > %(now)s) ORDER BY g.from_at",
            {"case": case_id, "kinds": [str(kind) for kind in kinds], "now": clock.now()},
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A person who may be the same, in a case the actor may see."""

    case: CaseRow
    party_name: str
    because: str


def duplicates(
    actor: Actor, *, id_number: str = "", name: str = "", born_on: str = "", limit: int = 5
) -> list[Duplicate]:
    """Return cases with the same identity number, or the same name and birth, among what the actor may see."""
    found: list[Duplicate] = []
    asked = []
    if id_number.strip():
        asked.append((Q(id_number=id_number.strip().upper()), "证件号码相同"))
    if name.strip() and born_on:
        asked.append((Q(name=name.strip(), born_on=born_on), "姓名、出生日期相同"))
    for which, because in asked:
        people = Party.objects.filter(which)
        seen = list(
            visible_to(actor)
            .filter(case_id__in=people.values("case_id"))
            .select_related("sheet")[:MOST_ALIKE]
        )
        names = dict(people.filter(case_id__in=[row.case_id for row in seen]).values_list("case_id", "name"))
        known = {one.case.case_id for one in found}
        found += [
            Duplicate(case=_lists.as_row(grant), party_name=names[grant.case_id], because=because)
            for grant in seen
            if grant.case_id not in known
            and _shows(
                actor, grant, id_number=id_number.strip().upper(), name=name.strip(), born_on=str(born_on)
            )
        ]
    return found[:limit]


MOST_ALIKE = 50
"""How many cases with a person alike are looked at."""


def _shows(actor: Actor, grant: Grant, *, id_number: str, name: str, born_on: str) -> bool:
    """Whether the unit's own sheet has the person: a snapshot does not answer for what came after it."""
    role = GrantRole(grant.role)
    if role is GrantRole.SUPERVISION or (role in EDITING_ROLES and actor.unit_kind not in EXECUTING_KINDS):
        return True
    if role in EDITING_ROLES or grant.sheet is None:
        return False
    return any(
        (id_number and party.id_number == id_number)
        or (party.name == name and party.born_on is not None and party.born_on.isoformat() == born_on)
        for party in _sheet.parties(json.loads(grant.sheet.body))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a unit has been given of a case: its role, and whether that shows it anything yet."""

    role: GrantRole
    given: bool


def held_by(case_id: UUID, unit_ids: Collection[UUID]) -> dict[UUID, Held]:
    """Return by what right units see a case already (of the house: for sending); one statement."""
    now = clock.now()
    rows = Grant.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=now), case_id=case_id, unit_id__in=list(unit_ids)
    )
    return {
        row.unit_id: Held(role=GrantRole(row.role), given=row.manifest_id is not None or bool(row.part_ids))
        for row in rows
    }


def case_by_number(number: str) -> UUID:
    """Return the id of a case by its number (of the house: for commands); raises NotFound."""
    found = Case.objects.filter(number=number).values_list("id", flat=True).first()
    if found is None:
        raise NotFound
    return found


def all_cases() -> Iterator[tuple[UUID, str]]:
    """Yield id and number of every case by number (of the house: for commands)."""
    yield from Case.objects.order_by("number").values_list("id", "number").iterator(1000)


def count_handled(unit_id: UUID) -> int:
    """Return how many cases that have not ended a unit handles or co-handles (of the house); one statement."""
    rows = Grant.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=clock.now()), unit_id=unit_id, role__in=EDITING_ROLES
    )
    return rows.exclude(case__stage=Stage.CLOSED).count()
