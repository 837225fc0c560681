"""One's own: where the day begins, the password, signing out, preferences, saved views, unfinished forms."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from antong.kernel import clock
from antong.kernel.refusal import BadInput, Refusal
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web import find, guard, shell
from antong.web.guard import ActorRequest, page, public
from antong.web.pages.org import signing

LONGEST_ADDRESS = 2000
"""How long an address may be that a form leads to."""


@public("leads to the desk or to signing in")
def home(request: HttpRequest) -> HttpResponse:
    """Lead to where the person begins the day."""
    actor = guard.actor_of(request)
    return HttpResponseRedirect("/desk" if actor is None else shell.home_of(actor))


@page(Permission.SELF_MANAGE, methods=("GET", "POST"), while_owing=True)
def password(request: ActorRequest) -> HttpResponse:
    """Change one's own password."""
    target = signing.target_of(request, shell.home_of(request.actor))
    facts: dict[str, object] = {"next": target, "first": guard.owes(request) == "password"}
    if request.method != "POST":
        return render(request, "org/password.html", facts)
    given = [request.POST.get(name, "") for name in ("old", "new", "again")]
    try:
        actions.change_password(
            request.actor, *given[:2], again=given[2], address=request.META.get("REMOTE_ADDR", "")
        )
    except Refusal as refusal:
        return render(request, "org/password.html", {**facts, "refusal": refusal}, status=refusal.status)
    return signing.begin(request, request.actor, target)


@page(Permission.SELF_MANAGE, methods=("POST",), while_owing=True)
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
    """Remember density, large type, or where the tour stands."""
    chosen = {"density", "type", "tour"}
    changes = {name: str(value) for name, value in request.POST.items() if name in chosen}
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
