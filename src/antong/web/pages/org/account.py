"""One's own: signing in and out, the password, preferences, saved views, unfinished forms."""

from __future__ import annotations

import json
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput, NotPermitted, Refusal
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web import find, guard, parse, shell
from antong.web.guard import ActorRequest, page, public

CHOOSING_SECONDS = 120
"""How long after the password a duty may be chosen: a desk left in between belongs to nobody."""
LONGEST_ADDRESS = 2000
"""How long an address may be that a form leads to."""
CHOSEN_LATE = NotPermitted(
    "不能登录：选择岗位超过 2 分钟。",
    code="choose-again",
    basis=("案通登录规则：验过口令后 2 分钟内选定岗位",),
    remedy="重新输入用户名和口令。",
)


@public("leads to the desk or to signing in")
def home(request: HttpRequest) -> HttpResponse:
    """Lead to where the person begins the day."""
    actor = guard.actor_of(request)
    return HttpResponseRedirect("/desk" if actor is None else shell.home_of(actor))


@public("signing in", methods=("GET", "POST"))
def login(request: HttpRequest) -> HttpResponse:
    """Sign in by password; choose a duty where there are several."""
    target = _target(request, "/")
    if request.method != "POST":
        return render(request, "org/login.html", {"next": target})
    if request.POST.get("duty"):
        person_id, at = request.session.get("choosing") or ("", 0.0)
        if not person_id or clock.now().timestamp() - at > CHOOSING_SECONDS:
            return render(request, "org/login.html", {"refusal": CHOSEN_LATE, "next": target}, status=403)
        return _begin(request, actions.choose_duty(UUID(person_id), parse.uuid(request.POST, "duty")), target)
    username = request.POST.get("username", "")
    try:
        signed = actions.sign_in(
            username, request.POST.get("password", ""), request.META.get("REMOTE_ADDR", "")
        )
    except Refusal as refusal:
        shown = {"refusal": refusal, "username": username, "next": target}
        return render(request, "org/login.html", shown, status=refusal.status)
    if len(signed.duties) > 1:
        request.session["choosing"] = [str(signed.person_id), clock.now().timestamp()]
        facts = {"duties": signed.duties, "name": signed.name, "next": target}
        return render(request, "org/login.html", facts)
    return _begin(request, actions.choose_duty(signed.person_id, signed.duties[0].id), target)


def _target(request: HttpRequest, default: str) -> str:
    """Return where to go afterwards: what was asked for, of this house alone."""
    target = request.POST.get("next") or request.GET.get("next") or default
    return target if url_has_allowed_host_and_scheme(target, allowed_hosts=None) else default


def _begin(request: HttpRequest, actor: Actor, target: str) -> HttpResponse:
    request.session.flush()
    guard.remember(request, actor)
    works = Permission.CASE_READ in actor.permissions and target != "/"
    return HttpResponseRedirect(target if works else shell.home_of(actor))


@page(Permission.SELF_MANAGE, methods=("GET", "POST"), before_new_password=True)
def password(request: ActorRequest) -> HttpResponse:
    """Change one's own password."""
    target = _target(request, shell.home_of(request.actor))
    facts: dict[str, object] = {"next": target, "first": guard.must_change_password(request)}
    if request.method != "POST":
        return render(request, "org/password.html", facts)
    given = [request.POST.get(name, "") for name in ("old", "new", "again")]
    try:
        actions.change_password(
            request.actor, *given[:2], again=given[2], address=request.META.get("REMOTE_ADDR", "")
        )
    except Refusal as refusal:
        return render(request, "org/password.html", {**facts, "refusal": refusal}, status=refusal.status)
    return _begin(request, request.actor, target)


@page(Permission.SELF_MANAGE, methods=("POST",), before_new_password=True)
def logout(request: ActorRequest) -> HttpResponse:
    """End the session; nothing of it stays in the browser."""
    actions.sign_out(request.actor)
    request.session.flush()
    return HttpResponseRedirect("/login", headers={"Clear-Site-Data": '"cache", "storage"'})


@page(Permission.SELF_MANAGE, methods=("POST",))
def present(request: ActorRequest) -> HttpResponse:
    """Note that the person is at work (the guard has)."""
    return JsonResponse({"ok": True})


@page(Permission.SELF_MANAGE, methods=("POST",))
def preferences(request: ActorRequest) -> HttpResponse:
    """Remember density or large type."""
    changes = {name: str(value) for name, value in request.POST.items() if name in {"density", "type"}}
    return JsonResponse(actions.set_preferences(request.actor, changes))


@page(Permission.SELF_MANAGE, methods=("POST",))
def views(request: ActorRequest) -> HttpResponse:
    """Save a view of a list, or forget it."""
    post = request.POST
    if post.get("drop"):
        actions.drop_view(request.actor, page=post.get("page", ""), name=post.get("name", ""))
    else:
        actions.save_view(
            request.actor, page=post.get("page", ""), name=post.get("name", ""), query=post.get("query", "")
        )
    return JsonResponse({"ok": True})


@page(Permission.SELF_MANAGE, methods=("GET", "POST"))
def drafts(request: ActorRequest) -> HttpResponse:
    """Keep what a form says so far, give it back, or forget it."""
    if request.method != "POST":
        kept = selectors.kept_form(request.actor, request.GET.get("place", ""))
        at, values = kept or (None, None)
        return JsonResponse(
            {"saved": clock.local(at).strftime("%m-%d %H:%M") if at else "", "values": values}
        )
    place = request.POST.get("place", "")
    if request.POST.get("drop"):
        actions.forget_form(request.actor, place=place)
        return JsonResponse({"ok": True})
    values = _typed(request.POST.get("values", ""))
    if values.get("secret") == ["yes"]:  # nothing of a secret case is kept, not even that there is one
        actions.forget_form(request.actor, place=place)
        return JsonResponse({"saved": ""})
    saved = actions.keep_form(request.actor, place=place, values=values)
    return JsonResponse({"saved": clock.local(saved).strftime("%H:%M")})


def _typed(text: str) -> dict[str, list[str]]:
    try:
        given = json.loads(text)
        values = {str(name): [str(value) for value in row] for name, row in given.items()}
    except (ValueError, AttributeError, TypeError):
        values = None
    if values is None or any("\0" in part for row in values.values() for part in row):
        raise BadInput(
            "没有自动保存：内容读不懂。",
            code="draft",
            basis=("案通填写规则：只收可见的文字",),
            remedy="删去从别处粘贴来的不可见字符，或刷新页面后重填。",
        )
    return values


@page(Permission.SELF_MANAGE, methods=("POST",))
def look_for(request: ActorRequest) -> HttpResponse:
    """Lead from the form of a list to the list: filters in the address, what is looked for sealed."""
    post = request.POST
    to = post.get("to", "")
    if not to.startswith("/") or not url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        to = "/"
    rest = {
        name: str(value)
        for name, value in post.items()
        if value and name not in {"to", "text", "csrfmiddlewaretoken", find.PARAMETER}
    }
    text = " ".join(post.get("text", "").split())
    if text:
        rest[find.PARAMETER] = find.seal(text)
    where = f"{to}?{urlencode(rest)}" if rest else to
    if len(where) > LONGEST_ADDRESS:
        raise BadInput(
            "没有查找：条件太长。",
            code="address-too-long",
            basis=("案通查询规则：条件写进网址，网址不过长",),
            remedy="减少或缩短条件后再查。",
        )
    return HttpResponseRedirect(where)
