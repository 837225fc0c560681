"""Documents that an officer draws up and issues without a hand-over: notices, records, registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.cases.types import CaseAccess
from antong.catalog import loader
from antong.catalog.schema import DocumentKind
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView
from antong.dossier.typesetting import Setting
from antong.flow import _apply, _approve, _open, _text
from antong.flow.models import Answer, HandOver
from antong.flow.types import State
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import NotFound, Refusal, Stale
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org import selectors as org
from antong.org.types import Permission


def draftable(actor: Actor, case: CaseAccess) -> tuple[DocumentKind, ...]:
    """Return the kinds of document the actor may draw up for a case now without a hand-over; no statement."""
    if not case.living or Permission.DOCUMENT_DRAFT not in actor.permissions:
        return ()
    return loader.load().drafts(actor.unit_kind, case.stage.value)


@ledger.acted
def draft_document(
    actor: Actor,
    *,
    case_id: UUID,
    kind: str,
    party_ids: Sequence[UUID],
    fields: Mapping[str, str],
    key: UUID | None = None,
) -> DocumentView:
    """Draft a document from the case's data and the form's fields."""
    case = cases_access.case_for(actor, case_id, Permission.DOCUMENT_DRAFT, lock=True)
    if not case.living:
        raise cases_access.not_handling(case.role, "起草文书")
    sheet = cases.living_sheet(case_id)
    whom = list(party_ids) or [party.id for party in sheet.suspects]
    if any(sheet.party(party_id) is None for party_id in whom):
        raise NotFound
    held = _text.from_file(loader.load().document(kind), case_id)
    facts = _text.values(sheet, case.name, case.number, whom, "", held)
    return dossier_actions.draft(
        actor, case_id=case_id, kind=kind, party_ids=whom, fields=fields, facts=facts, key=key
    )


def preview_document(
    actor: Actor, *, case_id: UUID, kind: str, party_ids: Sequence[UUID], fields: Mapping[str, str]
) -> list[bytes]:
    """Return the pages a draft would have if it were issued today, as PNG; nothing is written.

    A field left out takes its default, as in the draft itself.
    """
    case = cases_access.case_for(actor, case_id, Permission.CONTENT_READ)
    definition = loader.load().document(kind)
    if definition is None:
        raise NotFound
    sheet = cases.sheet(actor, case)
    whom = [party_id for party_id in party_ids if sheet.party(party_id)] or [
        party.id for party in sheet.suspects
    ]
    held = {"officer": actor.person_name, **_text.from_file(definition, case_id)}
    texts = _text.values(sheet, case.name, case.number, whom, "", held)
    given = {
        field.key: fields.get(field.key, "").strip() or dossier.filled(field.default, texts)
        for field in definition.fields
    }
    facts = _text.issue_facts(org.bureau_of(actor.unit_id), texts)
    return dossier.draft_pictures(dossier.draft_setting(kind, facts, given))


def draft_setting(actor: Actor, document: DocumentView) -> Setting:
    """Return what a draft's pages say once it is issued, by the unit that drew it up; nothing is written.

    A draft that goes with a hand-over, or with a proposed answer, says what issuing that will fill in.
    """
    case = cases_access.case_for(actor, document.case_id, Permission.CONTENT_READ)
    own = document.unit_id == actor.unit_id
    sheet = cases.living_sheet(case.id) if own else cases.sheet(actor, case)
    handover, answer = _carrying(document)
    if handover is None:
        whom = document.party_ids or tuple(party.id for party in sheet.suspects)
        texts = _text.values(sheet, case.name, case.number, whom, "", {"officer": document.drafted_name})
        facts = _text.issue_facts(org.bureau_of(document.unit_id), texts)
        return dossier.draft_setting(document.kind, facts, document.fields)
    outcomes = answer.outcomes if answer else ()
    people = [UUID(one["party_id"]) for one in outcomes] or [
        subject.party_id for subject in _open.subjects_of(handover)
    ]
    flow = _open.definition(handover.flow, handover.flow_version)
    papers = _approve.Papers(flow=flow, sheet=sheet, party_ids=people)
    prepared = _approve.prepare(
        handover, [document], case.name, case.number, papers,
        office_id=answer.unit_id if answer else None,
        receiver_id=handover.office_id if answer else None,
        reasons={UUID(one["party_id"]): one["reason"] for one in outcomes},
    )  # fmt: skip
    return dossier.draft_setting(document.kind, prepared[0][1], document.fields)


def _carrying(document: DocumentView) -> tuple[HandOver | None, Answer | None]:
    """Return the hand-over that issues a draft, and its answer where that does; at most two statements."""
    answers = Answer.objects.filter(handover__case_id=document.case_id, state="proposed")
    answer = (
        answers.filter(document_ids__contains=[str(document.id)])
        .select_related("handover")
        .order_by("-proposed_at")
        .first()
    )
    if answer is not None:
        return answer.handover, answer
    going = HandOver.objects.filter(case_id=document.case_id).exclude(state=State.WITHDRAWN)
    for row in going.order_by("-created_at"):
        carries = _open.definition(row.flow, row.flow_version).carries.documents
        drawn_up = row.state == State.DRAFT and row.from_unit_id == document.unit_id
        if str(document.id) in row.document_ids or (
            drawn_up and any(one.kind == document.kind for one in carries)
        ):
            return row, None
    return None, None


@ledger.once("document.issue", found=dossier.answered_document)
@transaction.atomic
def issue_document(
    actor: Actor,
    *,
    case_id: UUID,
    document_id: UUID,
    version: int,
    fields: Mapping[str, str] | None = None,
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> DocumentView:
    """Number and set a draft that needs no hand-over, in the name of the actor's bureau; its `fields` are saved first.

    What goes with a hand-over is issued as that takes effect, never here. Raises Stale on another version.
    """
    when = moment(happened_at, late_reason)
    org_access.require(actor, Permission.DOCUMENT_ISSUE)
    case = cases_access.case_for(actor, case_id, Permission.DOCUMENT_ISSUE, lock=True)
    if not case.living:
        raise cases_access.not_handling(case.role, "签发文书")
    found = dossier.documents_by_id(case_id, [document_id])
    draft = found[0] if found else None
    if draft is None or draft.unit_id != actor.unit_id or draft.state != "draft":
        raise NotFound
    if draft.version != version:
        raise Stale("不能签发：文书在您打开后已有变动。", current_version=draft.version)
    kind = loader.load().document(draft.kind)
    if kind is None or case.stage.value not in kind.drafted_in:
        raise Refusal(
            f"不能单独签发：{draft.name}随移送或呈报签发。",
            code="issued-with-handover",
            basis=(kind.articles if kind else ()) or ("案通文书规则：须经审批的文书随流程签发",),
            remedy="在案件页“新建移送”中选对应流程，审批后自动编号签发。",
        )
    office = org.bureau_of(actor.unit_id)
    sheet = cases.living_sheet(case_id)
    if fields is not None and dict(fields) != dict(draft.fields):
        facts = _text.values(sheet, case.name, case.number, draft.party_ids, "", {})
        dossier_actions.revise(actor, document_id=document_id, version=version, fields=fields, facts=facts)
    texts = _text.values(sheet, case.name, case.number, draft.party_ids, "", {"officer": actor.person_name})
    issued = dossier_actions.issue_many(
        actor, case_id, [(document_id, _text.issue_facts(office, texts))], when
    )
    met = _apply.met_by(case_id, [draft], when)
    after = {"documents": issued, **({"changed": met.record} if met else {})}
    ledger.record(
        actor, chain_id=case_id, act="document.issue", moment=when, subjects=[document_id], after=after,
        key=key, answer={"document": document_id},
    )  # fmt: skip
    return dossier.documents_by_id(case_id, [document_id])[0]


@ledger.once("document.void", found=dossier.answered_document)
@transaction.atomic
def void_document(
    actor: Actor, *, case_id: UUID, document_id: UUID, reason: str, key: UUID | None = None
) -> DocumentView:
    """Void a document that no hand-over rests on; what went up or out is withdrawn first."""
    case = cases_access.case_for(actor, case_id, Permission.DOCUMENT_DRAFT, lock=True)
    known = dossier.document(case_id, document_id)
    if known.unit_id != actor.unit_id and all(one.id != document_id for one in dossier.documents_of(case)):
        raise NotFound
    resting = (
        HandOver.objects.filter(case_id=case_id, document_ids__contains=[str(document_id)])
        .exclude(state__in=[State.DRAFT, State.WITHDRAWN])
        .first()
    )
    if resting is not None:
        name = _open.definition(resting.flow).name
        raise Refusal(
            f"不能作废：{name}正用着这份文书（{State(resting.state).label}）。",
            code="document-in-use",
            basis=("案通文书规则：已送审、发出或者生效的文书不单独作废",),
            remedy=f"先撤回{name}；已经办结的，另作文书更正。",
            who="移送单位",
        )
    return dossier_actions.void(actor, document_id=document_id, reason=reason, key=key)
