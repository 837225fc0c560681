"""A case carried by systems alone: registered, sent for arrest, returned, mended, accepted, answered, signed for."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from antong.catalog.loader import load
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.ledger import sequencer
from antong.org.types import GRANTABLE, Permission
from antong.web import reading
from walking import fields_for, texts_for

FILE_PLACES = ("ev-suspect.interrogation", "lit-rights.rights")
"""Where the checks of the hand-overs look for a paper."""


class Road:
    """The systems of a police station and a procuratorate, and the leaders whose duties two more act on."""

    def __init__(self, system: Callable[..., Any], scan: bytes) -> None:
        self.police, self.office = system("zhencha"), system("anguan", system="检察业务系统")
        self.leader, self.chief = system("juzhang", own=False), system("jianchazhang", own=False)
        self.scan, self.turn = scan, 0

    def key(self) -> str:
        self.turn += 1
        return f"turn-{self.turn}"

    def done(self, who: Any, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
        """Do an act under a key, twice: the second time nothing more happens and the answer is the same."""
        key = self.key()
        first = who.post(path, body, Idempotency_Key=key)
        assert first.status_code == status, first.content.decode()
        again = who.post(path, body, Idempotency_Key=key)
        assert (again.status_code, again.json()) == (status, first.json())
        return dict(first.json())

    def send(self, case_id: str, flow: str, **more: Any) -> dict[str, Any]:
        """Compose, submit, have approved and send."""
        defined = load().flows[flow]
        body = {
            "case_id": case_id,
            "flow": flow,
            "fields": fields_for(defined) | more.pop("fields", {}),
            "texts": texts_for(defined),
            **more,
        }
        made = self.done(self.police, "handovers", body, 201)
        made = self.done(self.police, f"handovers/{made['handover_id']}/submit", {"version": made["version"]})
        if made["state"] == "checked":
            made = self.done(
                self.leader,
                f"handovers/{made['handover_id']}/approve",
                {"version": made["version"], "approved": True},
            )
        if defined.kind != "act":
            made = self.done(
                self.police, f"handovers/{made['handover_id']}/send", {"version": made["version"]}
            )
        return made

    def fill(self, case_id: str) -> None:
        for index, place in enumerate(FILE_PLACES):
            files = [SimpleUploadedFile(f"{index}.jpg", self.scan + bytes([index]), "image/jpeg")]
            sent = self.police.upload(
                f"cases/{case_id}/uploads",
                {"files": files, "catalogue_key": place},
                Idempotency_Key=self.key(),
            )
            assert sent.status_code == 201, sent.content.decode()
        for original_id in dossier.originals_waiting(UUID(case_id)):
            dossier_actions.derive_original(original_id)


@pytest.fixture
def road(system: Callable[..., Any], scan: bytes) -> Road:
    return Road(system, scan)


def registered(road: Road) -> dict[str, Any]:
    charge = load().find_charges("盗窃罪", 1)[0].code
    body = {
        "source": "01",
        "category": "050200",
        "occurred_at": (clock.now() - timedelta(hours=3)).isoformat(),
        "place": "河西路 8 号",
        "brief": "入户盗窃电动自行车一辆。",
        "secret": False,
        "parties": [
            {"kind": "suspect", "name": name, "sex": "男", "born_on": "1990-04-05", "charge_codes": [charge]}
            for name in ("韩序舟", "杜明泽")
        ],
    }
    return road.done(road.police, "cases", body, 201)


def test_a_whole_case(road: Road) -> None:
    case = registered(road)
    case_id = case["case_id"]
    shown = road.police.get(f"cases/{case_id}").json()
    version = shown["case"]["version"]
    victim = {"version": version, "parties": [{"kind": "victim", "name": "宁稚川"}]}
    added = road.done(road.police, f"cases/{case_id}/parties", victim, 201)
    amended = road.done(
        road.police, f"cases/{case_id}/amend", {"version": added["version"], "place": "河西路 9 号"}
    )
    assert amended["version"] > added["version"]
    stale = road.police.post(f"cases/{case_id}/parties", victim)
    assert stale.status_code == 409
    assert stale.json()["code"] == "stale"
    assert stale.json()["current_version"] == amended["version"]
    charge = load().find_charges("盗窃罪", 1)[0].code
    known = {"kind": "suspect", "name": "韩序舟", "sex": "男", "charge_codes": [charge]}
    party = {"version": amended["version"], "party": known}
    people = road.police.get(f"cases/{case_id}").json()["sheet"]["parties"]
    first = next(one["id"] for one in people if one["name"] == "韩序舟")
    road.done(road.police, f"cases/{case_id}/parties/{first}/amend", party)
    road.send(case_id, "filing")
    road.send(case_id, "detention", fields={"roaming": "是"})
    road.fill(case_id)
    sent = road.send(case_id, "arrest-request")
    assert sent["state"] == "entered"
    one = f"handovers/{sent['handover_id']}"

    inbox = road.office.get("inbox").json()
    row = next(row for row in inbox["rows"] if row["handover_id"] == sent["handover_id"])
    assert row["case_number"] == road.office.get(f"cases/{case_id}").json()["case"]["number"]
    file = road.office.get(f"cases/{case_id}/file").json()
    page = file["volumes"][0]["entries"][0]["pages"][0]
    where = f"cases/{case_id}/pages/{page['id']}"
    facts = road.office.get(where).json()
    assert (facts["state"], facts["index"], facts["findings"]) == ("ready", 1, page["findings"])
    image = road.office.post(f"{where}/image")
    assert b"".join(image.streaming_content).startswith(b"\xff\xd8")
    assert any(row.what == "卷内页（接口）" for row in ledger.readings(UUID(case_id)))
    back = road.done(
        road.office,
        f"{one}/return",
        {"version": row["version"], "reasons": [{"text": "缺末页", "page_id": page["id"]}]},
    )
    assert back["state"] == "returned"
    mended = road.done(road.police, f"{one}/round", {"version": back["version"]})
    reason = road.police.get(one).json()["reasons"][0]
    assert reason["text"] == "缺末页"
    road.done(road.police, f"{one}/reasons/{reason['id']}", {"state": "explained", "resolution": "原件如此"})
    mended = road.done(road.police, f"{one}/amend", {"version": mended["version"], "note": "已说明"})
    mended = road.done(road.police, f"{one}/submit", {"version": mended["version"]})
    mended = road.done(road.leader, f"{one}/approve", {"version": mended["version"], "approved": True})
    mended = road.done(road.police, f"{one}/send", {"version": mended["version"]})
    assert road.done(road.police, f"{one}/nudge", {"text": "请尽快"}) == {"times": 1}

    taken = road.done(road.office, f"{one}/accept", {"version": mended["version"]})
    assert taken["state"] == "accepted"
    colleague = next(row for row in road.office.get("people").json() if row["role"] == "prosecutor")
    given = {"person_id": colleague["person_id"], "reason": "轮案"}
    assert road.done(road.office, f"{one}/assign", given)["version"] == taken["version"]
    people = [one["party_id"] for one in road.office.get(one).json()["subjects"]]
    outcomes = [
        {"party_id": people[0], "outcome": "approved"},
        {"party_id": people[1], "outcome": "refused", "reason": "证据不足"},
    ]
    asked = road.done(road.office, f"{one}/answer", {"version": taken["version"], "outcomes": outcomes})
    answered = road.done(road.chief, f"{one}/approve-answer", {"version": asked["version"], "approved": True})
    assert answered["state"] == "answered"
    for _ in range(2):
        assert road.police.post(f"{one}/read-answer", Idempotency_Key="read").status_code == 204
    shown = road.police.get(one).json()
    assert {one["outcome"] for one in shown["subjects"]} == {"approved", "refused"}
    limits = road.police.get(f"cases/{case_id}/limits").json()
    assert any(one["state"] == "running" for one in limits)

    entries = road.police.get(f"cases/{case_id}/entries", {"most": 200}).json()
    assert {row["channel"] for row in entries["rows"]} == {"api"}
    assert [row["number"] for row in entries["rows"]] == list(range(entries["last"], 0, -1))
    own = road.office.get(f"cases/{case_id}/entries", {"most": 200}).json()["rows"]
    assert {row["act"] for row in own} == {
        "handover.return",
        "handover.accept",
        "handover.assign",
        "handover.propose-answer",
        "handover.answer",
        "document.draft",
    }
    assert reading.post_spooled() > 5
    assert any(row.person_name == "检察业务系统（系统）" for row in ledger.readings(UUID(case_id)))


def test_what_happened_is_listed_in_order_and_nothing_is_missed(
    road: Road, system: Callable[..., Any]
) -> None:
    sequencer.run_once()
    start = road.office.get("events", {"most": 500}).json()["next"]
    case_id = registered(road)["case_id"]
    road.send(case_id, "filing")
    road.send(case_id, "detention", fields={"roaming": "是"})
    road.fill(case_id)
    sent = road.send(case_id, "arrest-request")
    one = f"handovers/{sent['handover_id']}"
    assert road.office.get("events", {"after": start}).json()["rows"] == []  # what has no place yet
    road.done(road.police, f"{one}/nudge", {"text": "请尽快"})
    back = {"version": sent["version"], "reasons": [{"text": "缺末页"}]}
    road.done(road.office, f"{one}/return", back)
    sequencer.run_once()
    told, place, more = [], start, True
    while more:  # one at a time, as a system that is stopped again and again
        found = road.office.get("events", {"after": place, "most": 1}).json()
        assert found["next"] > place
        told += found["rows"]
        place, more = found["next"], found["more"]
    of_it = [row for row in told if row["handover_id"] == sent["handover_id"]]
    assert [row["type"] for row in of_it] == ["handover.arrived", "handover.nudged", "handover.returned"]
    assert {row["case_id"] for row in of_it} == {case_id}
    assert len({row["id"] for row in told}) == len(told)
    assert told == road.office.get("events", {"after": start, "most": 500}).json()["rows"]
    stranger = system("lian", system="审判系统").get("events", {"after": start}).json()
    assert case_id not in str(stranger["rows"])
    few = system("anguan", system="检察系统", flows=["prosecution-transfer"])
    assert case_id not in str(few.get("events", {"after": start}).json()["rows"])
    for wrong in ({"after": -2}, {"most": 501}, {"after": "x"}):
        assert road.office.get("events", wrong).status_code == 422


def test_documents_and_originals(road: Road) -> None:
    case_id = registered(road)["case_id"]
    road.send(case_id, "filing")
    asked = {"kind": "suspect-rights"}
    draft = road.done(road.police, f"cases/{case_id}/documents", asked, 201)
    one = f"cases/{case_id}/documents/{draft['id']}"
    unknown = road.police.post(f"{one}/revise", {"version": draft["version"], "fields": {"none": "x"}})
    assert (unknown.status_code, unknown.json()["fields"]) == (422, {"fields.none": "没有这一项"})
    revised = road.done(road.police, f"{one}/revise", {"version": draft["version"], "fields": {}})
    assert revised["version"] == draft["version"] + 1
    issued = road.done(road.police, f"{one}/issue", {"version": revised["version"]})
    assert road.done(road.police, f"{one}/issue", {"version": issued["version"]}, 404)["code"] == "not-found"
    original = issued["original_id"]
    fetched = road.police.post(f"cases/{case_id}/originals/{original}/content")
    assert b"".join(fetched.streaming_content).startswith(b"%PDF")
    assert any(row.what == "下载原件（接口）" for row in ledger.readings(UUID(case_id)))
    assert road.office.post(f"cases/{case_id}/originals/{original}/content").status_code == 404
    assert draft["id"] in {row["id"] for row in road.police.get(f"cases/{case_id}/documents").json()}
    void = road.done(road.police, f"cases/{case_id}/documents", asked, 201)
    gone = road.done(road.police, f"cases/{case_id}/documents/{void['id']}/void", {"reason": "起草有误"})
    assert gone["state"] == "void"
    acts = [row["act"] for row in road.police.get(f"cases/{case_id}/entries").json()["rows"]]
    assert [acts.count(f"document.{act}") for act in ("revise", "issue", "void")] == [1, 1, 1]


def test_a_token_does_no_more_than_it_was_given(road: Road, system: Callable[..., Any]) -> None:
    case_id = registered(road)["case_id"]
    for permission in (Permission.CASE_READ, Permission.CONTENT_READ):
        poor = system("zhencha", permissions=(permission,))
        assert poor.post("cases", {}).status_code == 403
    few = system("zhencha", flows=["detention"])
    refused = few.post("handovers", {"case_id": case_id, "flow": "filing"})
    assert (refused.status_code, refused.json()["code"]) == (403, "token-flow")
    made = road.police.post("handovers", {"case_id": case_id, "flow": "filing"}).json()
    for act in ("submit", "withdraw", "amend"):
        body = {"version": made["version"], **({"reason": "重来"} if act == "withdraw" else {})}
        assert few.post(f"handovers/{made['handover_id']}/{act}", body).json()["code"] == "token-flow"
    assert road.police.get(f"handovers/{made['handover_id']}").json()["version"] == made["version"]
    assert not {Permission.HANDOVER_APPROVE} & {
        Permission(one) for one in road.police.get("self").json()["permissions"]
    }
    assert set(road.police.get("self").json()["permissions"]) <= {one.value for one in GRANTABLE}


def test_strangers_see_nothing(road: Road, system: Callable[..., Any]) -> None:
    case_id = registered(road)["case_id"]
    stranger = system("lian", system="审判系统")
    for path in ("", "/file", "/documents", "/limits", "/entries", "/handovers"):
        there, nowhere = stranger.get(f"cases/{case_id}{path}"), stranger.get(f"cases/{UUID(int=7)}{path}")
        assert there.status_code == nowhere.status_code == 404
        assert there.content == nowhere.content
    assert stranger.get("cases").json()["rows"] == []
    assert stranger.post("cases/find", {"text": "韩序舟"}).json()["rows"] == []
    assert case_id in [
        row["case_id"] for row in road.police.post("cases/find", {"text": "韩序舟"}).json()["rows"]
    ]


def test_scans_good_and_bad(road: Road) -> None:
    case_id = registered(road)["case_id"]
    good = SimpleUploadedFile("页.jpg", road.scan, "image/jpeg")
    bad = SimpleUploadedFile("坏.pdf", b"no pdf", "application/pdf")
    form = {"files": [good, bad], "catalogue_key": FILE_PLACES[0]}
    taken = road.police.upload(f"cases/{case_id}/uploads", form)
    assert taken.status_code == 201, taken.content.decode()
    assert len(taken.json()["page_ids"]) == 1
    assert [one["name"] for one in taken.json()["refused"]] == ["坏.pdf"]
    for form in (
        {},
        {"files": io.BytesIO(b"")},
        {"files": bad, "catalogue_key": FILE_PLACES[0]},
        {"files": good, "entry_id": "x"},
        {"files": good, "no": "1"},
    ):
        for file in (good, bad):
            file.seek(0)
        refused = road.police.upload(f"cases/{case_id}/uploads", form)
        assert refused.status_code == 422, refused.content.decode()
