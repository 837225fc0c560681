"""The story in real Chromium: people of seven units and their leaders drive a case through the pages.

On a house of its own: database, web server and worker are real processes, as an operator runs them.
"""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from antong.kernel import clock
from browser import PATIENCE, House, Seat

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(900),
]
MOST_TO_SEND, MOST_TO_ACCEPT = 12, 4
FIRST, SECOND = "韩序舟", "杜明泽"
PEOPLE = {
    "zhencha": "办案民警", "juzhang": "局领导", "anguan": "案管员", "jianchazhang": "检察长", "lian": "立案法官",
    "yuanzhang": "院领导", "kanshou": "看守所民警", "suozhang": "所领导", "jianyu": "监狱民警", "jiaozheng": "矫正民警",
    "jiandu": "执法监督", "fayuan": "法律援助",
}  # fmt: skip


def register(police: Seat) -> str:
    """Register a theft by two suspects; return where the case is."""
    police.menu("案件")
    police.click(".head a[href='/cases/new']")
    police.click("input[name=secret][value=no]")
    police.pick("#f-category", "盗窃案")
    police.fill("#f-occurred", clock.local(clock.now() - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M"))
    police.fill("#f-place", "河西路云锦小区")
    police.fill("#f-brief", "盗窃电动自行车一辆。")
    for index, name in enumerate((FIRST, SECOND)):
        police.fill(f"#p{index}_name", name)
        police.pick(f"#p{index}_charge_name", "dq")
    police.click("[data-primary]")
    police.fine()
    assert "/cases/" in police.path()
    return police.path().partition("?")[0]


def begin(sender: Seat, case: str, flow: str, only: str = "") -> None:
    """Begin a hand-over from the case page, for everybody or one person."""
    sender.opened(case)
    sender.click("[data-dialog=begin]")
    form = f"#begin form:has(input[name=flow][value={flow}])"
    for label in sender.page.locator(f"{form} label").all_inner_texts():
        if only and only not in label:
            sender.click(f"{form} label:has-text('{label.strip()}')")
    sender.click(f"{form} button.btn")
    sender.fine()
    assert "/handovers/" in sender.path()


def narrow(seat: Seat, path: str) -> None:
    """Narrow a list by each of its choices in turn: every one narrows it, not the first alone."""
    seat.opened(path)
    for place in range(seat.page.locator(".filters select").count()):
        seat.opened(path)
        seat.page.locator(".filters select").nth(place).select_option(index=1)
        seat.page.locator("#rows .chips .chip").first.wait_for(timeout=PATIENCE)
    seat.opened(path)


def send_up(sender: Seat) -> None:
    sender.click(".bar [data-primary]")
    sender.fine()


def approve(leader: Seat) -> None:
    leader.menu("审批")
    leader.click("tbody tr a.btn")
    leader.click(".bar [data-primary]")
    leader.fine()


def dispatch(sender: Seat) -> None:
    """Send what was approved: the desk says that it waits."""
    sender.menu("待办")
    sender.click("tbody tr:has-text('发出') a.btn")
    sender.click(".bar [data-primary]")
    sender.fine()


def open_waiting(receiver: Seat, flow: str) -> None:
    receiver.menu("收件")
    receiver.click(f"tbody tr:has-text('{flow}') a.btn")


def accept(receiver: Seat, flow: str) -> None:
    before = receiver.clicks
    open_waiting(receiver, flow)
    receiver.click("#accept-button")
    receiver.fine()
    assert receiver.clicks - before <= MOST_TO_ACCEPT


def internal(
    sender: Seat, leader: Seat, case: str, flow: str, only: str = "", fill: dict[str, str] | None = None
) -> None:
    """An act within a unit: drawn up, approved."""
    begin(sender, case, flow, only)
    _filled(sender, fill)
    send_up(sender)
    approve(leader)


def transfer(
    sender: Seat,
    leader: Seat | None,
    case: str,
    flow: str,
    only: str = "",
    fill: dict[str, str] | None = None,
) -> None:
    """A prepared case sent: at most twelve clicks of its sender."""
    before = sender.clicks
    begin(sender, case, flow, only)
    _filled(sender, fill)
    send_up(sender)
    if leader:
        approve(leader)
    dispatch(sender)
    assert sender.clicks - before <= MOST_TO_SEND, f"{flow}: {sender.clicks - before} clicks"


def _filled(sender: Seat, fill: dict[str, str] | None) -> None:
    for selector, value in (fill or {}).items():
        if sender.page.locator(f"select{selector}").count():
            sender.choose(f"select{selector}", value)
        else:
            sender.fill(selector, value)


def upload(police: Seat, case: str, key: str, path: Path) -> None:
    police.opened(f"{case}?tab=dossier")
    police.page.select_option("#place", key)
    pages = police.page.locator("figure[data-page]")
    before = pages.count()
    police.page.set_input_files("#files", [str(path)])
    pages.nth(before).wait_for(state="attached")  # the page stays, and shows it once it is taken in


def derived(police: Seat, case: str) -> None:
    """Wait until the worker has looked at every page."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        police.opened(f"{case}?tab=dossier")
        if "已全部检查" in police.text("[data-dossier]"):
            return
        time.sleep(1)
    raise AssertionError("the worker did not finish the pages")


def printed(police: Seat, case: str, name: str) -> bytes:
    """Open a document to print it; return what the printer gets."""
    got: list[bytes] = []

    def keep(route: Any) -> None:
        answer = route.fetch()
        got.append(answer.body())
        route.fulfill(response=answer)

    police.page.context.route("**/originals/**", keep)
    police.opened(f"{case}?tab=documents")
    with police.page.context.expect_page():
        police.click(f"tr:has-text('{name}') button:has-text('打印各联')")
    deadline = time.monotonic() + 20
    while not got and time.monotonic() < deadline:
        police.page.wait_for_timeout(200)
    police.page.context.unroute("**/originals/**")
    assert got, "the document did not open"
    return got[0]


def signed_by_hand(paper: bytes, path: Path) -> Path:
    """A printed paper, signed with a pen and laid on the scanner."""
    import pypdfium2
    from PIL import ImageDraw

    pages = []
    for sheet in pypdfium2.PdfDocument(io.BytesIO(paper)):
        picture = sheet.render(scale=200 / 72).to_pil().convert("RGB")
        pen, (wide, high) = ImageDraw.Draw(picture), picture.size
        pen.line(
            [(wide * (0.5 + step / 60), high * (0.8 + 0.01 * (step % 3))) for step in range(12)], "black", 5
        )
        pages.append(picture)
    pages[0].save(path, "PDF", save_all=True, append_images=pages[1:], resolution=200)
    return path


def sign_warrant(police: Seat, case: str, folder: Path) -> None:
    """The warrant is printed, signed by the arrested person, scanned, and finds its place by its code."""
    scan = signed_by_hand(printed(police, case, "拘留证"), folder / "scan.pdf")
    upload(police, case, "lit-rights.rights", scan)
    derived(police, case)
    police.opened(f"{case}?tab=documents")
    police.click("form button:has-text('归位')")
    police.fine()
    police.opened(f"{case}?tab=documents")
    assert police.page.locator("tr:has-text('拘留证'):has-text('已换签名件')").count() == 1


def decide_arrest(office: Seat, head: Seat) -> None:
    """Arrest for one, none for the other."""
    office.choose(f".field:has(label:has-text('{FIRST}')) select", "批准逮捕")
    office.choose(f".field:has(label:has-text('{SECOND}')) select", "不批准逮捕")
    office.fill("input[name^='reason.'] >> nth=1", "无逮捕必要")
    office.click(".bar [data-primary]")
    office.fine()
    approve(head)


def return_and_mend(police: Seat, chief: Seat, office: Seat) -> None:
    """The file comes back with a reason pinned on a page's image; what was pinned is mended and sent again."""
    open_waiting(office, "移送审查起诉")
    office.page.wait_for_selector("#preview img[src]")
    office.point("#preview img", 0.5, 0.7)
    office.page.keyboard.type("末尾缺侦查人员签名，请补签后重扫。")
    assert office.page.locator("#pins .pin").count() == 1
    assert "已钉 1 条" in office.text(".bar")
    office.click("#return-button")
    office.fine()
    assert "已退回" in office.text(".head")
    police.menu("待办")
    police.click("tbody tr:has-text('补正') a.btn")
    assert "末尾缺侦查人员签名" in police.text()
    police.click(".bar [data-primary]")
    police.fill("input[name=resolution]", "已补签重扫")
    police.click("button:has-text('记为已补')")
    police.fine()
    send_up(police)
    approve(chief)
    dispatch(police)
    open_waiting(office, "移送审查起诉")
    assert "已补签重扫" in office.text()
    office.click("#accept-button")
    office.fine()


def sentence(house: House, seats: Callable[[str], Seat], case: str) -> None:
    """The judgment, served, and in force once the term of appeal has passed."""
    court, president = seats("lian"), seats("yuanzhang")
    begin(court, case, "judgment")
    for name, outcome, term in (
        (FIRST, "有期徒刑", "有期徒刑一年"),
        (SECOND, "缓刑", "有期徒刑八个月，缓刑一年"),
    ):
        row = f".grid2:has(label:has-text('{name}'))"
        court.choose(f"{row} select[name^='outcome.']", outcome)
        court.fill(f"{row} input[name^='term.']", term)
    court.fill(
        "[name='text.judgment.decision']",
        f"一、{FIRST}犯盗窃罪，判处有期徒刑一年。二、{SECOND}判处有期徒刑八个月，缓刑一年。",
    )
    send_up(court)
    approve(president)
    received = {"[name='field.received_on']": clock.today().isoformat()}
    transfer(court, None, case, "judgment-service", fill=received)
    accept(seats("anguan"), "送达判决书")
    house.let_days_pass("appeal-judgment-10d", 12)
    internal(court, president, case, "judgment-effective", fill={"[name='field.appeals']": "没有"})


def execute(seats: Callable[[str], Seat], case: str) -> None:
    """Prison for one, community correction for the other."""
    court, president = seats("lian"), seats("yuanzhang")
    effective = {"[name='field.effective_on']": clock.today().isoformat()}
    transfer(court, president, case, "community-correction", SECOND, effective)
    accept(seats("jiaozheng"), "交付社区矫正")
    term = {"[name='text.closing-form.sentence']": "有期徒刑一年"}
    transfer(court, president, case, "execution-delivery", FIRST, term)
    accept(seats("kanshou"), "交付执行")
    transfer(seats("kanshou"), seats("suozhang"), case, "prison-delivery", FIRST)
    accept(seats("jianyu"), "送交监狱执行")


def figures(seats: Callable[[str], Seat], seconds: float) -> str:
    lines = [f"browser story: {seconds:.0f} s", f"{'role':10} {'clicks':>6} {'seconds':>8}"]
    for username, role in PEOPLE.items():
        seat = seats(username)
        lines.append(f"{role:10} {seat.clicks:6} {seat.seconds:8.1f}")
    return "\n".join(lines)


def test_seven_people_carry_a_case_through_the_pages(
    house: House, seats: Callable[[str], Seat], scan: bytes, tmp_path: Path
) -> None:
    started = time.monotonic()
    police, chief, office, head = seats("zhencha"), seats("juzhang"), seats("anguan"), seats("jianchazhang")
    case = register(police)
    internal(police, chief, case, "filing")
    internal(police, chief, case, "detention", fill={"[name='field.roaming']": "是"})
    for index, key in enumerate(("ev-suspect.interrogation", "lit-rights.rights")):
        path = tmp_path / f"{index}.jpg"
        path.write_bytes(scan + bytes([index]))
        upload(police, case, key, path)
    derived(police, case)
    sign_warrant(police, case, tmp_path)
    transfer(police, chief, case, "arrest-request")
    accept(office, "提请批准逮捕")
    decide_arrest(office, head)
    transfer(police, chief, case, "arrest-execution", FIRST)
    accept(office, "逮捕执行回执")
    internal(police, chief, case, "bail", SECOND, {"[name='field.guarantor']": "其父"})
    derived(police, case)
    transfer(police, chief, case, "prosecution-transfer")
    return_and_mend(police, chief, office)
    narrow(police, "/handovers")
    court = seats("lian")
    transfer(office, head, case, "prosecution")
    accept(court, "提起公诉")
    court.find(FIRST)
    assert "一审" in court.text(".stages .here")
    sentence(house, seats, case)
    execute(seats, case)
    supervisor = seats("jiandu")
    supervisor.find(FIRST)
    assert "执行" in supervisor.text(".stages .here")
    supervisor.menu("在途")
    assert supervisor.text("h1") == "在途移送"
    aid = seats("fayuan")
    aid.opened(case)
    assert "没有找到，或无权查看" in aid.text()
    print(figures(seats, time.monotonic() - started))  # noqa: T201 - the figures of the story
