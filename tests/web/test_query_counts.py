"""Every page asks the same number of statements whether there is little on it or much: none asks once a row."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from antong.cases import selectors as cases
from antong.cases.access import case_for
from antong.demo import carriage, copies, seed
from antong.dossier import actions as dossier
from antong.dossier import selectors as files
from antong.dossier.types import Upload
from antong.flow import actions as flow
from antong.flow.types import Done, Reason
from antong.org.types import ROLE_PERMISSIONS, Permission, Role
from antong.web import find
from road import through, up
from routes import routes
from walking import theft

pytestmark = pytest.mark.xdist_group("counts")  # what the module prepares takes longer than many of its tests

People = dict[str, Any]
Counts = dict[str, int]
FEW, MANY = 12, 40
"""How many copies of each of two cases lie on the shelves, and how many more later."""
TABS = ("people", "dossier", "documents", "handovers", "limits", "ledger")
LISTS = {
    "desk": ("zhencha", "/desk"),
    "desk of the leader": ("juzhang", "/desk"),
    "desk of the receiver": ("anguan", "/desk"),
    "desk, what others owe": ("zhencha", "/desk?tab=waiting"),
    "desk, own limits": ("zhencha", "/desk?tab=limits"),
    "desk, done": ("zhencha", "/desk?tab=done"),
    "calendar": ("zhencha", "/calendar"),
    "calendar file": ("zhencha", "/calendar.ics"),
    "cases": ("zhencha", "/cases"),
    "cases, latest change first": ("zhencha", "/cases?order=changed"),
    "cases, searched": ("zhencha", "/cases?find=" + find.seal("盗窃")),
    "cases as a file": ("zhencha", "/cases/export"),
    "inbox": ("anguan", "/inbox"),
    "inbox, taken": ("anguan", "/inbox?tab=done"),
    "approvals": ("juzhang", "/approvals"),
    "sent": ("zhencha", "/handovers"),
    "supervision": ("jiandu", "/supervision"),
    "supervision by unit": ("jiandu", "/supervision?tab=units"),
    "notices": ("anguan", "/notices"),
    "phrases": ("anguan", "/phrases"),
    "reports": ("zhencha", "/reports"),
    "new report": ("zhencha", "/reports/new"),
    "read log": ("juzhang", "/readlog"),
    "read of ours": ("juzhang", "/readlog/ours"),
    "read of mine": ("zhencha", "/readlog/mine"),
    "roster": ("anguan", "/roster"),
    "guide": ("anguan", "/guide"),
    "help": ("anguan", "/help/desk"),
    "register of what was sent": ("zhencha", "/registers?kind=sent"),
    "register of what was received": ("anguan", "/registers"),
    "duty screen": ("anguan", "/duty"),
    "duty screen, again": ("anguan", "/duty/state"),
    "rotation": ("juzhang", "/rotation"),
    "limits that moved": ("zhencha", "/limits/moved"),
    "rotations": ("jiandu", "/rotations"),
    "hand-on": ("zhencha", "/hand-on"),
    "destructions": ("juzhang", "/destructions"),
    "delegations": ("zhencha", "/delegations"),
    "new case": ("zhencha", "/cases/new"),
    "password": ("zhencha", "/password"),
    "what was typed": ("zhencha", "/drafts?place=/cases/new"),
    "counts": ("zhencha", "/counts"),
    "operations": ("zhencha", "/operations"),
    "components": ("zhencha", "/components"),
    "charges to pick": ("zhencha", "/pick/charges?q=dq"),
    "categories to pick": ("zhencha", "/pick/categories?q=dq"),
    "units to pick": ("zhencha", "/pick/units?q=院"),
}
OF_CASE = {
    **{f"case, {tab}": ("zhencha", "/cases/{case}/?tab=" + tab) for tab in TABS},
    **{f"case in review, {tab}": ("anguan", "/cases/{case}/?tab=" + tab) for tab in TABS},
    **{f"case overseen, {tab}": ("jiandu", "/cases/{case}/?tab=" + tab) for tab in ("people", "handovers")},
    "reading room": ("zhencha", "/cases/{case}/reading"),
    "changes of the file": ("anguan", "/cases/{case}/changes"),
    "pages of the room": ("zhencha", "/cases/{case}/reading/pages?t={ticket}&unread"),
    "next doubtful page": ("zhencha", "/cases/{case}/reading/doubt?t={ticket}"),
    "pages of a paper": ("zhencha", "/cases/{case}/papers/{entry}?t={ticket}"),
    "page facts": ("zhencha", "/cases/{case}/pages/{page}/facts?t={ticket}"),
    "page image": ("zhencha", "/cases/{case}/pages/{page}/image?t={ticket}"),
    "progress": ("zhencha", "/cases/{case}/progress"),
    "new document": ("zhencha", "/cases/{case}/documents/new"),
    "document": ("zhencha", "/cases/{case}/documents/{document}/"),
    "case, to edit": ("zhencha", "/cases/{case}/edit"),
    "party, to add": ("zhencha", "/cases/{case}/parties"),
    "party, to edit": ("zhencha", "/cases/{case}/parties/{party}"),
    "sheet": ("zhencha", "/cases/{case}/sheet.json"),
    "summary to print": ("zhencha", "/cases/{case}/print/summary"),
    "sheet to print": ("zhencha", "/cases/{case}/print/sheet"),
    "index to print": ("zhencha", "/cases/{case}/print/index"),
    "receipt": ("zhencha", "/handovers/{handover}/receipt"),
    "checklist": ("zhencha", "/handovers/{handover}/checklist"),
    "two rounds": ("zhencha", "/handovers/{handover}/compare"),
}
OFFICERS = (Role.CASE_MANAGER, Role.INVESTIGATOR, Role.POLICE_LEADER, Role.SUPERVISOR)
ELSEWHERE = {
    "edit-document": "the page of a draft, which no case here has: what is carried is issued",
    "parts": "one upload of one's own on its way, answered as JSON",
    "recording": "the bytes of a recording, against a ticket like the image of a page",
    **dict.fromkeys(
        ("alarm", "alarms", "custody", "custody-person"),
        "pinned in test_custody.py, with people who are held",
    ),
    "pledge": "one's own signature: no list, two statements whatever there is",
    "destruction": "one row of the register: no list, two statements whatever there is",
    "propose-destruction": "the form on one ended case: no list",
    "factor": "one's own phone: no list, three statements whatever there is",
}
"""Routes of officers that no count is pinned for, and why."""
PINNED: Counts = {
    "guide": 6,
    "help": 2,
    "hand-over to approve": 22,
    "hand-over to send": 17,
    "hand-over to receive": 24,
    "hand-over sent": 17,
    "hand-over to mend": 46,
    "case, people": 32,
    "case, dossier": 28,
    "case, documents": 28,
    "case, handovers": 22,
    "case, limits": 22,
    "case, ledger": 31,
    "case in review, people": 21,
    "case in review, dossier": 23,
    "case in review, documents": 25,
    "case in review, handovers": 21,
    "case in review, limits": 21,
    "case in review, ledger": 30,
    "case overseen, people": 21,
    "case overseen, handovers": 21,
    "reading room": 11,
    "pages of the room": 8,
    "next doubtful page": 5,
    "pages of a paper": 6,
    "changes of the file": 17,
    "page facts": 4,
    "page image": 4,
    "progress": 4,
    "new document": 8,
    "document": 9,
    "case, to edit": 9,
    "party, to add": 8,
    "party, to edit": 9,
    "sheet": 4,
    "summary to print": 19,
    "sheet to print": 19,
    "index to print": 12,
    "receipt": 15,
    "checklist": 27,
    "desk": 13,
    "desk of the leader": 13,
    "desk of the receiver": 13,
    "desk, what others owe": 13,
    "desk, own limits": 13,
    "desk, done": 11,
    "cases": 10,
    "cases, latest change first": 10,
    "cases, searched": 10,
    "cases as a file": 4,
    "inbox": 12,
    "inbox, taken": 12,
    "approvals": 9,
    "sent": 10,
    "supervision": 12,
    "supervision by unit": 12,
    "notices": 9,
    "phrases": 7,
    "reports": 9,
    "new report": 6,
    "read log": 8,
    "read of ours": 10,
    "read of mine": 9,
    "roster": 8,
    "hand-on": 9,
    "destructions": 8,
    "delegations": 9,
    "new case": 6,
    "password": 6,
    "what was typed": 3,
    "counts": 5,
    "operations": 9,
    "components": 6,
    "charges to pick": 2,
    "categories to pick": 2,
    "units to pick": 2,
    "two rounds": 14,
    "calendar": 10,
    "calendar file": 6,
    "register of what was sent": 7,
    "register of what was received": 7,
    "duty screen": 10,
    "duty screen, again": 6,
    "rotation": 10,
    "limits that moved": 8,
    "rotations": 8,
}
"""How many statements each page asks; a number here changes only on purpose."""


@dataclass(slots=True)
class Seats:
    """Those who are signed in; each page is asked twice, so that nothing is counted that comes once."""

    passwords: dict[str, str] = field(
        default_factory=lambda: {login.username: login.password for login in seed.logins()}
    )
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        if who not in self.clients:
            self.clients[who] = Client()
            answer = self.clients[who].post("/login", {"username": who, "password": self.passwords[who]})
            assert answer.status_code == 302
        return self.clients[who]

    def count(self, who: str, url: str) -> int:
        client = self.client(who)
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            answer = client.get(url)
            assert answer.status_code == 200, f"{url}: {answer.status_code}"
            answer.getvalue()
        return len(seen)


def prepared(people: People, names: tuple[str, ...], scan: bytes, pages: int) -> UUID:
    """Register a case, file it, detain everybody, and put scans into the file."""
    case_id = theft(people, names)
    through(people, case_id, "filing")
    through(people, case_id, "detention", fields={"roaming": "是"})
    for key in ("ev-suspect.interrogation", "lit-rights.rights"):
        scans = [
            Upload(file_name=f"{n}.jpg", content=io.BytesIO(scan + f"{key}{n}".encode()))
            for n in range(pages)
        ]
        dossier.upload(people["zhencha"], case_id=case_id, catalogue_key=key, files=scans)
    return case_id


def of_case(seats: Seats, people: People, case_id: UUID, reasons: int) -> Counts:
    """Return the counts of every page of a case, from its way up to its return and next round."""
    asked = up(people, case_id, "prosecution-transfer")
    page = f"/handovers/{asked.handover_id}/"
    found = {"hand-over to approve": seats.count("juzhang", page)}
    done = flow.approve(people["juzhang"], handover_id=asked.handover_id, version=asked.version)
    found["hand-over to send"] = seats.count("zhencha", page)
    sent = flow.send(people["zhencha"], handover_id=done.handover_id, version=done.version)
    flow.nudge(people["zhencha"], handover_id=sent.handover_id, text="请尽快办理")
    found["hand-over to receive"] = seats.count("anguan", page)
    found["hand-over sent"] = seats.count("zhencha", page)
    _next_round(people, sent, reasons)
    found["hand-over to mend"] = seats.count("zhencha", page)
    places = {**_places(people, case_id), "handover": asked.handover_id}
    places["ticket"] = seats.client("zhencha").post(f"/cases/{case_id}/ticket").json()["ticket"]
    return found | {name: seats.count(who, url.format(**places)) for name, (who, url) in OF_CASE.items()}


def _withdrawn(people: People, case_id: UUID) -> None:
    """Ask for the arrest of one person, and take that back."""
    first = cases.living_sheet(case_id).suspects[0].id
    asked = through(people, case_id, "arrest-request", party_ids=[first])
    flow.withdraw(people["zhencha"], handover_id=asked.handover_id, version=asked.version, reason="另行提请")


def _next_round(people: People, sent: Done, reasons: int) -> None:
    listed = [Reason(text=f"第 {n} 处缺签名", where="讯问笔录") for n in range(reasons)]
    back = flow.return_file(
        people["anguan"], handover_id=sent.handover_id, version=sent.version, reasons=listed
    )
    flow.begin_round(people["zhencha"], handover_id=back.handover_id, version=back.version)


def _places(people: People, case_id: UUID) -> dict[str, Any]:
    """Return what of a case the addresses name; the image of its first page is made."""
    dossier.derive_original(files.originals_waiting(case_id)[0])
    case = case_for(people["zhencha"], case_id, Permission.CASE_READ)
    pages = [
        page for volume in files.file_of(case).volumes for entry in volume.entries for page in entry.pages
    ]
    return {
        "case": case_id, "party": cases.living_sheet(case_id).suspects[0].id,
            "entry": next(entry.id for volume in files.file_of(case).volumes for entry in volume.entries if entry.pages),
        "page": next(page.id for page in pages if page.state == "ready"),
        "document": files.documents_of(case)[0].id,
    }  # fmt: skip


def measured(scan: bytes) -> tuple[Counts, Counts]:
    """Return the counts of every page with little on it, and with much."""
    people, seats = carriage.actors(), Seats()
    little = prepared(people, ("韩序舟",), scan, 1)
    much = prepared(people, ("甲一", "乙二", "丙三", "丁四"), scan, 4)
    for case_id in (little, much):
        _withdrawn(people, case_id)
    few, many = of_case(seats, people, little, 1), of_case(seats, people, much, 5)
    onward = prepared(people, ("吴一帆",), scan, 1)
    through(people, onward, "prosecution-transfer")
    waiting = theft(people, ("郑一舟",))
    up(people, waiting, "filing")
    templates = [copies.read(case_id) for case_id in (little, onward, waiting)]
    for found, numbers in ((few, range(1, FEW)), (many, range(FEW, FEW + MANY))):
        copies.write((one, 3 * number + at) for number in numbers for at, one in enumerate(templates))
        found |= {page: seats.count(*asked) for page, asked in LISTS.items()}
    return few, many


@pytest.fixture(scope="module")
def counts(django_db_setup: None, django_db_blocker: Any, scan: bytes) -> tuple[Counts, Counts]:
    """What every page asks, with little on it and with much; nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        found = measured(scan)
        transaction.set_rollback(True)
    return found


def routes_of_officers() -> set[str]:
    """The routes that answer a GET to one of those who sit here."""
    may = frozenset[Permission]().union(*(ROLE_PERMISSIONS[role] for role in OFFICERS))
    return {
        str(route.name)
        for route in routes()
        if "GET" in route.callback.methods and getattr(route.callback, "permission", None) in may  # type: ignore[attr-defined]
    }


def test_every_page_of_officers_is_counted() -> None:
    urls = [url for _, url in (*LISTS.values(), *OF_CASE.values())]
    some = dict.fromkeys(("case", "handover", "page", "document", "party", "ticket", "entry"), uuid4())
    counted = {resolve(url.format(**some).partition("?")[0]).url_name for url in urls} | {"handover"}
    assert routes_of_officers() - counted == set(ELSEWHERE)


@pytest.mark.parametrize("name", sorted(PINNED))
def test_a_page_asks_as_many_statements_as_it_did(counts: tuple[Counts, Counts], name: str) -> None:
    few, many = counts
    assert many[name] == few[name], "more rows, more statements"
    assert few[name] == PINNED[name]


def test_every_count_is_pinned(counts: tuple[Counts, Counts]) -> None:
    assert set(counts[0]) == set(PINNED)
