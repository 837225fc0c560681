"""Composing a hand-over: draft, amend, check and send up for approval; a new round after a return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.cases.selectors import SheetView
from antong.cases.types import EDITING_ROLES, CaseAccess, PartyView, Stage
from antong.catalog import loader
from antong.catalog.schema import FlowDef
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView
from antong.flow import _checks, _facts, _open, _tasks
from antong.flow._once import once
from antong.flow.models import HandOver, ReturnReason, Round, Subject
from antong.flow.types import Done, Finding, Kind, State, TaskKind
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotPermitted, Refusal
from antong.ledger import actions as ledger
from antong.org import selectors as org
from antong.org.types import Permission, UnitKind, UnitView

COMPOSABLE = (State.DRAFT,)


def compose(
    actor: Actor,
    *,
    case_id: UUID,
    flow: str,
    party_ids: Sequence[UUID] = (),
    receiver_ids: Sequence[UUID] = (),
    document_ids: Sequence[UUID] = (),
    fields: Mapping[str, Any] | None = None,
    track: str = "single",
    key: UUID | None = None,
) -> Done:
    """Begin a hand-over of a case.

    Without `party_ids` all suspects who may be its subjects; without `receiver_ids` the unit's counterpart;
    without `document_ids` the newest of each kind it carries.
    """
    answered = ledger.first_answer(actor, key, "handover.compose")
    if answered is not None:
        return _done(answered)
    return _compose(
        actor,
        case_id=case_id,
        definition=_open.definition(flow),
        party_ids=party_ids,
        receiver_ids=receiver_ids,
        document_ids=document_ids,
        fields=fields or {},
        track=track,
        key=key,
    )


@transaction.atomic
def _compose(
    actor: Actor,
    *,
    case_id: UUID,
    definition: FlowDef,
    party_ids: Sequence[UUID],
    receiver_ids: Sequence[UUID],
    document_ids: Sequence[UUID],
    fields: Mapping[str, Any],
    track: str,
    key: UUID | None,
) -> Done:
    case = cases_access.case_for(actor, case_id, Permission.HANDOVER_COMPOSE, lock=True)
    _may_send(actor, definition, case)
    sheet = cases.living_sheet(case_id)
    chosen = _subjects(definition, sheet, party_ids)
    office = org.bureau_of(actor.unit_id)
    receivers = _receivers(definition, office, case, receiver_ids)
    now = clock.now()
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
        track=track,
        statement=track == "single",
        fields=_with_defaults(definition, fields),
        created_at=now,
        changed_at=now,
    )
    handover.save(force_insert=True)
    Round.objects.bulk_create([Round(handover=handover, number=1)])
    Subject.objects.bulk_create(
        [
            Subject(handover=handover, party_id=party.id, name=party.name, position=position)
            for position, party in enumerate(chosen, 1)
        ]
    )
    done = Done(handover_id=handover.id, state=State.DRAFT, version=1, entry_number=0)
    entry = ledger.record(
        actor,
        chain_id=case_id,
        act="handover.compose",
        moment=moment(),
        subjects=[handover.id, *(party.id for party in chosen)],
        after={"flow": definition.key, "to": handover.to_unit_ids, "track": track},
        key=key,
        answer=_answer(done),
    )
    return Done(handover_id=handover.id, state=State.DRAFT, version=1, entry_number=entry.number)


def _answer(done: Done) -> dict[str, Any]:
    return {"handover_id": str(done.handover_id), "state": done.state.value, "version": done.version}


def _done(answer: Mapping[str, Any]) -> Done:
    return Done(
        handover_id=UUID(answer["handover_id"]),
        state=State(answer["state"]),
        version=answer["version"],
        entry_number=answer["entry_number"],
    )


def _with_defaults(definition: FlowDef, fields: Mapping[str, Any]) -> dict[str, Any]:
    filled = {item.key: item.default for item in definition.fields if item.default}
    return {**filled, **{name: value for name, value in fields.items() if value not in ("", None)}}


def _may_send(actor: Actor, flow: FlowDef, case: CaseAccess) -> None:
    if actor.unit_kind not in flow.from_.kinds:
        names = "、".join(UnitKind(kind).label for kind in flow.from_.kinds)
        raise NotPermitted(
            f"不能新建{flow.name}：由{names}办理。",
            code="flow-not-of-unit",
            basis=flow.articles,
            remedy="选择本单位可以发起的流程。",
        )
    if case.role not in EDITING_ROLES:
        raise NotPermitted(
            f"不能新建{flow.name}：案件不在本单位承办（现为“{case.role.label}”）。",
            code="not-handling",
            basis=("案通移送规则：由承办单位移送",),
            remedy="等案件移送到本单位并受理后再办。",
        )


def _subjects(flow: FlowDef, sheet: SheetView, party_ids: Sequence[UUID]) -> list[PartyView]:
    fitting = [party for party in sheet.suspects if fits(flow, party)]
    chosen = [party for party in fitting if not party_ids or party.id in set(party_ids)]
    outside = [party.name for party in sheet.suspects if party.id in set(party_ids) and party not in fitting]
    if outside or len(chosen) < flow.subjects.at_least:
        stages = "、".join(stage_label(stage) for stage in flow.subjects.stages)
        who = "、".join(outside) or "没有一名犯罪嫌疑人"
        raise Refusal(
            f"不能新建{flow.name}：{who}{'不' if outside else ''}符合办理条件。",
            code="subjects",
            basis=flow.articles,
            remedy=f"须处于“{stages}”阶段，且没有未办结的同类措施；另案处理的不在此列。",
        )
    return chosen


def stage_label(stage: str) -> str:
    """Return the word for a stage."""
    return Stage(stage).label


def fits(flow: FlowDef, party: PartyView) -> bool:
    """Whether a suspect may be a subject of a flow now."""
    return (
        not party.handled_elsewhere
        and party.stage.value in flow.subjects.stages
        and (not flow.subjects.states or party.state in flow.subjects.states)
    )


def _receivers(flow: FlowDef, office: UnitView, case: CaseAccess, receiver_ids: Sequence[UUID]) -> list[UUID]:
    if flow.to is None:
        return []
    if receiver_ids:
        return _checked_receivers(flow, list(dict.fromkeys(receiver_ids)))
    if UnitKind.POLICE_STATION.value in flow.to.kinds:
        return [case.registered_unit_id]
    kinds = [UnitKind(kind) for kind in flow.to.kinds]
    found = org.counterparts(office.id, kinds)
    if flow.to.several:
        first: dict[UnitKind, UUID] = {}
        for unit in found:
            first.setdefault(unit.kind, unit.id)
        return list(first.values())
    return [unit.id for unit in found[:1]]


def _checked_receivers(flow: FlowDef, receiver_ids: list[UUID]) -> list[UUID]:
    units = org.units(receiver_ids)
    kinds = flow.to.kinds if flow.to else ()
    wrong = [
        str(receiver_id)
        for receiver_id in receiver_ids
        if receiver_id not in units
        or units[receiver_id].kind.value not in kinds
        or not units[receiver_id].is_active
    ]
    several = bool(flow.to and flow.to.several)
    if wrong or (len(receiver_ids) > 1 and not several):
        names = "、".join(UnitKind(kind).label for kind in kinds)
        raise BadInput(
            f"不能发给所选单位：{flow.name}由{names}接收{'' if several else '，且只能选一个'}。",
            code="receiver",
            basis=flow.articles,
            remedy="从对口单位中选；已撤销的单位不能接收。",
            fields={"receivers": f"选{names}"},
        )
    return receiver_ids


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
    track: str | None = None,
    explanations: Mapping[str, str] | None = None,
    note: str | None = None,
) -> Done:
    """Change a draft; only what is given changes. Forms save themselves through this."""
    opened = _open.open_for(
        actor, handover_id, Permission.HANDOVER_COMPOSE, version=version, states=COMPOSABLE, doing="修改移送"
    )
    _open.own(opened, actor, "修改移送")
    handover, flow = opened.handover, opened.flow
    changes: dict[str, Any] = {}
    if receiver_ids is not None:
        changes["to_unit_ids"] = [str(unit_id) for unit_id in _checked_receivers(flow, list(receiver_ids))]
    if document_ids is not None:
        changes["document_ids"] = [str(document_id) for document_id in document_ids]
    if fields is not None:
        changes["fields"] = {**handover.fields, **fields}
    if track is not None:
        changes["track"] = track
    if party_ids is not None:
        chosen = _subjects(flow, cases.living_sheet(handover.case_id), party_ids)
        Subject.objects.filter(handover_id=handover.id).delete()
        Subject.objects.bulk_create(
            [
                Subject(handover=handover, party_id=party.id, name=party.name, position=position)
                for position, party in enumerate(chosen, 1)
            ]
        )
    if explanations is not None or note is not None:
        current = _open.current_round(handover)
        current.explanations = {**current.explanations, **(explanations or {})}
        current.note = note if note is not None else current.note
        Round.objects.filter(id=current.id).update(explanations=current.explanations, note=current.note[:500])
    _open.touch(handover, **changes)
    entry = ledger.record(
        actor,
        chain_id=handover.case_id,
        act="handover.amend",
        moment=moment(),
        subjects=[handover.id],
        after={
            "version": handover.version,
            **{name: value for name, value in changes.items() if name != "fields"},
        },
    )
    return Done(
        handover_id=handover.id, state=State.DRAFT, version=handover.version, entry_number=entry.number
    )


def documents_for(
    flow: FlowDef, handover: HandOver, case_id: UUID, party_ids: Sequence[UUID]
) -> list[DocumentView]:
    """Return the documents a hand-over carries: those named, else the newest of each kind (and person)."""
    if handover.document_ids:
        return dossier.documents_by_id(case_id, [UUID(value) for value in handover.document_ids])
    kinds = {carried.kind for carried in flow.carries.documents}
    if not kinds:
        return []
    found: dict[tuple[str, UUID | None], DocumentView] = {}
    for document in dossier.documents(case_id, kinds=kinds):
        per = next(carried.per for carried in flow.carries.documents if carried.kind == document.kind)
        whom = document.party_ids if per == "subject" else (None,)
        for party_id in whom:
            if party_id is None or party_id in party_ids:
                found.setdefault((document.kind, party_id), document)
    return list({document.id: document for document in found.values()}.values())


@once("handover.submit")
@transaction.atomic
def submit(
    actor: Actor,
    *,
    handover_id: UUID,
    version: int,
    explanations: Mapping[str, str] | None = None,
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Done:
    """Check a draft and send it up for approval; what is missing must be mended or explained first."""
    when = moment(happened_at, late_reason)
    opened = _open.open_for(
        actor, handover_id, Permission.HANDOVER_COMPOSE, version=version, states=COMPOSABLE, doing="送审批"
    )
    _open.own(opened, actor, "送审批")
    handover, flow = opened.handover, opened.flow
    party_ids = [subject.party_id for subject in _open.subjects_of(handover)]
    sheet = cases.living_sheet(handover.case_id)
    documents = documents_for(flow, handover, handover.case_id, party_ids)
    current = _open.current_round(handover)
    current.explanations = {**current.explanations, **(explanations or {})}
    handover.fields.setdefault("_happened_on", clock.local(when.happened_at).date().isoformat())
    findings = _checks.run(
        flow, _facts.gather(handover, flow, party_ids, sheet, documents), current.explanations
    )
    _refuse_missing(flow, findings)
    Round.objects.filter(id=current.id).update(
        findings=[asdict(finding) for finding in findings],
        explanations=current.explanations,
        submitted_at=when.recorded_at,
    )
    state = State.CHECKED if flow.approver else State.APPROVED
    _open.touch(handover, state=state, document_ids=[str(document.id) for document in documents])
    _after_submit(actor, handover, flow)
    entry = ledger.record(
        actor,
        chain_id=handover.case_id,
        act="handover.submit",
        moment=when,
        subjects=[handover.id],
        after={
            "state": state,
            "round": handover.round,
            "documents": handover.document_ids,
            "doubts": [finding.key for finding in findings if finding.result == "doubt"],
            "explained": current.explanations,
        },
        key=key,
        answer={"handover_id": handover.id, "state": state, "version": handover.version},
    )
    return Done(handover_id=handover.id, state=state, version=handover.version, entry_number=entry.number)


def _refuse_missing(flow: FlowDef, findings: Sequence[Finding]) -> None:
    blocking = [finding for finding in findings if finding.blocks and finding.level == "must"]
    if not blocking:
        return
    basis = tuple(dict.fromkeys(article for finding in blocking for article in finding.articles))
    raise Refusal(
        f"不能送审批：{flow.name}缺 {len(blocking)} 项。",
        code="checks-missing",
        basis=basis or flow.articles,
        remedy="；".join(dict.fromkeys(finding.remedy for finding in blocking if finding.remedy)) + "。",
        who="确实不能补的，说明理由，由审批人决定",
        items=[f"{finding.text}：{'、'.join(finding.items)}" for finding in blocking],
    )


def _after_submit(actor: Actor, handover: HandOver, flow: FlowDef) -> None:
    close = (TaskKind.FIX, TaskKind.SEND)
    if flow.approver is None:
        mine = _tasks.NewTask(
            unit_id=handover.from_unit_id,
            kind=TaskKind.SEND,
            person_id=handover.composed_by,
            from_unit=actor.unit_name,
        )
        _tasks.turn(handover, flow.name, actor.person_id, close=close, open_=[mine])
        return
    approve = _tasks.NewTask(
        unit_id=handover.office_id, kind=TaskKind.APPROVE, role=flow.approver.role, from_unit=actor.unit_name
    )
    _tasks.turn(handover, flow.name, actor.person_id, close=close, open_=[approve])


@transaction.atomic
def begin_round(actor: Actor, *, handover_id: UUID, version: int) -> Done:
    """Begin the next round of a returned hand-over, to mend what was found and send it again."""
    opened = _open.open_for(
        actor,
        handover_id,
        Permission.HANDOVER_COMPOSE,
        version=version,
        states=(State.RETURNED,),
        doing="补正",
    )
    _open.own(opened, actor, "补正")
    handover = opened.handover
    Round.objects.create(id=new_id(), handover=handover, number=handover.round + 1)
    _open.touch(handover, state=State.DRAFT, round=handover.round + 1)
    _settle_replaced(handover)
    entry = ledger.record(
        actor,
        chain_id=handover.case_id,
        act="handover.begin-round",
        moment=moment(),
        subjects=[handover.id],
        after={"round": handover.round},
    )
    return Done(
        handover_id=handover.id, state=State.DRAFT, version=handover.version, entry_number=entry.number
    )


def _settle_replaced(handover: HandOver) -> None:
    """Mark as fixed the reasons whose page has been replaced since."""
    rows = list(
        ReturnReason.objects.filter(
            handover_id=handover.id, round=handover.round - 1, state="open", page_id__isnull=False
        )
    )
    replaced = dossier.replacement_of([row.page_id for row in rows if row.page_id])
    for row in rows:
        if row.page_id in replaced:
            ReturnReason.objects.filter(id=row.id).update(state="fixed", resolution="已替换该页")


@transaction.atomic
def resolve_reason(actor: Actor, *, handover_id: UUID, reason_id: UUID, state: str, resolution: str) -> Done:
    """Answer a reason of the last return: "fixed", or "explained" with why it stays as it is."""
    opened = _open.open_for(
        actor,
        handover_id,
        Permission.HANDOVER_COMPOSE,
        version=None,
        states=(State.DRAFT,),
        doing="回应退回理由",
    )
    _open.own(opened, actor, "回应退回理由")
    if state not in {"fixed", "explained"} or not resolution.strip():
        raise BadInput(
            "不能保存：写明怎样补正或为什么不能补。", code="resolution", fields={"resolution": "写明补正情况"}
        )
    ReturnReason.objects.filter(id=reason_id, handover_id=handover_id).update(
        state=state, resolution=resolution.strip()[:300]
    )
    entry = ledger.record(
        actor,
        chain_id=opened.handover.case_id,
        act="handover.resolve-reason",
        moment=moment(),
        subjects=[handover_id, reason_id],
        after={"state": state, "resolution": resolution.strip()},
    )
    return Done(
        handover_id=handover_id,
        state=State.DRAFT,
        version=opened.handover.version,
        entry_number=entry.number,
    )


def is_act(handover: HandOver) -> bool:
    """Whether a hand-over stays within its unit."""
    return handover.kind == Kind.ACT
