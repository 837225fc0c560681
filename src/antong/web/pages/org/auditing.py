"""The house's own record for the audit administrator: who signed in, what administrators did, who looked at the read log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN, EntryView
from antong.org import selectors
from antong.org.types import Permission
from antong.web import dates, parse, words
from antong.web.guard import ActorRequest, page
from antong.web.lists import MOST_EXPORTED, Words, listing, page_of, table_file, wants_file
from antong.web.reading import LOG_READ, note_log_read

MOST_PEOPLE = 200
"""So many people the text of the filter may mean; who means more narrows it."""
MOST_THINGS = 4
"""So many of the things an act was about are named in a row."""
GROUPS = {key: word for key, (word, _) in words.AUDIT_GROUPS.items()}
RESULTS = {"done": "办成", "refused": "未通过"}
DAYS = {"1": "一天内", "7": "七天内", "30": "三十天内", "365": "一年内"}
CHANNELS = {"job": "平台自动", "command": words.SIGNED_IN_BY["command"]}
PAUSED = {"account": "账号", "address": "地址", "unknown": "没有这样的账号，"}
REFUSED_FOR = {
    "terminal-needed": "不在本单位的登记终端上", "certificate-taken-back": "证书已收回，或账号已停用", "certificate-expired": "证书已到期",
    "certificate-early": "证书未到有效期", "certificate-revoked": "发证机构已吊销证书", "certificate-lists": "查不了证书是否吊销",
    "certificate-stranger": "证书不是约定的机构签发的", "certificate-authorities": "服务器上没有设发证机构",
}  # fmt: skip
"""Code of a refusal -> why somebody was not let in."""
ON_DUTY = frozenset({"org.sign-in", "org.sign-out", "org.refuse-sign-in"})
BY_ADMINISTRATORS = frozenset(
    act for group in ("secrets", "devices", "people", "systems") for act in words.AUDIT_GROUPS[group][1]
)
"""Acts whose reasons are shown; what others write may speak of cases."""
HEADS = ["序号", "时间", "事项", "经办人", "经办人单位", "对象、说明", "从哪里", "凭什么", "结果", "摘要"]


@page(Permission.AUDIT_READ)
def audit(request: ActorRequest) -> HttpResponse:
    """Show the house's own record: who signed in and out, from where and by what, and what was done to accounts, posts, tokens."""
    wrong: dict[str, str] = {}
    where = _asked(request, wrong)
    size = page_of(request)[1]
    most = MOST_EXPORTED if wants_file(request) else size + 1
    found = ledger.house_acts(where, most=most)
    shown = found if wants_file(request) else found[:size]
    rows = _told(shown)
    if wants_file(request):
        return table_file("audit", HEADS, [_cells(row) for row in rows])
    said: Words = {
        "group": GROUPS, "result": RESULTS, "first": lambda text: _day_words(text, "起"), "last": lambda text: _day_words(text, "止"),
    }  # fmt: skip
    facts = {
        "rows": rows, "list": listing(request, total=len(rows), more=len(found) > size, words=said), "export": request.path,
        "groups": GROUPS, "results": RESULTS, "chosen": {name: request.GET.get(name, "") for name in said}, "wrong": wrong,
        "last": ledger.last_number(SYSTEM_CHAIN), "before": where.before, "older": shown[-1].number if len(found) > size else None,
    }  # fmt: skip
    return render(request, "org/audit.html", facts)


def _asked(request: ActorRequest, wrong: dict[str, str]) -> ledger.ActFilter:
    """Return what the record is narrowed to by the address; `wrong` says of what could not be read, or means too many people."""
    group, result = request.GET.get("group", ""), request.GET.get("result", "")
    acts = words.AUDIT_GROUPS[group][1] if group in GROUPS else None
    if result in RESULTS:
        known = acts or tuple(act for _, acts_of in words.AUDIT_GROUPS.values() for act in acts_of)
        acts = tuple(act for act in known if (act in words.NOT_DONE) == (result == "refused"))
    text = listing(request, total=0).text
    meant, total = selectors.people(text, size=MOST_PEOPLE) if text else ([], 0)
    people = tuple(row.id for row in meant) if text else None
    if total > MOST_PEOPLE:
        wrong["text"] = f"“{text}”对应 {total} 人，只按前 {MOST_PEOPLE} 人筛选；写全姓名或账号"
    first, last = (parse.noted(request.GET, name, wrong, dates.day) for name in ("first", "last"))
    return ledger.ActFilter(
        acts=acts, people=people, since=clock.midnight(first) if first else None,
        until=clock.midnight(last + timedelta(days=1)) if last else None,
        before=parse.number(request.GET, "before", 0) or None,
    )  # fmt: skip


def _day_words(text: str, word: str) -> str:
    found = parse.noted({"day": text}, "day", {}, dates.day)
    return f"{dates.words(found)}{word}" if found else f"“{text[:20]}”读不出，没有按它筛选"


def _told(entries: list[EntryView]) -> list[dict[str, Any]]:
    """Return what a row says of each entry; three statements."""
    about = {one for entry in entries for one in (*entry.subject_ids, *_mentioned(entry))}
    names = selectors.named(about | {entry.person_id for entry in entries})
    units = selectors.units({entry.unit_id for entry in entries})
    return [
        {
            "entry": entry,
            "who": names.get(entry.person_id, "平台"),
            "unit": units[entry.unit_id].name if entry.unit_id in units else "",
            "about": _about(entry, names),
            "address": str((entry.after or {}).get("address", "")),
            "means": _means(entry, names),
            "result": _result(entry),
            "refused": entry.act in words.NOT_DONE,
        }
        for entry in entries
    ]


def _mentioned(entry: EntryView) -> list[UUID]:
    """Return the ids in what an entry of signing in says beside its subjects: the duty, the terminal."""
    after = (entry.after or {}) if entry.act in ON_DUTY else {}
    return [UUID(str(after[name])) for name in ("duty", "terminal") if after.get(name)]


def _about(entry: EntryView, names: Mapping[UUID, str]) -> str:
    """Return whom or what an act was about, and what administrators wrote of it; no case is in this record."""
    after = entry.after or {}
    himself = f"（{names.get(entry.person_id)}）"
    about = (*entry.subject_ids, *_mentioned(entry)[:1])
    parts = _things(names[one].removesuffix(himself) for one in about if one in names)
    match entry.act:
        case "org.sign-in" if after.get("first") is True:
            parts.append("首次登录")
        case "org.pause-sign-in":
            said = f"{PAUSED[str(after['of'])]}连错 {after['failures']} 次"
            ends = after.get("until") and clock.local(datetime.fromisoformat(str(after["until"])))
            parts.append(f"{said}，停至 {ends:%H:%M}" if ends else f"{said}（用户名不留，可能是误填的口令）")
        case "org.refuse-sign-in":
            parts.append(REFUSED_FOR.get(str(after.get("why")), ""))
        case "org.set-active":
            parts.append("启用" if after.get("active") else "停用")
        case "org.set-terminal-rule":
            parts.append("只在登记终端登录" if after.get("only") else "不限终端")
        case "ledger.give-head":
            parts.append(f"第 {after.get('number')} 号")
        case _ if after.get("reason") and entry.act in BY_ADMINISTRATORS:
            parts.append(f"原因：{after['reason']}")
    if after.get("sessions"):
        parts.append(f"结束 {after['sessions']} 处登录")
    return "；".join(part for part in parts if part)


def _things(found: Iterable[str]) -> list[str]:
    """Return what an act was about, each once and a person not beside his post; of many the first few, and how many."""
    things = list(dict.fromkeys(found))
    shown = [
        one for one in things[: MOST_THINGS * 2] if not any(one in other for other in things if other != one)
    ]
    return [*shown[:MOST_THINGS], *([f"等 {len(things)} 项"] if len(things) > MOST_THINGS else [])]


def _means(entry: EntryView, names: Mapping[UUID, str]) -> str:
    after = entry.after or {}
    by, _, mark = str(after.get("by", "")).partition(":")
    said = words.SIGNED_IN_BY.get(by, CHANNELS.get(entry.channel, ""))
    if by == "token":
        said = f"{said} {mark}"
    at = (
        names.get(UUID(str(after["terminal"])), "登记终端")
        if after.get("terminal") and entry.act in ON_DUTY
        else ""
    )
    return "、".join(part for part in (said, at) if part)


def _result(entry: EntryView) -> str:
    return {
        "org.pause-sign-in": "已暂停",
        "org.refuse-sign-in": "不许登录",
        "org.keep-factor": "不予办理",
    }.get(entry.act, "办成")


def _cells(row: Mapping[str, Any]) -> list[object]:
    entry: EntryView = row["entry"]
    at = f"{clock.local(entry.recorded_at):%Y-%m-%d %H:%M:%S}"
    return [
        entry.number, at, words.ACTS.get(entry.act, entry.act), row["who"], row["unit"], row["about"], row["address"], row["means"],
        row["result"], entry.digest.hex(),
    ]  # fmt: skip


@page(Permission.AUDIT_READ)
def looks(request: ActorRequest) -> HttpResponse:
    """Show who has looked at a read log, whose, when; no case is in it. To look here is on record too."""
    days = request.GET.get("days", "")
    where = ledger.ReadingFilter(
        cases=[LOG_READ],
        text=listing(request, total=0).text,
        since=clock.now() - timedelta(days=int(days)) if days in DAYS else None,
    )
    number, size = (1, MOST_EXPORTED) if wants_file(request) else page_of(request)
    rows, total = ledger.find_readings(where, page=number, size=size)
    units = selectors.units({row.unit_id for row in rows})
    note_log_read(request.actor, "谁看过查阅记录", taken=wants_file(request))
    if wants_file(request):
        cells = [
            [f"{clock.local(row.at):%Y-%m-%d %H:%M}", row.person_name, units[row.unit_id].name if row.unit_id in units else "", row.what]
            for row in rows
        ]  # fmt: skip
        return table_file("looks", ["时间", "人员", "单位", "看了什么"], cells)
    facts = {
        "rows": rows, "units": units, "days": DAYS, "chosen_days": days, "export": request.path,
        "list": listing(request, total=min(total, MOST_EXPORTED), more=total > MOST_EXPORTED, words={"days": DAYS}),
    }  # fmt: skip
    request.place = "/readlog/readers"  # type: ignore[attr-defined] # the place in the navigation
    return render(request, "org/looks.html", facts)
