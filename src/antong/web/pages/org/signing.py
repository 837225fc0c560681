"""Signing in: the password, a code of the second factor where there is one, the duty where there are several."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotPermitted, Refusal
from antong.org import actions, selectors
from antong.org.types import DutyView, Permission
from antong.web import guard, parse, shell
from antong.web.guard import public

STEP_SECONDS = 120
"""How long after one step of signing in the next may be taken: a desk left in between belongs to nobody."""
TOO_LATE = NotPermitted(
    "不能登录：验过口令后超过 2 分钟。",
    code="sign-in-again",
    basis=("案通登录规则：验过口令后 2 分钟内输入动态口令、选定岗位",),
    remedy="重新输入用户名和口令。",
)
PASSWORD = "password"  # noqa: S105 - a word of the record


@public("signing in", methods=("GET", "POST"))
def login(request: HttpRequest) -> HttpResponse:
    """Sign in: each form of the page is a step, and says which by what it carries."""
    target = target_of(request, "/")
    if request.method != "POST":
        return render(request, "org/login.html", {"next": target})
    if request.POST.get("duty"):
        return with_duty(request, target)
    if "code" in request.POST:
        return _with_code(request, target)
    return _with_password(request, target)


def _with_password(request: HttpRequest, target: str) -> HttpResponse:
    username = request.POST.get("username", "")
    try:
        signed = actions.sign_in(username, request.POST.get("password", ""), address_of(request))
    except Refusal as refusal:
        shown = {"refusal": refusal, "username": username, "next": target}
        return render(request, "org/login.html", shown, status=refusal.status)
    if signed.second_factor:
        at, *ran = clock.mark()
        request.session["coding"] = [str(signed.person_id), at, "", *ran]
        return render(request, "org/login.html", {"coding": True, "name": signed.name, "next": target})
    return choose(request, signed.person_id, signed.duties, target, by=PASSWORD)


def _with_code(request: HttpRequest, target: str) -> HttpResponse:
    person_id = _step(request, "coding")
    if person_id is None:
        return render(request, "org/login.html", {"refusal": TOO_LATE, "next": target}, status=403)
    try:
        by = actions.check_factor(person_id, request.POST.get("code", ""), address_of(request))
    except Refusal as refusal:
        shown = {"refusal": refusal, "coding": True, "next": target}
        return render(request, "org/login.html", shown, status=refusal.status)
    request.session.pop("coding")
    return choose(request, person_id, selectors.duties_of(person_id), target, by=by)


def with_duty(request: HttpRequest, target: str) -> HttpResponse:
    """Begin the session on the duty that was chosen."""
    person_id = _step(request, "choosing")
    if person_id is None:
        return render(request, "org/login.html", {"refusal": TOO_LATE, "next": target}, status=403)
    by = request.session["choosing"][2]
    return _on_duty(request, person_id, parse.uuid(request.POST, "duty"), target, by=by)


def _on_duty(request: HttpRequest, person_id: UUID, duty_id: UUID, target: str, *, by: str) -> HttpResponse:
    """Begin the session, or say on the page why not here."""
    try:
        actor = actions.choose_duty(
            person_id,
            duty_id,
            by=by,
            terminal=request.COOKIES.get(guard.TERMINAL, "")[: guard.LONGEST_SECRET],
            address=address_of(request),
        )
    except NotPermitted as refusal:
        return render(request, "org/login.html", {"refusal": refusal, "next": target}, status=refusal.status)
    return begin(request, actor, target, by=by)


def _step(request: HttpRequest, name: str) -> UUID | None:
    """Return who has taken the step before, None where nobody has, or too long ago."""
    person_id, at, *rest = request.session.get(name) or ("", 0.0)
    return UUID(person_id) if person_id and clock.passed([at, *rest[1:]]) <= STEP_SECONDS else None


def choose(
    request: HttpRequest, person_id: UUID, duties: Sequence[DutyView], target: str, *, by: str
) -> HttpResponse:
    """Begin the session on the only duty, or ask which."""
    if len(duties) == 1:
        return _on_duty(request, person_id, duties[0].id, target, by=by)
    at, *ran = clock.mark()
    request.session["choosing"] = [str(person_id), at, by, *ran]
    name = selectors.person_names([person_id])[person_id]
    return render(request, "org/login.html", {"duties": duties, "name": name, "next": target})


def address_of(request: HttpRequest) -> str:
    """Return the address a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))


def target_of(request: HttpRequest, default: str) -> str:
    """Return where to go afterwards: what was asked for, of this house alone."""
    target = request.POST.get("next") or request.GET.get("next") or default
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts=None) else default


def begin(request: HttpRequest, actor: Actor, target: str, *, by: str = "") -> HttpResponse:
    """Begin a session, opened by what was shown (as the one before it, unless told), and lead to where it was going."""
    guard.remember(request, actor, by=by or str(request.session.get("by", "")))
    works = Permission.CASE_READ in actor.permissions and target != "/"
    return HttpResponseRedirect(target if works else shell.home_of(actor))
