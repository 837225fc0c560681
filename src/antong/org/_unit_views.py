"""Units as values, and who is on duty in them: what the other reads of the room begin with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from antong.kernel import clock
from antong.kernel.refusal import NotFound
from antong.org.models import RosterShift, Unit
from antong.org.types import Level, UnitKind, UnitView

_FIELDS = (
    "id", "code", "name", "short_name", "kind", "level", "parent_id", "county_code", "initials", "valid_until",
)  # fmt: skip


def view(row: Unit) -> UnitView:
    """Return a unit as other rooms see it."""
    return _made([getattr(row, name) for name in _FIELDS], clock.now())


def _made(values: Sequence[Any], now: datetime) -> UnitView:
    """Return a unit from the values of _FIELDS."""
    return UnitView(
        id=values[0],
        code=values[1],
        name=values[2],
        short_name=values[3],
        kind=UnitKind(values[4]),
        level=Level(values[5]),
        parent_id=values[6],
        county_code=values[7],
        initials=values[8],
        is_active=values[9] is None or values[9] > now,
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
        cursor.execute(f"SELECT {', '.join(f'u.{name}' for name in _FIELDS)} {text}", values)
        return [_made(row, now) for row in cursor.fetchall()]


def on_duty(unit_id: UUID, at: datetime | None = None) -> list[tuple[UUID, str]]:
    """Return who is on duty in a unit at an instant (default now), by the roster; one statement."""
    instant = at or clock.now()
    rows = RosterShift.objects.filter(unit_id=unit_id, starts_at__lte=instant, ends_at__gt=instant)
    return list(rows.order_by("starts_at").values_list("person_id", "person__name"))
