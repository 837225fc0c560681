"""Whether an actor's duty is in force and allows an act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotPermitted
from antong.org._duties import DELEGATED, IN_FORCE, JOINED
from antong.org.models import Delegation, Duty
from antong.org.types import Permission

_HOLDS = f"""EXISTS (
  SELECT 1 FROM {JOINED} WHERE d.id = %(duty)s AND d.person_id = %(holder)s AND {IN_FORCE}
    AND (%(delegate)s::uuid IS NULL OR {DELEGATED}))"""  # noqa: S608 - a wording of our own


def duty_in_force(actor: Actor) -> tuple[str, dict[str, Any]]:
    """Return an SQL condition, true while the actor's duty, post, person and unit are in force, with its values.

    Rooms above put it into their own first statement and call `refuse_ended` when it is false, so that the check
    costs no statement of its own. The values' names are duty, holder, delegate, now.
    """
    return _HOLDS, {
        "duty": actor.duty_id,
        "holder": actor.on_behalf_of or actor.person_id,
        "delegate": None if actor.on_behalf_of is None else actor.person_id,
        "now": clock.now(),
    }


def require(actor: Actor, permission: Permission) -> None:
    """Refuse an actor whose post lacks `permission` or whose duty has ended; one statement."""
    require_permission(actor, permission)
    condition, values = duty_in_force(actor)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {condition}", values)
        (holds,) = cursor.fetchone()
    if not holds:
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
