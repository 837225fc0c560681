"""The reasons of a return: what they must say, where they are pinned, and the day to mend them by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from antong.flow.models import HandOver, ReturnReason
from antong.flow.types import Reason
from antong.kernel import clock
from antong.kernel.moment import Moment
from antong.kernel.refusal import BadInput

FIX_DAYS = 3
PERMILLE = 1000
BLANK = re.compile(r"《\s*》|＿")
"""A blank of a phrase that nobody has filled in."""


def default_fix_by(at: datetime) -> datetime:
    """Return the end of the third day after a return: by then the file is mended and sent again."""
    day = clock.local(at).date() + timedelta(days=FIX_DAYS + 1)
    return datetime.combine(day, time(), clock.CHINA)


def pin(handover: HandOver, places: Mapping[UUID, str], reasons: Sequence[Reason]) -> None:
    """Keep the reasons of this round in their order."""
    ReturnReason.objects.bulk_create(
        [
            ReturnReason(
                handover=handover,
                round=handover.round,
                position=position,
                page_id=reason.page_id,
                entry_id=reason.entry_id,
                place=(places.get(reason.page_id, "") if reason.page_id else "")[:160]
                or reason.where
                or "全案",
                code=reason.code,
                text=reason.text.strip()[:500],
                basis=reason.basis[:200],
                x=reason.x if reason.page_id else None,
                y=reason.y if reason.page_id else None,
            )
            for position, reason in enumerate(reasons, 1)
        ]
    )


def check(
    reasons: Sequence[Reason], due: datetime, when: Moment, places: Mapping[UUID, str], fix_reason: str
) -> None:
    """Refuse a return whose reasons or whose day cannot stand."""
    errors = {}
    if not reasons:
        errors["reasons"] = "至少写一条理由，并钉到具体页"
    for index, reason in enumerate(reasons):
        if not reason.text.strip():
            errors[f"reasons.{index}"] = "写明缺什么、怎样补"
        elif BLANK.search(reason.text):
            errors[f"reasons.{index}"] = "常用语里的空还没有填，《》里写明是什么"
        if any(value is not None and not 0 <= value <= PERMILLE for value in (reason.x, reason.y)):
            errors[f"reasons.{index}"] = "图钉不在页面上，请重新钉"
        if reason.page_id and reason.page_id not in places:
            errors[f"reasons.{index}"] = "这一页不在移送的卷宗里，请从这一轮的页面上钉"
    if due <= when.recorded_at:
        errors["fix_by"] = "补正期限须晚于现在"
    elif due > default_fix_by(when.recorded_at) and not fix_reason:
        errors["fix_by"] = f"补正期限不超过 {FIX_DAYS} 日；更长的，写明理由"
    if errors:
        raise _unfit(errors, reasons, late=due > when.recorded_at)


def _unfit(errors: Mapping[str, str], reasons: Sequence[Reason], *, late: bool) -> BadInput:
    """Return the refusal of a return: its headline, rule and remedy are those of what is wrong with it."""
    what, basis, remedy = [], [], []
    if set(errors) - {"fix_by"}:
        what.append("退回理由不合要求" if reasons else "退回须写明理由")
        basis.append("人民检察院刑事诉讼规则第158条")
        remedy.append("把理由钉到具体页，写明怎样补。")
    if "fix_by" in errors:
        what.append("补正期限超过三日，没有写明理由" if late else "补正期限已经过去")
        basis.append(f"案通退回规则：补正期限晚于现在，不超过 {FIX_DAYS} 日，更长的写明理由")
        remedy.append("写明期限更长的理由，或改早期限。" if late else "改为今后的日期和时刻。")
    return BadInput(
        f"不能退回：{'；'.join(what)}。",
        code="return-reasons",
        basis=basis,
        remedy="".join(remedy),
        fields=errors,
    )
