"""What a sender may know of a receiving unit before sending: who is there, by what it checks, what it returned before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from antong.catalog import loader
from antong.dossier import selectors as dossier
from antong.flow.models import Obligation, ReturnReason
from antong.flow.types import State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org import selectors as org
from antong.org.types import ROLE_PERMISSIONS, Permission, UnitView

SPAN = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Of a receiving unit: by which article it checks, who receives, who is on duty now, and what it returned of ours."""

    unit: UnitView
    basis: str
    receivers: tuple[str, ...]
    on_duty: tuple[str, ...]
    sent: int
    returned: int
    reasons: tuple[tuple[str, int], ...]


def published(actor: Actor, unit: UnitView) -> Published:
    """Return what the actor's unit may know of a receiver; of past returns only those of its own hand-overs."""
    since = clock.now() - SPAN
    ours = Obligation.objects.filter(
        unit_id=unit.id, handover__from_unit_id=actor.unit_id, left_at__gte=since
    )
    back = ours.filter(state=State.RETURNED)
    codes = ReturnReason.objects.filter(handover_id__in=back.values("handover_id")).values_list(
        "code", flat=True
    )
    names = {key: reason.name for key, reason in loader.load().return_reasons.items()}
    counted = Counter(names.get(code, "其他") for code in codes[:500])
    staff = [
        duty for duty in org.people_of(unit.id) if Permission.HANDOVER_RECEIVE in ROLE_PERMISSIONS[duty.role]
    ]
    return Published(
        unit=unit,
        basis=loader.load().return_basis.get(unit.kind.value, "") or "案通移送规则：材料不齐备的退回补正",
        receivers=tuple(f"{duty.person_name}（{duty.post_name}）" for duty in staff[:4]),
        on_duty=tuple(name for _, name in org.on_duty(unit.id)),
        sent=ours.count(),
        returned=back.count(),
        reasons=tuple(counted.most_common(4)),
    )


def preview_digest(case_id: UUID) -> str:
    """Return the first digits of the digest the file would have if it were sent now; it is fixed on sending."""
    return dossier.living_digest(case_id).hex()[:16]
