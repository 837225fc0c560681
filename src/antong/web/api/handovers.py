"""Hand-overs (移送): inbox, reading one, and every act on it. A token that names flows does these acts in those alone."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from antong.catalog import loader
from antong.catalog.schema import FlowDef
from antong.flow import actions, selectors
from antong.flow.selectors import Listed
from antong.flow.types import Changes, Done, HandOverView, Outcome, Reason
from antong.kernel.refusal import BadInput, NotFound
from antong.org.types import Permission
from antong.web import reading
from antong.web.api import given, repeat, shapes
from antong.web.api.guard import ApiRequest, Bearer, within, within_handover
from antong.web.typed import timed

router = Router(tags=["移送 hand-overs"])
ONE = "/handovers/{uuid:handover_id}"


class Waiting(given.In):
    """What of an inbox: what waits, or what was taken; of one flow."""

    done: bool = False
    flow: given.Short = ""
    page: given.Number = 1
    size: Annotated[int, Field(ge=1, le=100)] = 50


def _paged(found: Listed, where: Waiting) -> dict[str, Any]:
    return {
        "rows": found.rows,
        "total": found.total,
        "more": found.more,
        "page": where.page,
        "size": where.size,
    }


@router.get(
    "/inbox", auth=Bearer(Permission.HANDOVER_RECEIVE, Waiting), response=shapes.Page[shapes.InboxRow]
)
def read_inbox(request: ApiRequest, where: Query[Waiting]) -> dict[str, Any]:
    """List what the unit has received: what waits, most urgent first, or what it has taken."""
    found = selectors.inbox(
        request.auth.actor, done=where.done, flow=where.flow, page=where.page, size=where.size
    )
    return _paged(found, where)


@router.get(
    "/cases/{uuid:case_id}/handovers", auth=Bearer(Permission.CASE_READ), response=list[shapes.HandOver]
)
def list_handovers(request: ApiRequest, case_id: UUID) -> list[dict[str, Any]]:
    """List the hand-overs of a case that the unit may know of, newest first. The reading is recorded."""
    found = selectors.handovers_of(request.auth.actor, case_id)
    reading.spool(request.auth.actor, case_id, "移送（接口）")
    return [_shown(row) for row in found]


@router.get(ONE, auth=Bearer(Permission.CASE_READ), response=shapes.HandOver)
def read_handover(request: ApiRequest, handover_id: UUID) -> dict[str, Any]:
    """Read a hand-over: state, version, receipts, reasons, what the checks found. The reading is recorded."""
    shown, _, _ = selectors.handover(request.auth.actor, handover_id)
    reading.spool(request.auth.actor, shown.case_id, f"移送 {shown.flow_name}（接口）")
    return _shown(shown)


def _shown(row: HandOverView) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in shapes.HandOver.model_fields if name != "findings"}
    return facts | {"findings": row.rounds[-1].findings if row.rounds else ()}


@router.post(
    "/handovers",
    auth=Bearer(Permission.HANDOVER_COMPOSE),
    response={201: shapes.Done},
    openapi_extra=repeat.EXTRA,
)
def compose(request: ApiRequest, body: given.Compose) -> Done:
    """Begin a hand-over; its documents that follow from the case and from `texts` are drafted."""
    flow = loader.load().flow(body.flow)
    if flow is None:
        raise NotFound
    within(request.auth, flow.key)
    return actions.compose(
        request.auth.actor, case_id=body.case_id, flow=flow.key, party_ids=body.party_ids or (),
        receiver_ids=body.receiver_ids or (), document_ids=body.document_ids or (), fields=_fields(flow, body),
        texts=_texts(body), track=body.track or "single", key=repeat.key_of(request),
    )  # fmt: skip


@router.post(
    f"{ONE}/amend", auth=Bearer(Permission.HANDOVER_COMPOSE), response=shapes.Done, openapi_extra=repeat.EXTRA
)
def amend(request: ApiRequest, handover_id: UUID, body: given.Amend) -> Done:
    """Change a draft; only what is given changes."""
    within_handover(request.auth, handover_id)
    _, _, flow = selectors.handover(request.auth.actor, handover_id)
    return actions.amend(
        request.auth.actor, handover_id=handover_id, version=body.version, party_ids=body.party_ids,
        receiver_ids=body.receiver_ids, document_ids=body.document_ids, fields=_fields(flow, body),
        texts=_texts(body), track=body.track, explanations=body.explanations, note=body.note,
        key=repeat.key_of(request),
    )  # fmt: skip


@router.post(
    f"{ONE}/submit",
    auth=Bearer(Permission.HANDOVER_COMPOSE),
    response=shapes.Done,
    openapi_extra=repeat.EXTRA,
)
def submit(request: ApiRequest, handover_id: UUID, body: given.Submit) -> Done:
    """Check a draft and send it up for approval; what the law demands cannot be explained away."""
    within_handover(request.auth, handover_id)
    changes = Changes(explanations=body.explanations, note=body.note)
    return actions.submit(
        request.auth.actor, handover_id=handover_id, changes=changes, approver_id=body.approver_id,
        **_common(request, body),
    )  # fmt: skip


@router.post(
    f"{ONE}/approve",
    auth=Bearer(Permission.HANDOVER_APPROVE),
    response=shapes.Done,
    openapi_extra=repeat.EXTRA,
)
def approve(request: ApiRequest, handover_id: UUID, body: given.Decide) -> Done:
    """Approve, or send back with a comment, in the name of the person whose duty the token acts on."""
    within_handover(request.auth, handover_id)
    return actions.approve(
        request.auth.actor, handover_id=handover_id, approved=body.approved, comment=body.comment,
        **_common(request, body),
    )  # fmt: skip


@router.post(
    f"{ONE}/send", auth=Bearer(Permission.HANDOVER_SEND), response=shapes.Done, openapi_extra=repeat.EXTRA
)
def send(request: ApiRequest, handover_id: UUID, body: given.Act) -> Done:
    """Send what was approved."""
    within_handover(request.auth, handover_id)
    return actions.send(request.auth.actor, handover_id=handover_id, **_common(request, body))


@router.post(
    f"{ONE}/withdraw",
    auth=Bearer(Permission.HANDOVER_WITHDRAW),
    response=shapes.Done,
    openapi_extra=repeat.EXTRA,
)
def withdraw(request: ApiRequest, handover_id: UUID, body: given.Withdraw) -> Done:
    """Withdraw what nobody has accepted, with a reason."""
    within_handover(request.auth, handover_id)
    return actions.withdraw(
        request.auth.actor, handover_id=handover_id, version=body.version, reason=body.reason,
        key=repeat.key_of(request),
    )  # fmt: skip


@router.post(
    f"{ONE}/nudge", auth=Bearer(Permission.HANDOVER_NUDGE), response=shapes.Nudged, openapi_extra=repeat.EXTRA
)
def nudge(request: ApiRequest, handover_id: UUID, body: given.Nudge) -> dict[str, int]:
    """Remind whoever has to act (催办)."""
    within_handover(request.auth, handover_id)
    times = actions.nudge(
        request.auth.actor, handover_id=handover_id, text=body.text, key=repeat.key_of(request)
    )
    return {"times": times}


@router.post(
    f"{ONE}/accept",
    auth=Bearer(Permission.HANDOVER_RECEIVE),
    response=shapes.Done,
    openapi_extra=repeat.EXTRA,
)
def accept(request: ApiRequest, handover_id: UUID, body: given.Accept) -> Done:
    """Accept (受理) or sign for a hand-over."""
    within_handover(request.auth, handover_id)
    return actions.accept(
        request.auth.actor, handover_id=handover_id, handler_id=body.handler_id, assign_reason=body.assign_reason,
        **_common(request, body),
    )  # fmt: skip


@router.post(
    f"{ONE}/return",
    auth=Bearer(Permission.HANDOVER_RECEIVE),
    response=shapes.Done,
    openapi_extra=repeat.EXTRA,
)
def return_file(request: ApiRequest, handover_id: UUID, body: given.Return) -> Done:
    """Return a file with its reasons (退回), to be mended by a day."""
    within_handover(request.auth, handover_id)
    basis, known = selectors.return_basis(request.auth.actor), loader.load().return_reasons
    reasons = [
        Reason(
            text=one.text, code=one.code if one.code in known else "other", basis=basis, page_id=one.page_id,
            entry_id=one.entry_id,
        )
        for one in body.reasons
    ]  # fmt: skip
    return actions.return_file(
        request.auth.actor, handover_id=handover_id, reasons=reasons, fix_by=body.fix_by,
        fix_reason=body.fix_reason, **_common(request, body),
    )  # fmt: skip


@router.post(
    f"{ONE}/assign", auth=Bearer(Permission.TASK_ASSIGN), response=shapes.Done, openapi_extra=repeat.EXTRA
)
def assign(request: ApiRequest, handover_id: UUID, body: given.Assign) -> Done:
    """Give a hand-over to another person of the unit (分案)."""
    within_handover(request.auth, handover_id)
    return actions.assign(
        request.auth.actor, handover_id=handover_id, person_id=body.person_id, reason=body.reason,
        key=repeat.key_of(request),
    )  # fmt: skip


@router.post(
    f"{ONE}/round", auth=Bearer(Permission.HANDOVER_COMPOSE), response=shapes.Done, openapi_extra=repeat.EXTRA
)
def begin_round(request: ApiRequest, handover_id: UUID, body: given.Versioned) -> Done:
    """Begin to mend a returned file."""
    within_handover(request.auth, handover_id)
    return actions.begin_round(
        request.auth.actor, handover_id=handover_id, version=body.version, key=repeat.key_of(request)
    )


@router.post(
    f"{ONE}/reasons/{{uuid:reason_id}}",
    auth=Bearer(Permission.HANDOVER_COMPOSE),
    response=shapes.Done,
    openapi_extra=repeat.EXTRA,
)
def resolve_reason(request: ApiRequest, handover_id: UUID, reason_id: UUID, body: given.Resolve) -> Done:
    """Answer a reason of the last return."""
    within_handover(request.auth, handover_id)
    return actions.resolve_reason(
        request.auth.actor, handover_id=handover_id, reason_id=reason_id, state=body.state,
        resolution=body.resolution, key=repeat.key_of(request),
    )  # fmt: skip


@router.post(
    f"{ONE}/answer", auth=Bearer(Permission.HANDOVER_ANSWER), response=shapes.Done, openapi_extra=repeat.EXTRA
)
def propose_answer(request: ApiRequest, handover_id: UUID, body: given.Answer) -> Done:
    """Propose how a request is answered, one outcome a person."""
    within_handover(request.auth, handover_id)
    outcomes = [
        Outcome(party_id=one.party_id, outcome=one.outcome, reason=one.reason) for one in body.outcomes
    ]
    return actions.propose_answer(
        request.auth.actor, handover_id=handover_id, outcomes=outcomes, **_common(request, body)
    )


@router.post(
    f"{ONE}/approve-answer",
    auth=Bearer(Permission.HANDOVER_APPROVE),
    response=shapes.Done,
    openapi_extra=repeat.EXTRA,
)
def approve_answer(request: ApiRequest, handover_id: UUID, body: given.Decide) -> Done:
    """Approve a proposed answer, or send it back, in the name of the person whose duty the token acts on."""
    within_handover(request.auth, handover_id)
    return actions.approve_answer(
        request.auth.actor, handover_id=handover_id, approved=body.approved, comment=body.comment,
        **_common(request, body),
    )  # fmt: skip


@router.post(
    f"{ONE}/read-answer",
    auth=Bearer(Permission.HANDOVER_COMPOSE),
    response={204: None},
    openapi_extra=repeat.EXTRA,
)
def read_answer(request: ApiRequest, handover_id: UUID) -> None:
    """Sign for an answer; once is enough."""
    within_handover(request.auth, handover_id)
    repeat.key_of(request)  # the act itself is done once: the key is but held against its request
    actions.read_answer(request.auth.actor, handover_id=handover_id)


def _common(request: ApiRequest, body: given.Act) -> dict[str, Any]:
    return {
        "version": body.version,
        "happened_at": body.happened_at,
        "late_reason": body.late_reason,
        "key": repeat.key_of(request),
    }


def _fields(flow: FlowDef, body: given.Draft) -> dict[str, Any] | None:
    """Return what the flow asks for, its dates as it keeps them; refuse what it does not ask for."""
    if body.fields is None and body.outcomes is None:
        return None
    known = {field.key: field for field in flow.fields}
    said = body.fields or {}
    _refuse_unknown(flow.name, {f"fields.{name}" for name in said if name not in known})
    found: dict[str, Any] = {
        name: timed(known[name].label, f"fields.{name}", known[name].type, text, written=False)
        for name, text in said.items()
    }
    if body.outcomes is not None:
        found["outcomes"] = {str(party_id): one.model_dump() for party_id, one in body.outcomes.items()}
    return found


def _texts(body: given.Draft) -> dict[str, dict[str, str]] | None:
    """Return the typed fields of documents, dates as documents write them; refuse kinds and fields that are not."""
    if body.texts is None:
        return None
    found: dict[str, dict[str, str]] = {}
    for kind, texts in body.texts.items():
        defined = loader.load().document(kind)
        if defined is None:
            _refuse_unknown("文书目录", {f"texts.{kind}"})
            continue
        known = {field.key: field for field in defined.fields}
        _refuse_unknown(defined.name, {f"texts.{kind}.{name}" for name in texts if name not in known})
        found[kind] = {
            name: timed(known[name].label, f"texts.{kind}.{name}", known[name].type, text, written=True)
            for name, text in texts.items()
        }
    return found


def _refuse_unknown(whose: str, names: set[str]) -> None:
    if names:
        raise BadInput(
            f"没有保存：{whose}没有这些项。",
            code="fields",
            basis=("案通对接规则：按流程和文书的目录填写",),
            remedy="各项见 /api/v1/flows 和 /api/v1/document-kinds。",
            fields={name[:200]: "没有这一项" for name in sorted(names)},
        )
