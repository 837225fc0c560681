"""Rows of the lists that are asked for most, put together here: a page shows fifty, and templates took half its time.

Every value that stands in them is escaped where it enters.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.safestring import SafeString, mark_safe

from antong.cases.types import CaseRow, LimitView
from antong.flow.selectors import DeskRow, UnderWay
from antong.flow.types import HandOverView, State
from antong.web.templatetags.antong import cited, limit_badge, limit_card, moment, span_since, state_badge

register = template.Library()


def _row(attributes: str, cells: Iterable[tuple[str, str]]) -> SafeString:
    """Return a table row of cells, each with its class or none."""
    shown = "".join(f'<td class="{kind}">{cell}</td>' if kind else f"<td>{cell}</td>" for kind, cell in cells)
    return mark_safe(f"<tr {attributes}>{shown}</tr>")  # noqa: S308 - every value in it is escaped


def _tick(pick: str, name: str) -> str:
    """Return the box by which a row is picked for an act on many; `name` is escaped."""
    return f'<input type="checkbox" data-tick form="batch" name="pick" value="{pick}" aria-label="选 {name}">'


@register.simple_tag
def case_cell(url: str, name: str, number: str, turn: int = 1, held: int = 0) -> SafeString:
    """Show a case in a list: its name as the link, its number, the round, who of it is in custody."""
    turns, people = f" · 第 {turn} 轮" if turn > 1 else "", f" · 在押 {held} 人" if held else ""
    link, word, label = escape(url), escape(name), escape(number)
    return mark_safe(  # noqa: S308 - every value in it is escaped
        f'<a class="case-name" href="{link}" title="{word} {label}">{word}</a>'
        f'<span class="weak">{label}{turns}{people}</span>'
    )


@register.simple_tag
def desk_row(row: DeskRow, gap: bool) -> SafeString:  # noqa: FBT001 - a tag's words are given by place
    """Show a row of the desk: its limit, the task, the case, from whom, how it stands, the next act."""
    url, following, title = escape(row.url), escape(row.next_url), escape(row.title)
    ends = f"签发{escape(row.ends_by)}即办结" if row.ends_by else ""
    since, note = moment(row.since), escape(row.note)
    sender, label, state, case = (
        escape(word) for word in (row.from_name, row.label, row.state, row.case_name)
    )
    said = f"{label} {title}：{case}（{escape(row.case_number)}），{sender}，自 {since}，{state} {note}"
    tick = nudge = ""
    if row.handover_id:
        nudge = f' data-nudge="/handovers/{row.handover_id}/nudge"'
        tick = _tick(f"{row.handover_id}:{row.version}", case)
    with_end = f'<span class="wide-only"> · {ends}</span>' if ends else ""  # else no room for the case's name
    task = f'<b>{label}</b><span class="weak" title="{title}{"：" + ends if ends else ""}">{title}{with_end}</span>'
    cells = (
        ("tick", tick),
        ("one", limit_card(row.due) if row.due else limit_badge(None)),
        ("one", task),
        ("case", case_cell(row.url, row.case_name, row.case_number, row.round, row.in_custody)),
        ("", sender),
        ("one", f'{state_badge(row.state)}<span class="weak">{note or since}</span>'),
        ("one", f'<a class="btn row next" href="{following}">{escape(row.verb)}</a>'),
    )
    return _row(f'data-href="{url}"{nudge}{" class=gap" if gap else ""} data-preview="{said}"', cells)


@register.simple_tag(takes_context=True)
def waiting_row(context: dict[str, Any], row: HandOverView, brief: CaseRow) -> SafeString:
    """Show a hand-over that waits for another unit: its limit there, what, the case, who, how it stands, reminding."""
    url, units = f"/handovers/{row.id}/", [escape(unit) for unit in row.waiting_units]
    now = row.obligations[-1] if row.obligations else None
    if now is None:
        limit, word = limit_badge(None), "催受理"
    elif now.accepted_at:
        limit, word = limit_badge(now.answer_due, "答复期限"), "催办"
    else:
        limit, word = limit_badge(now.receive_due, "受理期限"), "催受理"
    turn = f' <span class="badge">第 {row.round} 轮</span>' if row.round > 1 else ""
    silent = now.silent_since if now and not now.accepted_at else None
    quiet = f'<span class="badge red">静默 {span_since(silent)}</span>' if silent else ""
    token = f'<input type="hidden" name="csrfmiddlewaretoken" value="{context["csrf_token"]}">'
    button = f'<button class="btn row next">{"催审批" if row.state is State.CHECKED else word}</button>'
    cells = (
        ("tick", _tick(str(row.id), escape(brief.name))),
        ("one", limit),
        ("one", f"{escape(row.flow_name)}{turn}"),
        ("case", case_cell(url, brief.name, brief.number, 1, brief.in_custody)),
        ("", "、".join(units) or "本单位领导"),
        ("one", f"{state_badge(row.state.label)}{quiet}"),
        ("one", moment(row.sent_at)),
        ("one", f'<form method="post" action="{url}nudge">{token}{button}</form>'),
    )
    return _row(f'data-href="{url}" data-nudge="{url}nudge" data-whom="{"、".join(units)}"', cells)


@register.simple_tag
def own_limit_row(row: CaseRow, limit: LimitView | None) -> SafeString:
    """Show a case by its nearest limit: when, which, the case, on what it rests, how it follows, the stage."""
    url = f"/cases/{row.case_id}/"
    articles = " ".join(escape(cited(article)) for article in limit.articles[:2]) if limit else ""
    derived = escape(" → ".join(limit.derivation)) if limit else ""
    cells = (
        ("one", limit_card(limit) if limit else limit_badge(row.next_due)),
        ("one", escape((limit.name if limit else row.next_due_name) or "—")),
        ("case", case_cell(f"{url}?tab=limits", row.name, row.number, 1, row.in_custody)),
        ("one", articles or "—"),
        ("weak wide-only", derived or "—"),
        ("one", escape(row.stage.label)),
        ("one", f'<a class="btn row next" href="{url}">看案件</a>'),
    )
    return _row(f'data-href="{url}?tab=limits"', cells)


@register.simple_tag
def under_way_row(row: UnderWay) -> SafeString:
    """Show a hand-over under way: its limit, what, the case, who holds it, since when, how it stands, reminders."""
    url, held = f"/handovers/{row.handover_id}/", escape(row.held_by)
    quiet = f' <span class="badge red">静默 {span_since(row.due_at)}</span>' if row.silent else ""
    nudged = f'<a class="figure" href="{url}#nudges">{row.nudges}</a>' if row.nudges else "0"
    cells = (
        ("tick", _tick(str(row.handover_id), escape(row.case_name))),
        ("one", limit_badge(row.due_at)),
        ("one", escape(row.flow_name)),
        ("case", case_cell(url, row.case_name, row.case_number, row.round, row.in_custody)),
        ("", f'<a href="/supervision?{escape(urlencode({"unit": row.held_by}))}"><b>{held}</b></a>'),
        ("one", f'{moment(row.since)}<span class="weak">已 {span_since(row.since)}</span>'),
        ("one", f"{state_badge(row.state)}{quiet}"),
        ("num", nudged),
        ("wide-only", escape(row.from_unit)),
    )
    return _row(f'data-href="{url}" data-nudge="{url}nudge" data-whom="{held}"', cells)
