"""Units as values, and who is on duty in them: what the other reads of the room begin with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from antong.kernel import clock
from antong.kernel.refusal import NotFound
from antong.org.models import RosterShift, Unit
from antong.org.types import Level, UnitKind, UnitView


def view(row: Unit) -> UnitView:
    """Return a unit as other rooms see it."""
    now = clock.now()
    return UnitView(
        id=row.id,
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        kind=UnitKind(row.kind),
        level=Level(row.level),
        parent_id=row.parent_id,
        county_code=row.county_code,
        initials=row.initials,
        is_active=row.valid_until is None or row.valid_until > now,
    )


def unit(unit_id: UUID) -> UnitView:
    """Return one unit; one statement. Raises NotFound."""
    row = Unit.objects.filter(id=unit_id).first()
    if row is None:
        raise NotFound
    return view(row)


def units(unit_ids: Collection[UUID]) -> dict[UUID, UnitView]:
    """Return several units by id; one statement."""
    found = select("FROM org_unit u WHERE u.id = ANY(%(units)s)", {"units": list(set(unit_ids))})
    return {unit.id: unit for unit in found}


def select(text: str, values: Mapping[str, Any]) -> list[UnitView]:
    """Return the units `u` of a statement from its FROM on; one statement."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.id, u.code, u.name, u.short_name, u.kind, u.level, u.parent_id, u.county_code, u.initials,"
            f" u.valid_until {text}",
            values,
        )
        rows = cursor.fetchall()
    return [
        UnitView(
            id=row[0],
            code=row[1],
            name=row[2],
            short_name=row[3],
            kind=UnitKind(row[4]),
            level=Level(row[5]),
            parent_id=row[6],
            county_code=row[7],
            initials=row[8],
            is_active=row[9] is None or row[9] > now,
        )
        for row in rows
    ]


def on_duty(unit_id: UUID, at: datetime | None = None) -> list[tuple[UUID, str]]:
    """Return who is on duty in a unit at an instant (default now), by the roster; one statement."""
    instant = at or clock.now()
    rows = RosterShift.objects.filter(unit_id=unit_id, starts_at__lte=instant, ends_at__gt=instant)
    return list(rows.order_by("starts_at").values_list("person_id", "person__name"))
