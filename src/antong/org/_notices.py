"""Notices: telling a unit or a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound
from antong.org.models import Notice


def notify(
    actor: Actor,
    *,
    to_units: Sequence[UUID],
    kind: str,
    title: str,
    body: str = "",
    to_person: UUID | None = None,
    case_id: UUID | None = None,
    handover_id: UUID | None = None,
    answer_by: datetime | None = None,
    escalate_to: UUID | None = None,
) -> None:
    """Tell units (or one person of one unit) something, within the caller's act; one statement.

    The act's own ledger entry covers the notice; titles carry no more than the receiver may see.
    """
    now = clock.now()
    Notice.objects.bulk_create(
        [
            Notice(
                to_unit_id=unit_id,
                to_person_id=to_person,
                kind=kind,
                title=title[:160],
                body=body,
                case_id=case_id,
                handover_id=handover_id,
                from_name=f"{actor.unit_name} {actor.person_name}"[:120],
                created_at=now,
                answer_by=answer_by,
                escalate_to_id=escalate_to,
            )
            for unit_id in to_units
        ]
    )


@transaction.atomic
def read_notice(actor: Actor, notice_id: UUID) -> None:
    """Mark a notice of the actor's unit as read; a second reading keeps the first time."""
    row = Notice.objects.filter(id=notice_id, to_unit_id=actor.unit_id).first()
    if row is None or (row.to_person_id not in {None, actor.person_id}):
        raise NotFound
    Notice.objects.filter(id=notice_id, read_at__isnull=True).update(
        read_at=clock.now(), read_by=actor.person_id
    )


@transaction.atomic
def read_notices(actor: Actor) -> int:
    """Mark all notices of the actor and of the actor's unit as read; return how many."""
    mine = Q(to_person_id=actor.person_id) | Q(to_person__isnull=True)
    return Notice.objects.filter(mine, to_unit_id=actor.unit_id, read_at__isnull=True).update(
        read_at=clock.now(), read_by=actor.person_id
    )
