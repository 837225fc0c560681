"""Values that `watch` gives to other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from antong.kernel import clock
from antong.kernel.worded import Worded


class AlarmKind(Worded):
    """What may be wrong with somebody held, the worst first."""

    NO_BASIS = "no_basis", "无有效羁押依据"
    RELEASED_HELD = "released_held", "已决定释放仍在押"
    CONTRADICTION = "contradiction", "依据互相矛盾"
    TRANSFER_LATE = "transfer_late", "送押、换押逾期"
    ENDS_1 = "ends_1", "依据一天内届满"
    ENDS_3 = "ends_3", "依据三天内届满"
    ENDS_7 = "ends_7", "依据七天内届满"

    @property
    def over(self) -> bool:
        """Whether somebody is held who may not be."""
        return self in {AlarmKind.NO_BASIS, AlarmKind.RELEASED_HELD}


DELAYS = {
    AlarmKind.NO_BASIS: timedelta(minutes=15),
    AlarmKind.RELEASED_HELD: timedelta(minutes=15),
    AlarmKind.CONTRADICTION: timedelta(hours=2),
    AlarmKind.TRANSFER_LATE: timedelta(hours=2),
    AlarmKind.ENDS_1: timedelta(hours=2),
    AlarmKind.ENDS_3: timedelta(hours=8),
    AlarmKind.ENDS_7: timedelta(hours=24),
}
"""How long each of those told has to answer before the next one is told."""


class Step(Worded):
    """Who is told, in turn."""

    HANDLER = "0", "承办人"
    HEAD = "1", "单位领导"
    PLACE = "2", "羁押场所"
    COMMITTEE = "3", "政法委"
    PREFECTURE = "4", "上级政法委"


STEPS = tuple(Step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the watch's own SQL says is wrong with one person now: since when, and the end it is about."""

    kind: AlarmKind
    why: str
    case_id: UUID
    case_number: str
    party_id: UUID
    person: str
    agency_id: UUID
    handler_id: UUID | None
    place_id: UUID | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTo:
    """Who was told of an alarm, and when."""

    step: Step
    unit: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """An alarm as pages show it."""

    id: UUID
    kind: AlarmKind
    why: str
    case_id: UUID
    case_number: str
    party_id: UUID
    person: str
    agency: str
    place: str
    since: datetime
    until: datetime | None
    raised_at: datetime
    step: Step
    next_at: datetime | None
    answered_at: datetime | None
    answered_name: str
    answer: str
    answer_until: datetime | None
    told: tuple[ToldTo, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether somebody has answered, and the day of that answer has not passed."""
        return self.answer_until is not None and self.answer_until > clock.now()


SILENT_AFTER = timedelta(minutes=2)
"""A watch that has not looked for so long is silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatView:
    """When the watch last looked, at how many people, the how-many-th time, and how many alarms stood."""

    at: datetime
    number: int
    people: int
    alarms: int

    @property
    def silent(self) -> bool:
        """Whether it has stopped looking."""
        return clock.now() - self.at > SILENT_AFTER
