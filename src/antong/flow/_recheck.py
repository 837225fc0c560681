"""What was true when a hand-over was sent up is asked again when it takes effect, under the lock of the case.

Between composing and effect other acts happen: a suspect is released, the file goes to court. An old hand-over never
drags anybody back, and what the law forbids is not let through because it was composed early.
"""

from __future__ import annotations

from antong.cases.selectors import SheetView
from antong.catalog.schema import FlowDef
from antong.flow import _checks, _choose, _facts
from antong.flow._facts import Around
from antong.flow.models import HandOver
from antong.kernel.moment import Moment


def stands(
    handover: HandOver, flow: FlowDef, around: Around, sheet: SheetView, when: Moment, doing: str
) -> None:
    """Refuse an act whose subjects have moved on, or that the law forbids by now; no statement, one or two for some.

    Only what costs little is asked: persons, measures, counts and days, not the pages of the file.
    """
    whom = list(around.whom)
    _choose.still_fit(flow, sheet, whom, doing)
    facts = _facts.gather(handover, flow, whom, sheet, (), around=around, at=when.happened_at, pages=False)
    _choose.alone(flow, facts.same_open, doing)
    findings = _checks.of_law(flow, facts)
    _checks.refuse(flow, findings, doing)
