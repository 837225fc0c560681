"""Reading forms: ids, instants, keys. What cannot be read is refused, naming the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest

from antong.kernel import clock
from antong.kernel.moment import EARLIEST
from antong.kernel.refusal import BadInput

LATEST_AHEAD = timedelta(days=3660)
"""How far ahead a form may name an instant: a hearing, an end; ten years."""


def uuid(values: Mapping[str, str], name: str) -> UUID:
    """Return an id that must be there."""
    found = optional_uuid(values, name)
    if found is None:
        raise BadInput(
            "没有办成：表单不完整。", code="form", fields={name: "缺少这一项"}, remedy="刷新页面后重试。"
        )
    return found


def optional_uuid(values: Mapping[str, str], name: str) -> UUID | None:
    """Return an id, or None where it is empty; refuse what is none."""
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(
            "没有办成：表单里的编号不对。", code="form", fields={name: "编号不对"}, remedy="刷新页面后重试。"
        ) from None


def uuids(request: HttpRequest, name: str) -> list[UUID]:
    """Return the ids of a multiple choice; a picked one comes as "id:name"."""
    try:
        return [UUID(str(text).partition(":")[0]) for text in request.POST.getlist(name) if text]
    except ValueError:
        raise BadInput(
            "没有办成：表单里的编号不对。", code="form", fields={name: "编号不对"}, remedy="刷新页面后重试。"
        ) from None


def instant(values: Mapping[str, str], name: str) -> datetime | None:
    """Return a local date and time typed in a form as an instant in China's time, or None."""
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=clock.CHINA)
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found <= clock.now() + LATEST_AHEAD:
        raise BadInput(
            "没有办成：时间写得不对。",
            code="form",
            fields={name: "例：2026-03-12 09:30；年份从 1949 年到今后十年"},
            remedy="改正时间。",
        )
    return found


def number(values: Mapping[str, str], name: str, default: int) -> int:
    """Return a positive whole number, or the default."""
    text = values.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0 else default  # noqa: PLR2004 - a database integer


def version(values: Mapping[str, str]) -> int:
    """Return the version a form was shown."""
    return number(values, "version", 0)
