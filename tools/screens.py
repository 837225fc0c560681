"""Takes a screenshot of every page of a running demonstration, as the people who use it see them.

    python tools/screens.py OUT [--size 1366x768] [--large] [--only desk,case]

Needs `make run` serving, Chromium, and the logins of the demonstration. Pictures are for looking at, beside the
reference screens; nothing is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("ANTONG_STATE", ROOT / ".antong"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--no-proxy-server",
]
HEAD = "main .head h1"


def _of_the_house() -> Iterator[tuple[str, str, str, Callable[[Any], None] | None]]:
    """Yield the pictures of what concerns no case."""
    for name, who in (
        ("reports", "zhencha"), ("roster", "zhencha"), ("calendar", "zhencha"), ("registers", "zhencha"), ("rotation", "jianchazhang"),
        ("rotations", "jiandu"), ("duty", "kanshou"), ("hand-on", "zhencha"), ("delegations", "zhencha"), ("units", "xitong"),
        ("people", "xitong"), ("tokens", "xitong"), ("accounts", "anquan"), ("sessions", "anquan"), ("heads", "shenji"),
    ):  # fmt: skip
        yield name, who, f"/{name}", None
    yield "new-report", "zhencha", "/reports/new", None
    yield "custody", "kanshou", "/custody", None
    yield "custody-person", "kanshou", "/custody", first("tbody a[href^='/custody/']")
    yield "alarms", "jiandu", "/alarms", None
    yield "alarm", "kanshou", "/alarms", first("tbody a[href^='/alarms/']")
    yield "custody-desk", "kanshou", "/desk", None
    yield "unit", "xitong", "/units", first("tbody a[href^='/units/']")
    yield "person", "xitong", "/people", first("tbody a[href^='/people/']")


def pages() -> Iterator[tuple[str, str, str, Callable[[Any], None] | None]]:
    """Yield each picture: its name, who looks, the path, and what is done before it is taken."""
    yield "desk-office", "anguan", "/desk", None
    yield "desk-police", "zhencha", "/desk", None
    yield "desk-empty", "fayuan", "/desk", None
    for tab in ("waiting", "limits", "done"):
        yield f"desk-{tab}", "zhencha", f"/desk?tab={tab}", None
    yield "inbox", "anguan", "/inbox", None
    yield "cases", "zhencha", "/cases", None
    yield "cases-none", "zhencha", "/cases?q=没有这个人", None
    yield "case", "anguan", "/cases", first("tbody a[href^='/cases/']")
    for tab in ("dossier", "documents", "handovers", "limits", "ledger"):
        yield f"case-{tab}", "zhencha", "/cases?q=YL2026-00001", tabbed(tab)
    yield "case-lanes", "zhencha", "/cases?q=YL2026-00001", first("tbody a[href^='/cases/']")
    yield "case-returned", "zhencha", "/cases?q=程牧野", first("tbody a[href^='/cases/']")
    yield "case-handling", "anguan", "/cases?q=顾延舟", first("tbody a[href^='/cases/']")
    yield "file-handling", "zhencha", "/cases?q=程牧野", tabbed("dossier")
    yield "papers-handling", "zhencha", "/cases?q=程牧野", tabbed("documents")
    yield (
        "case-edit",
        "zhencha",
        "/cases?q=程牧野",
        tabbed("people", "main a[href$='/edit']:visible, main a[href*='/parties/']"),
    )
    yield (
        "document",
        "zhencha",
        "/cases?q=YL2026-00001",
        tabbed("documents", "main a[href*='/documents/']:visible"),
    )
    yield "file-changes", "zhencha", "/cases?q=YL2026-00001", tabbed("dossier", "a[href$='/changes']")
    yield (
        "file-index",
        "zhencha",
        "/cases?q=YL2026-00001",
        tabbed("dossier", "main a[href$='/print/index']:visible"),
    )
    yield "register", "zhencha", "/cases/new", None
    yield "register-refused", "zhencha", "/cases/new", refused_registration
    yield "reading", "zhencha", "/cases?q=YL2026-00001", tabbed("dossier", "a[href*='/reading']")
    yield "compose", "zhencha", "/cases?q=柯远帆", opened("handovers")
    yield "receive", "anguan", "/inbox", first("tbody tr a.btn.next")
    yield "follow", "anguan", "/handovers", first("tbody a[href*='/handovers/']")
    yield "approvals", "juzhang", "/approvals", None
    yield "approve", "juzhang", "/approvals", first("tbody tr a.btn.next", "[data-sheets] img")
    yield "sent", "zhencha", "/handovers", None
    yield "supervision", "jiandu", "/supervision", None
    yield "supervision-units", "jiandu", "/supervision?tab=units", None
    yield "supervised-case", "jiandu", "/cases", first("tbody a[href^='/cases/']")
    yield "notices", "zhencha", "/notices", None
    yield "phrases", "anguan", "/phrases", None
    yield "readings", "juzhang", "/readlog", None
    yield from _of_the_house()
    yield "operations", "xitong", "/operations", None
    yield "components", "zhencha", "/components", None
    yield "not-found", "zhencha", "/cases/00000000-0000-0000-0000-000000000000/", None


def first(selector: str, then: str = "") -> Callable[[Any], None]:
    """Follow the first link of that sort, and wait for what comes later."""

    def go(page: Any) -> None:
        page.click(f"{selector} >> nth=0")
        page.wait_for_load_state()
        if then:
            page.wait_for_selector(then)

    return go


def refused_registration(page: Any) -> None:
    """Register an empty form, which is refused."""
    page.check("#f-secret")
    first("[data-primary]")(page)


def tabbed(tab: str, then: str = "") -> Callable[[Any], None]:
    """Open the first case found, one of its tabs, and perhaps a link on it."""

    def go(page: Any) -> None:
        first("tbody a[href^='/cases/']")(page)
        page.goto(page.url.split("?")[0] + f"?tab={tab}")
        if then:
            first(then)(page)

    return go


def opened(tab: str) -> Callable[[Any], None]:
    """Open the first hand-over of the first case found."""
    return tabbed(tab, "main a[href*='/handovers/']")


def main() -> None:
    """Take the pictures."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development package

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--size", default="1366x768")
    parser.add_argument("--only", default="")
    parser.add_argument("--large", action="store_true", help="in large type")
    chosen = parser.parse_args()
    width, height = (int(part) for part in chosen.size.split("x"))
    only = {name for name in chosen.only.split(",") if name}
    words = {
        row["username"]: row["password"]
        for row in json.loads((STATE / "demo-logins.json").read_text("utf-8"))
    }
    chosen.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        seats: dict[str, Any] = {}
        for name, who, path, act in pages():
            if only and name not in only:
                continue
            if who not in seats:
                seats[who] = browser.new_context(
                    locale="zh-CN", viewport={"width": width, "height": height}
                ).new_page()
                seats[who].goto(f"{chosen.base}/login")
                seats[who].fill("#username", who)
                seats[who].fill("#password", words[who])
                seats[who].click("button.primary")
                seats[who].wait_for_url(lambda url: "/login" not in url)
            page = seats[who]
            page.set_default_timeout(15000)
            address, _, text = path.partition("?q=")
            page.goto(chosen.base + address)
            try:
                if text:  # names stand in no address: they are looked for as people do
                    page.fill("#filter", text)
                    page.press("#filter", "Enter")
                    page.wait_for_url("**find=**")
                if act is not None:
                    act(page)
                if chosen.large:
                    page.evaluate("document.documentElement.classList.add('large')")
                page.wait_for_timeout(600)
                wide = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                print(
                    f"{name:18} {page.url.removeprefix(chosen.base)[:70]}"
                    + (f"  WIDER BY {wide}" if wide > 0 else "")
                )
            except Exception as problem:  # noqa: BLE001 - one picture missing must not cost the others
                print(f"{name:18} FAILED {str(problem).splitlines()[0]}")
            page.screenshot(path=str(chosen.out / f"{name}.png"))
        page = browser.new_context(locale="zh-CN", viewport={"width": width, "height": height}).new_page()
        page.goto(f"{chosen.base}/login")
        page.screenshot(path=str(chosen.out / "login.png"))
        browser.close()


if __name__ == "__main__":
    main()
