"""Somebody held too long, planted in the model prefecture on purpose, so that the watch has somebody to call for.

Through the same actions as the pages; case and people say that they are planted. Two others of the case are held
lawfully, so that the board shows the difference.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.types import NewParty, PartyKind
from antong.catalog import loader
from antong.demo.carriage import LATE, Carriage, Step, actors, admit, case_of, hand
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org import selectors as org

_KEYS = UUID("0b1d4a36-5c0e-5f7e-8a11-6d6b2f0e9c44")
MARK = "（演示植入）"
OVER, NEAR, FAR = f"卢霜柏{MARK}", f"秦霁{MARK}", f"韩望舟{MARK}"
"""Who is held without a basis, whose basis ends soon, whose does not."""


class Planting(Carriage):
    """A carriage with keys of its own: planted twice it is planted once."""

    __slots__ = ()

    def key(self, part: str) -> UUID:
        """Return the key of a part of the step under way."""
        return uuid5(_KEYS, f"{len(self.steps) + 1} {part}")


def plant(tell: Callable[[Step], None]) -> UUID:
    """Plant a case with three people held: one over the limit, one near it, one far from it; return the case."""
    people = actors()
    units = {name: org.unit(actor.unit_id).short_name for name, actor in people.items()}
    start = clock.now() - timedelta(days=30)
    run = Planting(tell=tell, actors=people, names=units, day=start)
    run.do("zhencha", f"登记受案{MARK}", 0, lambda actor, at: _register(run, actor, at))
    hand(run, "filing", "zhencha", "juzhang", days=0.2)
    _hold(run, NEAR, 1, roaming="是")
    _hold(run, FAR, 18, roaming="是")
    _hold(run, OVER, 3, roaming="否")
    return case_of(run)


def _register(run: Carriage, actor: Actor, at: datetime) -> None:
    charge = loader.load().find_charges("盗窃罪", 1)[0].code
    made = case_actions.register(
        actor, source="01", category=next(one.code for one in loader.load().find_codes("case_category", "盗窃案", 5)),
        occurred_at=at - timedelta(hours=5), place="青岚县北门市场", secret=False, happened_at=at, late_reason=LATE,
        brief=f"{MARK}为演示羁押告警植入的案件：其中一人的拘留期限已过，没有延长，也没有释放。",
        parties=[
            NewParty(kind=PartyKind.SUSPECT, name=name, sex="男", charge_codes=(charge,)) for name in (NEAR, FAR, OVER)
        ],
        key=run.key("act"),
    )  # fmt: skip
    run.case_id = made.case_id


def _hold(run: Carriage, name: str, days: float, *, roaming: str) -> None:
    """Detain somebody, and take him in within hours."""
    party = next(one for one in cases.living_sheet(case_of(run)).suspects if one.name == name)
    hand(run, "detention", "zhencha", "juzhang", days=days, parties=[party.id], fields={"roaming": roaming})
    admit(run, "kanshou", [party.id], 0.2)
