"""One request for arrest from draft to answer: its pages shown to everybody, its acts tried by everybody.

At every step the pages are asked for with the database read-only, then all but one try the act and it is undone,
then the one does it. Letters as in test_access_battery.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from uuid import UUID

import pytest

from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.flow import actions, selectors
from antong.flow.types import HandOverView
from asking import ACTS
from walking import fill_file, hand_over, theft
from world import BY_SCRIPT, World, letter, only_reading, tables, undone

pytestmark = pytest.mark.xdist_group("everybody")

WHO = (
    "", "xitong", "jianyu", "zhencha", "fuzhu", "juzhang", "anguan", "jianchaguan", "jianchazhang", "lian", "jiandu",
)  # fmt: skip
"""Nobody, an administrator, a stranger; who sends, a colleague, the leader who approves; who receives, a colleague,
the leader who approves the answer; a court that it never went to, the supervisor."""
Form = Callable[[HandOverView, World], dict[str, Any]]


def approved(shown: HandOverView, world: World) -> dict[str, Any]:
    return {"decision": "yes"}


def returned(shown: HandOverView, world: World) -> dict[str, Any]:
    return {"reason.0.text": "缺末页"}


def mended(shown: HandOverView, world: World) -> dict[str, Any]:
    return {"reason": shown.reasons[0].id, "state": "explained", "resolution": "原件如此"}


def assigned(shown: HandOverView, world: World) -> dict[str, Any]:
    return {"handler": world.people["jianchaguan"].person_id, "reason": "专业办理"}


def answered(shown: HandOverView, world: World) -> dict[str, Any]:
    return {f"outcome.{one.party_id}": "approved" for one in shown.subjects}


def nothing(shown: HandOverView, world: World) -> dict[str, Any]:
    return {}


STEPS: tuple[tuple[str, str, Form, str, str], ...] = (
    ("zhencha", "amend", nothing, "lfn*ffnnfnf", "lfncoonnnno"),
    ("zhencha", "submit", nothing, "lfn*ffnnfnf", "lfncoonnnno"),
    ("juzhang", "approve", approved, "lffff*ffnff", "lfnooannnno"),
    ("zhencha", "send", nothing, "lfn*ffnnfnf", "lfnooonnnno"),
    ("anguan", "return", returned, "lfnfff*..nf", "lfnoooeeeno"),
    ("zhencha", "round", nothing, "lfn*fffffnf", "lfnoooooono"),
    ("zhencha", "reason", mended, "lfn*fffffnf", "lfncooooono"),
    ("zhencha", "submit", nothing, "lfn*fffffnf", "lfncooooono"),
    ("juzhang", "approve", approved, "lffff*fffff", "lfnooaooono"),
    ("zhencha", "send", nothing, "lfn*fffffnf", "lfnoooooono"),
    ("jiandu", "nudge", nothing, "lfn......n*", "lfnoooeeeno"),
    ("anguan", "accept", nothing, "lfnfff*..nf", "lfnoooeeeno"),
    ("anguan", "assign", assigned, "lfnfff*..nf", "lfnoooooono"),
    ("jianchaguan", "answer", answered, "lfnfff.*fnf", "lfnoooooono"),
    ("jianchazhang", "approve-answer", approved, "lfffffff*ff", "lfnoooooano"),
    ("zhencha", "read-answer", nothing, "lfn*fffffnf", "lfnoooooono"),
)
"""Who does it, the act, its form, what each got who tried before (a star: the doer), and the page as each then saw it:
c to compose, e to receive, a to approve, o to follow."""
MODES = {"compose": "c", "receive": "e", "approve": "a", "follow": "o"}


@pytest.fixture(scope="module")
def request_id(world: World, scan: bytes) -> UUID:
    """A request for arrest, drafted."""
    case_id = theft(world.people, ("薄暮秋",))
    hand_over(world.people, case_id, "filing")
    hand_over(world.people, case_id, "detention", fields={"roaming": "是"})
    fill_file(world.people["zhencha"], case_id, scan + b"third")
    for original_id in dossier.originals_waiting(case_id):
        dossier_actions.derive_original(original_id)
    return actions.compose(world.people["zhencha"], case_id=case_id, flow="arrest-request").handover_id


def modes(world: World, shown: HandOverView) -> str:
    """Let everybody open the hand-over; return what its page is to each."""
    seen = ""
    for who in WHO:
        with only_reading():
            page = world.client(who).get(f"/handovers/{shown.id}/")
        seen += MODES[page.context["mode"]] if page.status_code == 200 else letter(page)
    return seen


def looks_round(world: World, shown: HandOverView, who: str) -> None:
    """Let whoever is to act open what leads to the hand-over and what belongs to it."""
    for url in (
        f"/handovers/{shown.id}/receipt", f"/handovers/{shown.id}/checklist", f"/cases/{shown.case_id}/?tab=handovers",
        f"/cases/{shown.case_id}/", f"/cases/{shown.case_id}/changes", "/desk", "/desk?tab=waiting", "/inbox", "/approvals", "/handovers",
    ):  # fmt: skip
        with only_reading():
            assert letter(world.client(who).get(url)) in ".f", url


def tried(world: World, shown: HandOverView, act: str, form: dict[str, Any], expected: str) -> str:
    """Let all but the doer try an act; return what each got. What is refused is not undone: it has done nothing."""
    got = ""
    for who, letter_of in zip(WHO, expected, strict=True):
        if letter_of == "*":
            got += "*"
            continue
        with undone() if letter_of == "." else nullcontext():
            answer = world.client(who).post(f"/handovers/{shown.id}/{act}", form, headers=BY_SCRIPT)
        got += letter(answer)
    return got


def test_every_step_by_everybody(world: World, request_id: UUID) -> None:
    for doer, act, form_of, expected, seen in STEPS:
        shown, _, _ = selectors.handover(world.people["jiandu"], request_id)
        form = {"version": shown.version, **form_of(shown, world)}
        assert modes(world, shown) == seen, act
        looks_round(world, shown, doer)
        before = tables()
        assert tried(world, shown, act, form, expected) == expected, act
        assert tables() == before, act
        answer = world.client(doer).post(f"/handovers/{shown.id}/{act}", form)
        assert letter(answer) == ".", (act, answer.content.decode())
    assert {act for _, act, *_ in STEPS} | {"withdraw", "compose", "batch"} == {*ACTS, "reason"}
