"""Every screen has its help, every help its screen, and what is said there is said of the product as it is."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from antong.flow.types import State
from antong.org.types import Role
from antong.web import helping
from antong.web.pages.org import guide
from everybody.test_get_writes_nothing import SAMPLES, asked
from routes import routes
from world import BY_TICKET, World, only_reading

pytestmark = pytest.mark.xdist_group("everybody")

NO_SCREEN = {
    "calendar-file", "counts", "drafts", "duty-state", "export-cases", "health", "help", "home", "metrics", "openapi", "page-facts",
    "page-image", "paper-pages", "parts", "people-template", "pick-any-unit", "pick-categories", "pick-charges", "pick-posts", "pick-units",
    "progress", "ready", "recording", "room-doubt", "room-pages", "sheet",
}  # fmt: skip
"""GETs that show nobody a page: files, pictures, answers to scripts."""
SHOWN = re.compile(r'data-screen="([^"]*)"')
MODES = {"compose", "receive", "approve", "follow"}


def gets() -> set[str]:
    return {str(route.name) for route in routes() if "GET" in route.callback.methods}  # type: ignore[attr-defined]


def test_every_screen_has_its_help_and_no_help_is_left_over() -> None:
    assert {one.route for one in helping.screens().values()} == gets() - NO_SCREEN
    assert {name for name in helping.screens() if "." in name} == {f"handover.{mode}" for mode in MODES}


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - NO_SCREEN))
def test_a_page_says_which_help_is_its_own(world: World, name: str) -> None:
    if name in {"login", "certificate"}:
        return  # shown to nobody below: whoever is signed in is led on
    _, who, url = asked(world, name, *SAMPLES[name][0])
    assert name not in BY_TICKET
    with only_reading():
        shown = SHOWN.search(world.client(who).get(url).content.decode())
    assert shown is not None, name
    assert helping.screens()[shown[1]].route == name


def test_what_gives_no_page_shows_no_help(world: World) -> None:
    for name in sorted(NO_SCREEN - BY_TICKET - {"home", "help"}):
        _, who, url = asked(world, name, *SAMPLES[name][0])
        answer = world.client(who).get(url)
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        assert not SHOWN.search(text.decode(errors="replace")), name


def test_whoever_cannot_sign_in_is_helped_too(world: World) -> None:
    client = Client()
    assert 'data-screen="login"' in client.get("/login").content.decode()
    text = client.get("/help/login").content.decode()
    assert "连续输错 5 次" in text
    assert "<html" not in text


def test_a_refused_act_keeps_the_help_of_its_page(world: World) -> None:
    unit = world.late.house["unit_id"]
    answer = world.client("xitong").post(f"/units/{unit}/edit", {"name": ""})
    assert answer.status_code == 422
    assert 'data-screen="unit"' in answer.content.decode()
    nowhere = world.client("zhencha").get("/cases/00000000-0000-0000-0000-000000000000/")
    assert 'data-screen="case"' in nowhere.content.decode()


@pytest.mark.parametrize("name", ["nothing", "_words", "..", "desk.yaml", "%2e%2e", "\u202e"])
def test_no_help_of_what_is_none(world: World, name: str) -> None:
    answer = world.client("anguan").get(f"/help/{name}")
    assert answer.status_code == 404


@pytest.mark.parametrize("one", helping.screens().values(), ids=str)
def test_a_help_says_something(one: helping.Screen) -> None:
    assert one.title
    assert one.purpose.endswith("。")
    assert one.first
    assert all(words.endswith("。") for words in one.first)
    assert one.english.title
    assert one.english.purpose.endswith(".")
    assert all(word and meaning for word, meaning in one.meanings)
    assert set(one.shared) <= set(helping.tables())


def test_every_state_and_result_is_explained() -> None:
    words = {name: {word for word, _ in table.rows} for name, table in helping.tables().items()}
    assert {state.label for state in State} <= words["states"]
    assert {"✕ 缺", "? 存疑", "✓ 齐"} <= words["checks"]


def test_every_role_has_a_chapter_with_its_own_screens(world: World) -> None:
    in_chapters = {role for _, _, roles, _ in guide.CHAPTERS for role in roles}
    left = set(Role) - in_chapters
    held = {name: {one.name for one in guide.chapter(roles)} for name, _, roles, _ in guide.CHAPTERS}
    assert "new-case" in held["investigator"]
    assert "accounts" in held["administrator"]
    assert "cases" not in held["administrator"]
    assert "supervision" in held["supervisor"]
    assert "approvals" in held["leader"]
    for role in left:  # what they may open stands in some chapter
        assert {one.name for one in guide.chapter([role])} <= set().union(*held.values()), role


def test_the_guide_holds_every_help_once(world: World) -> None:
    text = world.client("anguan").get("/guide").content.decode()
    for name in helping.screens():
        assert text.count(f'<section class="part" id="{name}">') == 1, name
    assert text.index("<summary>案管员") < text.index("<summary>办案民警") < text.index("<summary>系统")
    others = text.split('id="accounts"')[1][:200]
    assert "不在您的岗位" in others
    assert "不在您的岗位" not in text.split('id="inbox"')[1][:200]
