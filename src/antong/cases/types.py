"""Values that `cases` gives to other rooms: frozen, named in the field's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings

from antong.kernel import clock
from antong.kernel.worded import Worded
from antong.law import timelimit


class Stage(Worded):
    """Where a suspect's matter stands. The case's stage is derived from its suspects'."""

    REGISTERED = "registered", "受案"
    INVESTIGATION = "investigation", "侦查"
    PROSECUTION_REVIEW = "prosecution_review", "审查起诉"
    SUPPLEMENTARY = "supplementary", "补充侦查"
    TRIAL = "trial", "一审"
    EFFECTIVE = "effective", "判决生效"
    EXECUTION = "execution", "执行"
    CLOSED = "closed", "终结"


STAGE_ORDER = {stage: index for index, stage in enumerate(Stage)}


class PartyKind(Worded):
    """What a party is to the case."""

    SUSPECT = "suspect", "犯罪嫌疑人"
    UNIT_SUSPECT = "unit_suspect", "嫌疑单位"
    VICTIM = "victim", "被害人"
    WITNESS = "witness", "证人"
    REPORTER = "reporter", "报案人"

    @property
    def is_suspect(self) -> bool:
        """Whether a hand-over can be about this party as the one pursued."""
        return self in SUSPECT_KINDS


SUSPECT_KINDS = frozenset({PartyKind.SUSPECT, PartyKind.UNIT_SUSPECT})


class MeasureKind(Worded):
    """Compulsory measures and what a judgment imposes (刑事诉讼法第66条至第100条; 刑法第33条)."""

    SUMMONS = "summons", "拘传"
    DETENTION = "detention", "拘留"
    ARREST = "arrest", "逮捕"
    BAIL = "bail", "取保候审"
    RESIDENTIAL_SURVEILLANCE = "residential_surveillance", "监视居住"
    IMPRISONMENT = "imprisonment", "服刑"
    PROBATION = "probation", "缓刑考验"

    @property
    def holds(self) -> bool:
        """Whether the person is held in custody under it."""
        return self in HOLDING


HOLDING = frozenset({MeasureKind.DETENTION, MeasureKind.ARREST, MeasureKind.IMPRISONMENT})


class GrantRole(Worded):
    """By what right a unit sees a case (design §8)."""

    HANDLING = "handling", "承办"
    CO_HANDLING = "co_handling", "协办"
    REVIEWING = "reviewing", "审查"
    PAST = "past", "曾办"
    SUPERVISION = "supervision", "监督"


EDITING_ROLES = frozenset({GrantRole.HANDLING, GrantRole.CO_HANDLING})
"""Roles that see the living case; all others see the snapshot they were given."""

EXECUTING_KINDS = frozenset({"detention", "justice", "legal_aid", "prison"})
"""Kinds of unit that hold, correct or help people: they get papers by law (刑事诉讼法第264条), never the evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccess:
    """A case as one unit may see it: what `access.case_for` answers."""

    id: UUID
    number: str
    name: str
    category: str
    stage: Stage
    version: int
    handling_unit_id: UUID
    registered_unit_id: UUID
    role: GrantRole
    grant_id: UUID
    sheet_id: UUID | None
    manifest_id: UUID | None
    handler_id: UUID | None
    unit_id: UUID
    unit_kind: str
    part_ids: tuple[UUID, ...] = ()

    @property
    def living(self) -> bool:
        """Whether the unit works on the case as it is now, not as it was sent."""
        return self.role in EDITING_ROLES

    @property
    def whole(self) -> bool:
        """Whether the unit sees all of the living case: one that executes sees people and papers, no evidence."""
        return self.living and self.unit_kind not in EXECUTING_KINDS

    @property
    def manifest_ids(self) -> tuple[UUID, ...]:
        """The snapshots of the file that the unit was given: its own first, then those of later notices."""
        return tuple(one for one in (self.manifest_id, *self.part_ids) if one is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeView:
    """A charge laid against one suspect: `code` from the table of charges, article of 刑法."""

    code: str
    name: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyView:
    """A party of a case."""

    id: UUID
    position: int
    kind: PartyKind
    name: str
    aliases: tuple[str, ...] = ()
    sex: str = ""
    born_on: date | None = None
    id_type: str = ""
    id_number: str = ""
    id_warning: str = ""
    nationality: str = ""
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
    stage: Stage = Stage.REGISTERED
    state: str = ""
    charges: tuple[ChargeView, ...] = ()
    version: int = 1

    @property
    def is_suspect(self) -> bool:
        """Whether this party is pursued."""
        return self.kind.is_suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureView:
    """A measure on a party: from `starts_at` until `ends_at` (none: in force)."""

    id: UUID
    party_id: UUID
    kind: MeasureKind
    starts_at: datetime
    ends_at: datetime | None
    articles: tuple[str, ...]
    document_id: UUID | None
    document_number: str
    decided_by_id: UUID
    executed_by_id: UUID | None
    place: str
    guarantor: str
    end_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitView:
    """A running or closed time limit with its derivation, as `law` answered it."""

    id: UUID
    case_id: UUID
    party_id: UUID | None
    rule: str
    name: str
    unit_id: UUID
    due_at: datetime
    in_custody: bool
    articles: tuple[str, ...]
    derivation: tuple[str, ...]
    alternatives: tuple[Mapping[str, str], ...]
    state: str
    opened_at: datetime
    closed_at: datetime | None
    close_reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self.state == "running"

    @property
    def suspended(self) -> bool:
        """Whether it rests (中止) since `closed_at`: it ends when it is taken up again, later by as many days."""
        return self.state == "suspended"

    @property
    def over(self) -> bool:
        """Whether it runs past its end."""
        return self.running and self.due_at <= clock.now()

    @property
    def further(self) -> timelimit.Further | None:
        """How much longer the law would let it be made, where it runs and has not ended yet (还可)."""
        if not self.running or self.over:
            return None
        return timelimit.further(self.rule, self.facts, conventions=settings.ANTONG_CONVENTIONS)

    @property
    def outside(self) -> tuple[timelimit.Outside, ...]:
        """The sources of its rule that are not among the texts: known from copies, not checked."""
        return timelimit.outside(self.rule)

    @property
    def late(self) -> bool:
        """Whether what it measured was done after its end; the end of a right is no lateness."""
        return (
            self.closed_at is not None and self.closed_at > self.due_at and not timelimit.of_right(self.rule)
        )

    @property
    def of_stage(self) -> bool:
        """Whether it is the limit of a stage, on which holding somebody rests (法156, 172, 208 …)."""
        return timelimit.holds(self.rule)


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
    """What an act does to a limit: start it from facts, stop what runs under its rule, or let it rest (suspend).

    `party_id` None means the limit of the case as a whole. `unit_id` owes it.
    """

    do: Literal["start", "stop", "suspend"]
    rule: str
    party_id: UUID | None = None
    unit_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantChange:
    """What an act does to a unit's right to a case; None leaves a column as it is.

    `part_id` is a manifest of papers that come beside what the unit was given before.
    """

    unit_id: UUID
    role: GrantRole
    basis: str
    handover_id: UUID | None = None
    sheet_id: UUID | None = None
    manifest_id: UUID | None = None
    handler_id: UUID | None = None
    part_id: UUID | None = None


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
