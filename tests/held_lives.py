"""Lawful and unlawful histories of people held, each with its truth, written down when the history is made up.

The truth is spans of time: of whom what is wrong from when until when. It is made from what was decided to happen, not
from rows, and knows nothing of the watch's SQL. Rows go straight into the tables that the views read.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from antong.cases.models import Case, Limit, Measure, Party
from antong.custody.models import Admission
from antong.dossier.models import Document, Dossier
from antong.org.models import Unit
from antong.watch.types import AlarmKind

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVER = timedelta(days=5000)
Span = tuple[AlarmKind, datetime, datetime]
STEPS = (
    ("arrest-request-30d", 30), ("arrest-review-7d", 7), ("investigation-custody-2m", 61), ("prosecution-review-1m", 31),
    ("supplementary-investigation-1m", 30), ("review-restart-after-return", 31), ("first-instance-2m", 61),
)  # fmt: skip
"""Limits one after the other on a long road, with about how many days each gives."""


@dataclass(slots=True)
class Life:
    """One person: rows of every table, and what is wrong when."""

    name: str
    rows: dict[type[Any], list[Any]] = field(default_factory=dict)
    truth: list[Span] = field(default_factory=list)
    party_id: UUID = field(default_factory=uuid4)

    def add(self, model: type[Any], **columns: Any) -> Any:
        """Enter a row."""
        row = model(**columns)
        self.rows.setdefault(model, []).append(row)
        return row

    def wrong(self, kind: AlarmKind, since: datetime, until: datetime | None = None) -> None:
        """Write down that something is wrong over a span."""
        end = until if until is not None else since + EVER
        if end > since:
            self.truth.append((kind, since, end))

    def wrong_at(self, instant: datetime) -> set[AlarmKind]:
        """What is wrong at an instant."""
        return {kind for kind, since, until in self.truth if since <= instant < until}


@dataclass(slots=True)
class Maker:
    """Makes up lives that reach until `now`; nothing happens after it but that time passes."""

    now: datetime
    seed: int
    chance: random.Random = field(init=False)
    units: dict[str, Unit] = field(init=False)
    number: int = 0
    shared: Any = None
    place_in_case: int = 0

    def __post_init__(self) -> None:
        """Find the units that lives run through."""
        self.chance = random.Random(self.seed)  # noqa: S311 - histories, not secrets
        found = {unit.code: unit for unit in Unit.objects.filter(code__startswith="990121")}
        kinds = {"police": "ga", "station": "xz", "review": "jc", "court": "fy", "place": "ks"}
        self.units = {name: found[f"990121{code}"] for name, code in kinds.items()}

    def lives(self, count: int) -> Iterator[Life]:
        """Make up as many lives as asked for, every kind in turn."""
        for index in range(count):
            yield self._life(KINDS[index % len(KINDS)])

    def ago(self, least: float, most: float) -> datetime:
        """Return an instant between so many hours ago, at an odd second."""
        return self.now - timedelta(hours=self.chance.uniform(least, most))

    def _life(self, kind: str) -> Life:
        self.number += 1
        life = Life(name=f"{kind} {self.number}")
        if self.shared is None or self.chance.random() < 0.6:
            self.shared = self._case(life)
            self.place_in_case = 0
        case = self.shared
        self.place_in_case += 1
        name = f"人{self.number}"
        life.add(
            Party, id=life.party_id, case_id=case.id, position=self.place_in_case, kind="suspect", name=name
        )
        if self.chance.random() < 0.4:
            self._before(life, case)
        getattr(self, f"_{kind}")(life, case)
        return life

    def _case(self, life: Life) -> Any:
        """Enter a case; several people may be in it."""
        agency = self.units[self.chance.choice(("station", "police", "review", "court"))]
        case = life.add(
            Case, id=uuid4(), number=f"HZ{self.number:08}", name="某某案", category="", source="", place="", brief="",
            happened_at=self.now - 400 * DAY, reported_at=self.now - 400 * DAY, registered_unit_id=self.units["station"].id,
            handling_unit_id=agency.id, registered_by=uuid4(), registered_at=self.now - 400 * DAY,
        )  # fmt: skip
        life.add(Dossier, case_id=case.id, wrapped_key=b"")
        return case

    def measure(self, life: Life, case: Any, kind: str, start: datetime, end: datetime | None = None) -> None:
        """Enter a measure."""
        life.add(
            Measure, id=uuid4(), case_id=case.id, party_id=life.party_id, kind=kind, starts_at=start, ends_at=end,
            decided_by_id=self.units["police"].id, end_reason="变更强制措施" if end else "",
        )  # fmt: skip

    def limit(
        self, life: Life, case: Any, rule: str, opened: datetime, due: datetime, closed: datetime | None
    ) -> None:
        """Enter a limit of custody, running or closed."""
        life.add(
            Limit, id=uuid4(), case_id=case.id, party_id=life.party_id, rule=rule, name=rule, due_at=due, in_custody=True,
            unit_id=case.handling_unit_id, opened_at=opened, closed_at=closed, state="closed" if closed else "running",
        )  # fmt: skip

    def door(
        self, life: Life, case: Any, came: datetime, left: datetime | None = None, *, told: datetime | None = None,
        agency: UUID | None = None, ordered: datetime | None = None,
    ) -> None:  # fmt: skip
        """Enter somebody's way in, and out."""
        life.add(
            Admission, id=uuid4(), case_id=case.id, party_id=life.party_id, place_id=self.units["place"].id, identity="一致",
            admitted_at=came, recorded_at=came, admitted_name="", paper="拘留证", agency_id=agency or case.handling_unit_id,
            told_until=told, told_at=came, discharged_at=left, discharge_reason="释放通知书" if left else "",
            release_ordered_at=ordered,
        )  # fmt: skip

    def paper(self, life: Life, case: Any, kind: str, at: datetime, state: str = "issued") -> None:
        """Enter a document about the person."""
        life.add(
            Document, id=uuid4(), dossier_id=case.id, kind=kind, unit_id=case.handling_unit_id, state=state,
            party_ids=[str(life.party_id)], issued_at=at, happened_at=at, drafted_by=uuid4(), drafted_name="", drafted_at=at,
        )  # fmt: skip

    def _before(self, life: Life, case: Any) -> None:
        """An episode long over: detained, let out in time, on bail; nothing of it is wrong any more."""
        start = self.now - 395 * DAY
        end = start + timedelta(days=self.chance.uniform(1, 20))
        self.measure(life, case, "detention", start, end)
        self.measure(life, case, "bail", end, self.now - 370 * DAY)
        self.door(life, case, start + HOUR, end + HOUR, told=start + 30 * DAY)
        self.limit(life, case, "arrest-request-30d", start, start + 30 * DAY, end)
        self.paper(life, case, self.chance.choice(("release-notice", "bail-decision")), end)

    def _road(self, life: Life, case: Any, left: timedelta) -> tuple[datetime, datetime]:
        """Months of lawful custody up to now, limit after limit, `left` until the last one ends; (since when, the end)."""
        ends, steps = self.now + left, self.chance.randint(1, len(STEPS))
        opened = min(
            ends - timedelta(days=STEPS[steps - 1][1]),
            self.now - timedelta(hours=self.chance.uniform(0.5, 20)),
        )
        last_opened, rule = opened, STEPS[steps - 1][0]
        self.limit(life, case, rule, opened, ends, None)
        for rule, days in reversed(STEPS[: steps - 1]):
            closed = opened
            opened = closed - timedelta(days=days * self.chance.uniform(0.3, 0.95))
            self.limit(life, case, rule, opened, opened + timedelta(days=days), closed)
        start = opened - timedelta(hours=self.chance.uniform(0, 3))
        if steps > 2:
            arrest = start + (last_opened - start) / 2
            self.measure(life, case, "detention", start, arrest)
            self.measure(life, case, "arrest", arrest)
        else:
            self.measure(life, case, "detention", start)
        return start, ends

    def _ends(self, life: Life, ends: datetime) -> None:
        life.wrong(AlarmKind.ENDS_7, ends - 7 * DAY, ends - 3 * DAY)
        life.wrong(AlarmKind.ENDS_3, ends - 3 * DAY, ends - DAY)
        life.wrong(AlarmKind.ENDS_1, ends - DAY, ends)
        life.wrong(AlarmKind.NO_BASIS, ends)

    def _left(self) -> timedelta:
        """Return how long a basis has left: near an edge as often as not."""
        edge = self.chance.choice((1, 3, 7))
        near = timedelta(days=edge, minutes=self.chance.choice((-1, 1)) * self.chance.uniform(0.5, 300))
        return near if self.chance.random() < 0.5 else timedelta(days=self.chance.uniform(0.1, 60))

    def _held(self, life: Life, case: Any, left: timedelta | None = None) -> tuple[datetime, datetime]:
        """Held lawfully until the basis ends."""
        start, ends = self._road(life, case, left or self._left())
        self.door(life, case, start + HOUR, told=ends)
        self._ends(life, ends)
        return start, ends

    def _resting(self, life: Life, case: Any) -> None:
        """Held while the trial is suspended or an appraisal made: time does not run, whatever end stood there before.

        A place that was told that end must be told that it is none any more.
        """
        start, ends = self._road(life, case, timedelta(days=self.chance.uniform(-40, 40)))
        rests = next(row for row in life.rows[Limit] if row.state == "running")
        rests.state, rests.closed_at = "suspended", rests.opened_at + (self.now - rests.opened_at) / 2
        told = ends if self.chance.random() < 0.5 else None
        self.door(life, case, start + HOUR, told=told)
        if told is not None:
            life.wrong(AlarmKind.CONTRADICTION, told)

    def _expired(self, life: Life, case: Any) -> None:
        """Held on though the basis has ended: extended on nobody's word."""
        start, ends = self._road(life, case, -timedelta(hours=self.chance.uniform(0.01, 900)))
        self.door(life, case, start + HOUR, told=ends)
        self._ends(life, ends)

    def _unlimited(self, life: Life, case: Any) -> None:
        """A measure without any limit running: nobody counts."""
        start = self.ago(30, 900)
        self.measure(life, case, "arrest", start)
        self.limit(life, case, "investigation-custody-2m", start, start + 61 * DAY, start + HOUR)
        self.door(life, case, start + HOUR)
        life.wrong(AlarmKind.NO_BASIS, start)

    def _unfounded(self, life: Life, case: Any) -> None:
        """In a place without any measure ever, or on a paper that was none."""
        came = self.ago(1, 300)
        if not any(row for row in life.rows.get(Measure, ())):
            self.door(life, case, came)
            life.wrong(AlarmKind.NO_BASIS, came)

    def _gone(self, life: Life, case: Any) -> None:
        """Released, and out of the door in time."""
        start, end = self.ago(500, 900), self.ago(3, 400)
        self.measure(life, case, "detention", start, end)
        self.limit(life, case, "arrest-request-30d", start, start + 30 * DAY, end)
        self.paper(life, case, "release-notice", end)
        self.door(
            life,
            case,
            start + HOUR,
            end + timedelta(hours=self.chance.uniform(0.1, 1.9)),
            told=start + 30 * DAY,
        )

    def _bailed(self, life: Life, case: Any) -> None:
        """On bail, never inside, or out again: not held at all."""
        start, end = self.ago(500, 900), self.ago(3, 400)
        self.measure(life, case, "detention", start, end)
        self.measure(life, case, self.chance.choice(("bail", "residential_surveillance")), end)
        self.door(life, case, start + HOUR, end + HOUR, told=start + 30 * DAY)

    def _over_held(self, life: Life, case: Any) -> None:
        """Released on paper, by a decision or by bail; the door stays shut: an hour, or days."""
        start, end = self.ago(500, 900), self.ago(0.1, 400 if self.chance.random() < 0.7 else 3)
        self.measure(life, case, "detention", start, end)
        if self.chance.random() < 0.5:
            self.measure(life, case, "bail", end)
        self.paper(life, case, "release-notice", end)
        ordered = end if self.chance.random() < 0.7 else None
        self.door(life, case, start + HOUR, told=start + 30 * DAY, ordered=ordered)
        life.wrong(AlarmKind.RELEASED_HELD, end + 2 * HOUR)

    def _on_the_way(self, life: Life, case: Any) -> None:
        """Detained and not in a place yet: hours are lawful, more than a day is not."""
        start = self.ago(0.1, 60)
        ends = start + timedelta(days=self.chance.choice((3, 7, 30)), hours=2)
        self.measure(life, case, "detention", start)
        self.limit(life, case, "arrest-request-30d", start, ends, None)
        life.wrong(AlarmKind.TRANSFER_LATE, start + DAY)
        self._ends(life, ends)

    def _not_told(self, life: Life, case: Any) -> None:
        """The case went to another agency and the place has not heard of it; a station's bureau is no other agency."""
        side = {"station": "police"}
        start, ends = self._road(life, case, self._left())
        name = next(key for key, unit in self.units.items() if unit.id == case.handling_unit_id)
        told = self.chance.choice([key for key in ("station", "police", "review", "court") if key != name])
        self.door(life, case, start + HOUR, told=ends, agency=self.units[told].id)
        self._ends(life, ends)
        running = next(row for row in life.rows[Limit] if row.state == "running")
        if side.get(told, told) != side.get(name, name):
            life.wrong(AlarmKind.TRANSFER_LATE, running.opened_at + DAY)

    def _told_less(self, life: Life, case: Any) -> None:
        """The term was made longer and the place was told nothing: for it the basis has ended."""
        start, ends = self._road(life, case, self._left())
        told = ends - timedelta(days=self.chance.uniform(0.5, 40))
        self.door(life, case, start + HOUR, told=told)
        self._ends(life, ends)
        life.wrong(AlarmKind.CONTRADICTION, told, ends)

    def _paper_says_free(self, life: Life, case: Any) -> None:
        """A release was issued after the measure began, and the measure stands; a draft or a void one says nothing."""
        start, _ = self._held(life, case)
        said = max(start + 2 * HOUR, self.ago(0.1, 40))
        running = [row for row in life.rows[Measure] if row.ends_at is None][-1]
        said = max(said, running.starts_at + timedelta(minutes=1))
        state = self.chance.choice(("issued", "issued", "draft", "void"))
        self.paper(life, case, self.chance.choice(("release-notice", "bail-decision-court")), said, state)
        if state == "issued":
            life.wrong(AlarmKind.CONTRADICTION, said + 2 * HOUR)

    def _two(self, life: Life, case: Any) -> None:
        """Two measures in force at once: one of them was entered with a day to come as its end."""
        start, _ = self._held(life, case, timedelta(days=self.chance.uniform(8, 50)))
        other, end = start + HOUR, self.now + timedelta(days=self.chance.uniform(0.5, 30))
        self.measure(life, case, self.chance.choice(("bail", "detention")), other, end)
        life.wrong(AlarmKind.CONTRADICTION, self.now - 1000 * DAY, end)

    def _serving(self, life: Life, case: Any) -> None:
        """Serving a sentence where it was told until when; without such a day nothing is counted."""
        start = self.ago(100, 5000)
        arrest = start - 100 * DAY
        self.measure(life, case, "arrest", arrest, start)
        self.measure(life, case, "imprisonment", start)
        known = self.chance.random() < 0.8
        ends = self.now + timedelta(hours=self.chance.uniform(-200, 900))
        self.door(life, case, arrest + HOUR, told=ends if known else None)
        if known:
            self._ends(life, ends)


KINDS = (
    "held", "held", "held", "gone", "bailed", "expired", "over_held", "on_the_way", "not_told", "told_less",
    "paper_says_free", "two", "serving", "unlimited", "unfounded", "resting",
)  # fmt: skip


def write(lives: list[Life]) -> None:
    """Write all rows."""
    for model in (Case, Party, Dossier, Measure, Limit, Admission, Document):
        model.objects.bulk_create(  # type: ignore[attr-defined]
            [row for life in lives for row in life.rows.get(model, ())], batch_size=2000
        )
