"""None missed, none false: the watch's SQL against histories whose truth their maker wrote down."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from antong.kernel import clock
from antong.watch._look import count, look
from held_lives import KINDS, Life, Maker, write

LATER = (0.0, 0.02, 0.7, 1.3, 2.9, 4.0, 7.5, 26.0, 100.0)
"""How many days after the last act it is looked again: only time has passed."""


def disagreements(lives: list[Life], began: timedelta) -> list[str]:
    """Look at all instants; return where the watch and the truth differ."""
    now, found = clock.now(), []
    by_party = {life.party_id: life for life in lives}
    for days in LATER:
        at = now + timedelta(days=days)
        said: dict[object, set[object]] = {}
        for one in look(at, began=now - began):
            if one.party_id in by_party:
                assert one.kind not in said.setdefault(one.party_id, set()), "said twice"
                said[one.party_id].add(one.kind)
        for party_id, life in by_party.items():
            true, seen = life.wrong_at(at), said.get(party_id, set())
            if true != seen:
                found.append(f"{life.name} after {days} days: missed {true - seen}, false {seen - true}")
    return found


@pytest.mark.parametrize(
    ("seed", "many"),
    [(1, 500), *(pytest.param(seed, 2500, marks=pytest.mark.full) for seed in (2, 3, 4, 5))],
)
@pytest.mark.django_db
def test_none_missed_none_false(seed: int, many: int) -> None:
    now = clock.now()
    with clock.set_to(now):
        lives = list(Maker(now=now, seed=seed).lives(many))
        write(lives)
        assert count(now) > many / 3
        wrong = Counter(kind for life in lives for kind in life.wrong_at(now))
        assert len(wrong) == 7, "every kind of alarm is among them"
        clean = sum(not life.wrong_at(now) for life in lives)
        assert clean > many / 8, "and many in order"
        assert disagreements(lives, timedelta(days=1000)) == []


@pytest.mark.django_db
def test_who_was_on_the_way_before_the_watch_began_is_not_looked_for() -> None:
    now = clock.now()
    maker = Maker(now=now, seed=9)
    lives = [maker._life("on_the_way") for _ in range(40)]
    write(lives)
    later = now + timedelta(hours=30)
    kinds = [one.kind for one in look(later, began=now)]
    assert "transfer_late" not in kinds
    assert "transfer_late" in [one.kind for one in look(later, began=now - timedelta(days=9))]


def test_kinds_are_made() -> None:
    assert all(hasattr(Maker, f"_{kind}") for kind in KINDS)
