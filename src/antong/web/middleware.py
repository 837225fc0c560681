"""What every answer carries, and how refusals and failures are shown."""

from __future__ import annotations

import errno
import json
import logging
import secrets
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from psycopg.errors import DiskFull

from antong.dossier.types import StoreAway
from antong.kernel.refusal import BadInput, Refusal
from antong.org import actions as org_actions
from antong.web import guard
from antong.web.api import problem

log = logging.getLogger("antong.web")
GetResponse = Callable[[HttpRequest], HttpResponse]
SECRET_FORMS = ("/login", "/password", "/factor", "/pledge", "/terminal")
"""Where passwords and codes are typed."""
UNREADABLE = BadInput(
    "没有办成：内容里有不能保存的字符（NUL）。",
    code="unreadable",
    basis=("案通登记规则：只收文字",),
    remedy="删去从其他程序粘贴来的特殊字符后重试。",
)

PLACES = (
    ("/calendar", "日历"), ("/handovers", "移送"), ("/inbox", "收件"), ("/approvals", "审批"), ("/cases", "案件"), ("/supervision", "在途"),
    ("/notices", "通知"), ("/readlog", "查阅记录"), ("/phrases", "常用语"), ("/desk", "待办"),
    ("/units", "单位岗位"), ("/people", "人员"), ("/roster", "值班"), ("/duty", "值班屏"), ("/registers", "登记表"), ("/limits", "期限变动"), ("/rotations", "分案监督"), ("/rotation", "轮案"), ("/hand-on", "岗位移交"), ("/delegations", "委托"),
    ("/factor", "动态口令"), ("/pledges", "保密承诺"), ("/pledge", "保密承诺书"), ("/accounts", "账号登录"), ("/sessions", "在线登录"), ("/tokens", "对接令牌"), ("/terminals", "登记终端"), ("/heads", "账本封签"), ("/reports", "报障建议"),
)  # fmt: skip
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"
)


class Headers:
    """Security headers on everything."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with headers."""
        try:
            request.get_host()
        except DisallowedHost:
            response = HttpResponse(
                "400 这个地址不属于案通。", status=400, content_type="text/plain; charset=utf-8"
            )
        else:
            response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        if settings.SESSION_COOKIE_SECURE:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response


class Refusals:
    """Refusals become pages with their four parts; failures a calm page with a number to tell."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; note presence on POST, of somebody whose session is not too old already."""
        if request.path.startswith(
            problem.ROOT
        ):  # systems have no session, and are refused in their own form
            return problem.plain(self.get_response(request))
        try:
            if _unreadable(request):
                return refused(request, UNREADABLE)
            if request.method == "POST" and guard.actor_of(request) is not None:
                guard.touch(request)
            response = self.get_response(request)
            place = request.POST.get("_draft") if request.method == "POST" else None
            if place and response.status_code < 400 and (actor := guard.actor_of(request)) is not None:  # noqa: PLR2004 - it was taken
                org_actions.forget_form(actor, place=place)
        except OperationalError as error:
            return failed(request, error)
        else:
            return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Show a refusal or a failure."""
        if isinstance(exception, Refusal):
            return refused(request, exception)
        return failed(request, exception)


def _unreadable(request: HttpRequest) -> bool:
    """Whether a form or an address holds the one character that no text column takes."""
    given = [request.GET] if request.method != "POST" else [request.GET, request.POST]
    return any("\0" in text for values in given for _, row in values.lists() for text in row)


def failed(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Show a failure calmly, with a number to tell; the log gets the number and the place, never what rows say."""
    if isinstance(exception, StoreAway):
        return _store_away(request, exception)
    number = secrets.token_hex(4)
    log.error("incident %s: %s at %s", number, type(exception).__name__, _place(exception))
    refusal, status = _told(exception, number)
    try:
        return refused(request, refusal, status=status, again=_again(request))
    except DatabaseError:  # the frame of the page asks it too: say it without the frame
        words = f"{refusal.what}\n{refusal.remedy}\n{refusal.who}"
        return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


def _told(exception: BaseException, number: str) -> tuple[Refusal, int]:
    """Return what is said of a failure, and its status: the disk is full, the database away, or something else."""
    full, away = _is_full(exception), isinstance(exception, OperationalError)
    if full:
        what, code, remedy = "平台的存储空间已满", "disk-full", "告诉系统管理员腾出空间后，重试"
    elif away:
        what, code, remedy = "与数据库的连接中断", "database-away", "稍等片刻，返回上一页重试"
    else:
        what, code, remedy = "平台出现差错", "incident", "返回上一页重试一次"
    refusal = Refusal(
        f"没有办成：{what}，这一步没有保存。",
        code=code,
        basis=("案通办理规则：一步要么全部保存，要么不保存",),
        remedy=f"{remedy}；同一步重复办理不会办两次。",
        who=f"仍不行的，把编号 {number} 告诉系统管理员",
    )
    return refusal, 507 if full else 503 if away else 500


def _is_full(exception: BaseException) -> bool:
    """Whether a disk is full: ours, or the database's."""
    if isinstance(exception, OSError):
        return exception.errno in {errno.ENOSPC, errno.EDQUOT}
    return isinstance(exception.__cause__, DiskFull)


def _store_away(request: HttpRequest, exception: StoreAway) -> HttpResponse:
    """Say that the originals cannot be reached; the log says to an operator why."""
    number = secrets.token_hex(4)
    log.error("incident %s: the store of originals: %s", number, exception.why)
    refusal = Refusal(
        "没有办成：存放原件的存储没有应答，这一步没有保存。",
        code="store-away",
        basis=("案通办理规则：一步要么全部保存，要么不保存",),
        remedy="稍后重试；同一步重复办理不会办两次。不看、不传原件的办理照常。",
        who=f"仍不行的，把编号 {number} 告诉系统管理员",
    )
    return refused(request, refusal, status=503, again=_again(request))


def _place(exception: BaseException) -> str:
    """Return where it was raised, outermost first: file and line alone (a message may name a person)."""
    frames = traceback.extract_tb(exception.__traceback__)
    return " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames[-8:])
    )


def _again(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was typed in a form that failed, to be sent once more as it was, key and all; never a password."""
    if request.method != "POST" or request.path.startswith((*SECRET_FORMS, problem.ROOT)) or request.FILES:
        return []
    return [
        (name, text)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for text in map(str, values)
    ]


def refused(
    request: HttpRequest,
    refusal: Refusal,
    *,
    status: int | None = None,
    again: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """Return a refusal as a page, or as JSON where a script asked; `again` is a form to be sent once more."""
    code = status or refusal.status
    if request.path.startswith(problem.ROOT):
        return problem.answer(refusal, status=code)
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse(
            {
                "code": refusal.code,
                "what": refusal.what,
                "basis": list(refusal.basis),
                "remedy": refusal.remedy,
                "who": refusal.who,
                "fields": refusal.fields,
                "items": list(refusal.items),
            },
            status=code,
            json_dumps_params={"ensure_ascii": False},
        )
    facts = {
        "refusal": refusal,
        "back": guard.form_of(request),
        "place": _belongs(request.path),
        "again": again,
    }
    return render(request, "refusal.html", facts, status=code)


def _belongs(path: str) -> dict[str, str]:
    """Return where somebody is who was refused: the list that the address belongs to."""
    return next(({"url": url, "word": word} for url, word in PLACES if path.startswith(url)), {})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show that a form was too old."""
    refusal = BadInput(
        "没有办成：页面打开太久，表单已失效。",
        code="csrf",
        basis=("案通安全规则：表单只在签发它的登录中有效",),
        remedy="返回上一页，刷新后重试。",
    )
    return refused(request, refusal, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Show that there is nothing, or nothing for this person."""
    refusal = Refusal("没有找到，或无权查看。", code="not-found", remedy="核对网址；从案件或收件箱重新打开。")
    return refused(request, refusal, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Show a failure that happened outside every view, without asking anything of the database."""
    return failed(request, sys.exc_info()[1] or RuntimeError())


def plain_json(response: HttpResponse) -> object:
    """Return the JSON of an answer, for tests."""
    return json.loads(response.content)
