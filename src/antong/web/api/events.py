"""What happened, in order: a system that was away, or lost a message, goes on from where it was."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from antong.flow import selectors
from antong.org.types import Permission
from antong.web.api import given, shapes
from antong.web.api.guard import ApiRequest, Bearer

router = Router(tags=["动态 events"])
FAR = 2**53


class Event(shapes.Out):
    """Something that happened: `id` tells it from all others, `place` is its place in the order of the ledger."""

    place: int
    id: UUID
    type: str
    case_id: UUID
    handover_id: UUID | None
    unit_id: UUID
    at: datetime


class Events(shapes.Out):
    """What happened after a place; go on with `after` = `next`, at once where there is `more`."""

    rows: list[Event]
    next: int
    more: bool


class AfterPlace(given.In):
    """From which place on."""

    after: Annotated[int, Field(ge=-1, le=FAR)] = -1
    most: Annotated[int, Field(ge=1, le=500)] = 200


@router.get("/events", auth=Bearer(Permission.CASE_READ, AfterPlace), response=Events)
def list_events(request: ApiRequest, where: Query[AfterPlace]) -> dict[str, Any]:
    """List what happened to the unit's hand-overs: arrived, accepted, returned, answered, withdrawn, nudged, overdue.

    By ids alone: read the hand-over for the rest. Each is listed within seconds of its act, and none is missed.
    """
    caller = request.auth
    rows, seen, more = selectors.events(
        caller.actor.unit_id, after=where.after, most=where.most, flows=caller.flows
    )
    return {"rows": rows, "next": seen, "more": more}
