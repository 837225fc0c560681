"""Whether an actor's duty is in force and allows an act."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, Q, QuerySet

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotPermitted
from antong.org.models import Duty
from antong.org.types import Permission


def _in_force(actor: Actor) -> QuerySet[Duty]:
    now = clock.now()
    open_ = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    post_open = Q(post__valid_until__isnull=True) | Q(post__valid_until__gt=now)
    unit_open = Q(post__unit__valid_until__isnull=True) | Q(post__unit__valid_until__gt=now)
    return Duty.objects.filter(
        open_, post_open, unit_open, id=actor.duty_id, person__is_active=True, valid_from__lte=now
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
    """Return the refusal of an actor whose duty is no longer in force."""
    return NotPermitted(
        f"不能办理：{actor.person_name}的{actor.post_name}岗位已经终止。",
        code="duty-ended",
        basis=("案通岗位规则：岗位终止后不得再以该岗位办理",),
        remedy="重新登录，选择现任岗位；案件请由本岗位的 B 岗或接任者办理。",
        who="本单位系统管理员",
    )
