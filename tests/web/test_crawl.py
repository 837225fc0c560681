"""Everybody follows every link from the first page on, over cases in different states: nothing fails, nothing is unfilled."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from antong.demo import neighbours, seed

LEFT = ("registered", "arrest-accepted", "transfer-draft", "transfer-returned", "prosecuted")
"""Where the planted cases are left: each shows other pages to other people."""
MOST, EACH = 44, 2
"""Pages a person opens, and how many of one kind (route, tab, mode)."""
NOWHERE = "(nowhere)"
LINK = re.compile(r'\shref="([^"#]+)')
UNFILLED = re.compile(r"\{\{|\}\}|\{%|%\}|\bNone\b|\bundefined\b|object at 0x|\bUUID\(")
HIDDEN = re.compile(r"<script.*?</script>|<template.*?</template>|<[^>]+>", re.DOTALL)


@pytest.fixture
def cases(people: dict[str, Any], scan: bytes) -> list[str]:
    """Plant one case for each state, with scans of one page."""
    made = []
    for until in LEFT:
        case = next(one for one in neighbours.CASES if one.until == until)
        road = neighbours.Road(people, case)
        listed = neighbours.papers_of(case, people["zhencha"])
        road.go([(paper, [scan + paper.key.encode() + until.encode()]) for paper in listed])
        made.append(str(road.id()))
    return made


def kind_of(url: str) -> str:
    """What sort of page an address is: its route, and the tab of it; an address of nothing is a kind of its own."""
    parts = urlsplit(url)
    try:
        route = resolve(parts.path).route
    except Resolver404:
        return f"{NOWHERE} {url}"
    return f"{route} {dict(parse_qsl(parts.query)).get('tab', '')}"


def links(page: str, url: str) -> list[str]:
    """The addresses of the house that a page leads to."""
    found = []
    for href in LINK.findall(page):
        target = urljoin(url, unescape(href))
        if target.startswith("/") and not target.startswith(("/static/", "//")):
            found.append(target)
    return found


def crawl(client: Client, start: str) -> tuple[list[str], Counter[str]]:
    """Open pages, kinds not seen yet first; return what is wrong, and how often each kind was opened."""
    faults, opened = [], Counter[str]()
    seen, fresh, known = {start}, deque([(start, "the first page")]), deque[tuple[str, str]]()
    while (fresh or known) and opened.total() < MOST:
        url, came_from = (fresh or known).popleft()
        kind = kind_of(url)
        if kind.startswith(NOWHERE):
            faults.append(f"{url} leads nowhere (from {came_from})")
            continue
        if opened[kind] >= EACH:
            continue
        opened[kind] += 1
        answer = client.get(url, follow=True)
        if answer.status_code in {404, 405} or answer.status_code >= 500:
            faults.append(f"{url}: {answer.status_code} (from {came_from})")
            continue
        if "html" not in answer.headers.get("Content-Type", ""):
            continue
        page = answer.content.decode()
        faults += unfilled(url, unescape(HIDDEN.sub(" ", page)))
        for target in links(page, url):
            if target not in seen:
                seen.add(target)
                (known if opened[kind_of(target)] else fresh).append((target, url))
    return faults, opened


def unfilled(url: str, text: str) -> list[str]:
    """What of a page's text no template has filled, with the words around it."""
    return [
        f"{url}: {found[0]!r} in “{text[max(0, found.start() - 40) : found.end() + 20].strip()}”"
        for found in list(UNFILLED.finditer(text))[:2]
    ]


@pytest.mark.timeout(900)
def test_everybody_follows_every_link(
    sign_in: Callable[[str], Client], people: dict[str, Any], cases: list[str]
) -> None:
    assert len(cases) == len(LEFT)
    faults: list[str] = []
    kinds: Counter[str] = Counter()
    for login in seed.logins():
        wrong, opened = crawl(sign_in(login.username), "/")
        faults += [f"{login.username}: {fault}" for fault in wrong]
        kinds += opened
    assert not faults, "\n".join(faults[:40])
    routes = {kind.split(" ")[0] for kind in kinds}
    for route in (
        "desk", "cases", "cases/<uuid:case_id>/", "cases/<uuid:case_id>/reading", "cases/<uuid:case_id>/edit", "handovers/<uuid:handover_id>/",
        "cases/<uuid:case_id>/print/index", "cases/<uuid:case_id>/documents/<uuid:document_id>/", "inbox", "approvals", "supervision",
    ):  # fmt: skip
        assert route in routes, f"nobody came to {route}"
