"""A refused act of a hand-over: its page says what is wrong where it is wrong, and holds everything that was typed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from antong import web
from antong.dossier import selectors as dossier
from antong.flow import actions, selectors
from antong.flow.types import State
from antong.kernel import clock
from browser import FLAGS
from walking import hand_over

People = dict[str, Any]
SignIn = Callable[[str], Client]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
STATIC = Path(web.__file__).parent / "static"
BASE = "http://antong.test"


def typed(days: float) -> str:
    """Return a time some days on, or back, as somebody types it."""
    return clock.local(clock.now() + timedelta(days=days)).strftime("%Y-%m-%d %H:%M")


def box(page: str, name: str) -> str:
    """Return the field of a name with the words below it."""
    return re.findall(rf'<input[^>]*name="{name}".*?(?:</div>|</form>)', page, re.DOTALL)[0]


@pytest.mark.parametrize(
    ("days", "reason", "wrong"), [(-2, "", "late_reason"), (1, "", "happened_at"), (1, "补录", "happened_at")]
)
def test_a_refused_late_entry_gives_the_time_back(
    people: People, investigated: UUID, sign_in: SignIn, days: int, reason: str, wrong: str
) -> None:
    made = actions.compose(people["zhencha"], case_id=investigated, flow="arrest-request")
    when = typed(days)
    answer = sign_in("zhencha").post(
        f"/handovers/{made.handover_id}/submit",
        {"version": made.version, "key": uuid4(), "happened_at": when, "late_reason": reason},
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'value="{when}"' in box(page, "happened_at")
    assert f'value="{reason}"' in box(page, "late_reason")
    assert re.findall(r'<p class="wrong">[^<]', box(page, wrong))
    assert re.search(r'<details class="part" open>\s*<summary class="link">补录', page)
    unread = sign_in("zhencha").post(
        f"/handovers/{made.handover_id}/submit",
        {"version": made.version, "key": uuid4(), "happened_at": "那天"},
    )
    assert 'value="那天"' in box(unread.content.decode(), "happened_at")
    assert selectors.handover(people["zhencha"], made.handover_id)[0].state is State.DRAFT


def refused_return(people: People, case_id: UUID, client: Client, fix_by: str, texts: list[str]) -> Any:
    done = hand_over(people, case_id, "arrest-request")
    shown, _, _ = selectors.handover(people["anguan"], done.handover_id)
    tree = dossier.tree(case_id, shown.rounds[-1].manifest_id)
    pages = [page.id for volume in tree.volumes for entry in volume.entries for page in entry.pages]
    form: dict[str, Any] = {
        "version": done.version, "key": uuid4(), "fix_by": fix_by, "_draft": f"/handovers/{done.handover_id}/#return",
    }  # fmt: skip
    for number, text in enumerate(texts):
        form |= {
            f"reason.{number}.text": text,
            f"reason.{number}.page": pages[number],
            f"reason.{number}.x": 500,
        }
        form |= {
            f"reason.{number}.y": 700,
            f"reason.{number}.where": f"第 {number + 1} 页",
            f"reason.{number}.code": "other",
        }
    return client.post(f"/handovers/{done.handover_id}/return", form)


@pytest.mark.parametrize(
    ("days", "texts", "what", "unsaid"),
    [
        (-2, ["缺末页"], "补正期限已经过去", "理由"),
        (9, ["缺末页"], "补正期限超过三日", "须写明理由"),
        (1, [], "退回须写明理由", "补正期限"),
        (1, ["补《》一页"], "退回理由不合要求", "补正期限"),
        (-2, [], "退回须写明理由；补正期限已经过去", "三日"),
    ],
)
def test_a_refused_return_names_its_fault(
    people: People, investigated: UUID, sign_in: SignIn, days: int, texts: list[str], what: str, unsaid: str
) -> None:
    when = typed(days)
    answer = refused_return(people, investigated, sign_in("anguan"), when, texts)
    assert answer.status_code == 422
    page = answer.content.decode()
    headline = re.findall(r"<b>(不能退回[^<]*)</b>", page)[0]
    assert what in headline
    assert unsaid not in headline
    assert f'value="{when}"' in box(page, "fix_by")
    assert ('aria-invalid="true"' in box(page, "fix_by")) == ("补正期限" in what)


def test_a_refused_return_holds_every_pin(people: People, investigated: UUID, sign_in: SignIn) -> None:
    page = refused_return(
        people, investigated, sign_in("anguan"), "明天", ["缺末页", "签名不清"]
    ).content.decode()
    given = json.loads(re.findall(r'<script id="given" type="application/json">(.*?)</script>', page)[0])
    assert given["form"] == "return"
    values = given["values"]
    assert [values[f"reason.{number}.text"] for number in (0, 1)] == [["缺末页"], ["签名不清"]]
    assert values["reason.1.x"] == ["500"]
    assert values["fix_by"] == ["明天"]
    assert not {"csrfmiddlewaretoken", "key", "_draft"} & set(values)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_scripts_put_a_refused_return_back(people: People, investigated: UUID, sign_in: SignIn) -> None:
    from playwright.sync_api import Route, sync_playwright

    answer = refused_return(people, investigated, sign_in("anguan"), typed(-2), ["缺末页", "签名不清"])
    page = answer.content.decode()
    kept: list[str] = []

    def serve(route: Route) -> None:
        path = route.request.url.removeprefix(BASE).partition("?")[0]
        if path.endswith("/return"):
            route.fulfill(body=page, content_type="text/html; charset=utf-8")
        elif path.startswith("/static/"):
            file = re.sub(r"\.[0-9a-f]{12}(\.\w+)$", r"\1", path.removeprefix("/static/"))
            route.fulfill(path=STATIC / file)
        else:
            if path == "/drafts" and route.request.method == "POST":
                kept.append(route.request.post_data or "")
            route.fulfill(json={"saved": "10:00"})

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        view = browser.new_page()
        view.route("**/*", serve)
        view.goto(f"{BASE}/handovers/x/return")
        view.wait_for_selector("#reasons .reason >> nth=1")
        texts = view.eval_on_selector_all("#reasons textarea", "all => all.map((one) => one.value)")
        places = view.eval_on_selector_all("#reasons .reason", "all => all.map((one) => one.dataset.x)")
        invalid = view.get_attribute("#fix-by", "aria-invalid")
        focus = view.evaluate("document.activeElement.className")
        view.click(".refusal a[data-to-field=fix_by]")
        then = view.evaluate("document.activeElement.id")
        view.wait_for_function("document.querySelector('#return-form [data-saved]').textContent !== ''")
        browser.close()
    assert texts == ["缺末页", "签名不清"]
    assert places == ["500", "500"]
    assert invalid == "true"
    assert "refusal" in focus
    assert then == "fix-by"
    assert any("reason.1.text" in one for one in kept)
