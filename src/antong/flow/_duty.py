"""The duty screen (值班大屏): what has arrived and waits in a unit, what of it is urgent, and who has heard of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from antong.cases import access as cases_access
from antong.catalog import loader
from antong.flow import _open
from antong.flow._record import recorded
from antong.flow.models import Obligation
from antong.flow.types import Done, State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger
from antong.org.types import Permission

MOST = 100
SOON = timedelta(hours=2)
_ARRIVED = f"""
SELECT h.id, h.flow, seen.number, seen.in_custody, u.name, o.round, o.entered_at, o.receive_due, o.silent_since, o.heard_at, o.heard_name
FROM flow_obligation o JOIN flow_handover h ON h.id = o.handover_id JOIN org_unit u ON u.id = h.from_unit_id
{cases_access.named("h.case_id")}
WHERE o.unit_id = %(unit)s AND o.state = 'entered' ORDER BY o.receive_due ASC NULLS LAST, o.id LIMIT {MOST}
"""  # noqa: S608 - a wording of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What has arrived and waits, as a screen on a wall may show it: case number and kind, nobody's name.

    `by_minutes`: a custody hand-over, counted in minutes day and night. Urgent is that, and what is due within two
    hours or past it.
    """

    handover_id: UUID
    flow_name: str
    case_number: str
    in_custody: int
    from_unit: str
    round: int
    entered_at: datetime | None
    receive_due: datetime | None
    silent: bool
    by_minutes: bool
    heard_at: datetime | None
    heard_name: str

    @property
    def urgent(self) -> bool:
        """Whether it calls for somebody now."""
        due = self.receive_due
        return self.by_minutes or self.silent or (due is not None and due - clock.now() <= SOON)


def arrived(actor: Actor) -> list[Arrived]:
    """Return what waits in the inbox of the actor's unit, what is due first, at most 100; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVED, {"unit": actor.unit_id, "now": clock.now()})
        rows = cursor.fetchall()
    made = []
    for own, key, number, held, sender, turn, entered, due, silent, heard_at, heard_name in rows:
        flow = loader.load().flow(key)
        made.append(
            Arrived(
                handover_id=own, flow_name=flow.name if flow else key, case_number=number, in_custody=held, from_unit=sender, round=turn,
                entered_at=entered, receive_due=due, silent=silent is not None, by_minutes=bool(flow and flow.receipt.minutes),
                heard_at=heard_at, heard_name=heard_name,
            )
        )  # fmt: skip
    return made


@ledger.acted
def hear(actor: Actor, *, handover_id: UUID) -> Done:
    """Say that the duty room has heard of an arrival (知悉), which silences its alarm; on the case's chain, with the name.

    It is no receipt: the limit runs on. Refused where somebody has heard of it already.
    """
    opened = _open.open_for(
        actor, handover_id, Permission.HANDOVER_RECEIVE, version=None, states=(State.ENTERED,), doing="知悉"
    )
    handover = opened.handover
    obligation = _open.obligation_of(handover, actor.unit_id, "知悉")
    if obligation.heard_at is not None:
        raise Refusal(
            f"不用再点：{obligation.heard_name}已于{clock.local(obligation.heard_at):%m-%d %H:%M} 知悉。",
            code="heard-already",
            basis=("案通值班规则：知悉只记第一人",),
            remedy="请尽快受理；受理期限照算。",
            who=obligation.heard_name,
        )
    when = moment()
    Obligation.objects.filter(id=obligation.id).update(
        heard_at=when.recorded_at, heard_name=actor.person_name
    )
    return recorded(
        actor, handover, "handover.hear", when, state=State(handover.state), after={"round": handover.round}
    )
