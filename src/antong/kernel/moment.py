"""The two times of every act: when it happened, and when it was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from antong.kernel import clock
from antong.kernel.refusal import BadInput

LATE_AFTER = timedelta(hours=24)
"""An act entered later than this after it happened must say why (design §3: a late entry shows its delay and reason)."""

FIRST_YEAR = 1900
"""No act on a case is older; an earlier year is a slip of the pen, and no calendar of ours goes back so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """`happened_at` drives statutory limits; `recorded_at` drives limits of receipts and figures "as of"."""

    happened_at: datetime
    recorded_at: datetime
    late_reason: str = ""

    @property
    def delay(self) -> timedelta:
        """How long after the act it was entered."""
        return self.recorded_at - self.happened_at

    @property
    def is_late(self) -> bool:
        """Whether the entry needs a reason."""
        return self.delay > LATE_AFTER


def moment(happened_at: datetime | None = None, late_reason: str = "") -> Moment:
    """Return the moment of an act recorded now; refuse the future, and a late entry without a reason."""
    recorded = clock.now()
    happened = happened_at or recorded
    if happened.tzinfo is None:
        raise BadInput(
            "不能登记：发生时间缺少时区。", code="naive-time", fields={"happened_at": "须带时区的时间"}
        )
    if happened.astimezone(clock.CHINA).year < FIRST_YEAR:
        raise BadInput(
            "不能登记：发生时间的年份不对。",
            code="long-ago",
            basis=(f"案通登记规则：年份不早于 {FIRST_YEAR} 年",),
            remedy="改为实际发生的时间。",
            fields={"happened_at": f"不得早于 {FIRST_YEAR} 年"},
        )
    if happened > recorded + timedelta(seconds=1):
        raise BadInput(
            "不能登记：发生时间在将来。",
            code="future",
            basis=("案通登记规则：发生时间不得晚于登记时间",),
            remedy="改为实际发生的时间；预定的事项请用待办提醒。",
            fields={"happened_at": "不得晚于现在"},
        )
    result = Moment(happened_at=happened, recorded_at=recorded, late_reason=late_reason.strip())
    if result.is_late and not result.late_reason:
        raise BadInput(
            "不能登记：发生时间早于现在 24 小时以上，须说明迟录理由。",
            code="late-without-reason",
            basis=("案通登记规则：迟录须说明理由",),
            remedy="填写迟录理由，例如“补录试点前的办案环节”。",
            fields={"late_reason": "迟录超过 24 小时的，必填"},
        )
    return result
