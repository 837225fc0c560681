"""The pledge of secrecy: one's own signature, and for the security administrator its text and who has not signed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from antong.kernel import clock
from antong.kernel.refusal import NotFound, Refusal
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web import guard, parse, shell
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page
from antong.web.lists import listing, table_file, wants_file
from antong.web.pages.org import signing

FIRST = """本人因工作使用政法跨部门协同办案平台，郑重承诺：
一、遵守国家保密法律法规和平台管理规定，只为办理职责内的案件查阅、使用案件信息。
二、不打听、不泄露案件信息，不拍摄、截屏、抄录或以其他方式带出与工作无关的内容。
三、妥善保管口令、手机和数字证书介质，不交他人使用；遗失的，立即报告安全管理员。
四、涉密案件、材料不进入平台。
五、离岗时交还全部权限；离岗后继续保守在岗时知悉的秘密。
违反承诺的，自愿承担纪律和法律责任。"""
"""What the form offers where no pledge was ever issued."""


@page(Permission.SELF_MANAGE, methods=("GET", "POST"), while_owing=True)
def pledge(request: ActorRequest) -> HttpResponse:
    """Show the pledge; sign it with name and password."""
    target = signing.target_of(request, shell.home_of(request.actor))
    by_certificate = str(request.session.get("by", "")).startswith(guard.CERTIFICATE)
    if request.method != "POST":
        return _show(request, target, by_certificate=by_certificate)
    try:
        actions.sign_pledge(
            request.actor,
            version=parse.number(request.POST, "version", 0),
            name=request.POST.get("name", ""),
            password=None if by_certificate else request.POST.get("password", ""),
            address=signing.address_of(request),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(request, target, by_certificate=by_certificate, refusal=refusal)
    return HttpResponseRedirect(target)


def _show(
    request: ActorRequest, target: str, *, by_certificate: bool, refusal: Refusal | None = None
) -> HttpResponse:
    text, signed = selectors.pledge_text(), selectors.pledge_signed(request.actor.person_id)
    facts = {
        "pledge": text, "signed": signed if text and signed and signed[0] == text.version else None, "next": target,
        "refusal": refusal, "typed": request.POST.get("name", ""), "by_certificate": by_certificate,
        "first": guard.owes(request) == "pledge",
    }  # fmt: skip
    return render(request, "org/pledge.html", facts, status=refusal.status if refusal else 200)


@page(Permission.ACCOUNT_MANAGE)
def pledges(request: ActorRequest) -> HttpResponse:
    """Show the pledge in force and who has not signed it."""
    return _pledges(request)


def _pledges(request: ActorRequest, refusal: Refusal | None = None) -> HttpResponse:
    state = selectors.pledge_state()
    words = listing(request, total=0).text.lower().split()
    rows = [
        row
        for row in state.unsigned
        if all(word in f"{row.name} {row.unit} {row.post}".lower() for word in words)
    ]
    if wants_file(request):
        heads = ["姓名", "编号", "单位", "岗位", "上次登录"]
        cells = [
            [row.name, row.staff_number, row.unit, row.post, f"{clock.local(row.last_login):%Y-%m-%d %H:%M}" if row.last_login else ""]
            for row in rows
        ]  # fmt: skip
        return table_file("pledges", heads, cells)
    frame = listing(request, total=len(rows))
    facts: dict[str, Any] = {
        "state": state, "rows": rows[(frame.page - 1) * frame.size : frame.page * frame.size], "list": frame, "export": request.path,
        "refusal": refusal, "typed": request.POST.get("pledge") or (state.newest.text if state.newest else FIRST),
    }  # fmt: skip
    request.place = "/pledges"  # type: ignore[attr-defined] # the place in the navigation
    return render(request, "org/pledges.html", facts, status=refusal.status if refusal else 200)


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def issue(request: ActorRequest) -> HttpResponse:
    """Issue a new version, which everybody signs anew."""
    text = request.POST.get("pledge", "")
    return or_again(
        request,
        lambda: actions.issue_pledge(request.actor, text=text),
        lambda refusal: _pledges(request, refusal),
        "/pledges",
    )
