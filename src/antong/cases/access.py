"""The only ways to a case: what may this actor see, and may the actor do this to it.

Both read the grants alone (design §8). Missing and forbidden are one answer.
"""

from __future__ import annotations

import json
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from antong.cases.models import Grant
from antong.cases.types import EDITING_ROLES, EXECUTING_KINDS, CaseAccess, GrantRole, Stage
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound, NotPermitted
from antong.org import access as org_access
from antong.org.types import Permission

EDITS = frozenset({Permission.CASE_EDIT, Permission.DOSSIER_EDIT, Permission.MEASURE_RECORD})
"""What only a unit that handles or co-handles the case may do."""

MAKES = frozenset({Permission.DOCUMENT_DRAFT, Permission.DOCUMENT_ISSUE, Permission.HANDOVER_SEND})
"""What a unit that has given the case away does no more; one that reviews it drafts the papers of its answer."""

SUPERVISED = frozenset(
    {
        Permission.CASE_READ,
        Permission.LEDGER_READ,
        Permission.CONTENT_READ_WITH_REASON,
        Permission.HANDOVER_NUDGE,
        Permission.SUPERVISE_READ,
    }
)
"""All that a supervisor may do with a case: metadata, content for a stated reason, and chasing whoever is late."""


VISIBLE = "g.unit_id = %(unit)s AND NOT g.sealed AND (g.until_at IS NULL OR g.until_at > %(now)s)"
"""What `visible_to` says of a grant g, for statements that are written out."""

# What `visible_to` says, for one case: written out, because every act and every page of a case begins with it and
# composing it each time costs more than running it. A test holds the two against each other.
_CASE = f"""
SELECT c.id, c.number, c.name, c.category, c.stage, c.version, c.handling_unit_id, c.registered_unit_id,
  g.role, g.id, g.sheet_id, g.manifest_id, g.handler_id, g.unit_id, g.part_ids::text{{in_force}}
FROM cases_grant g JOIN cases_case c ON c.id = g.case_id
WHERE g.case_id = %(case)s AND {VISIBLE}
"""  # noqa: S608 - a wording of our own


def visible_to(actor: Actor) -> QuerySet[Grant]:
    """Return the grants through which `actor`'s unit sees cases now; lists, search, counts start here."""
    return Grant.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=clock.now()), unit_id=actor.unit_id, sealed=False
    )


# Pairs of letters, each with its unit (migration 0005): what is looked through does not grow with the cases of a unit.
PAIRS = "SELECT s.grant_id FROM cases_grantsearch s WHERE s.grams @> cases_grams(%s, %s)"


def found_by(actor: Actor, text: str) -> QuerySet[Grant]:
    """Return those of `visible_to` whose number, name, people, initials or agencies' numbers hold every word of a text.

    Words of two letters and more are found by an index, a single letter by looking through the unit's cases.
    """
    rows = visible_to(actor)
    for word in text.lower().split():
        rows = rows.filter(search__contains=word)
        if len(word) > 1:
            rows = rows.filter(id__in=RawSQL(PAIRS, [actor.unit_id, word]))  # noqa: S611 - a wording of our own
    return rows


def named(case_column: str, *, as_role: bool = False) -> str:
    """Return an SQL join that names the case of a row as `seen`, where the unit sees it: name, number, in_custody.

    Rooms above put it into their own statements. It is asked row by row (OFFSET 0), so that a list which stops at its
    first thousand in an order of its own does not gather every case of the unit first. The values' names are unit,
    now, and with `as_role` role, the one the unit sees it in.
    """
    role = " AND g.role = %(role)s" if as_role else ""
    return (
        "JOIN LATERAL (SELECT g.name, g.number, g.in_custody FROM cases_grant g"  # noqa: S608
        f" WHERE g.case_id = {case_column} AND {VISIBLE}{role} OFFSET 0) seen ON true"
    )


def case_for(actor: Actor, case_id: UUID, permission: Permission, *, lock: bool = False) -> CaseAccess:
    """Return the case as `actor`'s unit may see it, for an act under `permission`; one statement.

    With `lock`, for acts, the case and then the unit's own right to it are locked until the transaction ends, so that
    acts on one case follow each other, the right is read as the act before left it, and a duty that has ended is
    refused. Raises NotFound where there is no grant (or no case), NotPermitted where role or grant exclude the act.
    """
    if lock and not connection.in_atomic_block:
        raise RuntimeError("a case is locked in the transaction of an act")
    condition, values = org_access.duty_in_force(actor)
    with connection.cursor() as cursor:
        # the database reads anew only the rows it locks, in this order: a right read without its lock would be that
        # from before the wait
        cursor.execute(
            _CASE.format(in_force=f", {condition}") + "FOR UPDATE OF c, g"
            if lock
            else _CASE.format(in_force=""),
            {**values, "unit": actor.unit_id, "case": case_id},
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    if lock and not row[-1]:
        raise org_access.refuse_ended(actor)
    role = GrantRole(row[8])
    _permit(actor, role, permission)
    return CaseAccess(
        id=row[0],
        number=row[1],
        name=row[2],
        category=row[3],
        stage=Stage(row[4]),
        version=row[5],
        handling_unit_id=row[6],
        registered_unit_id=row[7],
        role=role,
        grant_id=row[9],
        sheet_id=row[10],
        manifest_id=row[11],
        handler_id=row[12],
        unit_id=row[13],
        unit_kind=actor.unit_kind,
        part_ids=tuple(UUID(value) for value in json.loads(row[14])),
    )


def _permit(actor: Actor, role: GrantRole, permission: Permission) -> None:
    if permission not in actor.permissions:
        raise NotPermitted(
            f"不能办理：{actor.post_name}没有这项权限。",
            code="role-lacks-permission",
            basis=("案通岗位权限表",),
            remedy="请由有权的岗位办理，或由 B 岗代办。",
            who="本单位系统管理员按岗位授权",
        )
    if permission in EDITS and role not in EDITING_ROLES:
        raise not_handling(role, "改动")
    if permission is Permission.CASE_EDIT and actor.unit_kind in EXECUTING_KINDS:
        raise NotPermitted(
            f"不能改动：{actor.unit_name}执行判决，不改动案件登记的内容。",
            code="executes-only",
            basis=("案通案件授权规则：执行单位接收法律文书，不接收案卷",),
            remedy="登记有误的，告知送交执行的法院更正。",
            who="送交执行的法院",
        )
    if permission in MAKES and role is GrantRole.PAST:
        raise not_handling(role, "办理")
    if role is GrantRole.SUPERVISION and permission not in SUPERVISED:
        raise NotPermitted(
            "不能办理：监督单位只看流程信息。",
            code="supervisor-acts-not",
            basis=("案通案件授权规则：监督单位不办理案件；查看内容须说明理由",),
            remedy="要看卷内内容，请先填写查看理由，承办单位会看到这一理由。",
        )


def not_handling(role: GrantRole, doing: str) -> NotPermitted:
    """Return the refusal of a unit that does not handle the case."""
    return NotPermitted(
        f"不能{doing}：案件不在本单位承办（现为“{role.label}”）。",
        code="not-handling",
        basis=("案通案件授权规则：只有承办、协办单位可以改动案件和卷宗",),
        remedy="需要补正的，退回移送单位办理；需要本单位材料的，作为文书随移送发出。",
        who="现承办单位",
    )


def supervising_units(case_id: UUID) -> list[UUID]:
    """Return the units that oversee a case (of the house: for notices); one statement."""
    rows = Grant.objects.filter(case_id=case_id, role=GrantRole.SUPERVISION, until_at__isnull=True)
    return list(rows.values_list("unit_id", flat=True))
