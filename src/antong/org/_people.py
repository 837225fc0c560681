"""People, their duties and delegations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from antong.kernel import clock
from antong.kernel.actor import Actor, Rank
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, NotPermitted
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import access
from antong.org._duties import in_force
from antong.org._plant import spelled_password
from antong.org.models import Delegation, Duty, Person, Post, SignInAttempt
from antong.org.types import ADMIN_ROLES, Permission, Role


@transaction.atomic
def assign_duty(
    actor: Actor, *, post_id: UUID, person_id: UUID, rank: Rank, valid_from: datetime | None = None
) -> Recorded:
    """Give a person a post, as A or B; a post has one A at a time, an administrator no other kind of post.

    Raises BadInput where the post is taken or has ended, NotPermitted where the posts must stay apart.
    """
    access.require(actor, Permission.ORG_MANAGE)
    start = valid_from or clock.now()
    post = Post.objects.select_for_update().filter(id=post_id).first()
    # the person's row is locked so that two posts given at once cannot pass the check of separation
    person = Person.objects.select_for_update().filter(id=person_id, is_active=True).first()
    if post is None or person is None:
        raise NotFound
    keep_apart(actor, person_id, Role(post.role))
    vacant(post, person_id, rank, start)
    duty = Duty.objects.create(post=post, person_id=person_id, rank=rank, valid_from=start)
    return ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.assign-duty",
        moment=moment(),
        subjects=[duty.id, person_id],
        after={"post": post_id, "person": person_id, "rank": rank},
    )


def vacant(post: Post, person_id: UUID, rank: Rank, start: datetime) -> None:
    """Refuse a post that ends, has its A, or is held by the same person when the new duty would begin."""
    if post.valid_until is not None and post.valid_until <= start:
        raise BadInput(
            f"不能任命：这个岗位已于{clock.local(post.valid_until):%Y年%-m月%-d日}撤销。",
            code="post-ended",
            basis=("案通岗位规则：岗位撤销后不再任命",),
            remedy="选择在用的岗位。",
        )
    overlapping = Duty.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=start), post=post)
    if overlapping.filter(person_id=person_id).exists():
        raise BadInput(
            "不能任命：此人已在这个岗位上。",
            code="duty-exists",
            basis=("案通岗位规则：一人在一岗只有一项任职",),
            remedy="改任的，先终止现任职。",
        )
    if rank is Rank.PRIMARY and overlapping.filter(rank=rank).exists():
        raise BadInput(
            "不能任命：这个岗位已有 A 岗。",
            code="post-has-primary",
            basis=("案通岗位规则：一岗一名 A 岗",),
            remedy="先终止现任 A 岗，或任为 B 岗。",
        )


def keep_apart(actor: Actor, person_id: UUID, role: Role) -> None:
    """Refuse a post for oneself, two of the three administrators in one person, and case work by any of them."""
    who = "本单位另一名系统管理员"
    if person_id == actor.person_id:
        raise NotPermitted(
            "不能任命：不得任命自己。",
            code="own-duty",
            basis=("案通三员分立规则：授权人与被授权人分开",),
            remedy="由另一名系统管理员任命。",
            who=who,
        )
    now = clock.now()
    own = Duty.objects.filter(in_force(), person_id=person_id)
    lent = Delegation.objects.filter(to_person_id=person_id, ends_at__gt=now)
    held = {
        *own.values_list("post__role", flat=True),
        *lent.values_list("duty__post__role", flat=True),
    }
    if any(other != role and (role in ADMIN_ROLES or other in ADMIN_ROLES) for other in held):
        raise NotPermitted(
            "不能任命：系统、安全、审计管理员须由不同的人担任，也不得兼任办案岗位。",
            code="administrators-apart",
            basis=("案通三员分立规则",),
            remedy="另选一人；或先终止其现任岗位。",
            who=who,
        )


@transaction.atomic
def end_duty(actor: Actor, *, duty_id: UUID, at: datetime | None = None) -> Recorded:
    """End a duty, now or at another instant after it began; nobody ends the own one."""
    access.require(actor, Permission.ORG_MANAGE)
    when = at or clock.now()
    duty = Duty.objects.select_for_update().filter(id=duty_id, valid_until__isnull=True).first()
    if duty is None:
        raise NotFound
    if duty.id == actor.duty_id or when <= duty.valid_from:
        raise BadInput(
            "不能终止：终止时间须晚于任职开始，且不得终止自己的岗位。",
            code="duty-end",
            basis=("案通岗位规则",),
            remedy="改正终止时间；自己的岗位由另一名系统管理员终止。",
            fields={"at": f"须晚于{clock.local(duty.valid_from):%Y年%-m月%-d日 %H:%M}"},
        )
    Duty.objects.filter(id=duty_id).update(valid_until=when)
    return ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.end-duty",
        moment=moment(),
        subjects=[duty_id, duty.person_id],
        after={"until": when},
    )


@transaction.atomic
def reset_password(actor: Actor, *, person_id: UUID) -> str:
    """Give a person a new random password, to be changed at the next sign-in; ends a pause of the account.

    Returns the password, which is stored nowhere in clear. A security administrator only, never for oneself.
    """
    access.require(actor, Permission.ACCOUNT_MANAGE)
    person = Person.objects.select_for_update().filter(id=person_id).first()
    if person is None or person_id == actor.person_id:
        raise NotFound
    password = spelled_password()
    Person.objects.filter(id=person_id).update(password=make_password(password), must_change_password=True)
    SignInAttempt.objects.filter(username=person.username).delete()
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.reset-password", moment=moment(), subjects=[person_id]
    )
    return password


@transaction.atomic
def set_active(actor: Actor, *, person_id: UUID, active: bool) -> Recorded:
    """Close an account or open it again; open sessions end with the next request. Never one's own."""
    access.require(actor, Permission.ACCOUNT_MANAGE)
    changed = Person.objects.filter(id=person_id).exclude(id=actor.person_id).update(is_active=active)
    if changed != 1:
        raise NotFound
    return ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.set-active",
        moment=moment(),
        subjects=[person_id],
        after={"active": active},
    )
