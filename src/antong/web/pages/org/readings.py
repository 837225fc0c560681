"""The read log for whom it concerns: a unit's head, whoever handles a case, and the audit administrator, who sees no case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from antong.cases import selectors as cases
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.org import selectors
from antong.org.types import Permission
from antong.web.guard import ActorRequest, page
from antong.web.lists import listing, order_of, page_of, table_file, wants_file
from antong.web.reading import LOG_READ, note_log_read

MOST_COUNTED = 1000
DAYS = {"1": "一天内", "7": "七天内", "30": "三十天内", "90": "九十天内", "365": "一年内"}
WHAT = {"case": "案件页", "file": "卷宗、文书", "taken": "下载、打印、导出", "api": "接口", "log": "查阅记录"}
STARTS = {
    "case": ("案件",),
    "file": ("打开卷宗", "卷", "阅读", "文书", "播放"),
    "taken": ("下载", "打印", "导出"),
    "log": ("查阅", "谁看过"),
}
TABS = (
    ("unit", "/readlog", "本单位人员查阅"),
    ("ours", "/readlog/ours", "本单位案件被查阅"),
    ("mine", "/readlog/mine", "我承办的案件被查阅"),
)
TAB_WORDS = {key: word for key, _, word in TABS}
WORDS = {"days": DAYS, "what": WHAT}


def _when(instant: datetime) -> str:
    return f"{clock.local(instant):%Y-%m-%d %H:%M}"


def _since(request: ActorRequest, default: str = "") -> datetime | None:
    days = request.GET.get("days", "")
    days = days if days in DAYS else default
    return clock.now() - timedelta(days=int(days)) if days else None


def _asked(request: ActorRequest, **more: Any) -> ledger.ReadingFilter:
    """Return what the readings are narrowed to by the address."""
    text, what = listing(request, total=0).text, request.GET.get("what", "")
    named = cases.cases_of(request.actor, cases.CaseFilter(text=text)) if text else ()
    return ledger.ReadingFilter(
        text=text, or_cases=named, starts=STARTS.get(what, ()), ends="（接口）" if what == "api" else "",
        since=_since(request), **more,
    )  # fmt: skip


def _show(request: ActorRequest, tab: str, where: ledger.ReadingFilter) -> HttpResponse:
    number, size = (1, MOST_COUNTED) if wants_file(request) else page_of(request)
    rows, total = ledger.find_readings(where, page=number, size=size)
    note_log_read(request.actor, f"查阅记录：{TAB_WORDS[tab]}", taken=wants_file(request))
    shown = cases.briefs(request.actor, {row.case_id for row in rows})
    units = {} if tab == "unit" else selectors.units({row.unit_id for row in rows})
    if wants_file(request):
        heads = ["时间", "人员", "单位", "案名", "案号", "看了什么", "页数", "理由"]
        cells = []
        for row in rows:
            brief, unit = shown.get(row.case_id), units.get(row.unit_id)
            named = [brief.name, brief.number] if brief else ["", ""]
            whose = unit.name if unit else request.actor.unit_name if tab == "unit" else ""
            cells.append(
                [_when(row.at), row.person_name, whose, *named, row.what, len(row.pages), row.reason]
            )
        return table_file("readings", heads, cells)
    facts = {
        "rows": rows, "cases": shown, "log_read": LOG_READ, "units": units, "tab": tab, "export": request.path, "days": DAYS, "what": WHAT,
        "chosen_days": request.GET.get("days", ""), "chosen_what": request.GET.get("what", ""),
        "tabs": TABS if Permission.READLOG_READ in request.actor.permissions else TABS[-1:],
        "list": listing(request, total=min(total, MOST_COUNTED), more=total > MOST_COUNTED, words=WORDS),
    }  # fmt: skip
    return render(request, "org/readlog.html", facts)


@page(Permission.READLOG_READ)
def read_log(request: ActorRequest) -> HttpResponse:
    """Show the head of a unit what its people have read."""
    return _show(request, "unit", _asked(request, unit_id=request.actor.unit_id))


@page(Permission.READLOG_READ)
def of_our_cases(request: ActorRequest) -> HttpResponse:
    """Show the head of a unit who has read the cases that the unit handles or co-handles."""
    handled = cases.cases_of(request.actor, cases.CaseFilter(works=True))
    return _show(request, "ours", _asked(request, cases=handled))


@page(Permission.CASE_READ)
def of_my_cases(request: ActorRequest) -> HttpResponse:
    """Show somebody who else has read what he or she handles; of what the unit has given away it learns no more."""
    mine = cases.cases_of(request.actor, cases.CaseFilter(mine=True, works=True))
    return _show(request, "mine", _asked(request, cases=mine, but=request.actor.person_id))


@page(Permission.AUDIT_READ)
def readers(request: ActorRequest) -> HttpResponse:
    """Show the audit administrator who has read how much; no case, no page, no reason."""
    order = order_of(request, ledger.READER_ORDERS, "-times")
    number, size = (1, MOST_COUNTED) if wants_file(request) else page_of(request)
    text = listing(request, total=0).text
    where = ledger.ReadingFilter(text=text, since=_since(request, "30"))
    rows, total = ledger.find_readers(where, order=order, page=number, size=size)
    note_log_read(request.actor, "查阅统计", taken=wants_file(request))
    units = selectors.units({row.unit_id for row in rows})
    if wants_file(request):
        cells = [
            [row.person_name, units[row.unit_id].name if row.unit_id in units else "", row.times, row.cases, row.pages, _when(row.last)]
            for row in rows
        ]  # fmt: skip
        return table_file("readers", ["人员", "单位", "次数", "案件数", "页数", "最近一次"], cells)
    facts = {
        "rows": rows, "units": units, "days": DAYS, "chosen_days": request.GET.get("days", ""), "export": request.path,
        "list": listing(request, total=min(total, MOST_COUNTED), more=total > MOST_COUNTED, words={"days": DAYS}, order=order),
    }  # fmt: skip
    return render(request, "org/readers.html", facts)
