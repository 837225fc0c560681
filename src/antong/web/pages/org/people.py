"""People: the list, one person, and many at once from a spreadsheet; by the system administrator."""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from antong.kernel.actor import Rank
from antong.kernel.refusal import BadInput, Refusal
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web import parse, sheets
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.lists import listing, page_of, table_file

TEMPLATE_ROW = ("张三", "100999", "", "990121xz", "办案民警1", "B")


@page(Permission.ORG_MANAGE)
def people(request: ActorRequest) -> HttpResponse:
    """Show the people by name, with what they hold."""
    state = request.GET.get("state", "")
    words = {"state": selectors.PEOPLE_STATES}
    number, size = page_of(request)
    text = listing(request, total=0, words=words).text
    rows, total = selectors.people(text, state=state, page=number, size=size)
    frame = listing(request, total=total, words=words)
    facts = {"rows": rows, "list": frame, "states": selectors.PEOPLE_STATES, "chosen": state}
    return render(request, "org/people.html", facts)


def show(request: ActorRequest, person_id: UUID, refusal: Refusal | None = None) -> HttpResponse:
    """Return the page of a person; with `refusal` the one on which an act was refused."""
    facts = {
        "person": selectors.person_sheet(person_id),
        "lent": selectors.delegations_of(person_id),
        "factor": selectors.factor_of(person_id),
        "ends": f"/people/{person_id}/delegations",
        "refusal": refusal,
        "typed": request.POST if refusal else {},
        "self": person_id == request.actor.person_id,
    }
    request.place = "/people"  # type: ignore[attr-defined] # the place in the navigation
    return render(request, "org/person.html", facts, status=refusal.status if refusal else 200)


@page(Permission.ORG_MANAGE)
def person(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Show a person."""
    return show(request, person_id)


def _rank(request: ActorRequest) -> Rank:
    return Rank.BACKUP if request.POST.get("rank") == Rank.BACKUP else Rank.PRIMARY


@page(Permission.ORG_MANAGE, methods=("GET", "POST"))
def new_person(request: ActorRequest) -> HttpResponse:
    """Enter a person; the first password stands on the answer alone."""
    if request.method != "POST":
        return render(request, "org/person_new.html", {"typed": {}})
    get = request.POST.get
    try:
        made = actions.new_person(
            request.actor, name=get("name", ""), staff_number=get("staff_number", ""), username=get("username", ""),
            post_id=parse.optional_uuid(request.POST, "post"), rank=_rank(request),
        )  # fmt: skip
    except Refusal as refusal:
        facts = {"refusal": refusal, "typed": request.POST}
        return render(request, "org/person_new.html", facts, status=refusal.status)
    return render(request, "org/first_password.html", {"made": made, "to": f"/people/{made.person_id}/"})


@page(Permission.ORG_MANAGE, methods=("POST",))
def amend_person(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Correct a name or a number."""
    get = request.POST.get
    return or_again(
        request,
        lambda: actions.amend_person(
            request.actor, person_id=person_id, name=get("name", ""), staff_number=get("staff_number", "")
        ),
        partial(show, request, person_id),
        f"/people/{person_id}/",
    )


@page(Permission.ORG_MANAGE, methods=("POST",))
def move_person(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Move a person to another post."""
    return or_again(
        request,
        lambda: actions.move_person(
            request.actor, person_id=person_id, post_id=parse.uuid(request.POST, "post"), rank=_rank(request)
        ),
        partial(show, request, person_id),
        f"/people/{person_id}/",
    )


@page(Permission.ORG_MANAGE, methods=("POST",))
def leave_service(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Let a person leave."""
    return or_again(
        request,
        lambda: actions.leave_service(
            request.actor, person_id=person_id, reason=request.POST.get("reason", "")
        ),
        partial(show, request, person_id),
        f"/people/{person_id}/",
    )


@page(Permission.ORG_MANAGE)
def pick_posts(request: ActorRequest) -> JsonResponse:
    """Find posts by the words or initials of their unit and by their own name."""
    found = selectors.find_posts(request.GET.get("q", ""))
    return JsonResponse({"rows": [{"code": str(post_id), "name": words} for post_id, words in found]})


def _import_page(
    request: ActorRequest, facts: dict[str, Any], refusal: Refusal | None = None
) -> HttpResponse:
    request.place = "/people"  # type: ignore[attr-defined] # the place in the navigation
    shown = {"heads": selectors.IMPORT_HEADS, "refusal": refusal, **facts}
    return render(request, "org/people_import.html", shown, status=refusal.status if refusal else 200)


@page(Permission.ORG_MANAGE, methods=("GET", "POST"))
def import_people(request: ActorRequest) -> HttpResponse:
    """Take a table of people and show what is wrong in each row; nothing is written."""
    if request.method != "POST":
        return _import_page(request, {})
    given = request.FILES.get("file")
    try:
        if given is None:
            raise BadInput(
                "不能导入：没有选文件。",
                code="table-none",
                basis=("案通导入规则：收 CSV 和 XLSX 表格，一次至多 500 人",),
                remedy="选填好的表格；没有的，先下载模板。",
                fields={"file": "选一个表格"},
            )
        table = selectors.read_table(given.read(selectors.LARGEST_TABLE + 1))
        return _import_page(request, _looked_at(table))
    except Refusal as refusal:
        return _import_page(request, {}, refusal)


def _looked_at(table: list[list[str]]) -> dict[str, Any]:
    rows = selectors.check_people(table)
    wrong = sum(bool(row.faults) for row in rows)
    # what was read goes with the form: nothing is kept here until it is taken
    return {
        "rows": rows,
        "wrong": wrong,
        "right": len(rows) - wrong,
        "table": json.dumps(table, ensure_ascii=False),
    }


@page(Permission.ORG_MANAGE, methods=("POST",))
def take_people(request: ActorRequest) -> HttpResponse:
    """Enter the people of a table that was looked at; their first passwords go out as a file, this once."""
    try:
        table = _table(request.POST.get("table", ""))
        made = actions.import_people(
            request.actor, table=table, only_right=request.POST.get("only_right") == "1"
        )
    except Refusal as refusal:
        if request.headers.get("X-Requested-With") == "fetch":
            raise
        shown = _looked_at(table) if refusal.code == "table-faults" else {}
        return _import_page(request, shown, refusal)
    return table_file("first-passwords", selectors.PASSWORD_HEADS, [list(one.row) for one in made])


def _table(text: str) -> list[list[str]]:
    """Return the table that went with the form; refuse what is none."""
    try:
        rows = json.loads(text)
        found = [[str(cell) for cell in row] for row in rows if isinstance(row, list)]
    except (ValueError, TypeError, RecursionError):
        found = []
    if not found:
        raise BadInput(
            "不能导入：表单不完整。", code="form", basis=("案通导入规则：先核对再导入",), remedy="重新选文件后再导入。"
        )  # fmt: skip
    return found


@page(Permission.ORG_MANAGE)
def people_template(request: ActorRequest) -> HttpResponse:
    """Return the table to fill in, with every post of the house beside it."""
    posts = [["单位代码", "单位", "岗位", "现任 A 岗"], *(list(row) for row in selectors.all_posts())]
    return sheets.workbook(
        "people", {"人员": [list(selectors.IMPORT_HEADS), list(TEMPLATE_ROW)], "岗位表": posts}
    )
