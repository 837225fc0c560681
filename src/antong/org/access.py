"""Whether an actor's duty is in force and allows an act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, Q, QuerySet

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotPermitted
from antong.org.models import Delegation, Duty
from antong.org.types import Permission


def _in_force(actor: Actor) -> QuerySet[Duty]:
    now = clock.now()
    open_ = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    post_open = Q(post__valid_until__isnull=True) | Q(post__valid_until__gt=now)
    unit_open = Q(post__unit__valid_until__isnull=True) | Q(post__unit__valid_until__gt=now)
    rows = Duty.objects.filter(
        open_,
        post_open,
        unit_open,
        id=actor.duty_id,
        person_id=actor.on_behalf_of or actor.person_id,
        person__is_active=True,
        valid_from__lte=now,
    )
    if actor.on_behalf_of is None:
        return rows
    return rows.filter(Exists(_delegated(actor, now)))


def _delegated(actor: Actor, now: datetime) -> QuerySet[Delegation]:
    return Delegation.objects.filter(
        duty_id=actor.duty_id,
        to_person_id=actor.person_id,
        to_person__is_active=True,
        starts_at__lte=now,
        ends_at__gt=now,
    )


def duty_in_force(actor: Actor) -> Any:
    """Return an expression that is true while the actor's duty, post, person and unit are in force.

    Rooms above annotate their own first statement with it and call `refuse_ended` when it is false,
    so that the check costs no statement of its own.
    """
    return Exists(_in_force(actor))


def require(actor: Actor, permission: Permission) -> None:
    """Refuse an actor whose post lacks `permission` or whose duty has ended; one statement."""
    require_permission(actor, permission)
    if not _in_force(actor).exists():
        raise refuse_ended(actor)


def require_permission(actor: Actor, permission: Permission) -> None:
    """Refuse an actor whose post lacks `permission`; no statement."""
    if permission not in actor.permissions:
        raise NotPermitted(
            f"不能办理：{actor.post_name}没有这项权限。",
            code="role-lacks-permission",
            basis=("案通岗位权限表",),
            remedy="请由有权的岗位办理，或由 B 岗代办。",
            who="本单位系统管理员按岗位授权",
        )


def refuse_ended(actor: Actor) -> NotPermitted:
    """Return the refusal of an actor whose duty is no longer in force, with the day it ended; two statements at most."""
    ended = _ended_at(actor)
    when = "已经终止" if ended is None else f"已于{clock.local(ended):%Y年%-m月%-d日 %H:%M} 终止"
    return NotPermitted(
        f"不能办理：{actor.person_name}的{actor.post_name}岗位{when}。",
        code="duty-ended",
        basis=("案通岗位规则：岗位终止后不得再以该岗位办理",),
        remedy="重新登录，选择现任岗位；案件请由本岗位的 B 岗或接任者办理。",
        who="本单位系统管理员",
    )


def _ended_at(actor: Actor) -> datetime | None:
    now = clock.now()
    row = Duty.objects.select_related("post__unit").filter(id=actor.duty_id).first()
    if row is None:
        return None
    ends = [row.valid_until, row.post.valid_until, row.post.unit.valid_until]
    if actor.on_behalf_of is not None:
        rows = Delegation.objects.filter(duty_id=actor.duty_id, to_person_id=actor.person_id)
        ends.append(rows.order_by("-ends_at").values_list("ends_at", flat=True).first())
    return min((end for end in ends if end is not None and end <= now), default=None)
