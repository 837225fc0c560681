"""Delegations: somebody acts on another's duty between two instants, during leave for example; they end by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import access
from antong.org._duties import in_force
from antong.org._notices import notify
from antong.org._people import keep_apart
from antong.org._values import DelegationView
from antong.org.models import Delegation, Duty, Person
from antong.org.types import Permission, Role

LONGEST_REASON = 120
LONGEST = timedelta(days=366)


@transaction.atomic
def delegate(
    actor: Actor, *, duty_id: UUID, to_person: UUID, starts_at: datetime, ends_at: datetime, reason: str
) -> Recorded:
    """Let another person act on one's own duty between two instants, e.g. during leave; not passed on.

    The system administrator delegates anybody's: who has fallen ill cannot. The delegate is told.
    """
    for_another = Permission.ORG_MANAGE in actor.permissions
    access.require(actor, Permission.ORG_MANAGE if for_another else Permission.SELF_MANAGE)
    duty = Duty.objects.select_related("post", "person").filter(in_force(), id=duty_id).first()
    known = Person.objects.select_for_update().filter(id=to_person, is_active=True).exists()
    own = duty is not None and duty.person_id == actor.person_id
    if duty is None or not known or not (own or for_another) or actor.on_behalf_of is not None:
        raise NotFound
    _check(starts_at, ends_at, reason, himself=to_person == duty.person_id)
    keep_apart(actor, to_person, Role(duty.post.role))
    row = Delegation.objects.create(
        duty_id=duty_id, to_person_id=to_person, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()
    )
    notify(
        actor,
        to_units=[duty.post.unit_id],
        to_person=to_person,
        kind="delegated",
        title=f"{duty.person.name}的{duty.post.name}由您代办，{_span(starts_at, ends_at)}",
        body=f"{reason.strip()}；登录时选择代办的岗位，到期自行终止。",
    )
    return ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.delegate",
        moment=moment(),
        subjects=[row.id, duty_id, to_person],
        after={"duty": duty_id, "to": to_person, "from": starts_at, "until": ends_at, "reason": reason},
    )


def _span(starts_at: datetime, ends_at: datetime) -> str:
    return f"{clock.local(starts_at):%m-%d %H:%M} 至 {clock.end(ends_at)}"


def _check(starts_at: datetime, ends_at: datetime, reason: str, *, himself: bool) -> None:
    wrong = {}
    if ends_at <= starts_at or ends_at <= clock.now() or ends_at > starts_at + LONGEST:
        wrong["ends_at"] = "须晚于开始时间和现在，不超过一年"
    if not reason.strip() or len(reason.strip()) > LONGEST_REASON:
        wrong["reason"] = f"必填，不超过 {LONGEST_REASON} 字"
    if himself:
        wrong["to_person"] = "须为他人"
    if wrong:
        raise BadInput(
            "不能委托：起止时间、受托人或理由不完整。",
            code="delegation-fields",
            basis=("案通岗位规则：委托须有期限和理由",),
            remedy="改正标红的各项。",
            fields=wrong,
        )


@transaction.atomic
def end_delegation(actor: Actor, *, delegation_id: UUID) -> Recorded:
    """End a delegation before its day: by whose duty it is, or the system administrator; NotFound where it is over."""
    for_another = Permission.ORG_MANAGE in actor.permissions
    access.require(actor, Permission.ORG_MANAGE if for_another else Permission.SELF_MANAGE)
    now = clock.now()
    row = (
        Delegation.objects.select_for_update(of=("self",))
        .select_related("duty")
        .filter(id=delegation_id, ends_at__gt=now)
        .first()
    )
    if row is None or not (for_another or row.duty.person_id == actor.person_id):
        raise NotFound
    if row.starts_at < now:
        Delegation.objects.filter(id=delegation_id).update(ends_at=now)
    else:  # what would only begin never does
        Delegation.objects.filter(id=delegation_id).delete()
    return ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.end-delegation",
        moment=moment(),
        subjects=[delegation_id, row.duty_id, row.to_person_id],
        before={"until": row.ends_at},
        after={"until": now},
    )


def _views(rows: QuerySet[Delegation]) -> list[DelegationView]:
    now = clock.now()
    found = rows.select_related("duty__person", "duty__post__unit", "to_person").order_by("-ends_at")
    return [
        DelegationView(
            id=row.id,
            duty_id=row.duty_id,
            post_name=row.duty.post.name,
            unit_name=row.duty.post.unit.name,
            holder_id=row.duty.person_id,
            holder_name=row.duty.person.name,
            to_id=row.to_person_id,
            to_name=row.to_person.name,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            reason=row.reason,
            now=row.starts_at <= now < row.ends_at,
            over=row.ends_at <= now,
        )
        for row in found
    ]


def delegations_of(person_id: UUID, *, most: int = 50) -> list[DelegationView]:
    """Return the delegations a person has given and been given, the last to end first; one statement."""
    return _views(Delegation.objects.filter(Q(duty__person_id=person_id) | Q(to_person_id=person_id)))[:most]


def delegations_in(unit_id: UUID) -> list[DelegationView]:
    """Return the delegations of a unit's duties that are in force or still to come; one statement."""
    return _views(Delegation.objects.filter(duty__post__unit_id=unit_id, ends_at__gt=clock.now()))
