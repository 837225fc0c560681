"""One unit: posts and who holds them, counterparts, name; all by the system administrator, who sees no case."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render

from antong.flow import actions as flow
from antong.kernel.actor import Rank
from antong.kernel.refusal import NotFound, Refusal
from antong.org import actions, selectors
from antong.org.types import Level, Permission, UnitKind
from antong.web import parse
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.pages.org.weeks import week_of

TABS = {"posts": "岗位任职", "roster": "值班", "counterparts": "对口单位", "about": "单位信息"}


def show(request: ActorRequest, unit_id: UUID, tab: str = "", refusal: Refusal | None = None) -> HttpResponse:
    """Return the page of a unit; with `refusal` the one on which an act was refused."""
    sheet = selectors.unit_sheet(unit_id)
    tab = tab or request.GET.get("tab", "")
    facts: dict[str, Any] = {
        "sheet": sheet,
        "unit": sheet.unit,
        "base": f"/units/{unit_id}",
        "tabs": TABS,
        "tab": tab if tab in TABS else "posts",
        "roles": selectors.roles_for(sheet.unit.kind),
        "ranks": {Rank.PRIMARY.value: "A 岗", Rank.BACKUP.value: "B 岗"},
        "lent": {one.duty_id: one for one in selectors.delegations_in(unit_id)},
        "refusal": refusal,
        "typed": request.POST if refusal else {},
    }
    if facts["tab"] == "roster":
        facts["roster"] = week_of(unit_id, request.POST.get("week") or request.GET.get("week", ""))
    request.place = "/units"  # type: ignore[attr-defined] # the place in the navigation
    return render(request, "org/unit.html", facts, status=refusal.status if refusal else 200)


def _again(request: ActorRequest, unit_id: UUID, tab: str) -> tuple[partial[HttpResponse], str]:
    return partial(show, request, unit_id, tab), f"/units/{unit_id}/?tab={tab}"


@page(Permission.ORG_MANAGE)
def unit(request: ActorRequest, unit_id: UUID) -> HttpResponse:
    """Show a unit."""
    return show(request, unit_id)


@page(Permission.ORG_MANAGE, methods=("GET", "POST"))
def new_unit(request: ActorRequest) -> HttpResponse:
    """Enter a unit, and go on with its posts."""
    facts: dict[str, object] = {"kinds": list(UnitKind), "levels": list(Level), "typed": {}}
    if request.method != "POST":
        return render(request, "org/unit_new.html", facts)
    get = request.POST.get
    try:
        unit_id = actions.new_unit(
            request.actor, code=get("code", ""), name=get("name", ""), short_name=get("short_name", ""), kind=get("kind", ""),
            level=get("level", ""), county_code=get("county_code", ""), initials_=get("initials", ""),
            parent_id=parse.optional_uuid(request.POST, "parent"),
        )  # fmt: skip
    except Refusal as refusal:
        facts |= {"refusal": refusal, "typed": request.POST}
        return render(request, "org/unit_new.html", facts, status=refusal.status)
    return HttpResponseRedirect(f"/units/{unit_id}/")


@page(Permission.ORG_MANAGE, methods=("POST",))
def edit_unit(request: ActorRequest, unit_id: UUID) -> HttpResponse:
    """Change how a unit is called."""
    get = request.POST.get
    return or_again(
        request,
        lambda: actions.rename_unit(
            request.actor, unit_id=unit_id, name=get("name", ""), short_name=get("short_name", ""),
            initials_=get("initials", ""), shown=get("shown", ""),
        ),
        *_again(request, unit_id, "about"),
    )  # fmt: skip


@page(Permission.ORG_MANAGE, methods=("POST",))
def end_unit(request: ActorRequest, unit_id: UUID) -> HttpResponse:
    """End a unit that handles nothing any more."""
    return or_again(
        request, lambda: flow.close_unit(request.actor, unit_id=unit_id), *_again(request, unit_id, "about")
    )


@page(Permission.ORG_MANAGE, methods=("POST",))
def new_post(request: ActorRequest, unit_id: UUID) -> HttpResponse:
    """Add a post."""
    get = request.POST.get
    return or_again(
        request,
        lambda: actions.new_post(request.actor, unit_id=unit_id, name=get("name", ""), role=get("role", "")),
        *_again(request, unit_id, "posts"),
    )


@page(Permission.ORG_MANAGE, methods=("POST",))
def end_post(request: ActorRequest, unit_id: UUID, post_id: UUID) -> HttpResponse:
    """End a post that nobody holds."""
    _of_unit(unit_id, post_id=post_id)
    return or_again(
        request, lambda: actions.end_post(request.actor, post_id=post_id), *_again(request, unit_id, "posts")
    )


@page(Permission.ORG_MANAGE, methods=("POST",))
def assign_duty(request: ActorRequest, unit_id: UUID) -> HttpResponse:
    """Give a person a post of the unit, as A or B."""

    def act() -> None:
        post_id, person_id = parse.uuid(request.POST, "post"), parse.uuid(request.POST, "person")
        _of_unit(unit_id, post_id=post_id)
        rank = Rank.BACKUP if request.POST.get("rank") == Rank.BACKUP else Rank.PRIMARY
        start = parse.instant(request.POST, "valid_from")
        actions.assign_duty(request.actor, post_id=post_id, person_id=person_id, rank=rank, valid_from=start)

    return or_again(request, act, *_again(request, unit_id, "posts"))


@page(Permission.ORG_MANAGE, methods=("POST",))
def end_duty(request: ActorRequest, unit_id: UUID, duty_id: UUID) -> HttpResponse:
    """End a duty, now or at another time."""
    _of_unit(unit_id, duty_id=duty_id)
    return or_again(
        request,
        lambda: actions.end_duty(request.actor, duty_id=duty_id, at=parse.instant(request.POST, "at")),
        *_again(request, unit_id, "posts"),
    )


@page(Permission.ORG_MANAGE, methods=("POST",))
def set_counterparts(request: ActorRequest, unit_id: UUID) -> HttpResponse:
    """Set the units it deals with by default."""
    return or_again(
        request,
        lambda: actions.set_counterparts(
            request.actor, unit_id=unit_id, other_ids=parse.uuids(request, "other"), shown=parse.uuids(request, "shown")
        ),
        *_again(request, unit_id, "counterparts"),
    )  # fmt: skip


def _of_unit(unit_id: UUID, *, post_id: UUID | None = None, duty_id: UUID | None = None) -> None:
    """Raise NotFound where a post or a duty is not of the unit that the address names."""
    sheet = selectors.unit_sheet(unit_id)
    duties = {one.duty_id for post in sheet.posts for one in post.holders}
    if post_id not in {None, *(post.id for post in sheet.posts)} or duty_id not in {None, *duties}:
        raise NotFound


@page(Permission.ORG_MANAGE, methods=("POST",))
def pick_people(request: ActorRequest) -> JsonResponse:
    """Find people by name, pinyin initials or staff number; a POST, so that no name stands in an address."""
    found = selectors.find_people(request.POST.get("q", ""))
    return JsonResponse({"rows": [{"code": str(person_id), "name": words} for person_id, words in found]})


@page(Permission.ORG_MANAGE)
def pick_any_unit(request: ActorRequest) -> JsonResponse:
    """Find units in force by name or pinyin initials, whichever they are."""
    found = selectors.find_units(request.GET.get("q", ""))
    return JsonResponse({"rows": [{"code": str(one.id), "name": one.name} for one in found]})
