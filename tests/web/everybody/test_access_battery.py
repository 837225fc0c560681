"""Every route, tried by everybody: who is led to sign in, refused, told that there is nothing, or served.

A row of the table is a route with a method; a letter is what one person gets, in the order of `EARLY` and `LATE`:
`l` led to sign in, `f` refused (403), `n` nothing there (404), `r` refused for the state of the thing (409, 422),
`.` served. GETs run with the database read-only. What is refused leaves every table as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from antong.web import reading
from asking import form_of
from routes import routes
from world import (
    BY_SCRIPT,
    BY_TICKET,
    VICTIM,
    Place,
    World,
    address,
    kept,
    letter,
    only_reading,
    tables,
    undone,
)

pytestmark = pytest.mark.xdist_group("everybody")

EARLY = ("", "jianyu", "anguan", "zhencha", "fuzhu", "juzhang", "jiandu", "jiandu+")
"""Nobody, a stranger, the next unit before the hand-over; who handles it, a colleague, the leader; the supervisor
without and with a reason."""
LATE = (
    "", "xitong", "anquan", "shenji", "jianyu", "zhencha", "anguan", "jianchaguan", "jianchazhang", "lian", "kanshou",
    "jiandu", "jiandu+",
)  # fmt: skip
"""Nobody, the three administrators, a stranger, the unit that has given it away; who handles it, a colleague, the
leader; the court that was sent it, the detention centre; the supervisor without and with a reason."""
NO_RIGHT = {"", "xitong", "anquan", "shenji", "jianyu"}
EXECUTES, UNREASONED = "kanshou", "jiandu"

OF_A_CASE = {
    "GET add-party": "lnn..fff lfffnf..fffff",
    "GET case": "lnn..... lfffn........",
    "GET checklist": "lnn...ff lfffnn....nff",
    "GET compare": "lnn...ff lfffnn....nff",
    "GET destruction": "lfnff... lfffff.f..f..",
    "GET propose-destruction": "lfnfffff lfffff.ff.fff",
    "POST destroy": "lfffffff lfffffffrffff",
    "POST propose-destruction": "lfnfffff lfffffrffrfff",
    "POST refuse-destruction": "lffff.ff lfffffff.ffff",
    "POST withdraw-destruction": "lfnfffff lfffff.ffrfff",
    "GET document": "lnn...ff lfffnn....nff",
    "GET edit-case": "lnn..fff lfffnf..fffff",
    "GET edit-document": "lnn..fff lfffnf..fnnff",
    "GET edit-party": "lnn..fff lfffnf..fffff",
    "GET file-changes": "lnn...ff lfffn......ff",
    "GET handover": "lnn..... lfffnn....n..",
    "GET new-document": "lnn..fff lfffnf..fnnff",
    "GET parts": "lnn.nfff lfffnn.nfnnff",
    "GET page-facts": "lnn...f. lfffn.....nf.",
    "GET page-image": "lnn...f. lfffn.....nf.",
    "GET paper-pages": "lnn...f. lfffnn...nnf.",
    "GET print-index": "lnn...ff lfffn......ff",
    "GET print-sheet": "lnn...ff lfffn......ff",
    "GET print-summary": "lnn...ff lfffn......ff",
    "GET progress": "lnn..... lfffnn...nn..",
    "GET reading": "lnn..... lfffn........",
    "GET recording": "lnn...f. lfffnn...nnf.",
    "GET room-doubt": "lnn...f. lfffn......f.",
    "GET room-pages": "lnn...f. lfffn......f.",
    "GET receipt": "lnn..... lfffnn....n..",
    "GET sheet": "lnn...ff lfffn......ff",
    "POST accept": "lnnrfrff lfffnnfff.nff",
    "POST add-party": "lnn..fff lfffnf..fffff",
    "POST amend": "lnn.ffff lfffnnrrfrnff",
    "POST answer": "lnnrffff lfffnnrrfrnff",
    "POST approve": "lffffrff lfffffffrffff",
    "POST approve-answer": "lffffrff lfffffffrffff",
    "POST assign": "lnnrfrff lfffnnfff.nff",
    "POST batch": "lnnrrrrr lfffnn....n..",
    "POST begin-parts": "lnn..fff lfffnf..fffff",
    "POST bundle": "lnn...ff lfffnf...ffff",
    "POST compose": "lnn.ffff lfffnffffffff",
    "POST document-pages": "lnn...ff lfffnn....nff",
    "POST duty-hear": "lnnrfrff lfffnnfff.nff",
    "POST end-parts": "lnn.nfff lfffnn.nfnnff",
    "POST edit-case": "lnn..fff lfffnf..fffff",
    "POST edit-document": "lnn..fff lfffnf..fnnff",
    "POST edit-party": "lnn..fff lfffnf..fffff",
    "POST issue-document": "lnn.ffff lfffnf..fnnff",
    "POST move-pages": "lnn..fff lfffnf..fffff",
    "POST next-part": "lnn.nfff lfffnn.nfnnff",
    "POST new-document": "lnn..fff lfffnf..fnnff",
    "POST nudge": "lnnrrrrr lfffnn....n..",
    "POST original": "lnn...ff lfffn.....nff",
    "POST place-scan": "lnnrrfff lfffnfrrfffff",
    "POST preview-document": "lnn..fff lfffnf..f..ff",
    "POST read-answer": "lnnrffff lfffnnrrfrnff",
    "POST reading": "lnn..... lfffn........",
    "POST reason": "lnnnffff lfffnnrrfrnff",
    "POST remove-page": "lnn..fff lfffnf..fffff",
    "POST rename-entry": "lnn..fff lfffnf..fffff",
    "POST restore-page": "lnn..fff lfffnf..fffff",
    "POST retry-pages": "lnnrrfff lfffnfrrfffff",
    "POST return": "lnnrfrff lfffnnfff.nff",
    "POST rotate-page": "lnn..fff lfffnf..fffff",
    "POST round": "lnnrffff lfffnnrrfrnff",
    "POST send": "lnnrffff lfffnfrrfrnff",
    "POST shift-entry": "lnn..fff lfffnf..fffff",
    "POST signed-document": "lnn..fff lfffnf..fffff",
    "POST submit": "lnn.ffff lfffnnrrfrnff",
    "POST ticket": "lnn...f. lfffn......f.",
    "POST upload": "lnn..fff lfffnf..fffff",
    "POST void-document": "lnn..fff lfffnf..fnnff",
    "POST withdraw": "lnn.ffff lfffnn..ffnff",
}
OF_THE_HOUSE = {
    "GET account": "lf.ffffffffff",
    "GET accounts": "lf.ffffffffff",
    "GET approvals": "lfffffff.ffff",
    "GET audit": "lff.fffffffff",
    "GET looks": "lff.fffffffff",
    "GET cases": "lfff.........",
    "GET calendar": "lfff.........",
    "GET calendar-file": "lfff.........",
    "GET components": "l............",
    "GET counts": "l............",
    "GET delegations": "l............",
    "GET desk": "lfff.........",
    "GET destructions": "lfffff.f..f..",
    "GET drafts": "l............",
    "GET pledge": "l............",
    "GET pledges": "lf.ffffffffff",
    "GET certificate": ".............",
    "GET factor": "l............",
    "GET duty": "lfff.......ff",
    "GET duty-state": "lfff.......ff",
    "GET export-cases": "lfff.........",
    "GET guide": "l............",
    "GET hand-on": "lfff.......ff",
    "GET heads": "lff.fffffffff",
    "GET health": ".............",
    "GET help": ".............",
    "GET home": ".............",
    "GET import-people": "l.fffffffffff",
    "GET inbox": "lfff.......ff",
    "GET login": ".............",
    "GET metrics": ".............",
    "GET new-case": "lffff.fffffff",
    "GET new-person": "l.fffffffffff",
    "GET new-unit": "l.fffffffffff",
    "GET moved-limits": "lfff.........",
    "GET notices": "l............",
    "GET operations": "l............",
    "GET password": "l............",
    "GET people": "l.fffffffffff",
    "GET people-template": "l.fffffffffff",
    "GET person": "l.fffffffffff",
    "GET phrases": "lfff.......ff",
    "GET pick-any-unit": "l.fffffffffff",
    "GET pick-categories": "lfff.........",
    "GET pick-charges": "lfff.........",
    "GET pick-posts": "l.fffffffffff",
    "GET pick-units": "lfff....f..ff",
    "GET new-report": "l............",
    "GET read-log": "lfffffff.ffff",
    "GET read-of-mine": "lfff.........",
    "GET read-of-ours": "lfffffff.ffff",
    "GET readers": "lff.fffffffff",
    "GET reports": "l............",
    "GET roster": "lfff.......ff",
    "GET registers": "lfff.........",
    "GET rotation": "lfff.......ff",
    "GET rotations": "lffffffffff..",
    "GET ready": ".............",
    "GET sent": "lfff....f..ff",
    "GET sessions": "lf.ffffffffff",
    "GET supervision": "lffffffffff..",
    "GET alarm": "lfffn.nnnn...",
    "GET alarms": "lfff.........",
    "GET custody": "lfff.fffff...",
    "GET custody-person": "lfffnfffff...",
    "POST alarm-answer": "lfffn.nnnn.nn",
    "POST custody-admit": "lfffrfffff.ff",
    "POST custody-discharge": "lfffnfffff.ff",
    "POST custody-interrogate": "lfffnfffff.ff",
    "POST custody-paper": "lfffnfffff.ff",
    "POST custody-warn": "lfffnfffff.ff",
    "GET new-terminal": "l.fffffffffff",
    "GET terminal": ".............",
    "GET terminal-rules": "l..ffffffffff",
    "GET terminals": "l..ffffffffff",
    "GET unit": "l.fffffffffff",
    "GET units": "l.fffffffffff",
    "POST add-own-shift": "lfffrr...rrff",
    "POST add-shift": "l.fffffffffff",
    "POST amend-person": "l.fffffffffff",
    "GET issue-token": "l.fffffffffff",
    "GET openapi": ".............",
    "GET tokens": "l..ffffffffff",
    "GET webhooks": "l..ffffffffff",
    "GET webhook": "l..ffffffffff",
    "GET new-webhook": "l.fffffffffff",
    "POST new-webhook": "l.fffffffffff",
    "POST allow-webhook": "lf.ffffffffff",
    "POST rotate-webhook": "l.fffffffffff",
    "POST change-webhook": "l..ffffffffff",
    "POST allow-token": "lf.ffffffffff",
    "POST answer-notice": "lnnnnn...nnnn",
    "POST answer-report": "l.fffffffffff",
    "POST assign-duty": "l.fffffffffff",
    "POST check-date": "lfff....f..ff",
    "POST delegate": "lnnnnn.nnnnnn",
    "POST delegate-for": "l.fffffffffff",
    "POST drafts": "l............",
    "POST duty-open": "lfff.......ff",
    "POST drop-phrase": "lfffnn...nnff",
    "POST new-report": "l............",
    "POST edit-unit": "l.fffffffffff",
    "POST end-delegation": "l.nnnn.nnnnnn",
    "POST end-delegation-for": "l.fffffffffff",
    "POST end-duty": "l.fffffffffff",
    "POST end-own-shift": "lfffnn...nnff",
    "POST end-post": "l.fffffffffff",
    "POST end-session": "lf.ffffffffff",
    "POST end-sessions": "lfnffffffffff",
    "POST end-shift": "l.fffffffffff",
    "POST end-unit": "l.fffffffffff",
    "POST find": "l............",
    "POST hand-on": "lfffrr...rrff",
    "POST head-file": "lff.fffffffff",
    "POST import-people": "l.fffffffffff",
    "POST issue-token": "l.fffffffffff",
    "POST keep-phrase": "lfff.......ff",
    "POST leave-service": "l.fffffffffff",
    "POST lift-pause": "lfnffffffffff",
    "POST pledge": "lnnnnnnnnnnnn",
    "POST issue-pledge": "lf.ffffffffff",
    "POST certificate": ".............",
    "POST register-certificate": "lfrffffffffff",
    "POST revoke-certificate": "lfnffffffffff",
    "POST decide-factor-reset": "lfnffffffffff",
    "POST factor": "l............",
    "POST propose-factor-reset": "lnfffffffffff",
    "POST login": "rrrrrrrrrrrrr",
    "POST logout": "l............",
    "POST move-person": "l.fffffffffff",
    "POST new-case": "lffff.fffffff",
    "POST new-person": "l.fffffffffff",
    "POST new-post": "l.fffffffffff",
    "POST new-unit": "l.fffffffffff",
    "POST password": "lrrrrrrrrrrrr",
    "POST pick-people": "l.fffffffffff",
    "POST preferences": "l............",
    "POST present": "l............",
    "POST read-all": "l............",
    "POST read-notice": "lnnnnn...nnnn",
    "POST read-some": "lnnnnn...nnnn",
    "POST revoke-token": "l..ffffffffff",
    "POST reset-password": "lf.ffffffffff",
    "POST set-rotation": "lfffffff.ffff",
    "POST same-person": "lfff....f..ff",
    "POST run-job": "lrfffffffffff",
    "POST run-uploads": "lrfffffffffff",
    "POST search": "lfff.........",
    "POST new-terminal": "l.fffffffffff",
    "POST renew-terminal": "l.fffffffffff",
    "POST revoke-terminal": "l..ffffffffff",
    "POST set-terminal-rule": "lf.ffffffffff",
    "POST terminal": "rrrrrrrrrrrrr",
    "POST set-active": "lf.ffffffffff",
    "POST set-counterparts": "l.fffffffffff",
    "POST take-people": "l.fffffffffff",
    "POST views": "l............",
}

QUERIES: dict[str, dict[str, str]] = {
    "pick-units": {"flow": "arrest-request"},
    "drafts": {"place": "/cases/new"},
}
COUNTED = {"POST login", "POST password", "POST terminal"}
"""Where a refusal is counted: so many, and the account is paused."""
RECORDED = {
    f"GET {name}"
    for name in (
        "case", "checklist", "compare", "document", "edit-case", "edit-document", "edit-party", "file-changes", "handover",
        "new-document", "page-image", "print-index", "print-sheet", "print-summary", "receipt", "recording", "sheet",
    )
}  # fmt: skip
"""Pages that show what a case says: whoever is shown one is noted."""


def told(answer: Any) -> str:
    """Return all that an answer says."""
    parts = answer.streaming_content if answer.streaming else [answer.content]  # type: ignore[attr-defined]
    return b"".join(parts).decode(errors="replace")


def spooled() -> int:
    """Return how many readings the pages have noted."""
    folder = settings.ANTONG_SPOOL
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("*")) if folder.is_dir() else 0


def tries(world: World, row: str, place: Place, who: str, expected: str) -> tuple[str, str, int]:
    """Let somebody try a row on a case; return the letter, what was said, and how many readings were noted.

    What is to be refused is not undone: it must not have done anything.
    """
    method, name = row.split()
    client, url = world.client(who), address(name, place)
    if name in BY_TICKET:
        url += f"?t={world.ticket(place, who)}"
    before = spooled()
    if method == "GET":
        with only_reading():
            answer = client.get(url, QUERIES.get(name)) if name in QUERIES else client.get(url)
    else:
        served = expected == "." or row in COUNTED
        with undone() if served else nullcontext(), kept(client):
            answer = client.post(url, form_of(name, place), headers=BY_SCRIPT)
    if name == "batch" and answer.status_code == 200 and answer.context["bad"]:
        return "n" if "没有找到" in told(answer) else "r", told(answer), spooled() - before
    return letter(answer), told(answer), spooled() - before


ALL = [
    f"{method} {route.name}"
    for route in routes()
    for method in route.callback.methods  # type: ignore[attr-defined]
]


def test_every_route_has_its_row() -> None:
    assert sorted({*OF_A_CASE, *OF_THE_HOUSE}) == sorted(ALL)
    assert not OF_A_CASE.keys() & OF_THE_HOUSE.keys()


def test_every_row_is_served_to_somebody() -> None:
    """What serves nobody proves nothing; what the state of these two cases forbids is done in test_handover_battery."""
    nobody = {row for row, letters in {**OF_A_CASE, **OF_THE_HOUSE}.items() if "." not in letters}
    later = {
        f"POST {act}"
        for act in ("answer", "approve", "approve-answer", "read-answer", "reason", "round", "send")
    }
    assert nobody == later | {
        "POST destroy",  # of an ended case, after a week: tests/archive
        "POST propose-destruction",
        "POST place-scan",
        "POST retry-pages",
        "POST login",
        "POST password",
        "POST terminal",
        "POST lift-pause",
        "POST run-job",
        "POST run-uploads",
        "POST decide-factor-reset",
        "POST pledge",
        "POST register-certificate",
        "POST revoke-certificate",
        "POST propose-factor-reset",
        "POST end-sessions",
    }


def columns(world: World, row: str) -> Iterator[tuple[Place, str]]:
    """Yield each person of a row with the case that is tried, in the order of its letters."""
    if row in OF_A_CASE:
        yield from ((world.early, who) for who in EARLY)
    yield from ((world.late, who) for who in LATE)


def unseen(place: Place, who: str, got: str) -> tuple[str, ...]:
    """Return what an answer to somebody may not say."""
    words = place.secrets if who in NO_RIGHT or got in "lfn" else ()
    hidden = who in {EXECUTES, UNREASONED}
    return (*words, *((VICTIM.name, VICTIM.phone) if hidden else ()))


@pytest.fixture(scope="module")
def as_it_was(world: World) -> dict[str, str]:
    return tables()


@pytest.mark.parametrize("row", [*OF_A_CASE, *OF_THE_HOUSE])
def test_everybody_gets_what_the_table_says(world: World, as_it_was: dict[str, str], row: str) -> None:
    expected = {**OF_A_CASE, **OF_THE_HOUSE}[row].replace(" ", "")
    got, wrong = [], []
    for (place, who), letter_of in zip(columns(world, row), expected, strict=True):
        one, words, read = tries(world, row, place, who, letter_of)
        got.append(one)
        wrong += [f"{who or 'nobody'} is told {word}" for word in unseen(place, who, one) if word in words]
        if one in "lfn" and read:
            wrong.append(f"{who or 'nobody'} is noted as a reader")
        if one == "." and row in RECORDED and not read:
            wrong.append(f"{who} has read, and nothing is noted")
    assert "".join(got) == expected
    assert not wrong
    assert tables() == as_it_was


def test_every_answer_carries_its_headers(world: World) -> None:
    for name in ("case", "edit-case", "reading", "page-image", "sheet", "cases", "health", "login"):
        answer = world.client("anguan").get(address(name, world.late))
        for header in (
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "X-Frame-Options",
            "Referrer-Policy",
        ):
            assert header in answer.headers, (name, header)
        assert answer.headers["Cache-Control"] == "no-store", name


def test_no_route_takes_another_method(world: World) -> None:
    client = world.client("zhencha")
    for route in routes():
        taken = {*route.callback.methods, "HEAD", "OPTIONS"}  # type: ignore[attr-defined]
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - taken:
            answer = client.generic(method, address(str(route.name), world.early))
            assert answer.status_code == 405, (route.name, method)


def test_no_form_is_taken_without_its_token(world: World, as_it_was: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = world.client("zhencha").cookies
    for row in ALL:
        method, name = row.split()
        if method == "POST":
            answer = client.post(address(name, world.early), form_of(name, world.early))
            assert answer.status_code == 403, name
            assert "表单已失效" in answer.content.decode(), name
    assert tables() == as_it_was


def test_the_head_of_a_unit_sees_what_its_people_read(world: World) -> None:
    reader = world.people["anguan"].person_name
    world.client("anguan").get(address("sheet", world.late))
    with undone():
        assert reading.post_spooled()
        page = world.client("jianchazhang").get("/readlog?size=100")
        assert any(row.person_name == reader and row.what == "下载案卡" for row in page.context["rows"])
        others = world.client("juzhang").get("/readlog?size=100")
        assert all(row.unit_id == world.people["juzhang"].unit_id for row in others.context["rows"])
