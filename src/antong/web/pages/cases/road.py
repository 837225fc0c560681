"""The road of a case as its strip of stages shows it: where it has been, where it stands, what is still before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from antong.cases.selectors import SheetView
from antong.cases.types import CaseAccess, LimitView, Stage
from antong.flow.types import HandOverView, State
from antong.kernel import clock
from antong.org.types import UnitView

UNDER_WAY = {State.CHECKED, State.APPROVED, State.SENT, State.ARRIVED, State.ENTERED, State.RETURNED}
EFFECTIVE = {State.ACCEPTED, State.ANSWERED, State.CLOSED}
WORDS = {
    "filing": "立案", "arrest": "审查逮捕", "inquiry": "侦查", "transfer": "移送起诉", "review": "审查起诉", "charge": "提起公诉",
    "trial": "一审", "effective": "生效", "execution": "交付执行",
}  # fmt: skip
"""The steps of a road in their order. 侦查 stands there only while a case is in it."""
STANDS = {
    Stage.REGISTERED: "filing", Stage.INVESTIGATION: "inquiry", Stage.PROSECUTION_REVIEW: "review", Stage.SUPPLEMENTARY: "review",
    Stage.TRIAL: "trial", Stage.EFFECTIVE: "effective", Stage.EXECUTION: "execution",
}  # fmt: skip
FLOWS = {
    "filing": ("filing",), "arrest": ("arrest-request",), "transfer": ("prosecution-transfer", "re-transfer"), "charge": ("prosecution",),
    "trial": ("judgment",), "effective": ("judgment-effective",), "execution": ("execution-delivery", "community-correction"),
}  # fmt: skip
"""By which hand-overs a step is reached."""
ENDS = {
    "no-filing": "不予立案", "case-withdrawal": "撤销案件", "investigation-termination": "终止侦查", "non-prosecution": "不起诉",
    "sentence-served": "刑满释放", "sentence-served-detention": "刑满释放", "correction-end": "解除矫正",
}  # fmt: skip
SHORT_OUTCOMES = {"批准逮捕": "批捕", "不批准逮捕": "不捕"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step on the strip: its word, how it looks (past, here or before), a short note and the same in full."""

    word: str
    look: str
    note: str
    full: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    stage: Stage
    handovers: Sequence[HandOverView]
    sheet: SheetView
    case: CaseAccess
    limits: Sequence[LimitView]
    units: Mapping[UUID, UnitView]

    def newest(self, step: str) -> HandOverView | None:
        """The newest hand-over of a step that was not withdrawn."""
        wanted = FLOWS.get(step, ())
        rows = (row for row in self.handovers if row.flow in wanted and row.state is not State.WITHDRAWN)
        return next(rows, None)

    def short(self, unit_id: UUID, name: str) -> str:
        """A unit as one says it inside a case."""
        unit = self.units.get(unit_id)
        return unit.short_name if unit else name


def road(
    stage: Stage,
    case: CaseAccess,
    sheet: SheetView,
    handovers: Sequence[HandOverView],
    limits: Sequence[LimitView],
    units: Mapping[UUID, UnitView],
) -> list[Step]:
    """Return the steps of this case's own road; `handovers` newest first, `units` those of the hand-overs."""
    facts = _Facts(stage=stage, handovers=handovers, sheet=sheet, case=case, limits=limits, units=units)
    if stage is Stage.CLOSED:
        return _ended(facts)
    here = _here(facts)
    keys = [key for key in WORDS if key == here or _belongs(key, facts)]
    at = keys.index(here)
    return [_step(key, _look(index, at), facts) for index, key in enumerate(keys)]


def _look(index: int, at: int) -> str:
    return "past" if index < at else "here" if index == at else ""


def _here(facts: _Facts) -> str:
    """Return where the case stands: a file that is on its way stands on the way, not where it came from."""
    on_way = {
        "arrest": Stage.INVESTIGATION,
        "transfer": Stage.INVESTIGATION,
        "charge": Stage.PROSECUTION_REVIEW,
    }
    for step, stage in on_way.items():
        row = facts.newest(step)
        waiting = UNDER_WAY | ({State.ACCEPTED} if step == "arrest" else set())
        if facts.stage is stage and row is not None and row.state in waiting:
            return step
    return STANDS[facts.stage]


def _belongs(key: str, facts: _Facts) -> bool:
    if key == "inquiry":
        return False
    if key == "arrest":
        row = facts.newest("arrest")
        return row is not None and row.state is not State.DRAFT
    return True


def _step(key: str, look: str, facts: _Facts) -> Step:
    word = WORDS[key]
    if look == "here" and facts.stage in {Stage.REGISTERED, Stage.SUPPLEMENTARY}:
        word = facts.stage.label
    note, full = _NOTES.get(key, _reached)(key, look, facts)
    return Step(word=word, look=look, note=note or "—", full=f"{word}　{full or note or '还没有到这一步'}")


def _ended(facts: _Facts) -> list[Step]:
    """Return the road of a case that has ended: the steps it took, and how it ended."""
    taken = [key for key in FLOWS if (row := facts.newest(key)) is not None and row.state in EFFECTIVE]
    steps = [_step(key, "past", facts) for key in taken]
    last = next((row for row in facts.handovers if row.flow in ENDS and row.state in EFFECTIVE), None)
    word = ENDS[last.flow] if last else "终结"
    note = _day(last.happened_at) if last else ""
    return [*steps, Step(word=word, look="here", note=note or "—", full=f"{word}　{note}")]


def _day(instant: datetime | None) -> str:
    if instant is None:
        return ""
    local = clock.local(instant)
    return local.strftime("%m-%d" if local.year == clock.today().year else "%y-%m-%d")


def _reached(key: str, look: str, facts: _Facts) -> tuple[str, str]:
    """Return when a step was reached, and by whom."""
    row = facts.newest(key)
    if look == "here":
        running = _running(facts)
        if running:
            return running, running
    if row is None:
        return "", ""
    day = _day(row.happened_at or row.sent_at)
    if row.state not in EFFECTIVE:
        return row.state.label, f"{row.flow_name} {row.state.label}"
    if key == "trial":
        return f"{day} 宣判", f"{day} {row.from_unit_name}宣判"
    if key == "effective":
        return f"{day} 生效", f"{day} 判决生效"
    names = "、".join(dict.fromkeys(facts.short(one.unit_id, one.unit_name) for one in row.obligations))
    who = "、".join(row.receivers) or row.from_unit_name
    return f"{day} {names or facts.short(row.from_unit_id, row.from_unit_name)}", f"{day} {who}"


def _filing(key: str, look: str, facts: _Facts) -> tuple[str, str]:
    row = facts.newest(key)
    unit = facts.sheet.body["case"]["registered_unit"]
    name = facts.short(facts.case.registered_unit_id, unit)
    if row is None or row.state not in EFFECTIVE:
        day = _day(datetime.fromisoformat(facts.sheet.body["case"]["reported_at"]))
        note = f"{row.state.label}立案" if row is not None and look == "here" else f"{day} {name}"
        return note, f"{day} {unit}受案"
    return f"{_day(row.happened_at)} {name}", f"{_day(row.happened_at)} {unit}"


def _arrest(key: str, look: str, facts: _Facts) -> tuple[str, str]:
    row = facts.newest(key)
    if row is None:
        return "", ""
    counted: dict[str, int] = {}
    for subject in row.subjects:
        if subject.outcome_name:
            word = SHORT_OUTCOMES.get(subject.outcome_name, subject.outcome_name)
            counted[word] = counted.get(word, 0) + 1
    if not counted:
        return (
            f"{_day(row.happened_at or row.sent_at)} {row.state.label}".strip(),
            f"提请批准逮捕 {row.state.label}",
        )
    words = " · ".join(f"{word} {number}" for word, number in counted.items())
    last = max((subject.answered_at for subject in row.subjects if subject.answered_at), default=None)
    late = row.happened_at is not None and row.created_at - row.happened_at > timedelta(days=1)
    note = (
        words if late else f"{_day(last)} {words}"
    )  # entered afterwards: only the day of the entry is known
    return note, f"{_day(row.happened_at)} 提请，{words}"


def _transfer(key: str, look: str, facts: _Facts) -> tuple[str, str]:
    row = facts.newest(key)
    if row is None:
        return "", ""
    round_ = f"第 {row.round} 轮" if row.round > 1 else ""
    day = _day(row.happened_at or row.sent_at)
    word = "受理" if row.state in EFFECTIVE else row.state.label
    note = f"{day} {round_}{word}".strip()
    return note, f"{note} {'、'.join(row.receivers)}"


def _review(_key: str, look: str, facts: _Facts) -> tuple[str, str]:
    returned = sum(
        row.flow == "supplementary-investigation" and row.state in EFFECTIVE for row in facts.handovers
    )
    times = f"退查 {returned} 次" if returned else ""
    if look == "here":
        return _running(facts) or times, f"{_running(facts)} {times}".strip()
    if look == "past":
        return times or "已审结", times or "已审结"
    return "", ""


def _running(facts: _Facts) -> str:
    """Return how long the stage has lasted and when its limit ends: 第 19 天，03-21 届满."""
    mine = [
        limit
        for limit in facts.limits
        if limit.running
        and limit.unit_id == facts.case.handling_unit_id
        and not limit.rule.startswith("bail-")
    ]
    if not mine:
        return ""
    limit = min(mine, key=lambda one: (not one.of_stage, one.due_at))
    days = (clock.today() - clock.local(limit.opened_at).date()).days
    end = _day(limit.due_at - timedelta(minutes=1))  # a day's end is 24:00 of that day
    words = f"{end} 届满" if limit.due_at > clock.now() else f"{end} 已届满"
    return f"第 {days} 天，{words}" if days else words


_NOTES = {"filing": _filing, "arrest": _arrest, "transfer": _transfer, "review": _review}
