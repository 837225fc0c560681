"""Badges, dates, icons: the small words of every page, in one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from antong.cases.types import LimitView
from antong.catalog import loader
from antong.dossier.types import DocumentView
from antong.flow.selectors import Due
from antong.flow.types import HandOverView
from antong.kernel import clock
from antong.kernel.ids import new_id
from antong.law import articles
from antong.web.lists import Listing
from antong.web.words import ACTS, SHORT

register = template.Library()
DAY = timedelta(days=1)
GREEN = {"已受理", "已答复", "已办结", "已签收", "已改"}
DASHED = {"草稿"}
TINT = {"已发出", "已送达", "已入件", "已审批"}


def left(due: datetime) -> tuple[str, str]:
    """Return the words and the colour of a limit (pages/README, status words)."""
    rest = due - clock.now()
    late = rest < timedelta()
    span = -rest if late else rest
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    if late:
        return (f"逾期 {span.days} 天" if span >= DAY else f"逾期 {hours} 时 {minutes:02d} 分"), "overdue"
    if rest <= DAY:
        return f"剩 {hours} 时 {minutes:02d} 分", "red"
    words = f"剩 {span.days} 天 {hours % 24} 时" if rest <= 3 * DAY else f"剩 {span.days} 天"
    return words, "orange" if rest <= 3 * DAY else "yellow" if rest <= 7 * DAY else "blue"


@register.simple_tag
def limit_badge(due: datetime | None, title: str = "") -> SafeString:
    """Show how long is left until `due`."""
    if due is None:
        return format_html('<span class="limit grey" title="{}">无期限</span>', title)
    words, colour = left(due)
    return format_html('<span class="limit {}" title="{}">{}</span>', colour, title or until(due), words)


@register.simple_tag
def limit_left(due: datetime) -> str:
    """Return how long is left until `due` in words alone, for tables and paper."""
    return left(due)[0]


@register.simple_tag
def limit_card(limit: LimitView | Due) -> SafeString:
    """Show how long is left of a limit, with its rule and derivation on a card beside it.

    Put together here, as the rows in `rows.py` are: a list shows fifty, and templates took a third of its time for them.
    """
    further = limit.further
    rows = [
        ("依据", "；".join(limit.articles)),
        ("推算", " → ".join(step for step in limit.derivation if not step.startswith("平台外依据"))),
        ("还可", getattr(further, "words", further)),
        (
            "另一种读法",
            " ".join(f"{one['convention']}：{one['due']}" for one in getattr(limit, "alternatives", ())),
        ),
        ("平台外依据", "；".join(source.words for source in getattr(limit, "outside", ()))),
    ]
    pairs = "".join(
        f'<span class="dim">{word}</span><span>{escape(str(said))}</span>' for word, said in rows if said
    )
    name = escape(limit.name)
    return mark_safe(  # noqa: S308 - every value in it is escaped
        f'<span class="pop" tabindex="0">{limit_badge(limit.due_at, limit.name)}<span class="card" role="note">'
        f'<b>{name}　{legal_end(limit.due_at)} 届满</b><span class="pairs">{pairs}</span></span></span>'
    )


@register.simple_tag
def sort_head(listing: Listing, key: str, word: str, kind: str = "") -> SafeString:
    """Show the head of a column that a list can be sorted by; a second click turns the order round."""
    order = listing.order
    on = order.lstrip("-") == key
    down = on and order.startswith("-")
    look = " ".join(filter(None, [kind, "sorted" if on else ""]))
    state = "descending" if down else "ascending" if on else "none"
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a href="?{}">{}{}</a></th>',
        look, state, listing.sorted_by(key), word, (" ↓" if down else " ↑") if on else "",
    )  # fmt: skip


@register.simple_tag
def query_of(name: str, value: str) -> str:
    """Return a query of one filter: unit=青岚县公安局."""
    return urlencode({name: value})


@register.simple_tag
def sized(listing: Listing, size: int) -> str:
    """Return the query of a list with another page size."""
    return listing.sized(size)


@register.simple_tag
def limit_colour(due: datetime) -> str:
    """Return the colour of a limit, as a class name."""
    return left(due)[1]


@register.simple_tag
def limit_group(due: datetime | None) -> str:
    """Return the urgency group of a limit (its colour), or "none", so that lists can draw a line between groups."""
    return left(due)[1] if due else "none"


@register.filter
def act_name(act: str) -> str:
    """Return what an act of the ledger is called."""
    return ACTS.get(act, act)


@register.filter
def short_findings(findings: Iterable[str]) -> str:
    """Return what is odd about a page in words that fit under its picture: 低分辨、空白."""
    return "、".join(SHORT.get(words, words) for words in findings)


@register.simple_tag
def state_badge(word: str) -> SafeString:
    """Show a state by word, colour and shape."""
    look = "plain"
    if word in GREEN:
        look = "green"
    elif word in DASHED:
        look = "dashed"
    elif word in TINT:
        look = "tint"
    elif word in {"已退回", "未改"}:
        return format_html('<span class="badge framed">↩ {}</span>', word)
    return format_html('<span class="badge {}">{}</span>', look, word)


@register.filter
def moment(value: datetime | None) -> str:
    """Return an instant for lists: 03-12 09:30, with the year when it differs."""
    if not value:  # None, or empty where a template has no such thing
        return "—"
    local = clock.local(value)
    return local.strftime("%m-%d %H:%M" if local.year == clock.today().year else "%Y-%m-%d %H:%M")


@register.filter
def moment_after(value: datetime | None, before: datetime | None) -> str:
    """Return an instant that follows another: the hour alone on the same day (10:05), else as `moment`."""
    if not value or not before or clock.local(value).date() != clock.local(before).date():
        return moment(value)
    return clock.local(value).strftime("%H:%M")


@register.filter
def span_since(value: datetime | None) -> str:
    """Return how long ago an instant was, in words: 2 时, 3 天."""
    if not value:
        return "—"
    hours = int((clock.now() - value).total_seconds()) // 3600
    return f"{hours} 时" if hours < 48 else f"{hours // 24} 天"  # noqa: PLR2004 - two days are said in days


@register.filter
def day(value: datetime | date | None) -> str:
    """Return a day in text: 2025年3月12日."""
    if not value:  # None, or empty where a template has no such thing
        return "—"
    local = clock.local(value).date() if isinstance(value, datetime) else value
    return f"{local.year}年{local.month}月{local.day}日"


@register.filter
def weekday(value: datetime | date) -> str:
    """Return the day of the week: 星期三."""
    here = clock.local(value) if isinstance(value, datetime) else value
    return "星期" + "一二三四五六日"[here.weekday()]


@register.filter
def short_day(value: datetime | None) -> str:
    """Return a day for tables: 03-12, with the year when it differs."""
    if not value:  # None, or empty where a template has no such thing
        return "—"
    local = clock.local(value)
    return local.strftime("%m-%d" if local.year == clock.today().year else "%Y-%m-%d")


@register.filter
def until(value: datetime | None) -> str:
    """Return a legal end for lists: 03-12 24:00 where it ends with its day, else the minute."""
    return clock.end(value) if value else "—"


@register.filter
def until_after(value: datetime | None, before: datetime | None) -> str:
    """Return a legal end that follows an instant: the hour alone on the same day, 24:00 where it ends with the day."""
    if not value or not before:
        return until(value)
    last = value - timedelta(minutes=1)
    if clock.local(last).date() != clock.local(before).date():
        return until(value)
    return "24:00" if clock.local(value).date() != clock.local(last).date() else f"{clock.local(value):%H:%M}"


@register.filter
def last_day(value: datetime | None) -> str:
    """Return the last lawful day of a limit that ends at 24:00."""
    return "—" if value is None else day(value - timedelta(minutes=1))


@register.filter
def legal_end(value: datetime) -> str:
    """Return the end of a limit as it is written: 2025年3月21日 24:00, or the minute where hours are counted."""
    local = clock.local(value)
    if (local.hour, local.minute) == (0, 0):
        return f"{last_day(value)} 24:00"
    return f"{day(value)} {local:%H:%M}"


@register.filter
def cited(value: str) -> str:
    """Return an article in its short form."""
    return articles.short(value)


@register.filter
def code(value: str, table: str) -> str:
    """Return the name of a code."""
    return loader.load().code_name(table, value)


@register.filter
def short_place(where: str) -> str:
    """Return a place in the file in short: 证据材料卷 p.23 讯问笔录 -> 证 p.23."""
    found = re.match(r"^(\S)\S* (p\.\d+)", where)
    return f"{found[1]} {found[2]}" if found else where


@register.filter
def item(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """Return a value by key, for templates."""
    return mapping.get(key, "") if isinstance(mapping, Mapping) else ""


@register.filter
def item_text(mapping: Mapping[str, Any] | None, key: Any) -> Any:
    """Return a value by the text of a key, for templates: JSON has no other keys."""
    return mapping.get(str(key), "") if isinstance(mapping, Mapping) else ""


@register.simple_tag
def outcome_of(fields: Mapping[str, Any], party_id: Any) -> Mapping[str, str]:
    """Return what a hand-over's fields say of one person: the outcome and its term."""
    found: Mapping[str, str] = fields.get("outcomes", {}).get(str(party_id), {})
    return found


@register.simple_tag
def whose(shown: HandOverView, document: DocumentView) -> str:
    """Return of whom of a hand-over a document is, where it is not of all of them."""
    names = [one.name for one in shown.subjects if one.party_id in document.party_ids]
    return "、".join(names) if len(names) < len(shown.subjects) else ""


@register.filter
def typed_time(value: Any) -> str:
    """Return a stored day or minute (ISO) as forms show it: 2025年3月12日 18:00; anything else as it is."""
    text = str(value or "")
    try:
        found = datetime.fromisoformat(text) if "-" in text else None
    except ValueError:
        found = None
    if found is None:
        return text
    words = f"{found.year}年{found.month}月{found.day}日"
    return f"{words} {found:%H:%M}" if "T" in text or ":" in text else words


@register.filter
def blanks(text: str) -> SafeString:
    """Show a wording with its blanks marked: what stands in 《》 is asked for when it is taken."""
    return format_html("{}" * (2 * text.count("《》") + 1), *_marked(text))


def _marked(text: str) -> list[SafeString | str]:
    parts = text.split("《》")
    marked: list[SafeString | str] = [parts[0]]
    for part in parts[1:]:
        marked += [format_html("<mark>{}</mark>", "《＿＿＿＿》"), part]
    return marked


@register.filter
def masked(number: str) -> str:
    """Return an identity number with its middle hidden, for lists."""
    return f"{number[:6]}********{number[-4:]}" if len(number) >= 15 else number  # noqa: PLR2004 - old numbers have 15


@register.simple_tag
def idempotency_key() -> SafeString:
    """A hidden field that makes a repeated click the same command."""
    return format_html('<input type="hidden" name="key" value="{}">', new_id())


@cache
def _icon(name: str) -> str:
    path = Path(settings.ANTONG_ASSETS) / "icons" / f"{name}.svg"
    if not path.exists():
        return ""
    text = path.read_text("utf-8")
    drawn = text[text.index("<svg") :].replace('stroke-width="2"', 'stroke-width="1.75"', 1)
    return re.sub(r'\sclass="[^"]*"', "", drawn, count=1)  # its own class would be styled as our box


@register.simple_tag
def icon(name: str) -> SafeString:
    """Show an outline icon, always beside a word."""
    return mark_safe(f'<span class="icon" aria-hidden="true">{_icon(name)}</span>')  # noqa: S308 - a file of our own set-up
