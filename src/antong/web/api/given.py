"""What a system may send: strict, so that a misspelt field is refused and never passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from antong.cases.types import NewParty, PartyKind
from antong.kernel.moment import FIRST_YEAR

LAST_YEAR = 2200
MOST = 200
"""How many of anything one request names at most."""


def _sane(value: datetime) -> datetime:
    """Refuse a year that no calendar of ours reaches, before anything reckons with it."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"年份要在 {FIRST_YEAR} 到 {LAST_YEAR} 之间")
    return value


def _sane_day(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"年份要在 {FIRST_YEAR} 到 {LAST_YEAR} 之间")
    return value


def _written(value: Any) -> Any:
    """Refuse a number where a date is meant: seconds since 1970 are a slip."""
    if value is not None and not isinstance(value, str | date):
        raise ValueError("写成文字，例：2026-01-02T09:30:00+08:00")
    return value


Instant = Annotated[AwareDatetime, AfterValidator(_sane), BeforeValidator(_written)]
Day = Annotated[date, AfterValidator(_sane_day), BeforeValidator(_written)]
Text = Annotated[str, Field(max_length=20_000)]
Short = Annotated[str, Field(max_length=500)]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Ids = Annotated[list[UUID], Field(max_length=MOST)]
Texts = Annotated[dict[Short, Text], Field(max_length=MOST)]


def _readable(value: Any) -> bool:
    """Whether every text within can be kept: no NUL, no half of a character."""
    if isinstance(value, str):
        return "\0" not in value and value.encode(errors="replace").decode() == value
    if isinstance(value, Mapping):
        return all(_readable(part) for pair in value.items() for part in pair)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return all(map(_readable, value))
    return True


class In(BaseModel):
    """Something that is sent; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _only_text(cls, value: Any) -> Any:
        if not _readable(value):
            raise ValueError("内容里有不能保存的字符")
        return value


class Party(In):
    """A party to be entered; `id_number` is checked (GB 11643), never required."""

    kind: PartyKind
    name: Short = ""
    aliases: Annotated[list[Short], Field(max_length=MOST)] = []
    sex: Short = ""
    born_on: Day | None = None
    id_type: Short = ""
    id_number: Short = ""
    nationality: Short = "中国"
    ethnicity: Short = ""
    education: Short = ""
    occupation: Short = ""
    residence: Short = ""
    phone: Short = ""
    role_in_case: Short = ""
    legal_representative: Short = ""
    identity_unknown: bool = False
    foreigner: bool = False
    minor: bool = False
    absconded: bool = False
    handled_elsewhere: bool = False
    elsewhere_reason: Short = ""
    deputy: bool = False
    charge_codes: Annotated[list[Short], Field(max_length=MOST)] = []

    def value(self) -> NewParty:
        """Return it as the action takes it."""
        facts = self.model_dump()
        return NewParty(
            **{
                **facts,
                "aliases": tuple(self.aliases),
                "charge_codes": tuple(dict.fromkeys(self.charge_codes)),
            }
        )


class Timed(In):
    """When an act happened, where it was not now; more than a day late needs a reason."""

    happened_at: Instant | None = None
    late_reason: Short = ""


class Act(Timed):
    """An act on something that was read at `version`."""

    version: Number


class Register(Timed):
    """A case to be registered (受案). `secret` must be false: secret cases never enter."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "source": "01",
                "category": "050200",
                "occurred_at": "2026-01-02T21:10:00+08:00",
                "place": "河西路 8 号",
                "brief": "盗窃电动自行车一辆。",
                "secret": False,
                "parties": [{"kind": "suspect", "name": "纪白", "charge_codes": ["0502002"]}],
            }
        },
    )
    source: Short
    category: Short
    occurred_at: Instant
    place: Short
    brief: Text
    secret: bool
    parties: Annotated[list[Party], Field(max_length=MOST)] = []


class Find(In):
    """What cases are looked for by: number, name, party, pinyin initials. In the body, so that no name is in an address."""

    text: Annotated[str, Field(min_length=1, max_length=100)]
    page: Number = 1
    size: Annotated[int, Field(ge=1, le=100)] = 50


class AmendCase(Act):
    """What a case says, where it changes."""

    source: Short | None = None
    category: Short | None = None
    place: Short | None = None
    brief: Text | None = None


class AddParties(Act):
    """Parties to be added."""

    parties: Annotated[list[Party], Field(min_length=1, max_length=MOST)]


class AmendParty(Act):
    """A party as it is from now on; a field left out is empty."""

    party: Party


class OutcomeOfAct(In):
    """How an act ends for a person, with its term."""

    outcome: Short
    term: Short = ""


class Draft(In):
    """What a hand-over says; None leaves what stands. `fields` and `texts` are those that the flow and its documents ask for.

    `outcomes` is for flows that end in an outcome a person (judgments).
    """

    party_ids: Ids | None = None
    receiver_ids: Ids | None = None
    document_ids: Ids | None = None
    fields: Texts | None = None
    texts: Annotated[dict[Short, Texts], Field(max_length=MOST)] | None = None
    outcomes: Annotated[dict[UUID, OutcomeOfAct], Field(max_length=MOST)] | None = None
    track: Literal["single", "dual"] | None = None


class Compose(Draft):
    """A hand-over to be begun; without `party_ids` all who may be its subjects, without `receiver_ids` the counterpart."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "case_id": "019b76c2-0000-7000-8000-000000000001",
                "flow": "arrest-request",
                "texts": {"arrest-request": {"facts": "经依法侦查查明……"}},
            }
        },
    )
    case_id: UUID
    flow: Short


class Amend(Draft):
    """What of a draft changes."""

    version: Number
    explanations: Texts | None = None
    note: Short | None = None


class Submit(Act):
    """A draft to be checked and sent up, before `approver_id` where one is named."""

    approver_id: UUID | None = None
    explanations: Texts | None = None
    note: Short | None = None


class Decide(Act):
    """A decision of who approves, in that person's name."""

    approved: bool
    comment: Short = ""


class Accept(Act):
    """A hand-over to be accepted, for `handler_id` where it is somebody else's to handle.

    In a unit that assigns by rotation nobody named is whose turn it is; somebody named needs `assign_reason`.
    """

    handler_id: UUID | None = None
    assign_reason: Short = ""


class NewReason(In):
    """Why a file goes back, pinned to a page or an entry where that can be said."""

    text: Annotated[str, Field(min_length=1, max_length=1000)]
    code: Short = "other"
    page_id: UUID | None = None
    entry_id: UUID | None = None


class Return(Act):
    """A file to be returned; without `fix_by` the usual day."""

    reasons: Annotated[list[NewReason], Field(min_length=1, max_length=MOST)]
    fix_by: Instant | None = None
    fix_reason: Short = ""


class Assign(In):
    """Who handles it from now on."""

    person_id: UUID
    reason: Short = ""


class SubjectOutcome(In):
    """How a request is answered for one person."""

    party_id: UUID
    outcome: Short
    reason: Text = ""


class Answer(Act):
    """An answer to be proposed, one outcome a person."""

    outcomes: Annotated[list[SubjectOutcome], Field(max_length=MOST)]


class Versioned(In):
    """The version that was read."""

    version: Number


class Withdraw(Versioned):
    """Why a hand-over is withdrawn."""

    reason: Short


class Nudge(In):
    """A word to whoever has to act."""

    text: Short = ""


class Resolve(In):
    """How a reason was mended, or why it stays."""

    state: Literal["fixed", "explained"]
    resolution: Short


class NewDocument(In):
    """A document to be drafted; fields that the case fills may be left out, without `party_ids` it is about all suspects."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"kind": "suspect-rights", "party_ids": [], "fields": {}}},
    )
    kind: Short
    party_ids: Ids = []
    fields: Texts = {}


class Issue(Act):
    """A draft to be numbered and set."""

    fields: Texts | None = None


class Void(In):
    """Why a document is voided."""

    reason: Short


class UploadForm(In):
    """Where files go: an entry that is there, or a place of the catalogue."""

    entry_id: UUID | None = None
    catalogue_key: Short = ""
    title: Short = ""
    replace_page_id: UUID | None = None


class Metadata(UploadForm):
    """What is said of a file that comes by parts: its name, and where it goes."""

    filename: Annotated[str, Field(min_length=1, max_length=500)]
