"""Silence is noticed: a receipt that is late warns, becomes evidence on the ledger, and goes up when nobody answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from antong.cases.access import supervising_units
from antong.flow import _open
from antong.flow._send import receipt_due
from antong.flow.models import HandOver, Obligation, Task
from antong.flow.types import State
from antong.kernel import clock
from antong.kernel.moment import moment
from antong.kernel.refusal import NotFound
from antong.ledger import actions as ledger
from antong.org import actions as org_actions
from antong.org import selectors as org

SYSTEM = org.HOUSE
"""Who acts when the house acts by itself."""

BATCH = 200
LONGEST_WARNING = timedelta(days=1)
"""No flow warns earlier than this before its limit."""


def sweep() -> int:
    """Warn of receipts that are nearly late, make evidence of those that are; each once; return how many."""
    now = clock.now()
    waiting = Obligation.objects.filter(
        receive_due__isnull=False,
        accepted_at__isnull=True,
        returned_at__isnull=True,
        silent_since__isnull=True,
    ).exclude(state=State.WITHDRAWN)
    late = waiting.filter(receive_due__lt=now).order_by("receive_due").values_list("id", flat=True)[:BATCH]
    found = sum(_note(obligation_id) for obligation_id in late)
    near = waiting.filter(
        receive_due__gte=now, receive_due__lt=now + LONGEST_WARNING, warned_at__isnull=True
    ).values_list("id", "receive_due", "handover__flow")
    due = [row for row in near if row[1] is not None and _warns_at(row[1], row[2]) <= now]
    return found + sum(_warn(obligation_id) for obligation_id, _, _ in due[:BATCH])


def _warns_at(due: datetime, flow: str) -> datetime:
    try:
        minutes = _open.definition(flow).receipt.warn_minutes
    except NotFound:  # a flow that is no longer in the catalog still has open hand-overs
        minutes = 0
    return due - timedelta(minutes=minutes)


def _locked(obligation_id: UUID) -> Obligation | None:
    """Return an obligation whose receipt is still missing, locked; another process may have been first."""
    of = ("handover__case", "handover", "self")  # the order in which every act locks
    row = (
        Obligation.objects.select_for_update(of=of)
        .select_related("handover__case", "unit")
        .filter(
            id=obligation_id, accepted_at__isnull=True, returned_at__isnull=True, silent_since__isnull=True
        )
        .first()
    )
    return None if row is None or State(row.handover.state) is State.WITHDRAWN else row


def _on_duty(unit_id: UUID) -> str:
    return "、".join(name for _, name in org.on_duty(unit_id))


@ledger.acted
def _warn(obligation_id: UUID) -> int:
    row = _locked(obligation_id)
    if row is None or row.warned_at is not None:
        return 0
    Obligation.objects.filter(id=row.id).update(warned_at=clock.now())
    flow = _open.definition(row.handover.flow)
    org_actions.notify(
        SYSTEM,
        to_units=[row.unit_id],
        kind="warning",
        title=f"将逾期：{flow.name}还没有受理",
        body=f"{row.handover.composed_name}发出；逾期将自动记为静默，并通知发出单位和监督单位。",
        case_id=row.handover.case_id,
        handover_id=row.handover_id,
        duty_name=_on_duty(row.unit_id),
    )
    return 1


@ledger.acted
def _note(obligation_id: UUID) -> int:
    row = _locked(obligation_id)
    if row is None or row.receive_due is None:
        return 0
    Obligation.objects.filter(id=row.id).update(silent_since=row.receive_due)
    handover: HandOver = row.handover
    entry = ledger.record(
        SYSTEM,
        chain_id=handover.case_id,
        act="handover.silence",
        moment=moment(),
        subjects=[handover.id, row.unit_id],
        after={"round": row.round, "due": row.receive_due, "unit": row.unit_id, "warned": row.warned_at},
    )
    _tell_of_silence(row, handover, entry.number)
    return 1


def _tell_of_silence(row: Obligation, handover: HandOver, entry: int) -> None:
    """Tell sender and supervisors that it is on the record, and the receiver that an answer is waited for."""
    flow = _open.definition(handover.flow)
    title = f"静默：{flow.name}，{row.unit.short_name}逾期未受理"
    body = f"受理期限 {clock.end(row.receive_due or clock.now())}，至今没有回执；已记为第 {entry} 条留痕，可导出验证。"
    others = [handover.from_unit_id, *supervising_units(handover.case_id)]
    org_actions.notify(
        SYSTEM,
        to_units=[unit_id for unit_id in dict.fromkeys(others) if unit_id != row.unit_id],
        kind="silence",
        title=title,
        body=body,
        case_id=handover.case_id,
        handover_id=handover.id,
    )
    org_actions.notify(
        SYSTEM,
        to_units=[row.unit_id],
        kind="silence",
        title=title,
        body=f"{body}请受理或退回；暂时不能的，在这里答复何时办。",
        case_id=handover.case_id,
        handover_id=handover.id,
        answer_by=receipt_due(flow, clock.now()),
        escalate_to=org.escalates_to(row.unit_id),
        duty_name=_on_duty(row.unit_id),
    )


def escalate() -> int:
    """Close notices whose matter is done, and send the others up once their time is over; return how many went up.

    A matter is done when the unit that was asked owes nothing any more of what it owed when it was asked.
    """
    owed = org.owed_notices()
    oldest: dict[tuple[UUID, UUID], datetime] = {}
    tasks = Task.objects.filter(handover_id__in={one.handover_id for one in owed}, closed_at__isnull=True)
    for handover_id, unit_id, opened_at in tasks.values_list("handover_id", "unit_id", "opened_at"):
        if handover_id is not None:
            place = (handover_id, unit_id)
            oldest[place] = min(opened_at, oldest.get(place, opened_at))
    done, due = [], []
    for one in owed:
        since = None if one.handover_id is None else oldest.get((one.handover_id, one.asked_unit_id))
        if one.handover_id is not None and (since is None or since > one.asked_at):
            done.append(one.id)
        elif one.answer_by <= clock.now():
            due.append(one.id)
    if done:
        org_actions.settle_notices(done, how="移送已办理，不再催")
    return sum(org_actions.escalate_notice(SYSTEM, notice_id=notice_id) for notice_id in due)
