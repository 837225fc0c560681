"""Carrying a case in tests: each step one call, through the same actions as the pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from antong.cases import selectors as cases
from antong.flow import actions, selectors
from antong.flow.types import Done, Outcome, State
from antong.kernel import clock

People = dict[str, Any]
TEXTS = {
    "supplement-outline": {"questions": "查清数额。"},
    "supplement-report": {"results": "已查清。"},
    "closing-form": {"sentence": "有期徒刑一年。"},
}


def up(people: People, case_id: UUID, flow: str, who: str = "zhencha", **facts: Any) -> Done:
    """Draft, compose and send up."""
    actor = people[who]
    at, facts["party_ids"] = (
        facts.pop("at", None),
        facts.get("party_ids") or selectors.eligible(actor, case_id, flow),
    )
    made = actions.compose(actor, case_id=case_id, flow=flow, **{"texts": TEXTS, **facts})
    return actions.submit(actor, handover_id=made.handover_id, version=made.version, happened_at=at)


def through(
    people: People, case_id: UUID, flow: str, who: str = "zhencha", approver: str = "juzhang", **facts: Any
) -> Done:
    """Send up, approve and send."""
    done, at = up(people, case_id, flow, who, **facts), facts.get("at")
    if done.state is State.CHECKED:
        done = actions.approve(
            people[approver], handover_id=done.handover_id, version=done.version, happened_at=at
        )
    if done.state is State.APPROVED:
        done = actions.send(people[who], handover_id=done.handover_id, version=done.version)
    return done


def accept(people: People, done: Done, who: str = "anguan", **facts: Any) -> Done:
    """Accept, or sign for a notice."""
    return actions.accept(people[who], handover_id=done.handover_id, version=done.version, **facts)


def answer(people: People, asked: Done, outcomes: Sequence[Outcome]) -> Done:
    """Answer a request for arrest."""
    proposed = actions.propose_answer(
        people["anguan"], handover_id=asked.handover_id, version=asked.version, outcomes=outcomes
    )
    return actions.approve_answer(
        people["jianchazhang"], handover_id=asked.handover_id, version=proposed.version
    )


def judged(case_id: UUID, *outcomes: tuple[str, str]) -> dict[str, Any]:
    """Return the form and the texts of a judgment: outcome and term of each suspect, in order."""
    suspects = cases.living_sheet(case_id).suspects
    pairs = list(zip(suspects, outcomes, strict=True))
    return {
        "fields": {"outcomes": {str(p.id): {"outcome": key, "term": term} for p, (key, term) in pairs}},
        "texts": {"judgment": {"decision": "\n".join(f"被告人{p.name}：{term}。" for p, (_, term) in pairs)}},
    }


def later(days: float) -> Any:
    """Set the clock some days on, within a `with`."""
    return clock.set_to(clock.now() + timedelta(days=days))


def today() -> str:
    """Return the day in China as a form gives it."""
    return clock.today().isoformat()


def limits(case_id: UUID) -> set[str]:
    """Return the rules of the limits that run."""
    return {limit.rule for limit in cases.limits_of(case_id) if limit.state == "running"}
