"""A new round after a return: what was found is mended or explained."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from antong.dossier import selectors as dossier
from antong.flow import _approve, _open
from antong.flow._once import once
from antong.flow._record import recorded
from antong.flow.models import HandOver, ReturnReason, Round
from antong.flow.types import Done, State
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound
from antong.ledger import actions as ledger
from antong.org.types import Permission


@once("handover.begin-round")
@transaction.atomic
def begin_round(actor: Actor, *, handover_id: UUID, version: int, key: UUID | None = None) -> Done:
    """Begin the next round of a returned hand-over, to mend what was found and send it again."""
    opened = _open.open_for(
        actor,
        handover_id,
        Permission.HANDOVER_COMPOSE,
        version=version,
        states=(State.RETURNED,),
        doing="补正",
    )
    _open.sender(opened, actor, "补正")
    handover = opened.handover
    Round.objects.create(id=new_id(), handover=handover, number=handover.round + 1)
    # who made the round before made this one too: it goes out again with what they wrote
    makers = _approve.makers_with(actor, handover.maker_ids)
    _open.touch(handover, state=State.DRAFT, round=handover.round + 1, maker_ids=makers)
    fixed = _settle_replaced(handover)
    return recorded(
        actor,
        handover,
        "handover.begin-round",
        moment(),
        state=State.DRAFT,
        after={"round": handover.round, "reasons_fixed": fixed},
        key=key,
    )


def _settle_replaced(handover: HandOver) -> list[UUID]:
    """Mark as fixed the reasons whose page has been replaced since; return which."""
    rows = list(
        ReturnReason.objects.filter(
            handover_id=handover.id, round=handover.round - 1, state="open", page_id__isnull=False
        )
    )
    replaced = dossier.replacement_of([row.page_id for row in rows if row.page_id])
    fixed = [row.id for row in rows if row.page_id in replaced]
    ReturnReason.objects.filter(id__in=fixed).update(state="fixed", resolution="已替换该页")
    return fixed


@once("handover.resolve-reason")
@transaction.atomic
def resolve_reason(
    actor: Actor,
    *,
    handover_id: UUID,
    reason_id: UUID,
    state: str,
    resolution: str,
    key: UUID | None = None,
) -> Done:
    """Answer a reason of the last return: "fixed", or "explained" with why it stays as it is."""
    opened = _open.open_for(
        actor,
        handover_id,
        Permission.HANDOVER_COMPOSE,
        version=None,
        states=(State.DRAFT,),
        doing="回应退回理由",
    )
    _open.sender(opened, actor, "回应退回理由")
    if state not in {"fixed", "explained"} or not resolution.strip():
        raise BadInput(
            "不能保存：写明怎样补正或为什么不能补。",
            code="resolution",
            basis=("案通移送规则：补正须逐条回应",),
            remedy="在该条理由旁写明，再按“记为已补”或“说明不补”。",
            fields={"resolution": "写明补正情况"},
        )
    row = ReturnReason.objects.filter(
        id=reason_id, handover_id=handover_id, round=opened.handover.round - 1
    ).first()
    if row is None:
        raise NotFound
    before = {"state": row.state, "resolution": row.resolution}
    ReturnReason.objects.filter(id=row.id).update(state=state, resolution=resolution.strip()[:300])
    # not the version: other reasons are answered on the same page, from the version it was shown with
    HandOver.objects.filter(id=handover_id).update(
        maker_ids=_approve.makers_with(actor, opened.handover.maker_ids)
    )
    entry = ledger.record(
        actor,
        chain_id=opened.handover.case_id,
        act="handover.resolve-reason",
        moment=moment(),
        subjects=[handover_id, reason_id],
        before=before,
        after={"state": state, "resolution": resolution.strip()},
        key=key,
        answer={"handover_id": handover_id, "state": State.DRAFT, "version": opened.handover.version},
    )
    return Done(
        handover_id=handover_id,
        state=State.DRAFT,
        version=opened.handover.version,
        entry_number=entry.number,
    )
