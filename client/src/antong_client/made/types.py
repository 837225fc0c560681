"""What the interface takes and answers. Made by tools/client.py from docs/openapi.json: change that, not this."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """A hand-over to be accepted, for `handler_id` where it is somebody else's to handle.

    In a unit that assigns by rotation nobody named is whose turn it is; somebody named needs `assign_reason`.
    """

    assign_reason: str = ""
    handler_id: UUID | None = None
    happened_at: datetime | None = None
    late_reason: str = ""
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act on something that was read at `version`."""

    happened_at: datetime | None = None
    late_reason: str = ""
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddParties:
    """Parties to be added."""

    happened_at: datetime | None = None
    late_reason: str = ""
    parties: list[Party]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Which entries of a ledger: before or after a number, of one act."""

    act: str = ""
    after: int | None = None
    before: int | None = None
    most: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterPlace:
    """From which place on."""

    after: int = -1
    most: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend:
    """What of a draft changes."""

    document_ids: list[UUID] | None = None
    explanations: dict[str, str] | None = None
    fields: dict[str, str] | None = None
    note: str | None = None
    outcomes: dict[str, OutcomeOfAct] | None = None
    party_ids: list[UUID] | None = None
    receiver_ids: list[UUID] | None = None
    texts: dict[str, dict[str, str]] | None = None
    track: Literal["single", "dual"] | None = None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendCase:
    """What a case says, where it changes."""

    brief: str | None = None
    category: str | None = None
    happened_at: datetime | None = None
    late_reason: str = ""
    place: str | None = None
    source: str | None = None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendParty:
    """A party as it is from now on; a field left out is empty."""

    happened_at: datetime | None = None
    late_reason: str = ""
    party: Party
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to be proposed, one outcome a person."""

    happened_at: datetime | None = None
    late_reason: str = ""
    outcomes: list[SubjectOutcome]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Who handles it from now on."""

    person_id: UUID
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case with its sheet (案卡), in the form that /api/v1/sheet-schema describes."""

    case: CaseAccess
    sheet: dict[str, Any]
    snapshot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccess:
    """A case as the unit may see it: `living` works on it as it is now, else the sheet is the one it was sent."""

    category: str
    handler_id: UUID | None
    handling_unit_id: UUID
    id: UUID
    living: bool
    name: str
    number: str
    registered_unit_id: UUID
    role: str
    stage: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case in a list."""

    case_id: UUID
    category: str
    charge: str
    handler_id: UUID | None
    handling_unit: str
    in_custody: int
    name: str
    next_due: datetime | None
    next_due_name: str
    number: str
    role: str
    since: datetime
    stage: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One row of a code table."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose:
    """A hand-over to be begun; without `party_ids` all who may be its subjects, without `receiver_ids` the counterpart."""

    case_id: UUID
    document_ids: list[UUID] | None = None
    fields: dict[str, str] | None = None
    flow: str
    outcomes: dict[str, OutcomeOfAct] | None = None
    party_ids: list[UUID] | None = None
    receiver_ids: list[UUID] | None = None
    texts: dict[str, dict[str, str]] | None = None
    track: Literal["single", "dual"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """A decision of who approves, in that person's name."""

    approved: bool
    comment: str = ""
    happened_at: datetime | None = None
    late_reason: str = ""
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A legal document: draft, issued or void."""

    drafted_at: datetime
    drafted_name: str
    fields: dict[str, Any]
    id: UUID
    issued_at: datetime | None
    kind: str
    name: str
    number: str
    original_id: UUID | None
    party_ids: list[UUID]
    signed: bool
    state: str
    unit_id: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """A kind of legal document and what it asks for."""

    drafted_in: list[str]
    fields: list[Field]
    issuers: list[str]
    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The answer of an act on a hand-over: its state and version now, and the entry that proves the act."""

    document_ids: list[UUID]
    entry_number: int
    handover_id: UUID
    state: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """An act on a case: the number of its entry, and the version of the case now."""

    entry_number: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The newest entries of those asked for; `last` is the number of the chain's last entry."""

    last: int
    rows: list[Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the case's ledger; `digest` is hex. `before` and `after` are what the act changed."""

    act: str
    after: dict[str, Any] | None
    before: dict[str, Any] | None
    channel: str
    digest: str
    happened_at: datetime
    id: UUID
    number: int
    person_id: UUID
    recorded_at: datetime
    sequenced: bool
    subject_ids: list[UUID]
    unit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened: `id` tells it from all others, `place` is its place in the order of the ledger."""

    at: datetime
    case_id: UUID
    handover_id: UUID | None
    id: UUID
    place: int
    type: str
    unit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What happened after a place; go on with `after` = `next`, at once where there is `more`."""

    more: bool
    next: int
    rows: list[Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something that a flow or a document asks for."""

    choices: list[str]
    default: str
    hint: str
    key: str
    label: str
    required: bool
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The electronic file, living or as it was sent."""

    page_count: int
    snapshot: bool
    version: int
    volumes: list[Volume]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A paper of a volume."""

    catalogue_key: str
    document_id: UUID | None
    id: UUID
    pages: list[FilePage]
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    """A page in its place."""

    doubtful: bool
    findings: list[str]
    id: UUID
    index: int
    number: int
    original_id: UUID
    rotation: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """What cases are looked for by: number, name, party, pinyin initials. In the body, so that no name is in an address."""

    page: int = 1
    size: int = 50
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found: ok, missing, doubt or n/a."""

    articles: list[str]
    blocks: bool
    explanation: str
    items: list[str]
    key: str
    level: str
    remedy: str
    result: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow: who sends it, to whom, what it asks for, who approves, how it ends."""

    approver: str
    articles: list[str]
    documents: list[str]
    fields: list[Field]
    from_kinds: list[str]
    key: str
    kind: str
    name: str
    outcomes: list[Outcome]
    to_kinds: list[str]
    version: int


GrantRole = Literal["handling", "co_handling", "reviewing", "past", "supervision"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A hand-over (移送) as the unit may know it."""

    case_id: UUID
    composed_by_name: str
    created_at: datetime
    document_ids: list[UUID]
    fields: dict[str, Any]
    findings: list[Finding]
    flow: str
    flow_name: str
    from_unit_id: UUID
    from_unit_name: str
    happened_at: datetime | None
    id: UUID
    kind: str
    nudges: int
    obligations: list[Obligation]
    reasons: list[Reason]
    round: int
    sent_at: datetime | None
    state: str
    subjects: list[Subject]
    to_unit_ids: list[UUID]
    track: str
    version: int
    withdrawn_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One row of an inbox."""

    case_id: UUID
    case_name: str
    case_number: str
    entered_at: datetime | None
    flow_name: str
    from_unit: str
    handler_name: str
    handover_id: UUID
    in_custody: int
    kind: str
    receive_due: datetime | None
    round: int
    silent: bool
    state: str
    taken_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An upload by parts. `answer` says, once `taken`, what it became, and once `refused`, why."""

    answer: dict[str, Any]
    case_id: UUID
    ends_at: datetime
    file_name: str
    id: UUID
    offset: int
    size: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A draft to be numbered and set."""

    fields: dict[str, str] | None = None
    happened_at: datetime | None = None
    late_reason: str = ""
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A time limit with its derivation."""

    articles: list[str]
    close_reason: str
    closed_at: datetime | None
    derivation: list[str]
    due_at: datetime
    id: UUID
    in_custody: bool
    name: str
    opened_at: datetime
    over: bool
    party_id: UUID | None
    rule: str
    state: str
    unit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A document to be drafted; fields that the case fills may be left out, without `party_ids` it is about all suspects."""

    fields: dict[str, str] = field(default_factory=dict[str, str])
    kind: str
    party_ids: list[UUID] = field(default_factory=list[UUID])


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReason:
    """Why a file goes back, pinned to a page or an entry where that can be said."""

    code: str = "other"
    entry_id: UUID | None = None
    page_id: UUID | None = None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """A word to whoever has to act."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudged:
    """How often somebody was reminded."""

    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What one receiver owes in a round."""

    accepted_at: datetime | None
    answer_due: datetime | None
    answered_at: datetime | None
    entered_at: datetime | None
    handler_id: UUID | None
    handler_name: str
    id: UUID
    receive_due: datetime | None
    returned_at: datetime | None
    round: int
    silent_since: datetime | None
    state: str
    unit_id: UUID
    unit_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfKind:
    """Which units."""

    kind: UnitKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a flow may end for a person."""

    key: str
    name: str
    needs_reason: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeOfAct:
    """How an act ends for a person, with its term."""

    outcome: str
    term: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What is known of a page: its original with its digest, its place in it, its measures."""

    dpi: int | None
    error: str
    file: str
    findings: list[str]
    height: int
    index: int
    pages: int
    recording: str
    sha256: str
    state: str
    uploaded: datetime
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCaseRow:
    """PageCaseRow."""

    more: bool
    page: int
    rows: list[CaseRow]
    size: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageInboxRow:
    """PageInboxRow."""

    more: bool
    page: int
    rows: list[InboxRow]
    size: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party to be entered; `id_number` is checked (GB 11643), never required."""

    absconded: bool = False
    aliases: list[str] = field(default_factory=list[str])
    born_on: date | None = None
    charge_codes: list[str] = field(default_factory=list[str])
    deputy: bool = False
    education: str = ""
    elsewhere_reason: str = ""
    ethnicity: str = ""
    foreigner: bool = False
    handled_elsewhere: bool = False
    id_number: str = ""
    id_type: str = ""
    identity_unknown: bool = False
    kind: PartyKind
    legal_representative: str = ""
    minor: bool = False
    name: str = ""
    nationality: str = "中国"
    occupation: str = ""
    phone: str = ""
    residence: str = ""
    role_in_case: str = ""
    sex: str = ""


PartyKind = Literal["suspect", "unit_suspect", "victim", "witness", "reporter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on a post of the unit."""

    person_id: UUID
    person_name: str
    post_name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a file was returned, and what became of that."""

    basis: str
    code: str
    id: UUID
    page_id: UUID | None
    resolution: str
    round: int
    state: str
    text: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that was not taken, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A case to be registered (受案). `secret` must be false: secret cases never enter."""

    brief: str
    category: str
    happened_at: datetime | None = None
    late_reason: str = ""
    occurred_at: datetime
    parties: list[Party] = field(default_factory=list[Party])
    place: str
    secret: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A case that was registered, and the entry of the ledger that proves it."""

    case_id: UUID
    entry_number: int
    name: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """How a reason was mended, or why it stays."""

    resolution: str
    state: Literal["fixed", "explained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A file to be returned; without `fix_by` the usual day."""

    fix_by: datetime | None = None
    fix_reason: str = ""
    happened_at: datetime | None = None
    late_reason: str = ""
    reasons: list[NewReason]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Self:
    """Who the token acts as, and what it allows."""

    flows: list[str]
    permissions: list[str]
    person_id: UUID
    person_name: str
    post_name: str
    role: str
    today: date
    unit_id: UUID
    unit_name: str


Stage = Literal[
    "registered",
    "investigation",
    "prosecution_review",
    "supplementary",
    "trial",
    "effective",
    "execution",
    "closed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A person a hand-over is about, and how it was answered for them."""

    answered_at: datetime | None
    name: str
    outcome: str
    outcome_name: str
    party_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectOutcome:
    """How a request is answered for one person."""

    outcome: str
    party_id: UUID
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """A draft to be checked and sent up, before `approver_id` where one is named."""

    approver_id: UUID | None = None
    explanations: dict[str, str] | None = None
    happened_at: datetime | None = None
    late_reason: str = ""
    note: str | None = None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit."""

    code: str
    id: UUID
    kind: str
    level: str
    name: str


UnitKind = Literal[
    "committee",
    "court",
    "detention",
    "hub",
    "justice",
    "legal_aid",
    "police",
    "police_station",
    "prison",
    "procuratorate",
    "supervision",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadForm:
    """Where files go: an entry that is there, or a place of the catalogue."""

    catalogue_key: str = ""
    entry_id: UUID | None = None
    replace_page_id: UUID | None = None
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """What an upload became."""

    entry_id: UUID
    original_ids: list[UUID]
    page_ids: list[UUID]
    refused: list[Refused]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Versioned:
    """The version that was read."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """Why a document is voided."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A volume."""

    catalogue_key: str
    entries: list[FileEntry]
    id: UUID
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What of an inbox: what waits, or what was taken; of one flow."""

    done: bool = False
    flow: str = ""
    page: int = 1
    size: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What a list is narrowed to."""

    category: str = ""
    due: Literal["", "overdue", "day", "three", "week", "later", "soon", "none"] = ""
    held: Literal["", "yes", "no"] = ""
    mine: bool = False
    order: Literal["due", "changed", "number", "stage"] = "due"
    page: int = 1
    role: GrantRole | None = None
    size: int = 50
    stage: Stage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Why a hand-over is withdrawn."""

    reason: str
    version: int
