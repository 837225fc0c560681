"""The typed client: made from the description, and a whole case carried by it over HTTP, as an agency's system would."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections

from antong.catalog.loader import load
from antong.dossier import actions as dossier_actions
from antong.dossier import jobs
from antong.dossier import selectors as dossier
from antong.kernel import clock
from antong.ledger import sequencer
from antong_client import Client, NotReached, Refused, Unexpected, types, webhooks
from antong_client.reading import plain, read
from walking import fields_for, texts_for

ROOT = Path(__file__).resolve().parents[3]


def test_the_client_is_as_the_description_makes_it() -> None:
    spec = importlib.util.spec_from_file_location("client_tool", ROOT / "tools" / "client.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    for name, text in tool.made().items():
        assert (tool.OUT / name).read_text("utf-8") == text, "run: python tools/client.py"


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def base(db: None, one_connection: None) -> Iterator[str]:
    """The house at an address, over real HTTP, in the transaction of the test: one request at a time."""
    server = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet)
    held = connections["default"]
    held.inc_thread_sharing()

    def serve() -> None:
        connections["default"] = held
        server.serve_forever(poll_interval=0.05)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    held.dec_thread_sharing()


@pytest.fixture
def by_client(base: str, issue: Callable[..., tuple[Any, str]]) -> Callable[..., Client]:
    """A client by a token of somebody's unit."""
    return lambda who, **more: Client(base, issue(who, **more)[1], tries=1)


class Carried:
    """A case on its way from the police to the procuratorate."""

    def __init__(self, by_client: Callable[..., Client], scan: bytes) -> None:
        self.police, self.office = by_client("zhencha"), by_client("anguan", system="检察业务系统")
        self.leader, self.chief = by_client("juzhang", own=False), by_client("jianchazhang", own=False)
        charge = load().find_charges("盗窃罪", 1)[0].code
        suspect = types.Party(kind="suspect", name="韩序舟", sex="男", charge_codes=[charge])
        case = types.Register(
            source="01", category="050200", occurred_at=clock.now() - timedelta(hours=3), place="河西路 8 号",
            brief="盗窃电动自行车一辆。", secret=False, parties=[suspect],
        )  # fmt: skip
        self.case_id = self.police.register_case(case, key="case-1").case_id
        assert self.police.register_case(case, key="case-1").case_id == self.case_id
        self.scan = scan

    def send(self, flow: str, **fields: str) -> types.Done:
        defined = load().flows[flow]
        body = types.Compose(
            case_id=self.case_id, flow=flow, fields=fields_for(defined) | fields, texts=texts_for(defined)
        )
        made = self.police.compose(body)
        made = self.police.submit(made.handover_id, types.Submit(version=made.version))
        if made.state == "checked":
            made = self.leader.approve(made.handover_id, types.Decide(version=made.version, approved=True))
        if defined.kind != "act":
            made = self.police.send(made.handover_id, types.Act(version=made.version))
        return made

    def fill(self) -> None:
        for index, place in enumerate(("ev-suspect.interrogation", "lit-rights.rights")):
            files = [(f'讯"问{index}.jpg', self.scan + bytes([index])), ("坏.txt", b"no")]
            taken = self.police.upload_scans(self.case_id, files, catalogue_key=place)
            assert (len(taken.page_ids), [one.name for one in taken.refused]) == (1, ["坏.txt"])
        for original_id in dossier.originals_waiting(self.case_id):
            dossier_actions.derive_original(original_id)


def test_a_whole_case(by_client: Callable[..., Client], scan: bytes) -> None:
    carried = Carried(by_client, scan)
    police, office, case_id = carried.police, carried.office, carried.case_id
    sequencer.run_once()
    start = office.list_events().next
    assert police.read_self().unit_name
    assert case_id in {row.case_id for row in police.list_cases(mine=False, order="changed").rows}
    version = police.read_case(case_id).case.version
    victim = types.AddParties(version=version, parties=[types.Party(kind="victim", name="宁稚川")])
    added = police.add_parties(case_id, victim)
    with pytest.raises(Refused) as stale:
        police.add_parties(case_id, victim)
    assert (stale.value.status, stale.value.code, stale.value.current_version) == (
        409,
        "stale",
        added.version,
    )
    assert stale.value.remedy
    police.amend_case(case_id, types.AmendCase(version=added.version, place="河西路 9 号"))
    carried.send("filing")
    carried.send("detention", roaming="是")
    carried.fill()
    sent = carried.send("arrest-request")
    one = sent.handover_id

    row = next(row for row in office.read_inbox(flow="arrest-request").rows if row.handover_id == one)
    page = office.read_file(case_id).volumes[0].entries[0].pages[0]
    with office.read_page_image(case_id, page.id) as image:
        assert image.media_type == "image/jpeg"
        assert image.read().startswith(b"\xff\xd8")
    reasons = [types.NewReason(text="缺末页", page_id=page.id)]
    back = office.return_file(one, types.Return(version=row.version, reasons=reasons))
    mended = police.begin_round(one, types.Versioned(version=back.version))
    reason = police.read_handover(one).reasons[0]
    police.resolve_reason(one, reason.id, types.Resolve(state="explained", resolution="原件如此"))
    mended = police.amend(one, types.Amend(version=mended.version, note="已说明"))
    mended = police.submit(one, types.Submit(version=mended.version))
    mended = carried.leader.approve(one, types.Decide(version=mended.version, approved=True))
    mended = police.send(one, types.Act(version=mended.version))
    assert police.nudge(one, types.Nudge(text="请尽快")).times == 1

    taken = office.accept(one, types.Accept(version=mended.version))
    colleague = next(row for row in office.list_people() if row.role == "prosecutor")
    office.assign(one, types.Assign(person_id=colleague.person_id, reason="轮案"))
    party_id = office.read_handover(one).subjects[0].party_id
    outcomes = [types.SubjectOutcome(party_id=party_id, outcome="approved")]
    asked = office.propose_answer(one, types.Answer(version=taken.version, outcomes=outcomes))
    done = carried.chief.approve_answer(one, types.Decide(version=asked.version, approved=True))
    assert done.state == "answered"
    police.read_answer(one)
    assert any(limit.state == "running" for limit in police.read_limits(case_id))
    entries = police.read_entries(case_id, most=200)
    assert [entry.number for entry in entries.rows] == list(range(entries.last, 0, -1))
    sequencer.run_once()
    told = [event.type for event in police.events(start, most=3) if event.handover_id == one]
    assert told == [
        "handover.arrived", "handover.returned", "handover.arrived", "handover.nudged", "handover.accepted", "handover.answered",
        "handover.answer-read",
    ]  # fmt: skip


def test_a_heavy_file_goes_on_after_broken_lines(
    by_client: Callable[..., Client], scan: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried = Carried(by_client, scan)
    film = tmp_path / "讯问,录像.wav"
    film.write_bytes(b"RIFF\0\0\0\0WAVEfmt " + bytes(100_000))
    client = carried.police
    client._tries, client._pause = 3, 0.01
    real, sent = client.send_part, []

    def breaking(upload_id: UUID, part: bytes, **more: Any) -> Any:
        sent.append((more["upload_offset"], len(part)))
        if len(sent) == 2:
            raise NotReached("a broken line")
        if len(sent) == 3:  # it came, and its answer was lost
            real(upload_id, part, **more)
            raise NotReached("a broken line")
        if len(sent) == 4:
            more["upload_checksum"] = "sha256 " + "A" * 43 + "="
        return real(upload_id, part, **more)

    monkeypatch.setattr(client, "send_part", breaking)
    states = iter(["look"])
    read_upload = client.read_upload

    def working(upload_id: UUID) -> Any:
        if next(states, ""):
            take(upload_id)
        return read_upload(upload_id)

    monkeypatch.setattr(client, "read_upload", working)
    done = client.upload(
        carried.case_id, film, catalogue_key="ev-suspect.interrogation", key="film", part=40_000
    )
    assert (done.state, done.offset, done.file_name) == ("taken", 100_016, "讯问,录像.wav")
    assert [place for place, _ in sent] == [0, 40_000, 40_000, 80_000, 80_000]
    with pytest.raises(Refused):
        client.upload(uuid4(), film)


def take(upload_id: UUID) -> None:
    """Do what the worker does with an upload that has come whole."""
    jobs.take_incoming(str(upload_id))


class Saying(BaseHTTPRequestHandler):
    """A house that says what it is told to, and keeps what it was asked."""

    says: list[tuple[int, str]]
    asked: list[Any]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or "0"))
        self.asked.append(self.headers)
        status, body = self.says.pop(0)
        if not status:
            self.connection.close()
            return
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def saying() -> Iterator[tuple[Client, type[Saying]]]:
    kind = type("Told", (Saying,), {"says": [], "asked": []})
    server = HTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield Client(f"http://127.0.0.1:{server.server_port}/", "atk_x", tries=3, pause=0.01), kind
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_act_is_tried_again_under_one_key(saying: tuple[Client, type[Saying]]) -> None:
    client, house = saying
    house.says += [(503, "{}"), (502, "<html>"), (200, '{"times": 4}'), (200, '{"times": 5}')]
    assert client.nudge(uuid4(), types.Nudge(text="x")).times == 4
    keys = [asked["Idempotency-Key"] for asked in house.asked]
    assert len(set(keys)) == 1
    assert UUID(keys[0])
    client.nudge(uuid4(), types.Nudge(text="x"), key="own")
    assert house.asked[-1]["Idempotency-Key"] == "own"
    house.says += [(0, ""), (0, ""), (200, '{"times": 1}')]
    assert client.nudge(uuid4(), types.Nudge(text="x")).times == 1
    house.says += [(0, "")] * 3
    with pytest.raises(NotReached):
        client.nudge(uuid4(), types.Nudge(text="x"))


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (409, '{"code": "stale", "title": "不能", "current_version": 3, "fields": {"a": "b"}}', "stale"),
        (503, "{}", "http"), (404, "<html>nginx", "http"), (302, "", "http"), (500, "[1]", "http"), (422, "\xff", "http"),
    ],
)  # fmt: skip
def test_what_is_refused_is_raised(
    saying: tuple[Client, type[Saying]], status: int, body: str, code: str
) -> None:
    client, house = saying
    house.says += [(status, body)] * 3
    with pytest.raises(Refused) as caught:
        client.read_self()
    assert (caught.value.status, caught.value.code) == (status, code)
    assert len(house.asked) == (3 if status == 503 else 1)


@pytest.mark.parametrize("body", ["", "no", "[]", '{"times": "4"}', "{}", '{"times": true}', "null"])
def test_an_answer_that_is_none_is_no_answer(saying: tuple[Client, type[Saying]], body: str) -> None:
    client, house = saying
    house.says.append((200, body))
    with pytest.raises(Unexpected):
        client.nudge(uuid4(), types.Nudge(text="x"))


def test_values_go_and_come_as_they_are() -> None:
    one = types.Submit(version=2, note="见附件", approver_id=UUID(int=1))
    assert plain(one) == {"version": 2, "note": "见附件", "approver_id": str(UUID(int=1))}
    assert plain(types.Act(version=1)) == {"version": 1}
    with pytest.raises(ValueError, match="offset"):
        plain(types.Act(version=1, happened_at=datetime(2026, 1, 2)))  # noqa: DTZ001 - what is refused
    assert (
        plain(types.Act(version=1, happened_at=datetime(2026, 1, 2, tzinfo=UTC)))["happened_at"]
        == "2026-01-02T00:00:00+00:00"
    )
    assert read(types.Nudged, {"times": 1, "new": "field"}) == types.Nudged(times=1)
    with pytest.raises(ValueError, match="address"):
        Client("antong.example", "x")


def test_a_webhook_is_verified(people: dict[str, Any]) -> None:
    from antong.org._calling import signed

    key, old, event = b"k" * 32, b"o" * 32, uuid4()
    data = {"place": 4, "case_id": str(uuid4()), "handover_id": None, "unit_id": str(uuid4())}
    body = json.dumps(
        {"type": "case.overdue", "timestamp": "2026-01-02T00:00:00+00:00", "data": data}
    ).encode()
    secret = "whsec_" + "a2tr" * 10 + "a2s="
    headers = {
        "Webhook-Id": str(event), "Webhook-Timestamp": "1000", "Webhook-Signature": signed([old, key], event, 1000, body),
    }  # fmt: skip
    told = webhooks.verify([secret], headers, body, now=1200)
    assert (told.id, told.place, told.type) == (event, 4, "case.overdue")
    for wrong in (
        lambda: webhooks.verify([secret], headers, body + b" ", now=1200),
        lambda: webhooks.verify([secret], headers, body, now=1400),
        lambda: webhooks.verify([secret], headers | {"Webhook-Timestamp": "1001"}, body, now=1200),
        lambda: webhooks.verify([secret], headers | {"Webhook-Signature": "v1,é v2,x"}, body, now=1200),
        lambda: webhooks.verify([secret], {}, body, now=1200),
        lambda: webhooks.verify([], headers, body, now=1200),
        lambda: webhooks.verify(["whsec_é"], headers, body, now=1200),
    ):
        with pytest.raises(webhooks.Forged):
            wrong()
