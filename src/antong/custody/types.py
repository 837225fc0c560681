"""Values that `custody` gives to other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from antong.kernel import clock
from antong.kernel.worded import Worded

DAY = timedelta(days=1)


class ToldBy(Worded):
    """By what a place learns on what somebody is held there."""

    ADMISSION = "admission", "收押"
    TRANSFER = "transfer", "换押"
    CHANGE = "change", "期限变更"
    PAPER = "paper", "登记依据文书"
    RELEASE = "release", "释放通知"


class Nearness(Worded):
    """How near the end of the basis is; the order is that of urgency."""

    NONE = "none", "无有效依据"
    DAY = "day", "24 小时内"
    THREE = "three", "3 天内"
    SEVEN = "seven", "7 天内"
    MORE = "more", "7 天以上"
    SENTENCE = "sentence", "刑期"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldView:
    """One thing that a place was told."""

    by: ToldBy
    paper: str
    number: str
    agency: str
    until: datetime | None
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InterrogationView:
    """A request to question somebody."""

    at: datetime
    agency: str
    officers: tuple[str, ...]
    paper: str
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Somebody held: the bodily fact, what the place was told, and on what the case holds the person now.

    `measure` (empty: none in force) and `until` come from `cases`, `told_*` from what the place was told. `rests` where
    the time of the basis does not run.
    """

    id: UUID
    case_id: UUID
    case_number: str
    party_id: UUID
    name: str
    charge: str
    stage: str
    place_id: UUID
    place: str
    cell: str
    identity: str
    admitted_at: datetime
    paper: str
    number: str
    told_agency: str
    told_agency_id: UUID
    told_until: datetime | None
    told_at: datetime
    agency: str
    agency_id: UUID
    measure: str
    holds: bool
    sentence: bool
    until: datetime | None
    limit: str
    articles: tuple[str, ...]
    derivation: tuple[str, ...]
    handler_id: UUID | None
    release_ordered_at: datetime | None
    release_paper: str
    version: int
    rests: bool

    @property
    def nearness(self) -> Nearness:
        """How near the end of the basis is now."""
        if not self.holds:
            return Nearness.NONE
        left = None if self.until is None else self.until - clock.now()
        if (left is None and not (self.sentence or self.rests)) or (
            left is not None and left <= timedelta(0)
        ):
            return Nearness.NONE
        if self.sentence:
            return Nearness.SENTENCE
        if left is None:
            return Nearness.MORE
        for most, found in ((1, Nearness.DAY), (3, Nearness.THREE), (7, Nearness.SEVEN)):
            if left <= most * DAY:
                return found
        return Nearness.MORE

    @property
    def agency_told(self) -> bool:
        """Whether the agency the place knows of is the one that has the case now; nobody is handed over who serves a sentence."""
        return self.sentence or self.agency_id == self.told_agency_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act on somebody held has left."""

    admission_id: UUID
    version: int
    allowed: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """On what a place learns something: the paper's name and number, who is in charge, by which hand-over, until when.

    Without an agency the one in charge stays. One that `keeps` changes the end alone: people are held on the paper before.
    """

    by: ToldBy
    name: str
    number: str = ""
    agency_id: UUID | None = None
    handover_id: UUID | None = None
    until: datetime | None = None
    keeps: bool = False
