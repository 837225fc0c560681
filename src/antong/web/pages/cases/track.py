"""The track of a case: every round of every hand-over, who received it and when, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from antong.flow.types import HandOverView, Kind, ObligationView, State
from antong.org.types import UnitView

GOOD = {State.ACCEPTED, State.ANSWERED, State.CLOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One round of a hand-over on the track. `one` is the receipt of its only receiver; `tally` sums up several."""

    id: UUID
    name: str
    round: int
    last: bool
    notice: bool
    word: str
    look: str
    way: str
    full_way: str
    one: ObligationView | None
    tally: str
    note: str
    reasons: int
    sent: bool
    by: str
    at: datetime | None


def track(handovers: Sequence[HandOverView], units: Mapping[UUID, UnitView], own: UUID) -> list[Item]:
    """Return the rounds of a case's hand-overs, newest first; `own` is the unit that looks."""
    return [_item(row, number, units, own) for row in handovers for number in range(row.round, 0, -1)]


def _item(row: HandOverView, number: int, units: Mapping[UUID, UnitView], own: UUID) -> Item:
    owed = [one for one in row.obligations if one.round == number]
    last = number == row.round
    returned = not last or row.state is State.RETURNED
    word = "已退回" if returned else row.state.label
    look = (
        "back" if returned else "draft" if row.state is State.DRAFT else "good" if row.state in GOOD else ""
    )
    way, full = _way(row, owed, units, own)
    approvals = [one for one in row.approvals if one["approved"] and not one["of_answer"]]
    return Item(
        id=row.id, name=row.flow_name, round=number, last=last, notice=row.kind is Kind.NOTICE, word=word, look=look,
        way=way, full_way=full, one=owed[0] if len(owed) == 1 else None, tally=_tally(owed, row.kind),
        note=_note(row, owed) if last else "", reasons=sum(reason.round == number for reason in row.reasons),
        sent=any(one.left_at for one in owed), by=f"{row.composed_by_name}" + (f"呈报，{approvals[-1]['name']}批准" if approvals else ""),
        at=row.happened_at or row.sent_at or row.created_at,
    )  # fmt: skip


def _way(
    row: HandOverView, owed: Sequence[ObligationView], units: Mapping[UUID, UnitView], own: UUID
) -> tuple[str, str]:
    """Return to whom a round went, or from whom it came, in short and in full."""

    def short(unit_id: UUID, name: str) -> str:
        return units[unit_id].short_name if unit_id in units else name

    if row.kind is Kind.ACT:
        return "本单位办理" if row.from_unit_id == own else short(row.from_unit_id, row.from_unit_name), row.from_unit_name  # fmt: skip
    mine = any(one.unit_id == own for one in owed)
    if mine:
        return f"{short(row.from_unit_id, row.from_unit_name)} →", f"{row.from_unit_name} → 本单位"
    names = [(one.unit_id, one.unit_name) for one in owed] or [
        (unit_id, units[unit_id].name) for unit_id in row.to_unit_ids if unit_id in units
    ]
    if not names:
        return "", ""
    first = f"→ {short(*names[0])}"
    more = f" 等 {len(names)} 家" if len(names) > 1 else ""
    return first + more, "→ " + "、".join(name for _, name in names)


def _tally(owed: Sequence[ObligationView], kind: Kind) -> str:
    if len(owed) < 2:  # noqa: PLR2004 - one receiver shows its receipt itself
        return ""
    done = sum(one.accepted_at is not None for one in owed)
    word = "签收" if kind is Kind.NOTICE else "受理"
    waiting = "、".join(one.unit_name for one in owed if one.accepted_at is None)
    return f"{word} {done}/{len(owed)}" + (f"，未{word}：{waiting}" if waiting else "，全部到齐")


def _note(row: HandOverView, owed: Sequence[ObligationView]) -> str:
    """Return how the subjects were answered, and how long it took: 批准逮捕 1 · 不批准逮捕 1，用时 4 天."""
    counted = Counter(subject.outcome_name for subject in row.subjects if subject.outcome_name)
    words = " · ".join(f"{name} {number}" for name, number in counted.items())
    spans = [one.answered_at - one.accepted_at for one in owed if one.answered_at and one.accepted_at]
    if words and spans and max(spans).days:
        return f"{words}，用时 {max(spans).days} 天"
    return words


def unit_ids(handovers: Sequence[HandOverView]) -> set[UUID]:
    """Return every unit the hand-overs name."""
    found = {row.from_unit_id for row in handovers}
    for row in handovers:
        found |= {one.unit_id for one in row.obligations} | set(row.to_unit_ids)
    return found
