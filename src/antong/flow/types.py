"""Values that `flow` gives to other rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from antong.kernel.worded import Worded


class Kind(StrEnum):
    """The four kinds of flow (design §4)."""

    TRANSFER = "transfer"
    REQUEST = "request"
    NOTICE = "notice"
    ACT = "act"


class State(Worded):
    """The life of a hand-over. There is no state "failed": open until answered, or withdrawn with a reason."""

    DRAFT = "draft", "草稿"
    CHECKED = "checked", "待审批"  # sent up for approval
    APPROVED = "approved", "已审批"
    SENT = "sent", "已发出"
    ARRIVED = "arrived", "已送达"
    ENTERED = "entered", "已入件"
    ACCEPTED = "accepted", "已受理"
    RETURNED = "returned", "已退回"
    ANSWERED = "answered", "已答复"
    CLOSED = "closed", "已办结"
    WITHDRAWN = "withdrawn", "已撤回"

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes something."""
        return self not in {State.ANSWERED, State.CLOSED, State.WITHDRAWN}


WAITING = (State.SENT, State.ARRIVED, State.ENTERED, State.ACCEPTED, State.CHECKED)
"""The states in which somebody else has to act; an index names them."""


class TaskKind(Worded):
    """What somebody owes on the desk."""

    APPROVE = "approve", "审批"
    SEND = "send", "发出"
    RECEIVE = "receive", "收件审查"
    FIX = "fix", "补正后重报"
    ASSIGN = "assign", "分案"
    ANSWER = "answer", "办理答复"
    APPROVE_ANSWER = "approve_answer", "审批决定"
    READ = "read", "签收"
    EXECUTE = "execute", "立即执行"  # an order to be carried out at once: release, execute the arrest

    @property
    def verb(self) -> str:
        """What the button of a row says."""
        return _TASK_VERBS[self]


APPROVALS = (TaskKind.APPROVE, TaskKind.APPROVE_ANSWER)
"""Tasks that wait for a leader: noticed when nobody decided for a day."""
DATED = (TaskKind.ANSWER, TaskKind.FIX, TaskKind.EXECUTE)
"""Tasks that are late once their day is past."""

_TASK_VERBS = {
    TaskKind.APPROVE: "审批",
    TaskKind.SEND: "发出",
    TaskKind.RECEIVE: "审查收件",
    TaskKind.FIX: "补正",
    TaskKind.ASSIGN: "分案",
    TaskKind.ANSWER: "办理",
    TaskKind.APPROVE_ANSWER: "审批",
    TaskKind.READ: "签收",
    TaskKind.EXECUTE: "立即办理",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a form changes of a draft; None leaves what stands. `texts` are typed fields by kind of document."""

    party_ids: Sequence[UUID] | None = None
    receiver_ids: Sequence[UUID] | None = None
    document_ids: Sequence[UUID] | None = None
    fields: Mapping[str, Any] | None = None
    texts: Mapping[str, Mapping[str, str]] | None = None
    track: str | None = None
    explanations: Mapping[str, str] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found: `result` is ok, missing, doubt or n/a; `items` say where; `remedy` how to mend it."""

    key: str
    text: str
    result: str
    level: str
    articles: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    remedy: str = ""
    explanation: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the hand-over cannot be sent up as it is: what the law demands cannot be talked away."""
        return self.result == "missing" and (self.level == "must" or not self.explanation)

    def as_json(self) -> dict[str, Any]:
        """The finding as it is kept with its round."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectView:
    """One person a hand-over is about, and how it was answered for him or her."""

    party_id: UUID
    name: str
    outcome: str = ""
    outcome_name: str = ""
    reason: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationView:
    """What one receiver owes: its staged receipts and limits."""

    id: UUID
    unit_id: UUID
    unit_name: str
    round: int
    state: str
    left_at: datetime | None
    arrived_at: datetime | None
    entered_at: datetime | None
    accepted_at: datetime | None
    accepted_by: str
    returned_at: datetime | None
    answered_at: datetime | None
    receive_due: datetime | None
    answer_due: datetime | None
    silent_since: datetime | None
    handler_id: UUID | None
    handler_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """Why a file was returned, pinned to a page or an entry, and what became of it."""

    id: UUID
    round: int
    page_id: UUID | None
    where: str
    code: str
    text: str
    basis: str
    state: str
    resolution: str
    x: int | None = None
    y: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """One round of a hand-over: what was sent, when, and what came of it."""

    number: int
    sheet_id: UUID | None
    manifest_id: UUID | None
    package: Mapping[str, Any]
    findings: tuple[Finding, ...]
    submitted_at: datetime | None
    approved_at: datetime | None
    sent_at: datetime | None
    fix_by: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverView:
    """A hand-over with everything a page shows of it."""

    id: UUID
    case_id: UUID
    flow: str
    flow_name: str
    kind: Kind
    state: State
    round: int
    version: int
    from_unit_id: UUID
    from_unit_name: str
    composed_by_id: UUID
    composed_by_name: str
    track: str
    fields: Mapping[str, Any]
    happened_at: datetime | None
    created_at: datetime
    sent_at: datetime | None
    subjects: tuple[SubjectView, ...] = ()
    obligations: tuple[ObligationView, ...] = ()
    rounds: tuple[RoundView, ...] = ()
    reasons: tuple[ReasonView, ...] = ()
    document_ids: tuple[UUID, ...] = ()
    to_unit_ids: tuple[UUID, ...] = ()
    approvals: tuple[Mapping[str, Any], ...] = ()
    answers: tuple[Mapping[str, Any], ...] = ()
    withdrawn_reason: str = ""
    nudges: int = 0

    @property
    def receivers(self) -> tuple[str, ...]:
        """The units it goes to, each once."""
        return tuple(dict.fromkeys(one.unit_name for one in self.obligations))

    @property
    def waiting_units(self) -> tuple[str, ...]:
        """The units that still owe their receipt or answer in the present round."""
        present = [one for one in self.obligations if one.round == self.round]
        return tuple(one.unit_name for one in present if one.answered_at is None and one.returned_at is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The answer of every act on a hand-over."""

    handover_id: UUID
    state: State
    version: int
    entry_number: int
    document_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason to be pinned when returning a file. `page_id` or `entry_id` or a free `where`.

    `x`, `y` say where on the page, in thousandths of its width and height from the upper left.
    """

    text: str
    code: str = "other"
    basis: str = ""
    page_id: UUID | None = None
    entry_id: UUID | None = None
    where: str = ""
    x: int | None = None
    y: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a request is answered for one subject: an outcome key of the flow, reasons, measure facts."""

    party_id: UUID
    outcome: str
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """One row of the desk."""

    id: UUID
    kind: TaskKind
    title: str
    case_id: UUID
    case_name: str
    case_number: str
    handover_id: UUID | None
    from_unit: str
    state: str
    due_at: datetime | None
    opened_at: datetime
    round: int
    in_custody: int
    person_id: UUID | None
    closed_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSeat:
    """Who is to be on a unit's rotation, with which weight (0 pauses)."""

    person_id: UUID
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView:
    """Somebody on a unit's rotation: weight, how many cases were given, and what keeps a turn away now.

    `away`: somebody else acts on the duty; `gone`: no longer holds one that works on cases here.
    """

    person_id: UUID
    name: str
    weight: int
    taken: int
    away: bool
    on_duty: bool
    gone: bool

    @property
    def able(self) -> bool:
        """Whether a turn may come here now."""
        return self.weight > 0 and not self.away and not self.gone


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationView:
    """A unit's rotation: whether it is in force, its list in order, and whose turn it is."""

    active: bool
    on_duty_only: bool
    seats: tuple[SeatView, ...]
    turn: SeatView | None
