"""Handing on all that somebody handles (岗位移交): cases, what was received, and open tasks, in one act of a unit's leader."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from antong.cases import access as cases_access
from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.types import EDITING_ROLES, CaseRow
from antong.flow._receive import name_in
from antong.flow.models import Obligation, Task
from antong.flow.types import TaskKind
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, Refusal
from antong.ledger import actions as ledger
from antong.org import access
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.org.types import ROLE_PERMISSIONS, Permission, Role

MOST = 1000
"""How many cases one act hands on: each gets its entry, and all are locked until it is done."""
LONGEST_REASON = 120
APPROVALS = (TaskKind.APPROVE, TaskKind.APPROVE_ANSWER)
BASIS = ("案通岗位移交规则：由本单位负责人一次移交，逐案留痕",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What somebody would hand on: cases, who in them is held where the unit handles them, and how many tasks are open."""

    rows: tuple[CaseRow, ...]
    held: dict[UUID, list[str]]
    tasks: int
    approvals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOn:
    """What was handed on; approvals stay where the receiver may not approve."""

    cases: int
    tasks: int
    left: int


def desk_of(actor: Actor, person_id: UUID) -> Desk:
    """Return what somebody of the actor's unit would hand on, what is due next first; three statements."""
    rows = cases.handled(actor, person_id, most=MOST + 1)
    kinds = list(
        Task.objects.filter(unit_id=actor.unit_id, person_id=person_id, closed_at__isnull=True).values_list(
            "kind", flat=True
        )
    )
    approvals = sum(kind in APPROVALS for kind in kinds)
    # who sees a snapshot is not told who is held now
    living = [row.case_id for row in rows if row.role in EDITING_ROLES and row.in_custody]
    return Desk(
        rows=rows,
        held=cases.held_in(living) if living else {},
        tasks=len(kinds) - approvals,
        approvals=approvals,
    )


@ledger.acted
def hand_on(actor: Actor, *, from_person: UUID, to_person: UUID, reason: str) -> HandedOn:
    """Hand all cases not ended and all open tasks of one person of the unit to another; one entry on each case's chain.

    Raises BadInput where the receiver does not work on cases here, Refusal where there is nothing, or more than a thousand.
    """
    access.require(actor, Permission.TASK_ASSIGN)
    reason = reason.strip()
    wrong = {}
    if not reason or len(reason) > LONGEST_REASON:
        wrong["reason"] = f"必填，不超过 {LONGEST_REASON} 字"
    if from_person == to_person:
        wrong["to_person"] = "须为他人"
    if wrong:
        raise BadInput(
            "不能移交：接办人或理由不对。",
            code="hand-on-fields",
            basis=BASIS,
            remedy="改正标红的各项。",
            fields=wrong,
        )
    to_name = name_in(actor.unit_id, to_person)
    kinds = _kinds(actor.unit_id, to_person)
    mine = cases_access.visible_to(actor)
    tasks = Task.objects.filter(unit_id=actor.unit_id, person_id=from_person, closed_at__isnull=True)
    found = {row.case_id for row in cases.handled(actor, from_person, most=MOST + 1)}
    found |= set(
        mine.filter(case_id__in=tasks.filter(kind__in=kinds).values("case_id")).values_list(
            "case_id", flat=True
        )
    )
    if not found or len(found) > MOST:
        raise Refusal(
            "不能移交：此人在本单位没有在办的案件和事项。" if not found else f"不能移交：超过 {MOST} 件。",
            code="hand-on-nothing" if not found else "hand-on-many",
            basis=BASIS,
            remedy="核对人员；已经移交过的，刷新后看。"
            if not found
            else "先在案件里分案，分出一部分再移交。",
        )
    changed = case_actions.hand_on(actor, whose=from_person, to=to_person, case_ids=found)
    moved = list(tasks.filter(case_id__in=found, kind__in=kinds).values_list("id", "case_id"))
    Obligation.objects.filter(
        unit_id=actor.unit_id,
        handler_id=from_person,
        handover__case_id__in=found,
        answered_at__isnull=True,
        returned_at__isnull=True,
    ).update(handler_id=to_person, handler_name=to_name)
    Task.objects.filter(id__in=[task_id for task_id, _ in moved]).update(person_id=to_person)
    touched = changed | {case_id for _, case_id in moved}
    _tell(actor, from_person, to_person, touched, moved, reason)
    return HandedOn(cases=len(changed), tasks=len(moved), left=tasks.count())


def _kinds(unit_id: UUID, person_id: UUID) -> list[TaskKind]:
    """Return the kinds of task a person may be given: approvals only where the person approves there."""
    held = [duty for duty in org.people_of(unit_id) if duty.person_id == person_id]
    approves = any(Permission.HANDOVER_APPROVE in ROLE_PERMISSIONS[Role(duty.role)] for duty in held)
    return [kind for kind in TaskKind if approves or kind not in APPROVALS]


def _tell(
    actor: Actor,
    whose: UUID,
    to: UUID,
    touched: Collection[UUID],
    moved: Collection[tuple[UUID, UUID]],
    reason: str,
) -> None:
    """Write the entry of each case, in the order in which they are locked, and tell the receiver once."""
    when = moment()
    for case_id in sorted(touched):
        ledger.record(
            actor, chain_id=case_id, act="case.hand-on", moment=when, subjects=[whose, to],
            before={"handler": whose},
            after={"handler": to, "reason": reason, "tasks": [task for task, case in moved if case == case_id]},
        )  # fmt: skip
    name = org.person_names([whose]).get(whose, "")
    org_actions.notify(
        actor,
        to_units=[actor.unit_id],
        to_person=to,
        kind="handed-on",
        title=f"{name}的 {len(touched)} 件案件移交给您办理",
        body=f"{reason}；未办事项 {len(moved)} 件在您的待办里。",
    )
