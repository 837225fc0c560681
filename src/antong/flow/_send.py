"""Sending: the snapshot is fixed, obligations open, receivers get their grant.

On the hub the first three receipts (left, arrived, entered) follow in the same transaction, without carriage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.actions import Applied
from antong.cases.selectors import SheetView
from antong.cases.types import GrantChange, GrantRole, SheetRef
from antong.catalog.schema import FlowDef
from antong.dossier import actions as dossier_actions
from antong.dossier.types import ManifestRef
from antong.flow import _apply, _approve, _choose, _facts, _open, _order, _recheck, _tasks, _undo
from antong.flow._once import once
from antong.flow._record import recorded
from antong.flow.models import HandOver, Obligation
from antong.flow.types import Done, State, TaskKind
from antong.kernel import canonical, clock
from antong.kernel.actor import Actor
from antong.kernel.ahead import Ahead
from antong.kernel.ids import new_id
from antong.kernel.moment import Moment, moment
from antong.kernel.refusal import BadInput
from antong.law.calendar import announced
from antong.ledger import actions as ledger
from antong.org.types import Permission

_SENT = """
sent AS (
  UPDATE flow_round SET sheet_id = %(sheet)s, manifest_id = %(manifest)s, package = %(package)s::jsonb,
    package_digest = %(digest)s, moved = %(moved)s::jsonb, sent_at = %(sent_at)s
  WHERE handover_id = %(handover)s AND number = %(round)s
), owed AS (
  INSERT INTO flow_obligation (id, handover_id, round, unit_id, state, left_at, arrived_at, entered_at,
    receive_due, accepted_name, handler_name)
  SELECT w.id, %(handover)s, %(round)s, w.unit_id, 'entered', %(sent_at)s, %(sent_at)s, %(sent_at)s, %(due)s, '', ''
  FROM unnest(%(owed)s::uuid[], %(owing)s::uuid[]) AS w(id, unit_id)
), act AS (
  UPDATE flow_handover SET state = 'entered', version = %(version)s, changed_at = %(sent_at)s, sent_at = %(sent_at)s,
    happened_at = %(happened)s, first_sent_at = %(first)s, last_act_at = %(last)s WHERE id = %(handover)s
)
"""


def receipt_due(flow: FlowDef, at: datetime) -> datetime:
    """Return by when a receiver accepts or returns: so many minutes, or the end of so many working days."""
    if flow.receipt.minutes:
        return at + timedelta(minutes=flow.receipt.minutes)
    days = announced().working_days_after(clock.local(at).date())
    last = [next(days) for _ in range(max(1, flow.receipt.working_days))][-1]
    return datetime.combine(last + timedelta(days=1), time(), clock.CHINA)


@once("handover.send")
@transaction.atomic
def send(
    actor: Actor,
    *,
    handover_id: UUID,
    version: int,
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Done:
    """Send an approved hand-over. What is sent can never change; a mistake is withdrawn or comes back."""
    when = moment(happened_at, late_reason)
    opened = _open.open_for(
        actor, handover_id, Permission.HANDOVER_SEND, version=version, states=(State.APPROVED,), doing="发出"
    )
    _open.sender(opened, actor, "发出")
    handover, flow = opened.handover, opened.flow
    receivers = _receivers(handover, flow)
    around, living = _facts.about(handover), cases.living_sheet(handover.case_id)
    whom = list(around.whom)
    _choose.may_send(actor, flow, opened.case)
    _order.follows(handover, when, "发出")
    _recheck.stands(handover, flow, around, living, when, "发出")
    issued: list[dict[str, Any]] = []
    if flow.approver is None:  # nobody approved, so nothing has been issued yet
        papers = _approve.Papers(flow=flow, sheet=living, party_ids=whom)
        issued = _approve.issue_drafts(actor, handover, opened.case.name, opened.case.number, when, papers)
    handover.first_sent_at = handover.first_sent_at or when.happened_at
    applied, moved = _effects_of(handover, flow, whom, living, when, actor)
    sheet, manifest, left = _fix(handover, flow, whom, None if applied else living, whole=opened.case.whole)
    package = canonical.dumps(
        {
            "handover": handover.id,
            "flow": flow.key,
            "round": handover.round,
            "from": handover.office_id,
            "to": receivers,
            "subjects": [{"party": party_id, "name": name} for party_id, name in around.whom.items()],
            "documents": handover.document_ids,
            "sheet": sheet.digest,
            "manifest": manifest.digest,
            "pages": manifest.page_count,
            "track": handover.track,
        }
    )
    digest = hashlib.sha256(package).digest()
    manifest_id = manifest.id if manifest.version else None
    _grant(handover, flow, receivers, sheet.id, manifest_id, left)
    sent = _sent(handover, flow, receivers, sheet.id, manifest_id, package, digest, when, moved)  # fmt: skip
    return recorded(
        actor,
        handover,
        "handover.send",
        when,
        state=State.ENTERED,
        after={
            "round": handover.round,
            "sheet": sheet.digest,
            "manifest": manifest.digest,
            "package": digest,
            "documents": issued,
            "pages": manifest.page_count,
            "late_reason": when.late_reason,
            **({"changed": applied.record} if applied else {}),
            **({} if flow.carries.dossier or left is None else _bound(left)),
        },
        subjects=[*receivers],
        law=applied.law if applied else None,
        key=key,
        last=_receive_tasks(actor, handover, flow, receivers, sent | ledger.locking(handover.case_id, when)),
    )


def _receivers(handover: HandOver, flow: FlowDef) -> list[UUID]:
    """Return to whom it goes; refuse without one, or where a unit was closed since it was chosen."""
    receivers = [UUID(value) for value in handover.to_unit_ids]
    if not receivers:
        raise BadInput(
            "不能发出：没有接收单位。", code="no-receiver", basis=flow.articles, remedy="撤回后选定接收单位。"
        )
    _choose.checked_receivers(
        flow, receivers, remedy="撤回这件移送，重新选定接收单位；已撤销的单位不能接收。"
    )
    return receivers


Left = tuple[SheetRef, ManifestRef]
"""The whole sheet and file as they are when a case is sent away."""


def _fix(
    handover: HandOver, flow: FlowDef, about: Sequence[UUID], unchanged: SheetView | None, *, whole: bool
) -> tuple[SheetRef, ManifestRef, Left | None]:
    """Fix what is sent: the whole file where the flow carries it, else its own documents and what they are about.

    Also returns what the sender will see once the case has gone from it, where it may go and the sender has seen the
    `whole` file; one that executes keeps the papers it was given. `unchanged` is the living sheet where sending has
    changed nothing in it.
    """
    read = (unchanged.body, unchanged.version) if unchanged else None
    carried = [UUID(value) for value in handover.document_ids]
    sheet, _ = case_actions.keep_sheet(handover.case_id, None if flow.carries.dossier else about, read=read)
    if flow.carries.dossier:
        manifest = dossier_actions.snapshot(handover.case_id, carried=carried)
        return sheet, manifest, (sheet, manifest)
    manifest = dossier_actions.snapshot_of(handover.case_id, carried)
    goes = any(
        effect.do == "grant" and effect.to == "sender" and effect.role == GrantRole.PAST
        for effect in flow.all_effects()
    )
    if not (goes and whole):
        return sheet, manifest, None
    left, _ = case_actions.keep_sheet(handover.case_id, read=read)
    return sheet, manifest, (left, dossier_actions.snapshot(handover.case_id))


def _bound(left: Left) -> dict[str, Any]:
    """Return what the entry keeps of the sender's own snapshot, so that it is as fixed as what was sent."""
    return {"left_sheet": left[0].digest, "left_manifest": left[1].digest}


def _effects_of(
    handover: HandOver, flow: FlowDef, whom: Sequence[UUID], sheet: SheetView, when: Moment, actor: Actor
) -> tuple[Applied | None, dict[str, Any]]:
    """Apply what sending does, in every round anew (a return takes it back); return what it did, and who moved."""
    effects = flow.effects.get("sent", ())
    if not effects:
        return None, {}
    bearings = _apply.Bearings(
        basis=flow.name,
        when=when,
        actor=actor,
        receivers=[UUID(value) for value in handover.to_unit_ids],
        sheet=sheet,
        document_ids=[UUID(value) for value in handover.document_ids],
    )
    applied = _apply.take_effect(handover, [(effects, whom)], bearings)
    placed = [case_actions.PartyState(**row) for row in applied.record.get("parties", ())]
    return applied, _undo.moved(sheet, whom, placed)


def _sent(
    handover: HandOver,
    flow: FlowDef,
    receivers: Sequence[UUID],
    sheet_id: UUID,
    manifest_id: UUID | None,
    package: bytes,
    digest: bytes,
    when: Moment,
    moved: dict[str, Any],
) -> Ahead:
    """Return what keeps the sending: the round's package, what each receiver owes, and where the hand-over stands."""
    handover.version += 1
    return Ahead(
        text=_SENT,
        values={
            "sheet": sheet_id,
            "manifest": manifest_id,
            "package": package.decode(),
            "digest": digest,
            "moved": canonical.dumps(moved).decode(),
            "sent_at": when.recorded_at,
            "happened": when.happened_at,
            "first": handover.first_sent_at,
            "last": handover.last_act_at,
            "handover": handover.id,
            "round": handover.round,
            "version": handover.version,
            "owed": [new_id() for _ in receivers],
            "owing": list(receivers),
            "due": receipt_due(flow, when.recorded_at),
        },
    )


def _grant(
    handover: HandOver,
    flow: FlowDef,
    receivers: Sequence[UUID],
    sheet_id: UUID,
    manifest_id: UUID | None,
    left: Left | None,
) -> None:
    """Give the receivers their right; a unit that has the case already gets the papers beside what it has."""
    held = {} if flow.carries.dossier else cases.held_by(handover.case_id, receivers)
    if handover.round > 1:
        _take_back(handover, receivers)
    changes = []
    for unit_id in receivers:
        has = held.get(unit_id)
        beside = has is not None and has.given
        stays = has is not None and has.role is GrantRole.PAST and flow.kind == "notice"
        changes.append(
            GrantChange(
                unit_id=unit_id,
                role=GrantRole.PAST if stays else GrantRole.REVIEWING,
                basis=flow.name,
                handover_id=handover.id,
                sheet_id=None if beside else sheet_id,
                manifest_id=None if beside else manifest_id,
                part_id=manifest_id if beside else None,
            )
        )
    case_actions.apply_effects(
        handover.case_id,
        case_actions.CaseEffects(
            grants=tuple(changes),
            left=None if left is None else (left[0].id, left[1].id if left[1].version else None),
        ),
        at=clock.now(),
        same_version=True,
    )


def _take_back(handover: HandOver, receivers: Sequence[UUID]) -> None:
    """End what earlier rounds gave to units that this round does not go to."""
    before = Obligation.objects.filter(handover_id=handover.id, round__lt=handover.round)
    gone = set(before.exclude(unit_id__in=receivers).values_list("unit_id", flat=True))
    case_actions.take_back_grants(handover.case_id, handover.id, gone)


def _receive_tasks(
    actor: Actor, handover: HandOver, flow: FlowDef, receivers: Sequence[UUID], ahead: Ahead
) -> Any:
    kind = TaskKind.READ if flow.kind == "notice" else TaskKind.RECEIVE
    due = receipt_due(flow, clock.now())
    return _tasks.turn(
        handover,
        flow.name,
        actor.person_id,
        close=(TaskKind.SEND, TaskKind.FIX),
        open_=[
            _tasks.NewTask(unit_id=unit_id, kind=kind, due_at=due, from_unit=actor.unit_name)
            for unit_id in receivers
        ],
        ahead=ahead,
    )
