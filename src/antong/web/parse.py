"""Reading forms: ids, instants, keys. What cannot be read is refused, naming the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest

from antong.kernel.refusal import BadInput
from antong.web import dates

Read = TypeVar("Read")


def noted(
    values: Mapping[str, str],
    name: str,
    faults: dict[str, str],
    read: Callable[[str], Read],
    *,
    fault: str = "",
) -> Read | None:
    """Return a day or a moment typed in a field, as `read` (of `dates`) reads it; None where it is empty.

    Where it cannot be read, None, and why under `fault` (the field's name) in `faults`.
    """
    text = values.get(name, "").strip()
    try:
        return read(text) if text else None
    except dates.Unreadable as problem:
        faults[fault or name] = str(problem)
        return None


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
        raise BadInput("没有办成：表单里的编号不对。", code="form", fields={name: "编号不对"}) from None


def instant(values: Mapping[str, str], name: str) -> datetime | None:
    """Return a date and time typed in a form (web/dates) as an instant in China's time, or None where it is empty."""
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        return dates.moment(text)
    except dates.Unreadable as problem:
        raise BadInput(
            f"没有办成：时间“{text[:30]}”读不出。",
            code="form",
            basis=("案通填写规则：时间写年月日和几时几分",),
            fields={name: str(problem)},
            remedy="改正时间后再办；填写的其他内容还在。",
        ) from None


def entered(values: Mapping[str, str]) -> dict[str, Any]:
    """Return what every form of an act says beside its own: when it happened, why it is entered late, the command's key."""
    return {
        "key": optional_uuid(values, "key"),
        "happened_at": instant(values, "happened_at"),
        "late_reason": values.get("late_reason", ""),
    }


def number(values: Mapping[str, str], name: str, default: int) -> int:
    """Return a positive whole number, or the default."""
    text = values.get(name, "")
    plain = text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004 - a database integer
    return int(text) if plain and int(text) > 0 else default


def version(values: Mapping[str, str]) -> int:
    """Return the version a form was shown."""
    return number(values, "version", 0)
