"""Ending a unit: only once no living case and no task lies there. `org`, which ends it, knows no cases."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from antong.cases import selectors as cases
from antong.flow.models import Task
from antong.kernel.actor import Actor
from antong.kernel.refusal import Refusal
from antong.ledger.types import Recorded
from antong.org import access
from antong.org import actions as org
from antong.org.types import Permission


@transaction.atomic
def close_unit(actor: Actor, *, unit_id: UUID) -> Recorded:
    """End a unit (撤销) that handles no living case and owes nothing; says how many it still has, not which.

    Raises Refusal with the counts, NotFound where the unit has ended or is none.
    """
    access.require(actor, Permission.ORG_MANAGE)
    held = cases.count_handled(unit_id)
    owed = Task.objects.filter(unit_id=unit_id, closed_at__isnull=True).count()
    if held or owed:
        raise Refusal(
            f"不能撤销：该单位还有在办案件 {held} 件、未办事项 {owed} 件。",
            code="unit-has-cases",
            basis=("案通单位规则：案件、事项移交完毕后才能撤销单位",),
            remedy="由该单位负责人把案件移送给接续的单位，办结未办事项后再撤销。",
            who="该单位负责人",
        )
    return org.end_unit(actor, unit_id=unit_id)
