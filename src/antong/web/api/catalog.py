"""What the house knows by heart: code tables, flows, kinds of document; and who the token acts as."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Query, Router

from antong.cases import selectors as cases
from antong.catalog import loader
from antong.catalog.schema import DocumentKind, FlowDef
from antong.kernel import clock
from antong.kernel.refusal import NotFound
from antong.org import selectors as org
from antong.org.types import Permission, UnitKind, UnitView
from antong.web.api import given, shapes
from antong.web.api.guard import ApiRequest, Bearer

router = Router(tags=["目录 catalogue"])


class Unit(shapes.Out):
    """A unit."""

    id: UUID
    code: str
    name: str
    kind: str
    level: str


class Person(shapes.Out):
    """Somebody on a post of the unit."""

    person_id: UUID
    person_name: str
    post_name: str
    role: str


class OfKind(given.In):
    """Which units."""

    kind: UnitKind | None = None


@router.get("/self", auth=Bearer(Permission.CASE_READ), response=shapes.Self)
def read_self(request: ApiRequest) -> dict[str, Any]:
    """Say who the token acts as, and what it allows."""
    caller, actor = request.auth, request.auth.actor
    return {
        "person_id": actor.person_id, "person_name": actor.person_name, "post_name": actor.post_name, "role": actor.role,
        "unit_id": actor.unit_id, "unit_name": actor.unit_name, "permissions": sorted(actor.permissions),
        "flows": sorted(caller.flows), "today": clock.today(),
    }  # fmt: skip


@router.get("/units", auth=Bearer(Permission.CASE_READ, OfKind), response=list[Unit])
def list_units(request: ApiRequest, where: Query[OfKind]) -> list[UnitView]:
    """List the units in force, of a kind when given."""
    return [one for one in org.all_units() if one.is_active and where.kind in {None, one.kind}]


@router.get("/people", auth=Bearer(Permission.TASK_ASSIGN), response=list[Person])
def list_people(request: ApiRequest) -> list[Any]:
    """List who holds posts in the unit: who a case can be given to."""
    return list(org.people_of(request.auth.actor.unit_id))


@router.get("/codes", auth=Bearer(Permission.CASE_READ), response=list[str])
def list_tables(request: ApiRequest) -> list[str]:
    """List the code tables."""
    return sorted((*loader.load().codes, "charges"))


@router.get("/codes/{slug:table}", auth=Bearer(Permission.CASE_READ), response=list[shapes.Code])
def read_codes(request: ApiRequest, table: str) -> list[Any]:
    """Read a code table."""
    catalog = loader.load()
    if table == "charges":
        return [{"code": one.code, "name": one.name} for one in catalog.charges.values()]
    if table not in catalog.codes:
        raise NotFound
    return list(catalog.codes[table].values())


@router.get("/flows", auth=Bearer(Permission.CASE_READ), response=list[shapes.Flow])
def list_flows(request: ApiRequest) -> list[dict[str, Any]]:
    """List the flows in force."""
    return [_flow(one) for one in loader.load().flows.values()]


@router.get("/flows/{slug:flow}", auth=Bearer(Permission.CASE_READ), response=shapes.Flow)
def read_flow(request: ApiRequest, flow: str) -> dict[str, Any]:
    """Read a flow."""
    found = loader.load().flow(flow)
    if found is None:
        raise NotFound
    return _flow(found)


def _flow(flow: FlowDef) -> dict[str, Any]:
    return {
        "key": flow.key, "name": flow.name, "version": flow.version, "kind": flow.kind, "articles": flow.articles,
        "from_kinds": flow.from_.kinds, "to_kinds": flow.to.kinds if flow.to else (),
        "documents": [one.kind for one in flow.carries.documents], "approver": flow.approver.role if flow.approver else "",
        "fields": flow.fields, "outcomes": (*flow.outcomes, *(flow.answer.outcomes if flow.answer else ())),
    }  # fmt: skip


@router.get("/document-kinds", auth=Bearer(Permission.CASE_READ), response=list[shapes.DocumentKind])
def list_document_kinds(request: ApiRequest) -> list[DocumentKind]:
    """List the kinds of legal document and what each asks for."""
    return list(loader.load().documents.values())


@router.get("/sheet-schema", auth=Bearer(Permission.CASE_READ), response=dict[str, Any])
def read_sheet_schema(request: ApiRequest) -> dict[str, Any]:
    """Read the JSON schema of the case sheet (案卡)."""
    return dict(cases.sheet_schema())
