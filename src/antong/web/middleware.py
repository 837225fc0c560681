"""What every answer carries, and how refusals and failures are shown."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from antong.kernel.refusal import BadInput, Refusal
from antong.org import actions as org_actions
from antong.web import guard

log = logging.getLogger("antong.web")
GetResponse = Callable[[HttpRequest], HttpResponse]

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
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
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
        """Answer; note presence on POST."""
        if request.method == "POST":
            guard.touch(request)
        response = self.get_response(request)
        place = request.POST.get("_draft") if request.method == "POST" else None
        if place and response.status_code < 400 and (actor := guard.actor_of(request)) is not None:  # noqa: PLR2004 - it was taken
            org_actions.forget_form(actor, place=place)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Show a refusal or a failure."""
        if isinstance(exception, Refusal):
            return refused(request, exception)
        number = secrets.token_hex(4)
        if isinstance(exception, OperationalError):
            log.error("database away, incident %s", number)
            refusal = Refusal(
                "没有办成：与数据库的连接中断，什么都没有保存。",
                code="database-away",
                remedy="稍等片刻后重试；您填的内容还在。",
                who=f"仍不行的，把编号 {number} 告诉系统管理员",
            )
            return refused(request, refusal, status=503)
        log.error("incident %s", number, exc_info=exception)
        refusal = Refusal(
            "没有办成：平台出现差错，什么都没有保存。",
            code="incident",
            remedy="重试一次；您填的内容还在。",
            who=f"仍不行的，把编号 {number} 告诉系统管理员",
        )
        return refused(request, refusal, status=500)


def refused(request: HttpRequest, refusal: Refusal, *, status: int | None = None) -> HttpResponse:
    """Return a refusal as a page, or as JSON where a script asked."""
    code = status or refusal.status
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
    return render(request, "refusal.html", {"refusal": refusal, "back": guard.form_of(request)}, status=code)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show that a form was too old."""
    refusal = BadInput(
        "没有办成：页面打开太久，表单已失效。",
        code="csrf",
        remedy="返回上一页刷新后重试；您填的内容还在。",
    )
    return refused(request, refusal, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Show that there is nothing, or nothing for this person."""
    refusal = Refusal("没有找到，或无权查看。", code="not-found", remedy="核对网址；从案件或收件箱重新打开。")
    return refused(request, refusal, status=404)


def plain_json(response: HttpResponse) -> object:
    """Return the JSON of an answer, for tests."""
    return json.loads(response.content)
