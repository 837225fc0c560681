"""The first-run tour: every step points at something real; it starts, is left and taken up per person."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from antong.org.types import Role
from antong.web import touring
from browser import House, Seat

SignIn = Callable[[str], Client]
LED = {
    "zhencha": "investigator",
    "anguan": "manager",
    "juzhang": "leader",
    "kanshou": "custody",
    "jiandu": "supervisor",
}
RUNNING = re.compile(r'<script id="tour" type="application/json">(.*?)</script>')


def running(client: Client, path: str = "/desk") -> Any:
    found = RUNNING.search(client.get(path).content.decode())
    return json.loads(found[1]) if found else None


def test_every_role_is_led_by_a_tour_there_is() -> None:
    assert {*touring.OF_ROLE.values(), touring.OTHERS} == set(touring.tours())
    assert set(touring.OF_ROLE) <= set(Role)
    assert all(len(steps) <= 20 for steps in touring.tours().values())


@pytest.mark.parametrize("who", [*LED, "xitong", "anquan", "shenji"])
def test_every_page_of_a_tour_is_served_to_whom_it_leads(sign_in: SignIn, who: str, _prepared: UUID) -> None:
    client = sign_in(who)
    client.post("/preferences", {"tour": "0"})
    led = running(client, client.get("/").headers["Location"])
    assert led["now"] == 0
    assert len(led["steps"]) >= 3
    for page in {step["page"] for step in led["steps"]}:
        assert client.get(page).status_code == 200, page


def test_a_tour_is_left_taken_up_and_done(sign_in: SignIn) -> None:
    client = sign_in("zhencha")
    assert running(client) is None  # in the demonstration it waits to be asked
    assert client.post("/preferences", {"tour": "2"}).status_code == 200
    assert running(client)["now"] == 2
    client.post("/preferences", {"tour": "left2"})
    assert running(client) is None
    assert "从第" in client.get("/desk").content.decode()
    client.post("/preferences", {"tour": "done"})
    assert running(client) is None
    for wrong in ("21", "left", "-1", "x" * 400, "２"):
        assert client.post("/preferences", {"tour": wrong}).status_code == 422, wrong
    client.post("/preferences", {"tour": "19"})  # further than this tour goes: it begins again
    assert running(client)["now"] == 0


def test_outside_the_demonstration_it_begins_by_itself_once(sign_in: SignIn, settings: Any) -> None:
    client = sign_in("zhencha")
    settings.ANTONG_DEMO = False
    assert running(client)["now"] == 0
    client.post("/preferences", {"tour": "done"})
    assert running(client) is None


@pytest.mark.full
@pytest.mark.parametrize("who", ["zhencha", "kanshou"])
def test_a_tour_is_walked_by_keyboard(house: House, seats: Callable[[str], Seat], who: str) -> None:
    page = seats(who).page
    page.goto(f"{house.base}/desk")
    page.click(".menu.me summary")
    page.click("[data-tour]")
    seen = 0
    while True:
        page.wait_for_selector(".tour")
        facts = page.evaluate(
            """() => {
              const box = document.querySelector(".tour"), found = document.querySelector(".toured");
              const a = box.getBoundingClientRect(), b = found && found.getBoundingClientRect();
              return {
                there: Boolean(found), words: box.innerText, focus: document.activeElement.textContent,
                inside: a.left >= 0 && a.top >= 0 && a.right <= innerWidth && a.bottom <= innerHeight,
                covers: Boolean(b) && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom,
              };
            }"""
        )
        assert facts["there"], facts
        assert facts["inside"], facts
        assert not facts["covers"], facts
        seen += 1
        if seen == 2:  # left, and taken up where it was
            page.keyboard.press("Escape")
            page.wait_for_selector(".tour", state="detached")
            page.wait_for_timeout(300)
            page.reload()
            assert page.query_selector(".tour") is None
            page.click(".menu.me summary")
            page.click("[data-tour]")
            page.wait_for_selector(".tour")
            assert page.inner_text("#tour-words") in facts["words"]
        last = page.inner_text(".tour .primary") == "看完了"
        words = page.inner_text("#tour-words")
        page.keyboard.press("Enter")
        if last:
            break
        page.wait_for_function(
            "(old) => (document.querySelector('#tour-words') || {}).textContent !== old", arg=words
        )
    page.wait_for_selector(".tour", state="detached")
    page.wait_for_timeout(300)
    page.reload()
    assert page.query_selector(".tour") is None
    assert seen >= 6


@pytest.mark.full
def test_help_opens_beside_the_page_and_closes(house: House, seats: Callable[[str], Seat]) -> None:
    page = seats("zhencha").page
    page.goto(f"{house.base}/cases")
    page.keyboard.press("F1")
    page.wait_for_selector("#help dl")
    assert "正在办的" in page.inner_text("#help")
    assert page.evaluate("document.activeElement.id") == "help-title"
    assert "拼音首字母" in page.inner_text("#help")
    page.keyboard.press("Escape")
    assert page.is_hidden("#help")
    page.focus("#filter")
    page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'F1', isComposing: true, bubbles: true}))"
    )
    assert page.is_hidden("#help")
    page.keyboard.press("F1")
    assert page.is_visible("#help")
    page.click("[data-help-close]")
    assert page.evaluate("document.activeElement.id") == "filter"
