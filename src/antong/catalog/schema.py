"""The shape of a definition. Unknown keys are refused, so that a misspelt effect cannot pass unnoticed.

What the words of a definition mean stands in docs/catalog-flows.md; which words there are, in `vocabulary`.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_STRICT = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
_ARTICLE = re.compile(r"第\d+条(之\d+)?")
_DAY = r"^\d{4}-\d{2}-\d{2}$"


class Ends(BaseModel):
    """Which units may send or receive: kinds and levels; `several` receivers."""

    model_config = _STRICT
    kinds: tuple[str, ...]
    levels: tuple[str, ...] = ("county", "prefecture")
    several: bool = False


class Subjects(BaseModel):
    """Whom a hand-over is about: suspects in these stages and states."""

    model_config = _STRICT
    stages: tuple[str, ...]
    states: tuple[str, ...] = ()
    at_least: int = 1


class CarriedDocument(BaseModel):
    """A document that goes along; `per` case or subject."""

    model_config = _STRICT
    kind: str
    required: bool = True
    per: Literal["case", "subject"] = "case"


class Carries(BaseModel):
    """What goes along."""

    model_config = _STRICT
    documents: tuple[CarriedDocument, ...] = ()
    dossier: bool = False


class Check(BaseModel):
    """What must be true before a hand-over goes up: `must` stops, `explain` stops until explained, `doubt` is shown."""

    model_config = _STRICT
    key: str
    text: str
    articles: tuple[str, ...] = ()
    level: Literal["must", "explain", "doubt"] = "must"
    test: str
    params: dict[str, Any] = Field(default_factory=dict)
    remedy: str = ""


class Approver(BaseModel):
    """Who approves: a role of the sending unit or its bureau, A or B, never one's own work."""

    model_config = _STRICT
    role: str
    articles: tuple[str, ...] = ()


class Effect(BaseModel):
    """One thing an act does; which other keys it takes follows from `do`. `when` narrows it (see `conditions`)."""

    model_config = _STRICT
    do: Literal[
        "set-stage",
        "set-state",
        "start-measure",
        "end-measure",
        "start-limit",
        "stop-limit",
        "suspend-limit",
        "grant",
        "number",
        "admit",
        "discharge",
        "tell-custody",
    ]
    stage: str = ""
    state: str = ""
    measure: str = ""
    document: str = ""
    articles: tuple[str, ...] = ()
    reason: str = ""
    rule: str = ""
    over: tuple[str, ...] = ()
    facts: dict[str, str] = Field(default_factory=dict)
    owner: Literal["sender", "receiver"] = "sender"
    per: Literal["case", "subject"] = "case"
    to: Literal["sender", "receiver"] = "receiver"
    role: str = ""
    kind: str = ""
    when: str = ""
    decided_by: Literal["sender", "receiver", "issuer"] = "sender"
    executed_by: Literal["", "sender", "receiver"] = ""
    place: str = ""
    proof: str = ""
    until: str = ""
    told: Literal["", "transfer", "change"] = ""


class FieldDef(BaseModel):
    """Something on a form: text, long, date, datetime, integer or choice; `source` says who fills it first."""

    model_config = _STRICT
    key: str
    label: str
    type: Literal["text", "long", "date", "datetime", "integer", "choice"] = "text"
    required: bool = True
    choices: tuple[str, ...] = ()
    default: str = ""
    hint: str = ""
    source: Literal["typed", "case", "party", "measure", "limit"] = "typed"


class OutcomeDef(BaseModel):
    """One way a request may be answered, or an act decided, for a subject.

    `says` is the finding a document prints for those it is given to; `words` are those of which the operative part
    must use one beside each of their names.
    """

    model_config = _STRICT
    key: str
    name: str
    articles: tuple[str, ...] = ()
    documents: tuple[CarriedDocument, ...] = ()
    needs_reason: bool = False
    fields: tuple[FieldDef, ...] = ()
    says: str = ""
    words: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()


class AnswerDef(BaseModel):
    """How a request is answered: by outcomes per subject, or by another flow."""

    model_config = _STRICT
    outcomes: tuple[OutcomeDef, ...] = ()
    by_flow: str = ""
    approver: Approver | None = None
    limits: tuple[str, ...] = ()


class Receipt(BaseModel):
    """By when a receiver accepts or returns: the end of so many working days, or so many minutes for custody.

    `warn_minutes` before that the receiver is warned: by default in the afternoon of the last day.
    """

    model_config = _STRICT
    working_days: int = Field(default=1, ge=1)
    minutes: int = Field(default=0, ge=0)
    warn_minutes: int = Field(default=600, ge=0)


class NextDef(BaseModel):
    """What somebody owes once a hand-over has taken effect: the flow, who starts it, after which outcome."""

    model_config = _STRICT
    flow: str
    by: Literal["sender", "receiver", "both"] = "sender"
    outcome: str = ""
    text: str = ""


class FlowDef(BaseModel):
    """One flow. `valid_from` and `valid_until` (the last day) are ISO dates; one version is in force on a day."""

    model_config = _STRICT
    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    name: str
    version: int = 1
    valid_from: str = Field(pattern=_DAY)
    valid_until: str = Field(default="", pattern=rf"^$|{_DAY}")
    kind: Literal["transfer", "request", "notice", "act"]
    main_flow: str
    articles: tuple[str, ...]
    from_: Ends = Field(alias="from")
    to: Ends | None = None
    subjects: Subjects
    carries: Carries = Carries()
    fields: tuple[FieldDef, ...] = ()
    checks: tuple[Check, ...] = ()
    approver: Approver | None = None
    receipt: Receipt = Receipt()
    outcomes: tuple[OutcomeDef, ...] = ()
    answer: AnswerDef | None = None
    answers: str = ""
    effects: dict[Literal["approved", "sent", "accepted"], tuple[Effect, ...]] = Field(default_factory=dict)
    consequence: dict[Literal["accept", "return"], str] = Field(default_factory=dict)
    next: tuple[NextDef, ...] = ()
    example: str

    def carried(self) -> tuple[CarriedDocument, ...]:
        """Every document the flow moves or makes: with the hand-over, and with each outcome."""
        outcomes = (*self.outcomes, *(self.answer.outcomes if self.answer else ()))
        return (
            *self.carries.documents,
            *(document for outcome in outcomes for document in outcome.documents),
        )

    def all_effects(self) -> tuple[Effect, ...]:
        """Every effect the flow may have, whenever."""
        outcomes = (*self.outcomes, *(self.answer.outcomes if self.answer else ()))
        return (
            *(effect for effects in self.effects.values() for effect in effects),
            *(effect for outcome in outcomes for effect in outcome.effects),
        )


class Part(BaseModel):
    """A part of a document: stub, main, file copy, receipt; to whom it goes; `joint`: seal across the joint (骑缝章)."""

    model_config = _STRICT
    key: str
    title: str
    to: str = ""
    tail: str = ""
    joint: bool = False


class DocumentKind(BaseModel):
    """A kind of legal document: number, parts, fields, text, and its place in the file.

    `drafted_in` names the stages in which an officer draws it up without a hand-over; `signers` who signs by hand
    (officer, suspect, guarantor, witness, family, recipient …), `fingerprint` where a finger is printed beside it.
    `meets` names the time limits that end for the people it is about once it is issued.
    """

    model_config = _STRICT
    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    name: str
    issuers: tuple[str, ...] = Field(min_length=1)
    series: str = ""
    articles: tuple[str, ...] = ()
    per: Literal["case", "subject"] = "case"
    fields: tuple[FieldDef, ...] = ()
    addressee: str = ""
    body: tuple[str, ...] = Field(min_length=1)
    closing: str = ""
    parts: tuple[Part, ...] = (Part(key="main", title="正本"),)
    sign: Literal["unit", "officers"] = "unit"
    seal: bool = True
    signers: tuple[str, ...] = ()
    fingerprint: bool = False
    hand_signed: bool = False
    drafted_in: tuple[str, ...] = ()
    form: Literal["official", "general"] = "general"
    template: str = "document"
    meets: tuple[str, ...] = ()
    place: str

    def may_draft(self, unit_kind: str) -> bool:
        """Whether a unit of that kind may draw this up: whoever issues it, and a station for its bureau."""
        return unit_kind in self.issuers or (unit_kind == "police_station" and "police" in self.issuers)


class EntryDef(BaseModel):
    """A place in the dossier catalogue: `need` says how often a paper stands there, from which stage on it is looked for."""

    model_config = _STRICT
    key: str
    title: str
    need: Literal["required", "usual", "if-any"] = "if-any"
    from_stage: str = ""
    reason: str = ""


class GroupDef(BaseModel):
    """A group of places."""

    model_config = _STRICT
    key: str
    title: str
    entries: tuple[EntryDef, ...]


class VolumeDef(BaseModel):
    """A kind of volume (卷); `owners` are the kinds of unit that order it."""

    model_config = _STRICT
    key: str
    title: str
    owners: tuple[str, ...] = ()
    groups: tuple[GroupDef, ...]


class DossierCatalogue(BaseModel):
    """The agreed catalogue: volumes, and what never enters the platform."""

    model_config = _STRICT
    version: str
    volumes: tuple[VolumeDef, ...]
    excluded: tuple[EntryDef, ...]

    def entries(self) -> tuple[EntryDef, ...]:
        """Every place, in order."""
        return tuple(entry for volume in self.volumes for group in volume.groups for entry in group.entries)

    def entry(self, key: str) -> tuple[VolumeDef, EntryDef] | None:
        """The volume and place of a catalogue key."""
        for volume in self.volumes:
            for group in volume.groups:
                for entry in group.entries:
                    if entry.key == key:
                        return volume, entry
        return None


class ReturnReasonDef(BaseModel):
    """A standard reason for returning a file, with the text it begins with."""

    model_config = _STRICT
    key: str
    name: str
    text: str
    initials: str


class Code(BaseModel):
    """One row of a code table; `parent` is the code above, where the table has levels."""

    model_config = _STRICT
    code: str
    name: str
    initials: str = ""
    parent: str = ""


class Charge(BaseModel):
    """A charge of 刑法 as the judicial interpretations name it; `article` is empty where the source matched none."""

    model_config = _STRICT
    code: str
    name: str
    article: str
    initials: str

    def citations(self) -> tuple[str, ...]:
        """Each article as the law texts cite it: 第127条第1款、第2款 are two paragraphs of 刑法第127条."""
        found: list[str] = []
        article = ""
        for part in self.article.split("、") if self.article else ():
            named = _ARTICLE.match(part)
            article = named[0] if named else article
            found.append(f"刑法{part}" if named else f"刑法{article}{part}")
        return tuple(found)
