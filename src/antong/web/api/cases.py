"""Cases: lists, the sheet, limits and ledger; registering, and what a case says."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from antong.cases import access, actions, selectors
from antong.cases.selectors import CaseFilter, CaseList
from antong.cases.types import GrantRole, LimitView, Stage
from antong.ledger import selectors as ledger
from antong.ledger.selectors import EntryFilter
from antong.ledger.types import EntryView
from antong.org.types import Permission
from antong.web import reading
from antong.web.api import given, repeat, shapes
from antong.web.api.guard import ApiRequest, Bearer

router = Router(tags=["案件 cases"])


class Where(given.In):
    """What a list is narrowed to."""

    stage: Stage | None = None
    role: GrantRole | None = None
    category: given.Short = ""
    due: Literal["", "overdue", "day", "three", "week", "later", "soon", "none"] = ""
    held: Literal["", "yes", "no"] = ""
    mine: bool = False
    order: Literal["due", "changed", "number", "stage"] = "due"
    page: given.Number = 1
    size: Annotated[int, Field(ge=1, le=100)] = 50


class After(given.In):
    """Which entries of a ledger: before or after a number, of one act."""

    act: given.Short = ""
    before: given.Number | None = None
    after: given.Number | None = None
    most: Annotated[int, Field(ge=1, le=200)] = 50


@router.get("/cases", auth=Bearer(Permission.CASE_READ, Where), response=shapes.Page[shapes.CaseRow])
def list_cases(request: ApiRequest, where: Query[Where]) -> CaseList:
    """List the cases that the unit sees, filtered and paged."""
    narrowed = CaseFilter(
        stage=where.stage or "", role=where.role or "", category=where.category, due=where.due, held=where.held,
        mine=where.mine, order=where.order,
    )  # fmt: skip
    return selectors.list_cases(request.auth.actor, narrowed, page=where.page, size=where.size)


@router.post("/cases/find", auth=Bearer(Permission.CASE_READ), response=shapes.Page[shapes.CaseRow])
def find_cases(request: ApiRequest, body: given.Find) -> CaseList:
    """Find cases by a text; a POST that changes nothing, so that no name stands in an address or a log."""
    return selectors.list_cases(
        request.auth.actor, CaseFilter(text=body.text), page=body.page, size=body.size
    )


@router.post(
    "/cases",
    auth=Bearer(Permission.CASE_REGISTER),
    response={201: shapes.Registered},
    openapi_extra=repeat.EXTRA,
)
def register_case(request: ApiRequest, body: given.Register) -> actions.Registered:
    """Register a case (受案)."""
    return actions.register(
        request.auth.actor, source=body.source, category=body.category, occurred_at=body.occurred_at,
        place=body.place, brief=body.brief, parties=[one.value() for one in body.parties], secret=body.secret,
        happened_at=body.happened_at, late_reason=body.late_reason, key=repeat.key_of(request),
    )  # fmt: skip


@router.get("/cases/{uuid:case_id}", auth=Bearer(Permission.CONTENT_READ), response=shapes.Case)
def read_case(request: ApiRequest, case_id: UUID) -> dict[str, Any]:
    """Read a case: its sheet (案卡) as the unit sees it. The reading is recorded."""
    actor = request.auth.actor
    case = access.case_for(actor, case_id, Permission.CONTENT_READ)
    sheet = selectors.sheet(actor, case)
    reading.spool(actor, case_id, "案卡（接口）")
    return {"case": case, "snapshot": sheet.snapshot, "sheet": sheet.body}


@router.get("/cases/{uuid:case_id}/limits", auth=Bearer(Permission.CASE_READ), response=list[shapes.Limit])
def read_limits(request: ApiRequest, case_id: UUID) -> list[LimitView]:
    """Read the time limits of a case, running ones first. The reading is recorded."""
    case = access.case_for(request.auth.actor, case_id, Permission.CASE_READ)
    reading.spool(request.auth.actor, case_id, "期限（接口）")
    return selectors.limits_seen(request.auth.actor, case)


@router.get(
    "/cases/{uuid:case_id}/entries", auth=Bearer(Permission.LEDGER_READ, After), response=shapes.Entries
)
def read_entries(request: ApiRequest, case_id: UUID, where: Query[After]) -> dict[str, Any]:
    """Read the ledger of a case, newest first: all of a case that is seen whole, else what the unit did itself."""
    actor = request.auth.actor
    case = access.case_for(actor, case_id, Permission.LEDGER_READ)
    oversees = case.role is GrantRole.SUPERVISION
    narrowed = EntryFilter(
        unit_id=None if case.whole or oversees else actor.unit_id,
        act=where.act,
        before=where.before,
        after=where.after,
    )
    reading.spool(actor, case_id, "留痕（接口）")
    found = ledger.entries(case_id, narrowed, most=where.most)
    return {"rows": [_entry(row, content=not oversees) for row in found], "last": ledger.last_number(case_id)}


def _entry(row: EntryView, *, content: bool) -> dict[str, Any]:
    """Return an entry; what it changed is content, which a supervisor gives a reason for on the pages."""
    facts: dict[str, Any] = {name: getattr(row, name) for name in shapes.Entry.model_fields}
    return facts | {"digest": row.digest.hex()} | ({} if content else {"before": None, "after": None})


@router.post(
    "/cases/{uuid:case_id}/amend",
    auth=Bearer(Permission.CASE_EDIT),
    response=shapes.Entered,
    openapi_extra=repeat.EXTRA,
)
def amend_case(request: ApiRequest, case_id: UUID, body: given.AmendCase) -> actions.Entered:
    """Change place, brief, category or source."""
    names = ("source", "category", "place", "brief")
    changes = {name: value for name in names if (value := getattr(body, name)) is not None}
    return actions.amend_case(
        request.auth.actor, case_id=case_id, version=body.version, changes=changes,
        happened_at=body.happened_at, late_reason=body.late_reason, key=repeat.key_of(request),
    )  # fmt: skip


@router.post(
    "/cases/{uuid:case_id}/parties",
    auth=Bearer(Permission.CASE_EDIT),
    response={201: shapes.Entered},
    openapi_extra=repeat.EXTRA,
)
def add_parties(request: ApiRequest, case_id: UUID, body: given.AddParties) -> actions.Entered:
    """Add parties."""
    return actions.add_parties(
        request.auth.actor, case_id=case_id, version=body.version, parties=[one.value() for one in body.parties],
        happened_at=body.happened_at, late_reason=body.late_reason, key=repeat.key_of(request),
    )  # fmt: skip


@router.post(
    "/cases/{uuid:case_id}/parties/{uuid:party_id}/amend",
    auth=Bearer(Permission.CASE_EDIT),
    response=shapes.Entered,
    openapi_extra=repeat.EXTRA,
)
def amend_party(
    request: ApiRequest, case_id: UUID, party_id: UUID, body: given.AmendParty
) -> actions.Entered:
    """Change what is known of a party."""
    return actions.amend_party(
        request.auth.actor, case_id=case_id, party_id=party_id, version=body.version, party=body.party.value(),
        happened_at=body.happened_at, late_reason=body.late_reason, key=repeat.key_of(request),
    )  # fmt: skip
