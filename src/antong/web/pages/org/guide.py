"""The help beside a page, and the guide that holds the help of all pages by role."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, get_resolver

from antong.org.types import ROLE_PERMISSIONS, Permission, Role
from antong.web import helping
from antong.web.guard import ActorRequest, page, public

CHAPTERS: tuple[tuple[str, str, tuple[Role, ...], str], ...] = (
    ("investigator", "办案民警", (Role.INVESTIGATOR,), "police officer who handles cases"),
    ("manager", "案管员、书记员、检察官、法官", (Role.CASE_MANAGER, Role.PROSECUTOR, Role.JUDGE, Role.COURT_CLERK), "case manager, clerk, prosecutor, judge"),
    ("leader", "审批的负责人", (Role.POLICE_LEADER, Role.POLICE_LEGAL, Role.PROCURATORATE_LEADER, Role.COURT_LEADER), "leader who approves"),
    ("custody", "看守所、监狱、社区矫正、法律援助", (Role.CUSTODY_OFFICER, Role.PRISON_OFFICER, Role.CORRECTION_OFFICER, Role.LEGAL_AID_OFFICER), "custody, prison, community corrections, legal aid"),
    ("supervisor", "执法监督员", (Role.SUPERVISOR,), "supervisor"),
    ("administrator", "系统、安全、审计管理员", (Role.ADMIN_SYSTEM, Role.ADMIN_SECURITY, Role.ADMIN_AUDIT), "system, security and audit administrator"),
)  # fmt: skip
"""A chapter of the guide: its key, for whom it is, their roles, and the same in English."""
EVERYBODY = (
    "login",
    "certificate",
    "password",
    "factor",
    "pledge",
    "notices",
    "new-report",
    "reports",
    "delegations",
    "operations",
    "guide",
)
"""What everybody has; it stands once, before the chapters."""
ORDER = (
    "desk", "calendar", "inbox", "approvals", "handover.approve", "handover.receive", "new-case", "cases", "case", "sent",
    "handover.compose", "handover.follow", "supervision", "rotations",
)  # fmt: skip
"""What comes first in a chapter, as the day goes; the rest follows by title."""


@public("says how a page is used; holds nothing of any case, and whoever cannot sign in needs it too")
def help_of(request: HttpRequest, screen: str) -> HttpResponse:
    """Show the help of one screen, as the panel beside the page."""
    one = helping.screen(screen)
    return render(request, "help/panel.html", {"one": one, "tables": helping.shared(one)})


@page(Permission.SELF_MANAGE)
def guide(request: ActorRequest) -> HttpResponse:
    """Show the guide: what everybody has, then a chapter for each role, the own first."""
    return render(request, "help/guide.html", facts(request.actor.permissions, role=request.actor.role))


def facts(own: Collection[str] = (), *, role: str = "") -> dict[str, Any]:
    """Return what the guide says: words, what everybody has, chapters, that of `role` first; `mine` are what `own` rights open."""
    known = helping.screens()
    return {
        "tables": list(helping.tables().values()),
        "everybody": [known[name] for name in EVERYBODY],
        "chapters": [
            (key, title, chapter(roles))
            for key, title, roles, _ in sorted(CHAPTERS, key=lambda one: role not in one[2])
        ],
        "screens": [known[name] for name in _sorted(set(known) - set(EVERYBODY))],
        "mine": {name for name in known if permission(name) in {*own, None}},
    }


def chapter(roles: Iterable[Role]) -> list[helping.Screen]:
    """Return the screens of some roles in the order of their day: those that one of them may open."""
    held = frozenset[Permission]().union(*(ROLE_PERMISSIONS[role] for role in roles))
    known = helping.screens()
    names = {name for name in known if name not in EVERYBODY and permission(name) in held}
    return [known[name] for name in _sorted(names)]


MODES = {
    "handover.approve": Permission.HANDOVER_APPROVE,
    "handover.compose": Permission.HANDOVER_COMPOSE,
    "handover.receive": Permission.HANDOVER_RECEIVE,
}
"""What a mode of a page asks for beyond the page."""


def permission(name: str) -> Permission | None:
    """Return the permission that a screen asks for, None where it is for everybody."""
    return MODES.get(name) or needs(helping.screen(name).route)


@cache
def needs(route: str) -> Permission | None:
    """Return the permission that a route asks for, None where it is for everybody; raises KeyError without such a route."""
    return _permissions()[route]


@cache
def _permissions() -> dict[str, Permission | None]:
    return {str(one.name): getattr(one.callback, "permission", None) for one in _routes(get_resolver())}


def _routes(resolver: URLResolver) -> Iterable[URLPattern]:
    for item in resolver.url_patterns:
        if isinstance(item, URLResolver):
            yield from _routes(item)
        else:
            yield item


def _sorted(names: set[str]) -> list[str]:
    """Return screens as the day goes, the rest by name."""
    return [name for name in ORDER if name in names] + sorted(names - set(ORDER))
