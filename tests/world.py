"""Two cases and everybody who may or may not see them: what the batteries of the pages try every route on.

`early` lies with the police that registered it. `late` has gone on: the procuratorate handles it, the police have
given it away, the court has been sent it, the detention centre holds the suspects. All of it is one transaction
that the batteries share and that is undone at its end; each act within it is undone by `undone`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from antong.archive.models import Destruction
from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.types import NewParty, PartyKind
from antong.custody import selectors as custody
from antong.demo import carriage, planted, seed
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import DocumentView, Upload
from antong.flow import actions
from antong.flow.types import Done
from antong.kernel import clock
from antong.kernel.actor import Actor, Rank
from antong.kernel.ids import new_id
from antong.ledger import sequencer
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.watch import actions as watch
from antong.watch import selectors as alarms
from routes import routes
from walking import fill_file, hand_over, send_up, theft

People = dict[str, Actor]
EVERYBODY = (
    "", "xitong", "anquan", "shenji", "jianyu", "zhencha", "fuzhu", "juzhang", "anguan", "jianchaguan", "jianchazhang", "lian",
    "kanshou", "jiandu", "jiandu+",
)  # fmt: skip
"""Logins; nobody at all comes first, and the supervisor who has said why last."""
REASON = "核查逾期线索"
VICTIM = NewParty(kind=PartyKind.VICTIM, name="宁稚川", phone="13900009921", id_type="resident", id_number="")
SUSPECTS = ("商陆离", "祁连雪")
PAPER = "suspect-rights"
"""A kind of document that police and procuratorate draft without typing anything."""
READ = "ev-suspect.interrogation"
"""Where in the catalogue the page stands that everybody tries to read."""
OWN = {"zhencha": READ, "anguan": "pro.reviewer-interrogation"}
"""Where each handler files papers of its own."""
OF_DRAFTS = {"edit-document", "issue-document", "void-document"}
BY_TICKET = {"page-facts", "page-image", "paper-pages", "recording", "room-doubt", "room-pages"}
BY_SCRIPT = {"X-Requested-With": "fetch"}
SESSIONS = "django_session"
"""Presence is noted there on a POST, whatever comes of it."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A case, and one of each thing that stands in it."""

    case_id: UUID
    handover_id: UUID
    version: int
    handler_id: UUID
    document_id: UUID
    draft_id: UUID
    draft_version: int
    notice_id: UUID
    report_id: UUID
    phrase_id: UUID
    party_id: UUID
    page_id: UUID
    original_id: UUID
    entry_id: UUID
    own_ids: tuple[UUID, ...]
    removed_id: UUID
    house: dict[str, Any]
    """A unit of no case, and what the administrators find in it."""
    token_id: UUID
    webhook_id: UUID
    upload_id: UUID
    recording_id: UUID
    destruction_id: UUID
    secrets: tuple[str, ...]
    """What nobody may read who has no right to the case."""


@dataclass(kw_only=True)
class World:
    """The two cases, and who is signed in."""

    people: People
    early: Place
    late: Place
    clients: dict[str, Client] = field(default_factory=dict)
    tickets: dict[UUID, str] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        """Return somebody's browser; `jiandu+` is the supervisor who has said why."""
        return self.clients[who]

    def sign_in(self, who: str) -> None:
        """Sign somebody in, for all that follows."""
        self.clients[who] = client = Client(raise_request_exception=False)
        if not who:
            return
        words = next(login.password for login in seed.logins() if login.username == who.rstrip("+"))
        answer = client.post("/login", {"username": who.rstrip("+"), "password": words})
        assert answer.status_code == 302
        for place in (self.early, self.late) if who.endswith("+") else ():
            said = client.post(f"/cases/{place.case_id}/reading", {"reason": REASON})
            assert said.status_code == 302

    def ticket(self, place: Place, who: str) -> str:
        """Return somebody's ticket for a file; to who gets none, that of who handles the case: it is good for nobody else."""
        with undone():
            given = self.client(who).post(f"/cases/{place.case_id}/ticket")
        return str(given.json()["ticket"]) if given.status_code == 200 else self.tickets[place.case_id]


def address(name: str, place: Place) -> str:
    """Return where a route leads for a case."""
    route = next(one for one in routes() if one.name == name)
    known: dict[str, Any] = {
        "document_id": place.draft_id if name in OF_DRAFTS else place.document_id,
        "size": "image",
        "destruction_id": place.destruction_id,
        "page_id": place.recording_id if name == "recording" else place.page_id,
        **place.house,
    }
    names = route.pattern.converters
    return reverse(name, kwargs={part: known.get(part) or getattr(place, part) for part in names})


@contextmanager
def undone() -> Iterator[None]:
    """Undo what is done within."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def kept(client: Client) -> Iterator[None]:
    """Let somebody stay signed in, whatever is done within."""
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    name = cookie.value if cookie else ""
    yield
    if name:
        client.cookies[settings.SESSION_COOKIE_NAME] = name
    else:
        client.cookies.pop(settings.SESSION_COOKIE_NAME, None)


@contextmanager
def only_reading() -> Iterator[None]:
    """Let the database refuse every write within."""
    with undone(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL transaction_read_only = on")
        yield


def letter(answer: Any) -> str:
    """Return what somebody got, as a letter: l led to sign in, f refused, n nothing there, r not now, . served."""
    if answer.status_code == 302 and str(answer.headers["Location"]).startswith("/login?"):
        return "l"
    return {200: ".", 302: ".", 401: "l", 403: "f", 404: "n", 409: "r", 422: "r"}.get(
        answer.status_code, str(answer.status_code)
    )


def tables() -> dict[str, str]:
    """Return every table with a digest of its rows, but for the sessions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        names = [row[0] for row in cursor.fetchall() if row[0] != SESSIONS]
        parts = [
            f"SELECT '{name}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{name}\" t"
            for name in names
        ]
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


@contextmanager
def world(case_id: UUID, scan: bytes) -> Iterator[World]:
    """Build both cases; `case_id` is one that is filed, detained and has its papers."""
    with undone():
        people = carriage.actors()
        house = _house(people["xitong"], people["anguan"])
        made = World(people=people, early=_early(people, case_id, house), late=_late(people, scan, house))
        house |= _held(made.late.case_id)
        for who in EVERYBODY:
            made.sign_in(who)
        assert sequencer.run_once()
        house["mark"] = org.open_sessions(people["fuzhu"].person_id)[0].mark
        house["number"] = house["job_id"] = 1
        house["screen"] = "desk"
        for who, place in (("zhencha", made.early), ("anguan", made.late)):
            made.tickets[place.case_id] = (
                made.client(who).post(f"/cases/{place.case_id}/ticket").json()["ticket"]
            )
        yield made


def _house(admin: Actor, officer: Actor) -> dict[str, Any]:
    """Enter a squad with a post that is held and one that is not."""
    now = clock.now()
    bureau = next(one for one in org.all_units() if one.code == "990121ga")
    unit_id = org_actions.new_unit(
        admin, code="990121t1", name="青岚县公安局河东派出所", short_name="河东所", kind="police_station", level="town",
        county_code="990121", initials_="青公", parent_id=bureau.id,
    )  # fmt: skip
    held, free = (
        org_actions.new_post(admin, unit_id=unit_id, name=name, role="investigator")
        for name in ("办案民警1", "办案民警2")
    )
    person_id = _officer()
    duty = org_actions.assign_duty(admin, post_id=held, person_id=person_id, rank=Rank.PRIMARY)
    duty_id = next(one.duty_id for one in org.holdings_of([person_id])[person_id] if one.unit_id == unit_id)
    assert duty.number
    shifts = []
    for unit, person in ((unit_id, person_id), (officer.unit_id, officer.person_id)):
        org_actions.add_shift(
            admin, unit_id=unit, person_id=person, starts_at=now, ends_at=now + timedelta(hours=30)
        )
        shifts += [one.id for one in org.roster(unit, now, now + timedelta(hours=30)) if one.starts_at == now]
    lent = []
    for who, holder, duty_of, to in (
        (admin, person_id, duty_id, _officer(-1)),
        (officer, officer.person_id, officer.duty_id, person_id),
    ):
        org_actions.delegate(
            who, duty_id=duty_of, to_person=to, starts_at=now, ends_at=now + timedelta(days=2), reason="休假"
        )
        lent += [one.id for one in org.delegations_of(holder) if one.holder_id == holder]
    made = org_actions.register_terminal(
        admin,
        unit_id=unit_id,
        name="2 号机",
        place="二楼 203",
        users="值班民警",
        valid_until=now + timedelta(days=90),
    )
    org_actions.enrol_terminal(made.code, "10.1.2.3")
    return {
        "terminal_id": made.id, "delegation_id": lent[0], "own_delegation_id": lent[1],
        "certificate_id": new_id(), "unit_id": unit_id, "post_id": free, "duty_id": duty_id, "person_id": person_id, "shift_id": shifts[0],
        "own_shift_id": shifts[1], "own_person_id": officer.person_id,
        "own_duty_id": officer.duty_id, "colleague_id": next(one.person_id for one in org.people_of(officer.unit_id) if one.person_id != officer.person_id),
    }  # fmt: skip


def _held(case_id: UUID) -> dict[str, Any]:
    """Plant somebody held too long, for whom the watch calls; and say which paper names somebody else."""
    planted_id = planted.plant(lambda _: None)
    watch.run_round()
    held = next(one for one in custody.held_in_case(planted_id) if one.name == planted.OVER)
    alarm = next(one for one in alarms.of_case(planted_id) if one.party_id == held.party_id)
    sheet = cases.living_sheet(case_id)
    measure = sheet.in_force(sheet.suspects[1].id)
    return {
        "admission_id": held.id, "held_version": held.version, "alarm_id": alarm.id,
        "shown": {"number": measure.document_number if measure else "", "name": sheet.suspects[1].name},
    }  # fmt: skip


def _officer(place: int = 0) -> UUID:
    """Return somebody who works in another county, without a login."""
    unit_id = next(one.id for one in org.all_units() if one.code == "990122xz")
    return org.people_of(unit_id)[place].person_id


def _early(people: People, case_id: UUID, house: dict[str, Any]) -> Place:
    police = people["zhencha"]
    case_actions.add_parties(police, case_id=case_id, parties=[VICTIM])
    issued = next(one for one in dossier.documents(case_id) if one.state == "issued")
    asked = actions.compose(police, case_id=case_id, flow="arrest-request")
    return _place(people, case_id, "zhencha", "anguan", asked, issued, house)


def _late(people: People, scan: bytes, house: dict[str, Any]) -> Place:
    police, office = people["zhencha"], people["anguan"]
    case_id = theft(people, SUSPECTS)
    case_actions.add_parties(police, case_id=case_id, parties=[VICTIM])
    hand_over(people, case_id, "filing")
    hand_over(people, case_id, "detention", fields={"roaming": "是"})
    fill_file(police, case_id, scan + b"late")
    for original_id in dossier.originals_waiting(case_id):
        dossier_actions.derive_original(original_id)
    sent = hand_over(people, case_id, "prosecution-transfer")
    actions.accept(office, handover_id=sent.handover_id, version=sent.version)
    held = send_up(people, case_id, "custody-transfer", "anguan")
    actions.send(office, handover_id=held.handover_id, version=held.version)
    sued = hand_over(people, case_id, "prosecution", "anguan", "jianchazhang")
    issued = next(one for one in dossier.documents(case_id) if one.kind == "indictment")
    return _place(people, case_id, "anguan", "lian", sued, issued, house)


def _spare(index: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 420 + index), "white").save(out, "JPEG")
    return out.getvalue()


def _token(people: People, whose: str) -> UUID:
    """Issue a token to a system of somebody's unit; nobody has put it in force."""
    actor = people[whose]
    return org_actions.issue_token(
        people["xitong"], unit_id=actor.unit_id, system="对接系统", permissions=["case:read"], role=actor.role,
        valid_until=clock.now() + timedelta(days=30),
    ).id  # fmt: skip


def _webhook(people: People, whose: str) -> UUID:
    """Register a webhook of somebody's unit; nobody has put it in force."""
    unit_id = people[whose].unit_id
    return org_actions.new_webhook(people["xitong"], unit_id=unit_id, url="https://case.example/antong")[0]


def _destruction(actor: Actor, case_id: UUID) -> UUID:
    """Plant a proposal that no act would take yet: neither case has ended."""
    today = clock.today()
    return Destruction.objects.create(
        case_id=case_id, number="", unit_id=actor.unit_id, seen_by=list(cases.holders(case_id)), state="proposed",
        approval_number="档销〔2026〕1号", approved_on=today, retention_ended_on=today, reason="保管期满",
        proposed_by=new_id(), proposed_name="提请人", proposed_at=clock.now(),
    ).id  # fmt: skip


def _place(
    people: People,
    case_id: UUID,
    handler: str,
    other: str,
    sent: Done,
    issued: DocumentView,
    house: dict[str, Any],
) -> Place:
    """Gather one of each thing of a case; its handler drafts a paper, and turns out a page."""
    actor = people[handler]
    draft = actions.draft_document(actor, case_id=case_id, kind=PAPER, party_ids=[], fields={})
    volumes = dossier.tree(case_id).volumes
    sound = Upload(file_name="讯问.wav", content=io.BytesIO(b"RIFF\0\0\0\0WAVEfmt " + bytes(40)))
    played = dossier_actions.upload(actor, case_id=case_id, catalogue_key=OWN[handler], files=[sound])
    by_parts = dossier_actions.begin_incoming(
        actor, case_id=case_id, file_name="录像.mp4", size=100_000, catalogue_key=OWN[handler]
    )
    read = next(one for volume in volumes for one in volume.entries if one.catalogue_key == READ).pages[0]
    files = [Upload(file_name=f"{index}.jpg", content=io.BytesIO(_spare(index))) for index in range(3)]
    own = dossier_actions.upload(actor, case_id=case_id, catalogue_key=OWN[handler], files=files)
    dossier_actions.remove_page(actor, case_id=case_id, page_id=own.page_ids[2], reason="扫重了")
    org_actions.notify(
        people[other], to_units=[actor.unit_id], kind="nudge", title="催办", body="请尽快办理", case_id=case_id,
        handover_id=sent.handover_id, answer_by=clock.now() + timedelta(days=1), escalate_to=people["jiandu"].unit_id,
    )  # fmt: skip
    notice = next(one for one in org.notices(actor)[0] if one.case_id == case_id and one.owed)
    sheet = cases.living_sheet(case_id)
    suspect = sheet.suspects[0]
    return Place(
        case_id=case_id,
        handover_id=sent.handover_id,
        version=sent.version,
        handler_id=people[other].person_id,
        document_id=issued.id,
        draft_id=draft.id,
        draft_version=draft.version,
        notice_id=notice.id,
        report_id=org_actions.report(people["anguan"], kind="fault", text="转圈"),
        phrase_id=actions.add_phrase(actor, text=f"{handler} 的常用语").id,
        party_id=suspect.id,
        page_id=read.id,
        original_id=read.original_id,
        entry_id=own.entry_id,
        own_ids=own.page_ids[:2],
        removed_id=own.page_ids[2],
        house=house,
        upload_id=by_parts.id,
        recording_id=played.page_ids[0],
        destruction_id=_destruction(actor, case_id),
        token_id=_token(people, handler),
        webhook_id=_webhook(people, handler),
        secrets=(suspect.name, str(sheet.body["case"]["number"])),
    )
