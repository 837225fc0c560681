"""The first-run tour: steps that point at real things on real pages, by role, kept per person as a preference.

`tour` among a person's preferences is the step that is shown next ("3"), "left3" where it was left, "done" at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.urls import resolve

from antong.kernel.actor import Actor
from antong.org.types import Role

FILE = Path(__file__).parent / "tours.yaml"
LEFT, DONE = "left", "done"
OF_ROLE = {
    Role.INVESTIGATOR: "investigator", Role.SUPERVISOR: "supervisor",
    Role.ADMIN_SYSTEM: "administrator", Role.ADMIN_SECURITY: "administrator", Role.ADMIN_AUDIT: "administrator",
    Role.POLICE_LEADER: "leader", Role.POLICE_LEGAL: "leader", Role.PROCURATORATE_LEADER: "leader", Role.COURT_LEADER: "leader",
    Role.JUSTICE_LEADER: "leader", Role.PRISON_LEADER: "leader", Role.DETENTION_LEADER: "leader",
    Role.CUSTODY_OFFICER: "custody", Role.PRISON_OFFICER: "custody",
}  # fmt: skip
"""Who is led by which tour; everybody else by that of those who receive."""
OTHERS = "manager"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: the page, what is pointed at there (a selector), what is said."""

    page: str
    mark: str
    say: str


@cache
def tours() -> Mapping[str, tuple[Step, ...]]:
    """Return every tour by its key; read once."""
    read = yaml.safe_load(FILE.read_text("utf-8"))
    return {key: tuple(Step(**step) for step in steps) for key, steps in read.items()}


def steps(actor: Actor) -> list[Step]:
    """Return the steps of somebody's tour: those on pages that the post may open."""
    key = OF_ROLE.get(Role(actor.role), OTHERS)
    return [step for step in tours()[key] if _permission(step.page) in actor.permissions]


def of(actor: Actor, preferences: Mapping[str, Any], *, by_itself: bool) -> dict[str, Any]:
    """Return somebody's tour for the page: the step, whether it is running, where it goes on, and its steps while it runs.

    Whoever has never been asked is led by it `by_itself`: at the first sign-in, not in the demonstration.
    """
    kept = str(preferences.get("tour", ""))
    found = steps(actor)
    running = kept.isdecimal() or (not kept and by_itself)
    number = kept.removeprefix(LEFT)
    at = int(number) if number.isdecimal() and int(number) < len(found) else 0
    return {
        "at": at,
        "number": at + 1,
        "left": kept.startswith(LEFT),
        "page": found[at].page if found else "",
        "running": {"now": at, "steps": [asdict(step) for step in found]} if running and found else None,
    }


@cache
def _permission(path: str) -> str:
    return str(resolve(path).func.permission)  # type: ignore[attr-defined] # the guard put it there
