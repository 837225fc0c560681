"""Proposing that the file of an ended case be destroyed (提请销毁), and taking that back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from antong.archive.models import Destruction
from antong.archive.types import WAIT, DestructionState
from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.cases.types import EXECUTING_KINDS, CaseAccess, GrantRole, Stage
from antong.custody import selectors as custody
from antong.flow import selectors as flow
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import actions as ledger
from antong.org import actions as org_actions
from antong.org.types import Permission

BASIS = "案通销毁规则：案件终结、保管期满、经批准的卷宗，一人提请、另一人批准后销毁"
LONGEST = {"approval_number": 80, "reason": 200}
KIND = "destruction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """On what a destruction rests: the written approval, the last day of the time of keeping, and why."""

    approval_number: str
    approved_on: date | None
    retention_ended_on: date | None
    reason: str


@ledger.acted
def propose(actor: Actor, *, case_id: UUID, grounds: Grounds) -> UUID:
    """Propose the destruction of a case's file; every unit that has the case is told. Returns its id.

    Raises NotFound, NotPermitted, BadInput for what was typed, Refusal where the case has not ended whole, or another
    proposal waits.
    """
    case = cases_access.case_for(actor, case_id, Permission.ARCHIVE_PROPOSE, lock=True)
    _refuse_role(actor, case)
    loose = loose_ends(case)
    if loose:
        raise Refusal(
            "不能提请销毁：案件还没有全部办结。", code="case-not-ended", basis=(BASIS,), items=loose,
            remedy="办结列出的事项后再提请。", who="承办单位",
        )  # fmt: skip
    approved_on, retention_ended_on = _checked(grounds, cases.names_in(case_id))
    if Destruction.objects.filter(case_id=case_id, state=DestructionState.PROPOSED).exists():
        raise Refusal(
            "不能提请销毁：这个案件已有提请，正在等待决定。", code="destruction-waits", basis=(BASIS,),
            remedy="在“销毁”里看这一提请；不再需要的由提请人撤回。",
        )  # fmt: skip
    told = [unit for unit in cases.holders(case_id) if unit != actor.unit_id]
    now = clock.now()
    row = Destruction(
        id=new_id(), case_id=case_id, number=case.number, unit_id=actor.unit_id, seen_by=[actor.unit_id, *told],
        state=DestructionState.PROPOSED, approval_number=grounds.approval_number.strip(), approved_on=approved_on,
        retention_ended_on=retention_ended_on, reason=grounds.reason.strip(), proposed_by=actor.person_id,
        proposed_name=actor.person_name, proposed_at=now,
    )  # fmt: skip
    row.save(force_insert=True)
    ledger.record(
        actor, chain_id=case_id, act="archive.propose", moment=moment(), subjects=[row.id],
        after={"approval": row.approval_number, "approved_on": row.approved_on, "retention_ended_on": row.retention_ended_on},
    )  # fmt: skip
    org_actions.notify(
        actor, to_units=[actor.unit_id, *told], kind=KIND, title=f"{case.number} 的卷宗提请销毁",
        body=f"批准文号 {row.approval_number}。{clock.local(now + WAIT):%Y-%m-%d %H:%M} 后可以批准销毁；不同意的，请在此前提出。",
        case_id=case_id,
    )  # fmt: skip
    return row.id


def _refuse_role(actor: Actor, case: CaseAccess) -> None:
    if actor.unit_kind in EXECUTING_KINDS or case.role is GrantRole.SUPERVISION:
        raise Refusal(
            "不能提请销毁：本单位不保管这个案件的卷宗。", code="keeps-no-file", basis=(BASIS,),
            remedy="由办理过案件的公安机关、人民检察院或者人民法院提请。", who="保管卷宗的单位",
        )  # fmt: skip


def loose_ends(case: CaseAccess) -> list[str]:
    """Return why a case has not ended whole, in words; nothing where it has. Three statements."""
    stage = [] if case.stage is Stage.CLOSED else [f"案件处于“{case.stage.label}”阶段，没有终结"]
    inside = len(custody.held_in_case(case.id))
    held = [f"{inside} 人仍登记在押，先登记出所"] if inside else []
    return [*stage, *held, *cases.loose_ends(case.id), *flow.loose_ends(case.id)]


def _checked(grounds: Grounds, names: list[str]) -> tuple[date, date]:
    """Return the days of approval and of the end of keeping, once all that was typed is right."""
    wrong = {
        name: f"必填，不超过 {most} 字"
        for name, most in LONGEST.items()
        if not 0 < len(getattr(grounds, name).strip()) <= most
    }
    today = clock.today()
    for name in ("approved_on", "retention_ended_on"):
        given = getattr(grounds, name)
        if given is None or given > today:
            wrong[name] = "必填，写年月日，不晚于今天"
    written = f"{grounds.approval_number} {grounds.reason}"
    if any(name in written for name in names):
        wrong["reason"] = "销毁登记永久保存，不写当事人姓名"
    if wrong or grounds.approved_on is None or grounds.retention_ended_on is None:
        raise BadInput(
            "不能提请销毁：填写的依据不对。", code="destruction-grounds", basis=(BASIS,), remedy="改正标红的各项。", fields=wrong,
        )  # fmt: skip
    return grounds.approved_on, grounds.retention_ended_on


def waiting(actor: Actor, destruction_id: UUID) -> Destruction:
    """Return a proposal that waits, its row locked; raises NotFound where the actor's unit has nothing to do with it, Refusal once decided."""
    row = (
        Destruction.objects.select_for_update(of=("self",))
        .filter(id=destruction_id, seen_by__contains=[actor.unit_id])
        .first()
    )
    if row is None:
        raise NotFound
    if row.state != DestructionState.PROPOSED:
        raise Refusal(
            f"不能办理：这一提请{DestructionState(row.state).label}。", code="destruction-decided", basis=(BASIS,),
            remedy="刷新后看结果。",
        )  # fmt: skip
    return row


@ledger.acted
def withdraw(actor: Actor, *, destruction_id: UUID) -> None:
    """Take a proposal back: whoever made it, or who may propose in the same unit. Raises NotFound, NotPermitted, Refusal."""
    row = waiting(actor, destruction_id)
    cases_access.case_for(actor, row.case_id, Permission.ARCHIVE_PROPOSE, lock=True)
    if row.unit_id != actor.unit_id:
        raise Refusal(
            "不能撤回：不是本单位提请的。", code="destruction-not-ours", basis=(BASIS,),
            remedy="不同意销毁的，由本单位负责人提出不同意。",
        )  # fmt: skip
    settle(actor, row, DestructionState.WITHDRAWN, "")


@ledger.acted
def refuse(actor: Actor, *, destruction_id: UUID, note: str) -> None:
    """Object to a proposal: a leader of any unit that has the case; it ends. Raises NotFound, NotPermitted, BadInput, Refusal."""
    row = waiting(actor, destruction_id)
    cases_access.case_for(actor, row.case_id, Permission.ARCHIVE_DECIDE, lock=True)
    note = note.strip()
    names = cases.names_in(row.case_id)
    if not 0 < len(note) <= LONGEST["reason"] or any(name in note for name in names):
        raise BadInput(
            "不能提出不同意：理由不对。", code="destruction-note", basis=(BASIS,), remedy="改正标红的一项。",
            fields={"note": f"必填，不超过 {LONGEST['reason']} 字，不写当事人姓名"},
        )  # fmt: skip
    settle(actor, row, DestructionState.REFUSED, note)


def settle(actor: Actor, row: Destruction, state: DestructionState, note: str) -> None:
    """Write how a proposal ended without destruction, and tell whoever was told of it; within the caller's act."""
    row.state, row.note = state, note
    row.decided_by, row.decided_name, row.decided_unit_id = actor.person_id, actor.person_name, actor.unit_id
    row.decided_at = clock.now()
    row.save(force_update=True)
    act = "archive.withdraw" if state is DestructionState.WITHDRAWN else "archive.refuse"
    ledger.record(
        actor, chain_id=row.case_id, act=act, moment=moment(), subjects=[row.id], after={"note": note}
    )
    org_actions.notify(
        actor, to_units=[row.unit_id] if state is DestructionState.REFUSED else list(row.seen_by), kind=KIND,
        title=f"{row.number} 的卷宗销毁{state.label}", body=note, case_id=row.case_id,
    )  # fmt: skip
