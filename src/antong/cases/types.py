"""Values that `cases` gives to other rooms: frozen, named in the field's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID


class Stage(StrEnum):
    """Where a suspect's matter stands. The case's stage is derived from its suspects'."""

    REGISTERED = "registered"
    INVESTIGATION = "investigation"
    PROSECUTION_REVIEW = "prosecution_review"
    SUPPLEMENTARY = "supplementary"
    TRIAL = "trial"
    EFFECTIVE = "effective"
    EXECUTION = "execution"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The word a user reads."""
        return STAGE_LABELS[self]


STAGE_LABELS = {
    Stage.REGISTERED: "受案",
    Stage.INVESTIGATION: "侦查",
    Stage.PROSECUTION_REVIEW: "审查起诉",
    Stage.SUPPLEMENTARY: "补充侦查",
    Stage.TRIAL: "一审",
    Stage.EFFECTIVE: "判决生效",
    Stage.EXECUTION: "执行",
    Stage.CLOSED: "终结",
}
STAGE_ORDER = {stage: index for index, stage in enumerate(Stage)}


class PartyKind(StrEnum):
    """What a party is to the case."""

    SUSPECT = "suspect"
    UNIT_SUSPECT = "unit_suspect"
    VICTIM = "victim"
    WITNESS = "witness"
    REPORTER = "reporter"

    @property
    def label(self) -> str:
        """The word a user reads."""
        return _PARTY_LABELS[self]

    @property
    def is_suspect(self) -> bool:
        """Whether a hand-over can be about this party as the one pursued."""
        return self in SUSPECT_KINDS


_PARTY_LABELS = {
    PartyKind.SUSPECT: "犯罪嫌疑人",
    PartyKind.UNIT_SUSPECT: "嫌疑单位",
    PartyKind.VICTIM: "被害人",
    PartyKind.WITNESS: "证人",
    PartyKind.REPORTER: "报案人",
}
SUSPECT_KINDS = frozenset({PartyKind.SUSPECT, PartyKind.UNIT_SUSPECT})


class MeasureKind(StrEnum):
    """Compulsory measures and what a judgment imposes (刑事诉讼法第66条至第100条; 刑法第33条)."""

    SUMMONS = "summons"
    DETENTION = "detention"
    ARREST = "arrest"
    BAIL = "bail"
    RESIDENTIAL_SURVEILLANCE = "residential_surveillance"
    IMPRISONMENT = "imprisonment"
    PROBATION = "probation"

    @property
    def label(self) -> str:
        """The word a user reads."""
        return _MEASURE_LABELS[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRef:
    """An immutable version of the case sheet: id and SHA-256 of its canonical JSON."""

    id: UUID
    version: int
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewParty:
    """A party to be entered. `id_number` is checked (GB 11643), never required."""

    kind: PartyKind
    name: str
    aliases: tuple[str, ...] = ()
    sex: str = ""
    born_on: date | None = None
    id_type: str = ""
    id_number: str = ""
    nationality: str = "中国"
    ethnicity: str = ""
    education: str = ""
    occupation: str = ""
    residence: str = ""
    phone: str = ""
    role_in_case: str = ""
    legal_representative: str = ""
    identity_unknown: bool = False
    foreigner: bool = False
    minor: bool = False
    absconded: bool = False
    handled_elsewhere: bool = False
    elsewhere_reason: str = ""
    deputy: bool = False
    charge_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """What an act does to a limit: start it from facts, or stop what runs under its rule.

    `party_id` None means the limit of the case as a whole. `unit_id` owes it.
    """

    do: Literal["start", "stop"]
    rule: str
    party_id: UUID | None = None
    unit_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantChange:
    """What an act does to a unit's right to a case; None leaves a column as it is."""

    unit_id: UUID
    role: GrantRole
    basis: str
    handover_id: UUID | None = None
    sheet_id: UUID | None = None
    manifest_id: UUID | None = None
    handler_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One row of a case list, read from the grant alone."""

    case_id: UUID
    number: str
    name: str
    category: str
    charge: str
    role: GrantRole
    stage: Stage
    in_custody: int
    next_due: datetime | None
    next_due_name: str
    handler_id: UUID | None
    handling_unit: str
    since: datetime
    updated_at: datetime
