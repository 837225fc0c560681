"""Retakes the pictures of README and guide, docs/pictures, from a running demonstration.

    make pictures                       (starts the demonstration where none is running, and ends it again)
    python tools/pictures.py [--base http://127.0.0.1:8000]

The same people, cases and size every time, one picture a screen of the help, in few colours; dates are those of the demonstration.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.screens import FLAGS, ROOT, STATE, first, opened, tabbed

OUT = ROOT / "docs" / "pictures"
SIZE = {"width": 1366, "height": 768}
MOST = 200 * 1024
COLOURS = (128, 48, 24, 12)
PATIENCE = 30 * 60
Picture = tuple[str, str, str, Callable[[Any], None] | None]


def helped(page: Any) -> None:
    """Open the help beside the page."""
    page.keyboard.press("F1")
    page.wait_for_selector("#help dl")


def whole_page(page: Any) -> None:
    """Open the file in the reading room, one page whole."""
    tabbed("dossier", "a[href*='/reading']")(page)
    page.select_option("#fit", "page")


PICTURES: tuple[Picture, ...] = (
    ("desk", "anguan", "/desk", None),
    ("calendar", "zhencha", "/calendar", None),
    ("inbox", "anguan", "/inbox", None),
    ("cases", "zhencha", "/cases", None),
    ("case", "zhencha", "/cases?q=YL2026-00001", first("tbody a[href^='/cases/']")),
    ("reading", "zhencha", "/cases?q=YL2026-00001", whole_page),
    ("handover.compose", "zhencha", "/cases?q=柯远帆", opened("handovers")),
    ("handover.receive", "anguan", "/inbox", first("tbody tr a.btn.next")),
    ("handover.approve", "juzhang", "/approvals", first("tbody tr a.btn.next", "[data-sheets] img")),
    ("supervision", "jiandu", "/supervision", None),
    ("duty", "kanshou", "/duty", None),
    ("rotation", "jianchazhang", "/rotation", None),
    ("units", "xitong", "/units", None),
    ("accounts", "anquan", "/accounts", None),
    ("heads", "shenji", "/heads", None),
    ("guide", "zhencha", "/inbox", helped),
)
"""Each picture: the screen it is of, who looks, the path, and what is done before it is taken."""


def small(png: bytes) -> bytes:
    """Return a picture in few colours, fewer where a scan would make it too large; raises ValueError where that is not enough."""
    from PIL import Image  # noqa: PLC0415 - also a package of the product

    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in COLOURS:
        made = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
        if made.tell() <= MOST:
            return made.getvalue()
    raise ValueError(f"{made.tell()} bytes, at most {MOST}")


def seat(browser: Any, base: str, who: str, word: str) -> Any:
    """Return a page at which somebody is signed in."""
    page = browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport=SIZE, reduced_motion="reduce"
    ).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{base}/login")
    page.fill("#username", who)
    page.fill("#password", word)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def take(page: Any, base: str, picture: Picture) -> bytes:
    """Return one picture; names stand in no address, so that they are looked for as people do."""
    _, _, path, act = picture
    address, _, text = path.partition("?q=")
    page.goto(base + address)
    if text:
        page.fill("#filter", text)
        page.press("#filter", "Enter")
        page.wait_for_url("**find=**")
        page.wait_for_load_state("networkidle")
    if act is not None:
        act(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)
    taken: bytes = page.screenshot(animations="disabled", caret="hide")
    return taken


@contextmanager
def demonstration(base: str) -> Iterator[str]:
    """Yield where the demonstration serves: the one that is running, or one of our own once its cases are carried."""
    if _answers(base):
        yield base
        return
    program = [str(ROOT / ".venv" / "bin" / "antong"), "run", "--port", base.rpartition(":")[2]]
    environment = {**os.environ, "ANTONG_DEMO": "1"}
    carried = subprocess.run([*program[:2], "--once"], env=environment, cwd=ROOT, check=False)
    if carried.returncode:
        sys.exit("pictures: the demonstration was not carried")
    process = subprocess.Popen(program, env=environment, cwd=ROOT)
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(base) and time.monotonic() < end:
            time.sleep(1)
        yield base
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _answers(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/healthz", timeout=3) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except (urllib.error.URLError, OSError):
        return False


def main() -> None:
    """Retake the pictures; end with 1 where one failed, and leave the old one as it was."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development package

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    only = {name for name in chosen.only.split(",") if name}
    OUT.mkdir(parents=True, exist_ok=True)
    failed = []
    with demonstration(chosen.base) as base, sync_playwright() as driver:
        rows = json.loads((STATE / "demo-logins.json").read_text("utf-8"))
        words = {row["username"]: row["password"] for row in rows}
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        seats: dict[str, Any] = {}
        for picture in PICTURES:
            name, who = picture[:2]
            if only and name not in only:
                continue
            try:
                page = seats.get(who) or seats.setdefault(who, seat(browser, base, who, words[who]))
                made = small(take(page, base, picture))
            except Exception as problem:  # noqa: BLE001 - one picture missing must not cost the others
                failed.append(name)
                print(f"pictures: {name} failed: {str(problem).splitlines()[0]}")
                continue
            (OUT / f"{name}.png").write_bytes(made)
            print(f"pictures: {name:18} {len(made) // 1024:4} KB")
        browser.close()
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
