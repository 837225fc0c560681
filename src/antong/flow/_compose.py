"""Composing a hand-over: draft, amend, check and send up for approval; a new round after a return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.cases.types import PartyView
from antong.catalog import loader
from antong.catalog.schema import FlowDef
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView
from antong.flow import _approve, _checks, _choose, _facts, _open, _order, _rows, _tasks
from antong.flow._drafting import Texts, draft_missing
from antong.flow._once import once
from antong.flow._record import recorded
from antong.flow.models import HandOver, Round, Subject
from antong.flow.types import Changes, Done, State, TaskKind
from antong.kernel.actor import Actor
from antong.kernel.ahead import Ahead
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput
from antong.ledger import actions as ledger
from antong.org import selectors as org
from antong.org.types import Permission

COMPOSABLE = (State.DRAFT,)


TRACKS = frozenset({"single", "dual"})
"""With the electronic file alone, or with the paper too."""


@once("handover.compose")
@transaction.atomic
def compose(
    actor: Actor,
    *,
    case_id: UUID,
    flow: str,
    party_ids: Sequence[UUID] = (),
    receiver_ids: Sequence[UUID] = (),
    document_ids: Sequence[UUID] = (),
    fields: Mapping[str, Any] | None = None,
    texts: Texts | None = None,
    track: str = "single",
    key: UUID | None = None,
) -> Done:
    """Begin a hand-over of a case, and draft the documents it carries that follow from the case and from `texts`.

    Without `party_ids` all suspects who may be its subjects; without `receiver_ids` the unit's counterpart;
    without `document_ids` the newest of each kind it carries.
    """
    definition = _open.definition(flow)
    case = cases_access.case_for(actor, case_id, Permission.HANDOVER_COMPOSE, lock=True)
    _choose.may_send(actor, definition, case)
    sheet = cases.living_sheet(case_id)
    chosen = _choose.subjects_for(definition, sheet, party_ids)
    office = org.bureau_of(actor.unit_id)
    receivers = _choose.default_receivers(definition, office, case, receiver_ids)
    if not document_ids:
        draft_missing(actor, case, definition, sheet, [party.id for party in chosen], texts or {})
    when = moment()
    handover = HandOver(
        case_id=case_id,
        flow=definition.key,
        flow_version=definition.version,
        catalog_hash=loader.load().version_hash,
        kind=definition.kind,
        state=State.DRAFT,
        from_unit_id=actor.unit_id,
        office_id=office.id,
        to_unit_ids=[str(unit_id) for unit_id in receivers],
        document_ids=[str(document_id) for document_id in document_ids],
        composed_by=actor.person_id,
        composed_name=actor.person_name,
        maker_ids=_approve.makers_with(actor),
        track=_track(track),
        statement=track == "single",
        fields=with_defaults(definition, fields or {}),
        created_at=when.recorded_at,
        changed_at=when.recorded_at,
    )
    _choose.alone(
        definition,
        _facts.same_open(handover, definition, sheet, [p.id for p in chosen]),
        f"新建{definition.name}",
    )
    added = _rows.adding(
        handover,
        Round(handover=handover, number=1),
        *(
            Subject(handover=handover, party_id=party.id, name=party.name, position=position)
            for position, party in enumerate(chosen, 1)
        ),
    )
    return recorded(
        actor,
        handover,
        "handover.compose",
        when,
        state=State.DRAFT,
        after={
            "flow": definition.key,
            "flow_version": definition.version,
            "to": handover.to_unit_ids,
            "track": track,
            "fields": handover.fields,
        },
        subjects=[*(party.id for party in chosen)],
        key=key,
        last=_rows.write(added | ledger.locking(case_id, when)),
    )


def _name_subjects(handover: HandOver, chosen: Sequence[PartyView]) -> None:
    Subject.objects.bulk_create(
        [
            Subject(handover=handover, party_id=party.id, name=party.name, position=position)
            for position, party in enumerate(chosen, 1)
        ]
    )


def with_defaults(definition: FlowDef, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a hand-over as given, those left out by their default."""
    filled = {item.key: item.default for item in definition.fields if item.default}
    return {**filled, **{name: value for name, value in fields.items() if value not in ("", None)}}


@once("handover.amend")
@transaction.atomic
def amend(
    actor: Actor,
    *,
    handover_id: UUID,
    version: int,
    party_ids: Sequence[UUID] | None = None,
    receiver_ids: Sequence[UUID] | None = None,
    document_ids: Sequence[UUID] | None = None,
    fields: Mapping[str, Any] | None = None,
    texts: Texts | None = None,
    track: str | None = None,
    explanations: Mapping[str, str] | None = None,
    note: str | None = None,
    key: UUID | None = None,
) -> Done:
    """Change a draft; only what is given changes. Forms save themselves through this."""
    opened = _open.open_for(
        actor, handover_id, Permission.HANDOVER_COMPOSE, version=version, states=COMPOSABLE, doing="修改移送"
    )
    _open.sender(opened, actor, "修改移送")
    handover = opened.handover
    given = Changes(
        party_ids=party_ids, receiver_ids=receiver_ids, document_ids=document_ids, fields=fields, texts=texts,
        track=track, explanations=explanations, note=note,
    )  # fmt: skip
    changes = _change(actor, opened, given)
    of_round: dict[str, Any] = {}
    if explanations is not None or note is not None:
        current = _open.current_round(handover)
        of_round = _explained(current.explanations, current.note, given)
    makers = _approve.makers_with(actor, handover.maker_ids)
    _open.touch(handover, of_round, **changes, maker_ids=makers)
    said = {"parties": party_ids, "explanations": explanations, "note": note}
    return recorded(
        actor,
        handover,
        "handover.amend",
        moment(),
        state=State.DRAFT,
        after={
            "version": handover.version,
            **changes,
            **{name: value for name, value in said.items() if value is not None},
        },
        key=key,
    )


def _change(actor: Actor, opened: _open.Opened, given: Changes) -> dict[str, Any]:
    """Apply what a form says to a draft: its people and documents at once; returns the columns that are to change."""
    handover, flow = opened.handover, opened.flow
    changes: dict[str, Any] = {}
    if given.receiver_ids is not None:
        receivers = _choose.checked_receivers(flow, list(given.receiver_ids))
        changes["to_unit_ids"] = [str(unit_id) for unit_id in receivers]
    if given.document_ids is not None:
        changes["document_ids"] = [str(document_id) for document_id in given.document_ids]
    if given.fields is not None:
        changes["fields"] = {**handover.fields, **given.fields}
    if given.track is not None:
        changes["track"] = _track(given.track)
    if given.party_ids is None and not given.texts:
        return changes
    sheet = cases.living_sheet(handover.case_id)
    if given.party_ids is not None:
        chosen = _choose.subjects_for(flow, sheet, given.party_ids)
        Subject.objects.filter(handover_id=handover.id).delete()
        _name_subjects(handover, chosen)
        whom = [party.id for party in chosen]
    else:
        whom = [subject.party_id for subject in _open.subjects_of(handover)]
    if given.texts:
        draft_missing(actor, opened.case, flow, sheet, whom, given.texts)
    return changes


def _track(given: str) -> str:
    """Return how paper goes along; refuse what is neither."""
    if given not in TRACKS:
        raise BadInput(
            "没有保存：没有选随案方式。",
            code="track",
            basis=("案通移送规则：电子卷宗单轨移送，或者与纸质卷宗双轨移送",),
            remedy="选“单轨”或者“双轨”。",
            who="移送人",
            fields={"track": "从两项中选"},
        )
    return given


def _explained(explanations: Mapping[str, str], note: str, given: Changes) -> dict[str, Any]:
    """Return what a round says with what a form adds to it."""
    return {
        "explanations": {**explanations, **(given.explanations or {})},
        "note": (given.note if given.note is not None else note)[:500],
    }


def documents_for(
    flow: FlowDef, handover: HandOver, case_id: UUID, party_ids: Sequence[UUID]
) -> list[DocumentView]:
    """Return the documents a hand-over carries: those named, else the newest of each kind (and person)."""
    named = (
        dossier.documents_by_id(case_id, [UUID(value) for value in handover.document_ids])
        if handover.document_ids
        else []
    )
    kept = [document for document in named if document.state != "void"]
    if kept and len(kept) == len(named):
        return kept
    # nothing was named, or something named was voided since: then what took its place goes along
    kinds = {carried.kind for carried in flow.carries.documents} - {document.kind for document in kept}
    if not kinds:
        return kept
    found: dict[tuple[str, UUID | None], DocumentView] = {}
    for document in dossier.documents(case_id, kinds=kinds):
        per = next(carried.per for carried in flow.carries.documents if carried.kind == document.kind)
        whom = document.party_ids if per == "subject" else (None,)
        for party_id in whom:
            if party_id is None or party_id in party_ids:
                found.setdefault((document.kind, party_id), document)
    return [*kept, *{document.id: document for document in found.values()}.values()]


@once("handover.submit")
@transaction.atomic
def submit(
    actor: Actor,
    *,
    handover_id: UUID,
    version: int,
    explanations: Mapping[str, str] | None = None,
    changes: Changes | None = None,
    approver_id: UUID | None = None,
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Done:
    """Check a draft and send it up for approval; what is missing must be mended, a missing paper at least explained.

    `changes` are saved first, in the same act: where it is refused nothing is. With `approver_id` it is put before
    that person, else before whoever holds the approving post, A or B.
    """
    when = moment(happened_at, late_reason)
    opened = _open.open_for(
        actor, handover_id, Permission.HANDOVER_COMPOSE, version=version, states=COMPOSABLE, doing="送审批"
    )
    _open.sender(opened, actor, "送审批")
    handover, flow = opened.handover, opened.flow
    given = changes or Changes()
    changed = _change(actor, opened, given)
    for name, value in changed.items():
        setattr(handover, name, value)
    around = _facts.about(handover)
    party_ids = list(around.whom)
    sheet = cases.living_sheet(handover.case_id)
    _choose.still_fit(flow, sheet, party_ids, "送审批")
    documents = documents_for(flow, handover, handover.case_id, party_ids)
    said = _explained(around.explanations, around.note, given)
    said["explanations"] |= explanations or {}
    _order.follows(handover, when, "送审批")
    facts = _facts.gather(handover, flow, party_ids, sheet, documents, around=around, at=when.happened_at)
    _choose.alone(flow, facts.same_open, "送审批")
    findings = _checks.run(flow, facts, said["explanations"])
    _checks.refuse(flow, findings, "送审批")
    state = State.CHECKED if flow.approver else State.APPROVED
    changed |= {
        "state": state,
        "document_ids": [str(document.id) for document in documents],
        "maker_ids": _approve.makers_with(actor, handover.maker_ids),
        "last_act_at": handover.last_act_at,
    }
    of_round = {
        "findings": [finding.as_json() for finding in findings],
        **said,
        "submitted_at": when.recorded_at,
    }
    chosen = _choose.approver(actor, handover, flow, approver_id)
    touched = _open.touching(handover, of_round, **changed) | ledger.locking(handover.case_id, when)
    last = _after_submit(actor, handover, flow, chosen, touched)
    return recorded(
        actor,
        handover,
        "handover.submit",
        when,
        state=state,
        after={
            "state": state,
            "round": handover.round,
            "documents": handover.document_ids,
            "parties": party_ids,
            "to": handover.to_unit_ids,
            "fields": handover.fields,
            "track": handover.track,
            "note": said["note"],
            "late_reason": when.late_reason,
            "doubts": [finding.key for finding in findings if finding.result == "doubt"],
            "explained": said["explanations"],
        },
        key=key,
        last=last,
    )


def _after_submit(
    actor: Actor, handover: HandOver, flow: FlowDef, approver_id: UUID | None, ahead: Ahead
) -> Any:
    close = (TaskKind.FIX, TaskKind.SEND)
    if flow.approver is None:
        mine = _tasks.NewTask(
            unit_id=handover.from_unit_id,
            kind=TaskKind.SEND,
            person_id=handover.composed_by,
            from_unit=actor.unit_name,
        )
        return _tasks.turn(handover, flow.name, actor.person_id, close=close, open_=[mine], ahead=ahead)
    approve = _tasks.NewTask(
        unit_id=handover.office_id,
        kind=TaskKind.APPROVE,
        role=flow.approver.role,
        person_id=approver_id,
        from_unit=actor.unit_name,
    )
    return _tasks.turn(handover, flow.name, actor.person_id, close=close, open_=[approve], ahead=ahead)
