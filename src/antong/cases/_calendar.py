"""The calendar as this house knows it: the notices that operators brought, beside those of the package."""

from __future__ import annotations

from antong.cases.models import CalendarNotice
from antong.kernel import clock
from antong.kernel.moment import moment
from antong.kernel.refusal import Refusal
from antong.law import calendar, notices
from antong.law.notices import Notice
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import selectors as org


@ledger.acted
def bring_notice(text: str, *, by: str) -> Notice:
    """Keep the notice of a year that a file holds, on the house's own chain; every process computes with it from then on.

    What was brought for the year before is replaced: a notice that corrects another has a number of its own.
    Raises Refusal with everything that is wrong with the file, and where it says what is known already.
    """
    notice = notices.read(text)
    known = calendar.packaged().with_notices(_kept())
    if notice.year in known.years and known.with_notices([notice]).mark == known.mark:
        raise Refusal(
            f"不必采用：{notice.year} 年的放假安排已经在日历里，逐日相同。",
            code="calendar-known",
            basis=("案通日历规则：同一年的安排只在有更正时再次采用",),
            remedy="没有要做的事；通知有更正的，提交更正后的安排。",
        )
    CalendarNotice.objects.update_or_create(
        year=notice.year,
        defaults={
            "number": notice.number,
            "issued_on": notice.issued_on,
            "rest": [day.isoformat() for day in notice.rest],
            "work": [day.isoformat() for day in notice.work],
            "brought_at": clock.now(),
            "brought_by": by[:60],
        },
    )
    ledger.record(
        org.HOUSE,
        chain_id=SYSTEM_CHAIN,
        act="calendar.bring",
        moment=moment(),
        after={"notice": notice.model_dump(mode="json"), "by": by},
    )
    return notice


def take_notices() -> None:
    """Compute with all notices that were brought, in this process, from now on; one statement."""
    calendar.bring(_kept())


def _kept() -> list[Notice]:
    rows = CalendarNotice.objects.order_by("year").values("year", "number", "issued_on", "rest", "work")
    return [Notice.model_validate(row) for row in rows]
