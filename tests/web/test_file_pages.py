"""The file's pages: arranging, uploads, retries, changes between rounds, readings page by page, documents."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from antong.cases import selectors as cases
from antong.cases.types import Stage
from antong.dossier import actions, selectors
from antong.dossier.models import Page
from antong.dossier.types import Upload
from antong.flow import actions as flow_actions
from antong.flow import selectors as flow
from antong.flow.types import Outcome
from antong.ledger import selectors as ledger
from antong.web import reading
from road import accept, through
from walking import send_up

People = dict[str, Any]


@pytest.fixture
def case_id(new_case: Callable[..., UUID], people: People, scan: bytes) -> UUID:
    """A case with two papers, of three pages and of one, their images made."""
    made = new_case()
    for key, count in (("ev-suspect.interrogation", 3), ("lit-rights.rights", 1)):
        files = [
            Upload(file_name=f"{n}.jpg", content=io.BytesIO(scan + bytes([n]) + key.encode()))
            for n in range(count)
        ]
        actions.upload(people["zhencha"], case_id=made, catalogue_key=key, files=files)
    for original in selectors.originals_waiting(made):
        actions.derive_original(original)
    return made


def order(case_id: UUID) -> dict[str, list[UUID]]:
    return {
        entry.catalogue_key: [page.id for page in entry.pages]
        for volume in selectors.tree(case_id).volumes
        for entry in volume.entries
        if entry.pages
    }


def test_several_pages_move_at_once_in_their_order(sign_in: Callable[[str], Client], case_id: UUID) -> None:
    police, before = sign_in("zhencha"), order(case_id)
    first, second, third = before["ev-suspect.interrogation"]
    entry = next(
        entry.id for volume in selectors.tree(case_id).volumes for entry in volume.entries if entry.catalogue_key == "lit-rights.rights"
    )  # fmt: skip
    done = police.post(
        f"/cases/{case_id}/move", {"page_id": [str(third), str(first)], "entry_id": str(entry)}
    )
    assert done.status_code == 200
    after = order(case_id)
    assert after["lit-rights.rights"] == [*before["lit-rights.rights"], third, first]
    assert after["ev-suspect.interrogation"] == [second]


def test_turning_back_undoes_a_turn(sign_in: Callable[[str], Client], case_id: UUID) -> None:
    police, page = sign_in("zhencha"), order(case_id)["lit-rights.rights"][0]
    for turns, angle in (("1", 90), ("3", 0)):
        assert (
            police.post(f"/cases/{case_id}/rotate", {"page_id": str(page), "turns": turns}).status_code == 200
        )
        (shown,) = [
            one for volume in selectors.tree(case_id).volumes for entry in volume.entries for one in entry.pages if one.id == page
        ]  # fmt: skip
        assert shown.rotation == angle
    refused = police.post(
        f"/cases/{case_id}/rotate",
        {"page_id": str(page), "turns": "7"},
        headers={"X-Requested-With": "fetch"},
    )
    assert refused.status_code == 422


def test_an_upload_names_its_entry_and_what_was_not_taken(
    sign_in: Callable[[str], Client], case_id: UUID, scan: bytes
) -> None:
    police = sign_in("zhencha")
    good, bad = SimpleUploadedFile("一.jpg", scan + b"x"), SimpleUploadedFile("坏.pdf", b"%PDF-1.4 broken")
    answer = police.post(
        f"/cases/{case_id}/upload", {"catalogue_key": "ev-victim.victim", "files": [good, bad]}
    ).json()
    assert answer["pages"] == 1
    assert [one["name"] for one in answer["refused"]] == ["坏.pdf"]
    assert answer["refused"][0]["why"]
    more = police.post(
        f"/cases/{case_id}/upload",
        {"entry_id": answer["entry"], "files": [SimpleUploadedFile("二.jpg", scan + b"y")]},
    ).json()
    assert more["entry"] == answer["entry"]
    assert len(order(case_id)["ev-victim.victim"]) == 2


def test_failed_pages_are_made_again(sign_in: Callable[[str], Client], case_id: UUID) -> None:
    police, page = sign_in("zhencha"), order(case_id)["lit-rights.rights"][0]
    ajax = {"X-Requested-With": "fetch"}
    refused = police.post(f"/cases/{case_id}/retry", headers=ajax)
    assert refused.status_code == 409
    assert "没有失败的页" in refused.json()["what"]
    Page.objects.filter(id=page).update(state="failed", error="渲染失败")
    shown = police.get(f"/cases/{case_id}/?tab=dossier").content.decode()
    assert "失败 1 页" in shown
    assert "重试失败的页" in shown
    assert police.post(f"/cases/{case_id}/retry", headers=ajax).json() == {"pages": 1}
    for original in selectors.originals_waiting(case_id):
        actions.derive_original(original)
    assert selectors.progress(case_id)[1] == 0
    assert ledger.entries(case_id, most=1)[0].act == "dossier.retry-pages"


def test_what_the_catalogue_asks_for_is_shown_as_a_gap(
    sign_in: Callable[[str], Client], case_id: UUID
) -> None:
    gaps = {
        gap.key for gap in selectors.gaps(selectors.tree(case_id), Stage.REGISTERED) if gap.need == "required"
    }
    assert "lit-filing.case-intake" in gaps
    assert "lit-rights.rights" not in gaps
    shown = sign_in("zhencha").get(f"/cases/{case_id}/?tab=dossier").content.decode()
    assert 'data-gap="lit-filing.case-intake"' in shown
    assert "✕ 缺" in shown


def test_every_page_looked_at_stands_in_the_read_log(
    sign_in: Callable[[str], Client], people: People, case_id: UUID
) -> None:
    police = sign_in("zhencha")
    first, second, third = order(case_id)["ev-suspect.interrogation"]
    ticket = police.post(f"/cases/{case_id}/ticket").json()["ticket"]
    for page in (first, second, first):
        assert police.get(f"/cases/{case_id}/pages/{page}/image?t={ticket}").status_code == 200
    assert police.get(f"/cases/{case_id}/pages/{third}/thumb?t={ticket}").status_code == 200
    reading.post_spooled()
    rows = [row for row in ledger.readings(case_id) if row.what == "卷内页"]
    assert [row.pages for row in rows] == [(str(first), str(second))], (
        "a thumbnail is not read, a page twice is one"
    )
    assert ledger.pages_read(case_id, people["zhencha"].person_id) == {str(first), str(second)}
    told = police.get(f"/cases/{case_id}/reading/pages?t={ticket}&unread").json()
    assert {row[0] for row in told["pages"] if row[3]} == {str(first), str(second)}
    assert told["unread"] == 2
    assert "2 页" in police.get(f"/cases/{case_id}/?tab=ledger").content.decode().split("谁看过")[1]


def test_a_ticket_serves_only_who_took_it(sign_in: Callable[[str], Client], case_id: UUID) -> None:
    page = order(case_id)["lit-rights.rights"][0]
    ticket = sign_in("zhencha").post(f"/cases/{case_id}/ticket").json()["ticket"]
    leader = sign_in("juzhang")
    assert leader.get(f"/cases/{case_id}/pages/{page}/image?t={ticket}").status_code == 404
    own = leader.post(f"/cases/{case_id}/ticket").json()["ticket"]
    assert leader.get(f"/cases/{case_id}/pages/{page}/image?t={own}").status_code == 200
    assert leader.get(f"/cases/{case_id}/pages/{uuid4()}/image?t={own}").status_code == 404


def test_a_reading_posted_twice_counts_once(people: People, case_id: UUID) -> None:
    from antong.ledger import actions as ledger_actions

    once = reading.reading(people["zhencha"], case_id, "案件页")
    ledger_actions.log_readings([once])
    ledger_actions.log_readings([once])
    assert len([row for row in ledger.readings(case_id) if row.what == "案件页"]) == 1


def test_changes_between_what_was_sent_and_now(
    sign_in: Callable[[str], Client], people: People, case_id: UUID, scan: bytes
) -> None:
    police, officer, leader = sign_in("zhencha"), people["zhencha"], people["juzhang"]
    assert "还没有移送过" in police.get(f"/cases/{case_id}/changes").content.decode()
    for key, fields in (("filing", {}), ("detention", {"roaming": "否"}), ("arrest-request", {})):
        whom = flow.eligible(officer, case_id, key)
        done = flow_actions.compose(officer, case_id=case_id, flow=key, party_ids=whom, fields=fields)
        done = flow_actions.submit(officer, handover_id=done.handover_id, version=done.version)
        done = flow_actions.approve(leader, handover_id=done.handover_id, version=done.version)
    flow_actions.send(officer, handover_id=done.handover_id, version=done.version)
    first, second, _ = order(case_id)["ev-suspect.interrogation"]
    new = Upload(file_name="新.jpg", content=io.BytesIO(scan + b"new"))
    actions.upload(officer, case_id=case_id, files=[new], replace_page_id=first)
    actions.remove_page(officer, case_id=case_id, page_id=second, reason="重复扫描")
    actions.rotate_page(officer, case_id=case_id, page_id=order(case_id)["lit-rights.rights"][0])
    shown = re.sub(r"\s+", " ", police.get(f"/cases/{case_id}/changes").content.decode())
    for words in ("⇄ 替换 1 页", "− 撤下 1 页", "转正 1 页", "共 3 处"):
        assert words in shown
    done = send_up(people, case_id, "legal-aid-notice")
    flow_actions.send(officer, handover_id=done.handover_id, version=done.version)
    again = police.get(f"/cases/{case_id}/changes").content.decode()
    assert "⇄ 替换 1 页" in re.sub(r"\s+", " ", again), (
        "compared with the last whole file, not a notice's own papers"
    )
    assert sign_in("jiandu").get(f"/cases/{case_id}/changes").status_code == 403


def test_a_draft_is_shown_as_pages_and_read_by_who_approves(
    sign_in: Callable[[str], Client], people: People, case_id: UUID
) -> None:
    police, kind = sign_in("zhencha"), "summons"
    hand_kinds = [one.key for one in flow.draftable(people["zhencha"], cases_for(people, case_id))]
    kind = kind if kind in hand_kinds else "arrival-account"
    suspect = cases.living_sheet(case_id).suspects[0]
    page = police.get(f"/cases/{case_id}/documents/new?kind={kind}").content.decode()
    assert 'id="preview"' in page
    made = police.post(f"/cases/{case_id}/documents/preview", {"kind": kind, "party": str(suspect.id)}).json()
    assert made["pages"][0].startswith("data:image/png;base64,")
    fields = {"field.account": "接报后传唤到案。"}
    answer = police.post(
        f"/cases/{case_id}/documents/new", {"kind": "arrival-account", "party": str(suspect.id), **fields}
    )
    assert answer.status_code == 302
    document = selectors.documents(case_id)[0]
    leader = sign_in("juzhang")
    read = leader.get(f"/cases/{case_id}/documents/{document.id}/").content.decode()
    assert "接报后传唤到案。" in read
    assert leader.post(f"/cases/{case_id}/documents/{document.id}/pages").json()["pages"]
    assert next(row.what for row in ledger.readings(case_id)) == "阅读文书"
    assert sign_in("anguan").get(f"/cases/{case_id}/documents/{document.id}/").status_code == 404


def cases_for(people: People, case_id: UUID) -> Any:
    from antong.cases import access
    from antong.org.types import Permission

    return access.case_for(people["zhencha"], case_id, Permission.CASE_READ)


def test_an_issued_document_is_voided_with_its_reason(
    sign_in: Callable[[str], Client], people: People, case_id: UUID
) -> None:
    police, officer = sign_in("zhencha"), people["zhencha"]
    draft = flow_actions.draft_document(
        officer, case_id=case_id, kind="arrival-account", party_ids=[], fields={"account": "到案。"}
    )
    flow_actions.issue_document(officer, case_id=case_id, document_id=draft.id, version=draft.version)
    shown = police.get(f"/cases/{case_id}/?tab=documents").content.decode()
    assert "待手签归位 1" in shown
    assert f"/documents/{draft.id}/void" in shown
    police.post(f"/cases/{case_id}/documents/{draft.id}/void", {"reason": "当事人姓名有误"})
    shown = police.get(f"/cases/{case_id}/?tab=documents").content.decode()
    assert "已作废 1" in shown
    assert "当事人姓名有误" in shown
    assert selectors.document(case_id, draft.id).state == "void"


def test_where_nothing_can_be_drafted_the_page_says_so(
    sign_in: Callable[[str], Client], case_id: UUID
) -> None:
    page = sign_in("kanshou").get(f"/cases/{case_id}/documents/new")
    assert page.status_code == 404
    answer = sign_in("zhencha").post(
        f"/cases/{case_id}/documents/new", {"kind": "arrival-account", "field.account": ""}
    )
    assert answer.status_code == 422
    assert 'href="#f-field.account"' in answer.content.decode()


def test_what_an_answer_issues_is_seen_as_it_will_be_and_then_as_it_is(
    sign_in: Callable[[str], Client], people: People, investigated: UUID
) -> None:
    asked = accept(people, through(people, investigated, "arrest-request"))
    outcomes = [
        Outcome(party_id=one.id, outcome="refused", reason="证据尚未达到逮捕要求。")
        for one in cases.living_sheet(investigated).suspects
    ]
    proposed = flow_actions.propose_answer(
        people["anguan"], handover_id=asked.handover_id, version=asked.version, outcomes=outcomes
    )
    prosecutor, path = sign_in("anguan"), f"/handovers/{asked.handover_id}/"
    drafts = [one for one in selectors.documents(investigated) if one.kind == "arrest-refusal-reasons"]
    settings = [flow.draft_setting(people["jianchazhang"], one) for one in drafts]
    assert len(drafts) == 2
    assert all("证据尚未达到逮捕要求。" in one.body for one in settings)
    assert {one.unit for one in settings} == {"青岚县人民检察院"}
    decision = next(one for one in selectors.documents(investigated) if one.kind == "arrest-refusal")
    said = flow.draft_setting(people["jianchazhang"], decision)
    assert (said.addressee, said.number[:2]) == ("青岚县公安局", "青检")
    for one in drafts:
        assert f"/documents/{one.id}/" in prosecutor.get(path).content.decode()
        assert prosecutor.post(f"/cases/{investigated}/documents/{one.id}/pages").json()["pages"]
        assert f"/documents/{one.id}/" not in sign_in("zhencha").get(path).content.decode()
    page = sign_in("jianchazhang").get(path).content.decode()
    assert re.search(r"<dt>发往</dt><dd>\s*青岚县公安局刑事侦查大队\s*</dd>", page)
    flow_actions.approve_answer(
        people["jianchazhang"], handover_id=asked.handover_id, version=proposed.version
    )
    issued = selectors.document(investigated, decision.id)
    seen = [
        sign_in(who).post(f"/cases/{investigated}/documents/{issued.id}/pages").json()["pages"]
        for who in ("zhencha", "anguan")
    ]
    assert issued.original_id
    assert seen[0] == seen[1]
    kept = selectors.original_pictures(investigated, issued.original_id)
    assert [base64.b64decode(one.partition(",")[2]) for one in seen[0]] == kept
    actions.derive_original(issued.original_id)  # as the page images of the file, once they are made
    assert selectors.original_pictures(investigated, issued.original_id) == kept
    assert f"/documents/{issued.id}/" in sign_in("zhencha").get(path).content.decode()


def test_the_same_scan_a_second_time_is_taken_and_said_to_be_there(
    sign_in: Callable[[str], Client], new_case: Callable[..., UUID], scan: bytes
) -> None:
    police, case_id = sign_in("zhencha"), new_case()

    def upload(name: str, content: bytes) -> list[dict[str, str]]:
        file = SimpleUploadedFile(name, content, "image/jpeg")
        form = {"catalogue_key": "ev-suspect.interrogation", "files": file}
        answer = police.post(f"/cases/{case_id}/upload", form).json()
        assert answer["pages"] == 1
        return list(answer["again"])

    assert upload("甲.jpg", scan) == []
    assert upload("乙.jpg", scan + b"other") == []
    assert upload("丙.jpg", scan) == [{"name": "丙.jpg", "where": "证据材料卷 讯问笔录"}]
