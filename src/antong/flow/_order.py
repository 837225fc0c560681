"""The order of acts: none happens before the act it follows. Statutory terms run from when acts happened."""

from __future__ import annotations

from datetime import timedelta

from antong.flow.models import HandOver
from antong.kernel import clock
from antong.kernel.moment import Moment
from antong.kernel.refusal import BadInput

_TYPED = timedelta(minutes=1)
"""Times are typed to the minute: the same minute is no earlier."""


def follows(handover: HandOver, when: Moment, doing: str) -> None:
    """Refuse an act that would have happened before the last act on the hand-over; remember this one."""
    last = handover.last_act_at
    if last is not None and when.happened_at <= last - _TYPED:
        raise BadInput(
            f"不能{doing}：时间早于这件移送的上一环节。",
            code="before-last-act",
            basis=("案通移送规则：后一环节不早于前一环节，法定期限按实际发生时间起算",),
            remedy=f"上一环节发生在 {clock.local(last):%Y-%m-%d %H:%M}，改为不早于这一时间。",
            fields={"happened_at": f"不得早于 {clock.local(last):%Y-%m-%d %H:%M}"},
        )
    handover.last_act_at = max(when.happened_at, last) if last else when.happened_at
