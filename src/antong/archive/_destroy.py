"""Carrying out a destruction: the second person's act, and once more on a database restored from before it.

What goes: the key of the file, every row that says anything of anybody, what the ledger's entries commit to. What stays:
the number of the case, its entries (each proves itself and the next), the read log, and this register.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from antong.archive._propose import BASIS, KIND, loose_ends, waiting
from antong.archive.models import Destruction
from antong.archive.types import WAIT, Destroyed, DestructionState
from antong.cases import access as cases_access
from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.custody import actions as custody_actions
from antong.dossier import actions as dossier_actions
from antong.flow import actions as flow_actions
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotPermitted, Refusal
from antong.ledger import actions as ledger
from antong.ledger import selectors as ledger_reads
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.org.types import Permission
from antong.watch import actions as watch_actions

QUIET = (
    "archive.",
    "notice.",
    "handover.read-answer",
    "handover.silence",
    "handover.nudge",
    "dossier.retry-pages",
)
"""Acts that change neither a file nor who has it."""


@ledger.acted
def destroy(actor: Actor, *, destruction_id: UUID, number: str) -> None:
    """Approve a proposal and carry it out: a leader of the unit that proposed it, and somebody else than who did.

    `number` is the case's number, typed once more. Raises NotFound, NotPermitted for the same person or another unit,
    BadInput where the number differs, Refusal before the week has passed or where the case has been taken up again.
    """
    row = waiting(actor, destruction_id)
    case = cases_access.case_for(actor, row.case_id, Permission.ARCHIVE_DECIDE, lock=True)
    _refuse_decider(actor, row)
    if number.strip() != row.number:
        raise BadInput(
            "没有销毁：输入的案号不是这个案件的。", code="destruction-number", basis=(BASIS,), remedy="核对后再输入。",
            fields={"number": f"须为 {row.number}"},
        )  # fmt: skip
    if clock.now() < row.proposed_at + WAIT:
        raise Refusal(
            f"不能销毁：{clock.local(row.proposed_at + WAIT):%Y-%m-%d %H:%M} 以后才能批准。", code="destruction-waits",
            basis=(BASIS, f"案通销毁规则：提请后满 {WAIT.days} 天，持有案件的单位可以提出不同意"), remedy="到时再办。",
        )  # fmt: skip
    if loose := loose_ends(case):
        raise Refusal(
            "不能销毁：提请以后案件又有未办结的事项。", code="case-not-ended", basis=(BASIS,), items=loose,
            remedy="办结后再批准，或者不同意这一提请。",
        )  # fmt: skip
    _refuse_taken_up(row)
    row.decided_by, row.decided_name, row.decided_unit_id = actor.person_id, actor.person_name, actor.unit_id
    row.decided_at, row.state = clock.now(), DestructionState.DONE
    _carry_out(actor, row, act="archive.destroy")
    row.save(force_update=True)
    org_actions.notify(
        actor, to_units=list(row.seen_by), kind=KIND, title=f"{row.number} 的卷宗已依法销毁",
        body=f"批准文号 {row.approval_number}；提请 {row.proposed_name}，批准 {row.decided_name}。账本第 {row.entry_number} 条。",
    )  # fmt: skip


def _refuse_decider(actor: Actor, row: Destruction) -> None:
    if actor.unit_id != row.unit_id:
        raise NotPermitted(
            "不能批准：由提请单位的负责人批准销毁。", code="destruction-not-ours", basis=(BASIS,),
            remedy="不同意的，提出不同意即可。", who="提请单位负责人",
        )  # fmt: skip
    if row.proposed_by in {actor.person_id, actor.on_behalf_of}:
        raise NotPermitted(
            "不能批准：提请人不能批准自己的提请。", code="destruction-by-two", basis=(BASIS,),
            remedy="请本单位另一位负责人批准。", who="本单位另一位负责人",
        )  # fmt: skip


def _refuse_taken_up(row: Destruction) -> None:
    """Refuse where anything was done in the case since: approved was the file as it lay then, told were those who had it then."""
    since = [
        at for act, at in ledger_reads.acts_since(row.case_id, row.proposed_at) if not act.startswith(QUIET)
    ]
    if since:
        raise Refusal(
            f"不能销毁：提请以后案件又有办理，共 {len(since)} 次，最近一次 {clock.local(since[-1]):%Y-%m-%d %H:%M}。",
            code="destruction-taken-up", basis=(BASIS, "案通销毁规则：批准的是提请时的卷宗，告知的是提请时持有案件的单位"),
            remedy="撤回这一提请（或提出不同意）；核对新的材料后重新提请。", who="提请单位",
        )  # fmt: skip


def _carry_out(actor: Actor, row: Destruction, *, act: str) -> None:
    """Remove what the case held, and write the entry that says so; within the caller's act.

    Its opening holds no name, so that the act can be read as long as the ledger is kept.
    """
    handovers = flow_actions.erase(row.case_id)
    counts = dossier_actions.erase(row.case_id)
    watch_actions.erase(row.case_id)
    custody_actions.erase(row.case_id)
    case_actions.erase(row.case_id)
    org_actions.erase_told(row.case_id, handovers)
    openings = ledger.destroy_openings(row.case_id, about=[row.case_id, *handovers])
    row.held = {
        "pages": counts.pages, "originals": counts.originals, "documents": counts.documents, "bytes": counts.size,
        "handovers": len(handovers), "openings": openings,
    }  # fmt: skip
    said: dict[str, Any] = {
        "destruction": row.id, "approval": row.approval_number, "approved_on": row.approved_on,
        "retention_ended_on": row.retention_ended_on, "proposed_by": row.proposed_by, "proposed_at": row.proposed_at,
        "decided_by": row.decided_by, "decided_at": row.decided_at, "held": row.held,
    }  # fmt: skip
    entry = ledger.record(
        actor, chain_id=row.case_id, act=act, moment=moment(), subjects=[row.id], after=said
    )
    row.entry_number, row.entry_digest = entry.number, entry.digest


@ledger.acted
def destroy_again(actor: Actor, *, known: Destroyed) -> bool:
    """Carry out a destruction that this database does not know of, because it is older; False where it does.

    By the operator's command, on what the house has written down outside the database: a restored case is destroyed
    before anybody can open it. The entry says who proposed and decided it then. A case that came back unnoticed and was
    destroyed anew is left; so is what this database knows neither case nor unit of. Raises Refusal where the case has
    another number than what was written down.
    """
    there = cases.claimed(known.case_id)
    if Destruction.objects.filter(case_id=known.case_id, state=DestructionState.DONE).exists():
        return False
    units = {unit.id for unit in org.all_units()}
    unit_id = known.unit_id if known.unit_id in units else there.unit_id if there else None
    if unit_id is None:
        return False
    if there and there.number != known.number:
        raise Refusal(
            f"不能重新销毁：销毁记录写的是 {known.number}，这个案件是 {there.number}。", code="destruction-number", basis=(BASIS,),
            remedy="没有销毁这个案件。核对销毁记录是不是本平台的（antong destroyed）。", who="系统管理员",
        )  # fmt: skip
    row = Destruction.objects.filter(id=known.id).first() or Destruction(id=known.id, case_id=known.case_id)
    Destruction.objects.filter(case_id=known.case_id, state=DestructionState.PROPOSED).exclude(
        id=known.id
    ).update(state=DestructionState.WITHDRAWN, decided_at=clock.now(), note="恢复后按原销毁办理")
    told = asdict(known) | {
        "unit_id": unit_id, "decided_unit_id": unit_id, "entry_digest": bytes.fromhex(known.entry_digest),
        "state": DestructionState.DONE, "again_at": clock.now(),
        "seen_by": row.seen_by or [unit_id, *cases.holders(known.case_id)],
    }  # fmt: skip
    for name, value in told.items():
        setattr(row, name, value)
    if there:
        _carry_out(actor, row, act="archive.destroy-again")
    row.save()
    return True


def destroy_all_again(actor: Actor, known: Iterable[Destroyed]) -> list[str]:
    """Carry out every destruction that this database does not know of; return the numbers of the cases.

    One statement where it knows all of them, as at nearly every start.
    """
    listed = list(known)
    asked = [one.case_id for one in listed]
    rows = Destruction.objects.filter(case_id__in=asked, state=DestructionState.DONE)
    done = set(rows.values_list("case_id", flat=True))
    return [one.number for one in listed if one.case_id not in done and destroy_again(actor, known=one)]
