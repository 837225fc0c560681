"""What is read: the values of the rooms as JSON, field by field the same names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

Row = TypeVar("Row")


class Out(BaseModel):
    """Something that is answered; read from the attributes of a value."""

    model_config = ConfigDict(from_attributes=True)


class Page(Out, Generic[Row]):
    """One page of a list. `total` stops at 1,000; `more` says that there are more than that."""

    rows: list[Row]
    total: int
    more: bool
    page: int
    size: int


class CaseRow(Out):
    """One case in a list."""

    case_id: UUID
    number: str
    name: str
    category: str
    charge: str
    role: str
    stage: str
    in_custody: int
    next_due: datetime | None
    next_due_name: str
    handler_id: UUID | None
    handling_unit: str
    since: datetime
    updated_at: datetime


class CaseAccess(Out):
    """A case as the unit may see it: `living` works on it as it is now, else the sheet is the one it was sent."""

    id: UUID
    number: str
    name: str
    category: str
    stage: str
    version: int
    role: str
    living: bool
    handling_unit_id: UUID
    registered_unit_id: UUID
    handler_id: UUID | None


class Case(Out):
    """A case with its sheet (案卡), in the form that /api/v1/sheet-schema describes."""

    case: CaseAccess
    snapshot: bool
    sheet: dict[str, Any]


class Registered(Out):
    """A case that was registered, and the entry of the ledger that proves it."""

    case_id: UUID
    number: str
    name: str
    entry_number: int


class Entered(Out):
    """An act on a case: the number of its entry, and the version of the case now."""

    entry_number: int
    version: int


class FilePage(Out):
    """A page in its place."""

    id: UUID
    number: int
    rotation: int
    state: str
    doubtful: bool
    findings: list[str]
    original_id: UUID
    index: int


class FileEntry(Out):
    """A paper of a volume."""

    id: UUID
    catalogue_key: str
    title: str
    document_id: UUID | None
    pages: list[FilePage]


class Volume(Out):
    """A volume."""

    id: UUID
    catalogue_key: str
    title: str
    entries: list[FileEntry]


class File(Out):
    """The electronic file, living or as it was sent."""

    version: int
    snapshot: bool
    page_count: int
    volumes: list[Volume]


class Refused(Out):
    """A file that was not taken, and why."""

    name: str
    why: str


class Uploaded(Out):
    """What an upload became."""

    entry_id: UUID
    original_ids: list[UUID]
    page_ids: list[UUID]
    version: int
    refused: list[Refused]


class Document(Out):
    """A legal document: draft, issued or void."""

    id: UUID
    kind: str
    name: str
    unit_id: UUID
    party_ids: list[UUID]
    state: str
    version: int
    number: str
    issued_at: datetime | None
    drafted_name: str
    drafted_at: datetime
    signed: bool
    fields: dict[str, Any]
    original_id: UUID | None


class Limit(Out):
    """A time limit with its derivation."""

    id: UUID
    party_id: UUID | None
    rule: str
    name: str
    unit_id: UUID
    due_at: datetime
    in_custody: bool
    articles: list[str]
    derivation: list[str]
    state: str
    over: bool
    opened_at: datetime
    closed_at: datetime | None
    close_reason: str


class Entry(Out):
    """An entry of the case's ledger; `digest` is hex. `before` and `after` are what the act changed."""

    id: UUID
    number: int
    act: str
    happened_at: datetime
    recorded_at: datetime
    person_id: UUID
    unit_id: UUID
    channel: str
    subject_ids: list[UUID]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    digest: str
    sequenced: bool


class Entries(Out):
    """The newest entries of those asked for; `last` is the number of the chain's last entry."""

    rows: list[Entry]
    last: int


class Subject(Out):
    """A person a hand-over is about, and how it was answered for them."""

    party_id: UUID
    name: str
    outcome: str
    outcome_name: str
    reason: str
    answered_at: datetime | None


class Obligation(Out):
    """What one receiver owes in a round."""

    id: UUID
    unit_id: UUID
    unit_name: str
    round: int
    state: str
    entered_at: datetime | None
    accepted_at: datetime | None
    returned_at: datetime | None
    answered_at: datetime | None
    receive_due: datetime | None
    answer_due: datetime | None
    silent_since: datetime | None
    handler_id: UUID | None
    handler_name: str


class Reason(Out):
    """Why a file was returned, and what became of that."""

    id: UUID
    round: int
    page_id: UUID | None
    where: str
    code: str
    text: str
    basis: str
    state: str
    resolution: str


class Finding(Out):
    """What a check found: ok, missing, doubt or n/a."""

    key: str
    text: str
    result: str
    level: str
    articles: list[str]
    items: list[str]
    remedy: str
    explanation: str
    blocks: bool


class HandOver(Out):
    """A hand-over (移送) as the unit may know it."""

    id: UUID
    case_id: UUID
    flow: str
    flow_name: str
    kind: str
    state: str
    round: int
    version: int
    from_unit_id: UUID
    from_unit_name: str
    composed_by_name: str
    track: str
    fields: dict[str, Any]
    happened_at: datetime | None
    created_at: datetime
    sent_at: datetime | None
    subjects: list[Subject]
    obligations: list[Obligation]
    reasons: list[Reason]
    findings: list[Finding]
    document_ids: list[UUID]
    to_unit_ids: list[UUID]
    withdrawn_reason: str
    nudges: int


class InboxRow(Out):
    """One row of an inbox."""

    handover_id: UUID
    version: int
    flow_name: str
    kind: str
    case_id: UUID
    case_name: str
    case_number: str
    from_unit: str
    round: int
    state: str
    entered_at: datetime | None
    receive_due: datetime | None
    taken_at: datetime | None
    in_custody: int
    handler_name: str
    silent: bool


class Done(Out):
    """The answer of an act on a hand-over: its state and version now, and the entry that proves the act."""

    handover_id: UUID
    state: str
    version: int
    entry_number: int
    document_ids: list[UUID]


class Nudged(Out):
    """How often somebody was reminded."""

    times: int


class Code(Out):
    """One row of a code table."""

    code: str
    name: str
    parent: str = ""


class Field(Out):
    """Something that a flow or a document asks for."""

    key: str
    label: str
    type: str
    required: bool
    choices: list[str]
    default: str
    hint: str


class Outcome(Out):
    """How a flow may end for a person."""

    key: str
    name: str
    needs_reason: bool


class Flow(Out):
    """A flow: who sends it, to whom, what it asks for, who approves, how it ends."""

    key: str
    name: str
    version: int
    kind: str
    articles: list[str]
    from_kinds: list[str]
    to_kinds: list[str]
    documents: list[str]
    approver: str
    fields: list[Field]
    outcomes: list[Outcome]


class DocumentKind(Out):
    """A kind of legal document and what it asks for."""

    key: str
    name: str
    issuers: list[str]
    drafted_in: list[str]
    fields: list[Field]


class Self(Out):
    """Who the token acts as, and what it allows."""

    person_id: UUID
    person_name: str
    post_name: str
    role: str
    unit_id: UUID
    unit_name: str
    permissions: list[str]
    flows: list[str]
    today: date
