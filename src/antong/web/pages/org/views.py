"""Signing in, notices, readings, preferences, what runs."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from antong.cases import selectors as cases
from antong.flow import selectors as flow
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web import guard, parse
from antong.web.guard import ActorRequest, page, public
from antong.web.lists import listing, page_of

NOTICE_KINDS = {
    "warning": "将逾期",
    "silence": "静默告警",
    "nudge": "催办",
    "answer": "答复",
    "escalated": "升级",
    "notice": "督办",
}
CHOOSING_SECONDS = 120
"""How long after the password a duty may be chosen: a desk left in between belongs to nobody."""
CHOSEN_LATE = NotPermitted(
    "不能登录：选择岗位超过 2 分钟。",
    code="choose-again",
    basis=("案通登录规则：验过口令后 2 分钟内选定岗位",),
    remedy="重新输入用户名和口令。",
)
PROCESSES = {
    "database": "数据库：案件、卷宗目录、账本",
    "web": "页面服务",
    "worker": "后台作业：页面检查、静默巡查",
    "sequencer": "账本入树、封签、查阅记录入账",
}


@public("leads to the desk or to signing in")
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the desk."""
    return HttpResponseRedirect("/desk")


@public("signing in", methods=("GET", "POST"))
def login(request: HttpRequest) -> HttpResponse:
    """Sign in by password; choose a duty where there are several."""
    target = request.POST.get("next") or request.GET.get("next") or "/desk"
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = "/desk"
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
        return render(
            request, "org/login.html", {"duties": signed.duties, "name": signed.name, "next": target}
        )
    return _begin(request, actions.choose_duty(signed.person_id, signed.duties[0].id), target)


def _begin(request: HttpRequest, actor: Actor, target: str) -> HttpResponse:
    request.session.flush()
    guard.remember(request, actor)
    landing = target if Permission.CASE_READ in actor.permissions else "/operations"
    return HttpResponseRedirect(landing)


@page(Permission.SELF_MANAGE, methods=("GET", "POST"), before_new_password=True)
def password(request: ActorRequest) -> HttpResponse:
    """Change one's own password."""
    target = request.POST.get("next") or request.GET.get("next") or "/desk"
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = "/desk"
    facts: dict[str, object] = {"next": target, "first": guard.must_change_password(request)}
    if request.method == "POST":
        given = [request.POST.get(name, "") for name in ("old", "new", "again")]
        try:
            actions.change_password(
                request.actor, *given[:2], again=given[2], address=request.META.get("REMOTE_ADDR", "")
            )
        except Refusal as refusal:
            return render(request, "org/password.html", {**facts, "refusal": refusal}, status=refusal.status)
        return _begin(request, request.actor, target)
    return render(request, "org/password.html", facts)


@page(Permission.SELF_MANAGE, methods=("POST",), before_new_password=True)
def logout(request: ActorRequest) -> HttpResponse:
    """End the session."""
    actions.sign_out(request.actor)
    request.session.flush()
    return HttpResponseRedirect("/login", headers={"Clear-Site-Data": '"cache", "storage"'})


@public("tells a watcher whether pages and database are up")
def health(request: HttpRequest) -> HttpResponse:
    """Say whether the database answers: 200, or 503 where it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return JsonResponse({"ok": False, "what": "数据库没有应答。"}, status=503)
    return JsonResponse({"ok": True})


@page(Permission.SELF_MANAGE)
def counts(request: ActorRequest) -> HttpResponse:
    """Return the badge counts, with an ETag so that polling costs nothing."""
    found = flow.task_counts(request.actor) if Permission.CASE_READ in request.actor.permissions else {}
    body = json.dumps({"unread": selectors.unread_count(request.actor), "desk": sum(found.values())})
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:16]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304)
    return HttpResponse(body, content_type="application/json", headers={"ETag": etag})


@page(Permission.SELF_MANAGE, methods=("POST",))
def present(request: ActorRequest) -> HttpResponse:
    """Note that the person is at work (the middleware has)."""
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
    """Keep what a form says so far, or give it back."""
    if request.method != "POST":
        kept = selectors.kept_form(request.actor, request.GET.get("place", ""))
        at, values = kept or (None, None)
        return JsonResponse({"at": clock.local(at).strftime("%m-%d %H:%M") if at else "", "values": values})
    try:
        given = json.loads(request.POST.get("values", ""))
        values = {str(name): [str(value) for value in row] for name, row in given.items()}
    except (ValueError, AttributeError, TypeError):
        raise BadInput(
            "没有自动保存：内容读不懂。", code="draft", remedy="继续填写，稍后会再存一次。"
        ) from None
    saved = actions.keep_form(request.actor, place=request.POST.get("place", ""), values=values)
    return JsonResponse({"at": clock.local(saved).strftime("%H:%M")})


@page(Permission.NOTICE_READ)
def notices(request: ActorRequest) -> HttpResponse:
    """Show the notices of the unit and the person."""
    only, kind = request.GET.get("unread") == "1", request.GET.get("kind", "")
    number, size = page_of(request)
    rows, total = selectors.notices(request.actor, unread=only, kind=kind, page=number, size=size)
    facts = {
        "rows": rows, "only": only, "kinds": NOTICE_KINDS, "chosen": kind, "briefs": cases.briefs(request.actor, {row.case_id for row in rows if row.case_id}),
        "list": listing(request, total=min(total, 1000), more=total > 1000, words={"kind": NOTICE_KINDS}, keep=("unread",)),  # noqa: PLR2004 - counts stop there
    }  # fmt: skip
    return render(request, "org/notices.html", facts)


@page(Permission.NOTICE_READ, methods=("POST",))
def read_notice(request: ActorRequest, notice_id: UUID) -> HttpResponse:
    """Mark a notice as read."""
    actions.read_notice(request.actor, notice_id)
    return HttpResponseRedirect("/notices")


@page(Permission.NOTICE_READ, methods=("POST",))
def answer_notice(request: ActorRequest, notice_id: UUID) -> HttpResponse:
    """Answer a notice that waits for an answer."""
    actions.answer_notice(request.actor, notice_id=notice_id, text=request.POST.get("text", ""))
    return HttpResponseRedirect("/notices")


@page(Permission.NOTICE_READ, methods=("POST",))
def read_all(request: ActorRequest) -> HttpResponse:
    """Mark all notices as read."""
    actions.read_notices(request.actor)
    return HttpResponseRedirect("/notices")


@page(Permission.READLOG_READ)
def read_log(request: ActorRequest) -> HttpResponse:
    """Show the head of a unit what its people have read."""
    number, size = page_of(request)
    rows = ledger.readings_by_unit(request.actor.unit_id, most=size, page=number)
    total = ledger.count_readings(request.actor.unit_id)
    shown = cases.briefs(request.actor, {row.case_id for row in rows})
    frame = listing(request, total=min(total, 1000), more=total > 1000)  # noqa: PLR2004 - counts stop there
    return render(request, "org/readlog.html", {"rows": rows, "cases": shown, "list": frame})


@page(Permission.SELF_MANAGE)
def operations(request: ActorRequest) -> HttpResponse:
    """Show what runs: processes, ledger, queue."""
    path = Path(settings.ANTONG_STATE) / "status.json"
    status = json.loads(path.read_text()) if path.exists() else None
    for row in status["processes"] if status else ():
        row["since"] = datetime.fromtimestamp(row["since"], UTC)
    facts = {
        "status": status,
        "queue": ledger.queue_depth(),
        "latest": ledger.latest_head(),
        "works": PROCESSES,
    }
    return render(request, "org/operations.html", facts)


@page(Permission.SELF_MANAGE)
def components(request: ActorRequest) -> HttpResponse:
    """Show every component and state."""
    now = clock.now()
    spans = (-70, 60 * 8, 60 * 24 * 2, 60 * 24 * 6, 60 * 24 * 19)
    example = Refusal(
        "不能受理：案卷材料不齐备。",
        basis=("人民检察院刑事诉讼规则第157条", "指引第14项"),
        remedy="退回补签，或补送；羁押照算",
        who="案管员；争议报部门负责人",
        items=("证据卷 p.88 价格认定结论书缺签名盖章。",),
    )
    facts = {
        "dues": [now + timedelta(minutes=minutes) for minutes in spans],
        "states": ["草稿", "待审批", "已发出", "已送达", "已入件", "已受理", "已办结", "已退回"],
        "refusal": example,
    }
    return render(request, "components.html", facts)
