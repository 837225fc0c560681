"""The story in real Chromium: seven people of seven units drive a case through the pages.

On a house of its own: database, web server and worker are real processes, as an operator runs them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings

from antong.kernel import clock

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.xdist_group("browser"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
]
ANTONG = [sys.executable, "-m", "antong.boot"]


@dataclass(frozen=True)
class House:
    """A running house: where it serves, and its logins."""

    base: str
    passwords: dict[str, str]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    db, state, port = settings.DATABASES["default"], tmp_path_factory.mktemp("house"), _free_port()
    server = f"postgresql://{quote(db['USER'])}:{quote(db['PASSWORD'])}@{db['HOST']}:{db['PORT']}/"
    name = f"story_{uuid4().hex[:8]}"
    with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    environment = {
        **os.environ,
        "DATABASE_URL": server + name,
        "ANTONG_STATE": str(state),
        "ANTONG_DEMO": "1",
    }
    subprocess.run([*ANTONG, "demo", "plant"], env=environment, check=True, timeout=120, capture_output=True)
    commands = [["web", "--port", str(port), "--workers", "1"], ["worker"], ["sequencer"]]
    with (state / "log").open("wb") as log:
        running = [
            subprocess.Popen([*ANTONG, *one], env=environment, stdout=log, stderr=log, start_new_session=True)
            for one in commands
        ]
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{base}/healthz")
        logins = json.loads((state / "demo-logins.json").read_text("utf-8"))
        yield House(base=base, passwords={row["username"]: row["password"] for row in logins})
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            process.wait(20)
        with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=3):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise AssertionError("the web server did not come up")


class Seat:
    """One person at a browser; counts clicks."""

    def __init__(self, browser: Any, base: str, username: str, password: str) -> None:
        self.page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        self.base, self.clicks, self.username = base, 0, username
        self.page.goto(f"{base}/login")
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        self.page.click("button.primary")
        self.page.wait_for_url("**/desk")

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def click(self, selector: str) -> None:
        self.clicks += 1
        self.page.click(selector)
        self.page.wait_for_load_state()

    def refused(self) -> str:
        box = self.page.query_selector(".refusal")
        return box.inner_text() if box else ""


@pytest.fixture
def seats(house: House) -> Iterator[Callable[[str], Seat]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        made: dict[str, Seat] = {}

        def seat(username: str) -> Seat:
            if username not in made:
                made[username] = Seat(browser, house.base, username, house.passwords[username])
            return made[username]

        yield seat
        browser.close()


def until(page: Any, expression: str) -> None:
    """Wait until an expression holds; the content policy forbids the driver's own way of waiting."""
    deadline = time.monotonic() + 15
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        time.sleep(0.1)


def register(police: Seat) -> str:
    police.go("/cases/new")
    page = police.page
    page.check("input[name=secret][value=no]")
    page.fill("#f-category", "盗窃案")
    until(page, "document.querySelector('#f-category').nextElementSibling.options.length > 0")
    page.dispatch_event("#f-category", "input")
    page.fill("#f-occurred", clock.local(clock.now() - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M"))
    page.fill("#f-place", "河西路云锦小区")
    page.fill("#f-brief", "盗窃电动自行车一辆。")
    for index, name in enumerate(("韩序舟", "杜明泽")):
        page.fill(f"#p{index}_name", name)
        page.fill(f"#p{index}_charge_name", "dq")
        page.press(f"#p{index}_charge_name", "Tab")
        until(page, f"document.querySelector('[name=p{index}_charge]').value !== ''")
    police.click("[data-primary]")
    assert "/cases/" in page.url, police.refused()
    return str(page.url).removeprefix(police.base)


def begin(sender: Seat, case: str, flow: str, only: tuple[str, ...] = ()) -> None:
    sender.go(case)
    sender.click("[data-dialog=begin]")
    form = f"form:has(input[name=flow][value={flow}])"
    if only:
        for box in sender.page.query_selector_all(f"{form} label"):
            if not any(name in box.inner_text() for name in only):
                box.query_selector("input").uncheck()
    sender.click(f"{form} button")
    assert "/handovers/" in sender.page.url, sender.refused()


def send_up(sender: Seat, fill: dict[str, str] | None = None) -> None:
    for selector, value in (fill or {}).items():
        field = sender.page.query_selector(selector)
        assert field is not None, selector
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    sender.click("#compose [data-primary]")
    assert not sender.refused(), sender.refused()


def approve(leader: Seat) -> None:
    leader.go("/approvals")
    leader.click("tbody tr a.btn")
    leader.click("[data-primary]")
    assert not leader.refused(), leader.refused()


def dispatch(sender: Seat) -> None:
    sender.page.reload()
    sender.click(".bar [data-primary]")
    assert not sender.refused(), sender.refused()


def receive(receiver: Seat) -> int:
    before = receiver.clicks
    receiver.go("/inbox")
    receiver.click("tbody tr a.btn")
    receiver.click("#accept-button")
    assert not receiver.refused(), receiver.refused()
    return receiver.clicks - before


def upload(police: Seat, case: str, key: str, files: list[Path]) -> None:
    police.go(f"{case}?tab=dossier")
    police.page.select_option("#place", key)
    with police.page.expect_navigation():
        police.page.set_input_files("#files", [str(path) for path in files])


def derived(police: Seat, case: str) -> None:
    """Wait until the worker has looked at every page."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        police.go(f"{case}?tab=dossier")
        if "已全部检查" in police.page.inner_text("[data-dossier]"):
            return
        time.sleep(1)
    raise AssertionError("the worker did not finish the pages")


def transfer(
    sender: Seat,
    leader: Seat | None,
    receiver: Seat | None,
    case: str,
    flow: str,
    fill: dict[str, str] | None = None,
    only: tuple[str, ...] = (),
) -> int:
    before = sender.clicks
    begin(sender, case, flow, only)
    send_up(sender, fill)
    if leader:
        approve(leader)
    if receiver:
        dispatch(sender)
        assert receive(receiver) <= 4
    return sender.clicks - before


def sentence(court: Seat, president: Seat, case: str) -> None:
    """The judgment, served, and in force."""
    begin(court, case, "judgment")
    outcomes = court.page.query_selector_all("select[name^='outcome.']")
    terms = court.page.query_selector_all("input[name^='term.']")
    for select, term, key, text in zip(
        outcomes,
        terms,
        ("imprisonment", "probation"),
        ("有期徒刑一年", "有期徒刑八个月，缓刑一年"),
        strict=True,
    ):
        select.select_option(key)
        term.fill(text)
    court.page.fill(
        "[name='text.judgment.decision']",
        "一、韩序舟犯盗窃罪，判处有期徒刑一年。二、杜明泽判处有期徒刑八个月，缓刑一年。",
    )
    send_up(court)
    approve(president)
    begin(court, case, "judgment-service")
    send_up(court)
    dispatch(court)
    transfer(court, president, None, case, "judgment-effective")


def execute(seats: Callable[[str], Seat], case: str) -> None:
    """Prison for one, community correction for the other."""
    court, president, custody, warden = seats("lian"), seats("yuanzhang"), seats("kanshou"), seats("suozhang")
    justice, prison = seats("jiaozheng"), seats("jianyu")
    today = {"[name='field.effective_on']": clock.today().isoformat()}
    transfer(court, president, None, case, "community-correction", today, only=("杜明泽",))
    dispatch(court)
    accept_named(justice, "交付社区矫正")
    transfer(court, president, None, case, "execution-delivery", only=("韩序舟",))
    dispatch(court)
    accept_named(custody, "交付执行")
    transfer(custody, warden, prison, case, "prison-delivery", only=("韩序舟",))


def accept_named(receiver: Seat, flow: str) -> None:
    receiver.go("/inbox")
    receiver.click(f"tbody tr:has-text('{flow}') a.btn")
    receiver.click("#accept-button")
    assert not receiver.refused(), receiver.refused()


def test_seven_people_carry_a_case_through_the_pages(
    seats: Callable[[str], Seat], scan: bytes, tmp_path: Path
) -> None:
    started = time.monotonic()
    police, chief, office, head = seats("zhencha"), seats("juzhang"), seats("anguan"), seats("jianchazhang")
    case = register(police)
    transfer(police, chief, None, case, "filing")
    transfer(police, chief, None, case, "detention", {"[name='field.roaming']": "是"})
    for index, key in enumerate(("ev-suspect.interrogation", "lit-rights.rights")):
        path = tmp_path / f"{index}.jpg"
        path.write_bytes(scan + bytes([index]))
        upload(police, case, key, [path])
    derived(police, case)
    assert transfer(police, chief, office, case, "arrest-request") <= 12
    office.page.reload()
    outcomes = office.page.query_selector_all("select[name^='outcome.']")
    outcomes[0].select_option("approved")
    outcomes[1].select_option("refused")
    office.page.fill("input[name^='reason.'] >> nth=1", "无逮捕必要")
    office.click("form[data-save=answer] [data-primary]")
    assert not office.refused(), office.refused()
    approve(head)
    assert transfer(police, chief, office, case, "arrest-execution") <= 12
    transfer(police, chief, None, case, "bail", {"[name='field.guarantor']": "其父"}, only=("杜明泽",))
    derived(police, case)
    begin(police, case, "prosecution-transfer")
    send_up(police)
    approve(chief)
    dispatch(police)
    office.go("/inbox")
    office.click("tbody tr a.btn")
    office.click("#add-reason")
    office.page.fill("#reasons textarea", "缺末页，请补扫。")
    office.click("#return-button")
    assert "已退回" in office.page.inner_text("h1 ~ .badge")
    police.page.reload()
    police.click(".bar [data-primary]")
    police.page.fill("input[name=resolution]", "已补扫")
    police.click("button[form^='rr-']")
    send_up(police)
    approve(chief)
    dispatch(police)
    assert receive(office) <= 4
    court = seats("lian")
    transfer(office, head, court, case, "prosecution")
    court.go(case)
    assert "一审" in court.page.inner_text(".stages .here")
    sentence(court, seats("yuanzhang"), case)
    execute(seats, case)
    supervisor = seats("jiandu")
    supervisor.go(case)
    assert supervisor.page.inner_text(".stages .here") == "执行"
    supervisor.go("/supervision")
    assert supervisor.page.inner_text("h1") == "在途移送"
    aid = seats("fayuan")
    aid.go(case)
    assert "没有找到，或无权查看" in aid.page.inner_text("main")
    print(  # noqa: T201 - the figures of the story
        f"browser story: {time.monotonic() - started:.0f} s; clicks: { ({name: seats(name).clicks for name in ('zhencha', 'juzhang', 'anguan', 'jianchazhang', 'lian', 'yuanzhang', 'kanshou', 'suozhang', 'jianyu', 'jiaozheng')}) }"
    )
