"""Silence is noticed: a receipt that is late becomes evidence on the ledger and a notice to sender and supervisor."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from antong.cases.access import supervising_units
from antong.flow import _open
from antong.flow.models import HandOver, Obligation
from antong.flow.types import State
from antong.kernel import clock
from antong.kernel.actor import Actor, Channel, Rank
from antong.kernel.moment import moment
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions as org_actions

SYSTEM = Actor(
    person_id=SYSTEM_CHAIN,
    person_name="平台",
    duty_id=SYSTEM_CHAIN,
    post_id=SYSTEM_CHAIN,
    post_name="平台",
    rank=Rank.PRIMARY,
    role="system",
    unit_id=SYSTEM_CHAIN,
    unit_name="案通平台",
    unit_kind="hub",
    permissions=frozenset(),
    channel=Channel.JOB,
)
"""Who acts when the house acts by itself."""

BATCH = 200


def sweep() -> int:
    """Note every obligation that is silent past its limit, once; return how many."""
    late = Obligation.objects.filter(
        receive_due__lt=clock.now(),
        accepted_at__isnull=True,
        returned_at__isnull=True,
        silent_since__isnull=True,
    ).exclude(state=State.WITHDRAWN)
    found = 0
    for obligation_id in late.order_by("receive_due").values_list("id", flat=True)[:BATCH]:
        found += _note(obligation_id)
    return found


@transaction.atomic
def _note(obligation_id: UUID) -> int:
    row = (
        Obligation.objects.select_for_update(of=("self", "handover"))
        .select_related("handover", "unit")
        .filter(
            id=obligation_id, accepted_at__isnull=True, returned_at__isnull=True, silent_since__isnull=True
        )
        .first()
    )
    if row is None or State(row.handover.state) is State.WITHDRAWN:
        return 0
    Obligation.objects.filter(id=row.id).update(silent_since=row.receive_due)
    handover: HandOver = row.handover
    flow = _open.definition(handover.flow)
    org_actions.notify(
        SYSTEM,
        to_units=list(
            dict.fromkeys([handover.from_unit_id, row.unit_id, *supervising_units(handover.case_id)])
        ),
        kind="silence",
        title=f"静默：{flow.name}，{row.unit.short_name}逾期未受理",
        case_id=handover.case_id,
        handover_id=handover.id,
    )
    ledger.record(
        SYSTEM,
        chain_id=handover.case_id,
        act="handover.silence",
        moment=moment(),
        subjects=[handover.id, row.unit_id],
        after={"round": row.round, "due": row.receive_due, "unit": row.unit_id},
    )
    return 1
