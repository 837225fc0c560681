"""People, their duties and delegations."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor, Rank
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import access
from antong.org.models import Delegation, Duty, Person, Post
from antong.org.types import Permission

PREFERENCES = {"density": {"standard", "compact"}, "type": {"standard", "large"}}


@transaction.atomic
def assign_duty(
    actor: Actor, *, post_id: UUID, person_id: UUID, rank: Rank, valid_from: datetime | None = None
) -> Recorded:
    """Give a person a post, as A or B; a post has one A at a time."""
    access.require(actor, Permission.ORG_MANAGE)
    post = Post.objects.select_for_update().filter(id=post_id).first()
    if post is None or not Person.objects.filter(id=person_id).exists():
        raise NotFound
    if rank is Rank.PRIMARY and Duty.objects.filter(post=post, rank=rank, valid_until__isnull=True).exists():
        raise BadInput(
            "不能任命：这个岗位已有 A 岗。",
            code="post-has-primary",
            basis=("案通岗位规则：一岗一名 A 岗",),
            remedy="先终止现任 A 岗，或任为 B 岗。",
        )
    duty = Duty.objects.create(
        post=post, person_id=person_id, rank=rank, valid_from=valid_from or clock.now()
    )
    return ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.assign-duty",
        moment=moment(),
        subjects=[duty.id],
        after={"post": post_id, "person": person_id, "rank": rank},
    )


@transaction.atomic
def end_duty(actor: Actor, *, duty_id: UUID, at: datetime | None = None) -> Recorded:
    """End a duty, now or at a later instant."""
    access.require(actor, Permission.ORG_MANAGE)
    when = at or clock.now()
    if Duty.objects.filter(id=duty_id, valid_until__isnull=True).update(valid_until=when) != 1:
        raise NotFound
    return ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.end-duty",
        moment=moment(),
        subjects=[duty_id],
        after={"until": when},
    )


@transaction.atomic
def delegate(
    actor: Actor, *, duty_id: UUID, to_person: UUID, starts_at: datetime, ends_at: datetime, reason: str
) -> Recorded:
    """Let a person act on one's own duty between two instants, e.g. during leave."""
    access.require(actor, Permission.SELF_MANAGE)
    if not Duty.objects.filter(id=duty_id, person_id=actor.person_id).exists():
        raise NotFound
    if ends_at <= starts_at or not reason.strip():
        raise BadInput(
            "不能委托：起止时间或理由不完整。",
            code="delegation-fields",
            remedy="终止时间须晚于开始时间，并写明理由。",
            fields={"ends_at": "须晚于开始时间", "reason": "必填"},
        )
    row = Delegation.objects.create(
        duty_id=duty_id, to_person_id=to_person, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()
    )
    return ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.delegate",
        moment=moment(),
        subjects=[row.id],
        after={"duty": duty_id, "to": to_person, "from": starts_at, "until": ends_at, "reason": reason},
    )


def set_password(person_id: UUID, password: str) -> None:
    """Set a person's password (hashed by Argon2); for planting and administrators, in the caller's act."""
    Person.objects.filter(id=person_id).update(password=make_password(password))


@transaction.atomic
def set_preferences(actor: Actor, changes: dict[str, str]) -> dict[str, Any]:
    """Remember how a person likes pages shown; unknown names or values are refused."""
    wrong = {
        name: "没有这一选项" for name, value in changes.items() if value not in PREFERENCES.get(name, set())
    }
    if wrong:
        raise BadInput("不能保存：没有这一显示选项。", code="preference", fields=wrong)
    person = Person.objects.select_for_update().get(id=actor.person_id)
    merged: dict[str, Any] = {**person.preferences, **changes}
    Person.objects.filter(id=person.id).update(preferences=merged)
    return merged
