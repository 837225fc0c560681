"""The case page: its own road, what the next hand-over lacks, snapshots, what a supervisor sees, limits, ledger."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from antong.cases import selectors as cases
from antong.catalog import loader
from antong.dossier import selectors as dossier
from antong.flow import actions as flow_actions
from antong.flow import selectors as flow
from antong.flow.types import Outcome, Reason
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.web import reading
from antong.web.pages.cases.custody import lanes
from road import accept, answer, through

People = dict[str, Any]


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    return re.sub(r"\s+", " ", answer.content.decode())


def hand(
    people: People, case_id: UUID, key: str, *, send: bool = True, accept: str = "", **fields: object
) -> UUID:
    """Take a hand-over of the police as far as asked."""
    officer, leader = people["zhencha"], people["juzhang"]
    whom = flow.eligible(officer, case_id, key)
    done = flow_actions.compose(officer, case_id=case_id, flow=key, party_ids=whom, fields=fields)
    done = flow_actions.submit(officer, handover_id=done.handover_id, version=done.version)
    done = flow_actions.approve(leader, handover_id=done.handover_id, version=done.version)
    if send and done.state.value == "approved":
        done = flow_actions.send(officer, handover_id=done.handover_id, version=done.version)
    if accept:
        done = flow_actions.accept(people[accept], handover_id=done.handover_id, version=done.version)
    return done.handover_id


def stages(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<li class="(past|here|)" title="[^"]*"[^>]*> <span>([^<]+)</span>', page)


def test_the_strip_is_the_road_of_this_case(
    sign_in: Callable[[str], Client], people: People, new_case: Callable[..., UUID]
) -> None:
    case_id, police = new_case(), sign_in("zhencha")
    words = [word for _, word in stages(text_of(police, f"/cases/{case_id}/"))]
    assert words == ["受案", "移送起诉", "审查起诉", "提起公诉", "一审", "生效", "交付执行"]
    hand(people, case_id, "filing")
    hand(people, case_id, "detention", roaming="否")
    page = text_of(police, f"/cases/{case_id}/")
    assert ("here", "侦查") in stages(page)
    assert "提请批准逮捕前还差" in page, "what follows a detention, and what it lacks"
    assert "tab=dossier&place=ev-suspect.interrogation" in page.replace("&amp;", "&")


def test_a_file_on_its_way_stands_on_its_way(
    sign_in: Callable[[str], Client],
    people: People,
    new_case: Callable[..., UUID],
    filled: Callable[[UUID], None],
) -> None:
    case_id = new_case()
    hand(people, case_id, "filing")
    hand(people, case_id, "detention", roaming="否")
    filled(case_id)
    hand(people, case_id, "arrest-request", accept="anguan")
    page = text_of(sign_in("zhencha"), f"/cases/{case_id}/")
    assert ("here", "审查逮捕") in stages(page)
    assert "前还差" not in page, "nothing is sent while somebody else has the word"
    assert re.search(r"人员与措施 <span class=\"many\">2<", page)
    assert re.search(r"卷宗 <span class=\"many\">\d+ 页<", page)
    assert "回执原文" in page
    office = text_of(sign_in("anguan"), f"/cases/{case_id}/")
    assert "快照 · 截至" in office
    assert "当时在押 2 人" in office
    limits = text_of(sign_in("anguan"), f"/cases/{case_id}/?tab=limits").split('<table class="limits">')[1]
    assert limits.index("剩余") < limits.index("依据") < limits.index("推算") < limits.index("还可")
    assert "审查批准逮捕" in limits


def test_who_oversees_sees_people_and_facts_only_for_a_reason(
    sign_in: Callable[[str], Client], new_case: Callable[..., UUID]
) -> None:
    case_id, watcher = new_case(), sign_in("jiandu")
    for tab in ("people", "dossier", "documents"):
        page = text_of(watcher, f"/cases/{case_id}/?tab={tab}")
        assert "先说明理由" in page
        assert "盗窃电动自行车" not in page
        assert "河西路" not in page
    assert (
        watcher.post(f"/cases/{case_id}/reading", {"reason": "核查逾期线索", "then": "case"}).headers[
            "Location"
        ]
        == f"/cases/{case_id}/"
    )
    assert "盗窃电动自行车" in text_of(watcher, f"/cases/{case_id}/")
    assert [row.what for row in ledger.readings(case_id) if row.reason == "核查逾期线索"] == ["说明查看理由"]
    reading.post_spooled()
    assert "核查逾期线索" in text_of(sign_in("zhencha"), f"/cases/{case_id}/?tab=ledger")


def test_a_unit_with_a_snapshot_sees_only_its_own_readings(
    sign_in: Callable[[str], Client],
    people: People,
    new_case: Callable[..., UUID],
    filled: Callable[[UUID], None],
) -> None:
    case_id = new_case()
    hand(people, case_id, "filing")
    hand(people, case_id, "detention", roaming="否")
    filled(case_id)
    hand(people, case_id, "arrest-request", accept="anguan")
    text_of(sign_in("zhencha"), f"/cases/{case_id}/")
    text_of(sign_in("anguan"), f"/cases/{case_id}/")
    reading.post_spooled()
    office = text_of(sign_in("anguan"), f"/cases/{case_id}/?tab=ledger")
    seen = office.split("谁看过")[1]
    assert people["anguan"].person_name in seen
    assert people["zhencha"].person_name not in seen


def test_the_ledger_tab_filters_and_pages(
    sign_in: Callable[[str], Client], people: People, new_case: Callable[..., UUID]
) -> None:
    case_id, police = new_case(), sign_in("zhencha")
    hand(people, case_id, "filing")
    page = text_of(police, f"/cases/{case_id}/?tab=ledger&act=case.register")
    assert "共 1 条" in page
    leader = people["juzhang"].person_id
    page = text_of(police, f"/cases/{case_id}/?tab=ledger&person={leader}")
    rows = re.findall(r'<td title="([a-z.-]+)">', page)
    assert rows
    assert set(rows) <= {"handover.approve", "document.issue"}
    assert "antong verify" in page
    first = text_of(police, f"/cases/{case_id}/?tab=ledger&before=2")
    assert re.findall(r'<td title="([a-z.-]+)">', first) == ["case.register"]


def test_custody_without_a_basis_is_red_and_what_may_be_granted_is_hatched(
    sign_in: Callable[[str], Client], people: People, new_case: Callable[..., UUID]
) -> None:
    case_id = new_case()
    officer, leader = people["zhencha"], people["juzhang"]
    for key, fields in (("filing", {}), ("detention", {"roaming": "否"})):
        whom = flow.eligible(officer, case_id, key)
        done = flow_actions.compose(officer, case_id=case_id, flow=key, party_ids=whom, fields=fields)
        done = flow_actions.submit(officer, handover_id=done.handover_id, version=done.version)
        flow_actions.approve(leader, handover_id=done.handover_id, version=done.version)
    page = text_of(sign_in("zhencha"), f"/cases/{case_id}/")
    assert 'class="seg-may"' in page
    assert "可延长 4 日" in page
    with clock.set_to(clock.now() + timedelta(days=40)):
        page = text_of(sign_in("zhencha"), f"/cases/{case_id}/")
        assert 'class="seg-none"' in page
        assert "无依据" in page


def test_papers_carry_number_entry_and_code(
    sign_in: Callable[[str], Client], new_case: Callable[..., UUID], filled: Callable[[UUID], None]
) -> None:
    case_id, police = new_case(), sign_in("zhencha")
    filled(case_id)
    number, digest = ledger.last(case_id)
    code = digest.hex()[:4].upper()
    for paper in ("summary", "sheet", "index"):
        page = text_of(police, f"/cases/{case_id}/print/{paper}")
        assert f"账本第 {number} 条" in page
        assert f"校验码 {code}" in page
    index = text_of(police, f"/cases/{case_id}/print/index")
    for word in ("卷内目录", "备考表", "立卷单位", "册次、页数"):
        assert word in index
    assert cases.living_sheet(case_id).body["case"]["number"] in index


def test_a_suspects_odd_number_says_why(
    sign_in: Callable[[str], Client], people: People, new_case: Callable[..., UUID]
) -> None:
    from antong.cases import actions
    from antong.cases.types import NewParty, PartyKind
    from antong.law import identity

    case_id = new_case(())
    for region in ("990121", "100121"):
        digits = f"{region}19910614101"
        number = digits + identity.check_character(digits)
        one = NewParty(kind=PartyKind.SUSPECT, name=f"甲{region[:2]}", id_number=number)
        actions.add_parties(people["zhencha"], case_id=case_id, parties=[one])
    page = text_of(sign_in("zhencha"), f"/cases/{case_id}/")
    assert page.count("? 核对") == 1, "the demonstration's own range is no doubt"
    assert "号码前两位不是现行省级区划代码" in page
    assert "演示号段" in page


def test_the_bundle_is_given_to_who_handles_and_stands_in_the_read_log(
    sign_in: Callable[[str], Client], people: People, new_case: Callable[..., UUID]
) -> None:
    case_id, police = new_case(), sign_in("zhencha")
    assert f"/cases/{case_id}/bundle" in text_of(police, f"/cases/{case_id}/?tab=ledger")
    answer = police.post(f"/cases/{case_id}/bundle")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as bundle:  # type: ignore[arg-type]
        assert {"bundle.json", "entries.jsonl", "head.json", "map.json"} <= set(bundle.namelist())
    mine = [row for row in ledger.readings(case_id) if row.person_id == people["zhencha"].person_id]
    assert "导出证据包" in [row.what for row in mine]
    assert sign_in("anguan").post(f"/cases/{case_id}/bundle").status_code == 404
    assert sign_in("jiandu").post(f"/cases/{case_id}/bundle").status_code == 403


def test_custody_has_a_next_end_between_the_answer_and_its_execution(
    people: People, investigated: UUID
) -> None:
    first, second = (party.id for party in cases.living_sheet(investigated).suspects)
    asked = accept(people, through(people, investigated, "arrest-request"))
    answer(
        people,
        asked,
        [
            Outcome(party_id=first, outcome="approved"),
            Outcome(party_id=second, outcome="refused", reason="无逮捕必要"),
        ],
    )
    limits = cases.limits_of(investigated)
    shown = lanes(cases.living_sheet(investigated), limits)
    assert shown is not None
    assert not any(limit.of_stage and limit.running for limit in limits)  # nothing that custody rests on runs
    for lane, party_id, order in zip(
        shown.rows, (first, second), ("批准逮捕立即执行", "不批准逮捕立即释放"), strict=True
    ):
        running = [one for one in limits if one.running and one.party_id == party_id]
        assert order in {one.name for one in running}
        assert lane.due == min(running, key=lambda limit: limit.due_at)


def test_an_answer_is_signed_for_within_the_receipt_of_its_flow(people: People, investigated: UUID) -> None:
    asked = accept(people, through(people, investigated, "arrest-request"))
    whom = [party.id for party in cases.living_sheet(investigated).suspects]
    answer(people, asked, [Outcome(party_id=party_id, outcome="approved") for party_id in whom])
    rows = flow.in_full(flow.desk(people["zhencha"]))
    (signs,) = [row for row in rows if row.kind == "read" and row.handover_id == asked.handover_id]
    (executes,) = [row for row in rows if row.kind == "execute" and row.handover_id == asked.handover_id]
    assert signs.due is not None
    assert (signs.due.name, signs.due.derivation[-1]) == ("签收期限", "1 个工作日")
    assert signs.due_at is not None
    assert executes.due_at is not None
    assert clock.now() < executes.due_at < signs.due_at


def test_the_row_of_a_duty_names_the_paper_that_ends_it_and_draws_it_up(
    sign_in: Callable[[str], Client], people: People, investigated: UUID
) -> None:
    police = sign_in("zhencha")
    first, second = cases.living_sheet(investigated).suspects
    link = f"/cases/{investigated}/documents/new?kind=detention-notice"
    limits = text_of(police, f"/cases/{investigated}/?tab=limits")
    assert f'签发拘留通知书即办结 <a href="{link}&amp;party={second.id}" >起草</a>' in limits
    desk = text_of(police, "/desk")
    assert "签发拘留通知书即办结" in desk
    assert f'href="{link}">起草</a>' in desk
    drafted = text_of(police, f"{link}&party={second.id}")
    assert f'value="{second.id}" checked' in drafted
    assert f'value="{first.id}" checked' not in drafted
    elsewhere = text_of(sign_in("jiandu"), f"/cases/{investigated}/?tab=limits")
    assert "签发拘留通知书即办结" in elsewhere
    assert link not in elsewhere


def test_the_rows_of_the_ledger_open_what_they_are_about(
    sign_in: Callable[[str], Client], people: People, new_case: Callable[..., UUID]
) -> None:
    case_id, police = new_case(), sign_in("zhencha")
    sent = hand(people, case_id, "filing")
    kind = loader.load().documents["interrogation-record"]
    drafted = flow_actions.draft_document(
        people["zhencha"], case_id=case_id, kind=kind.key, party_ids=[],
        fields={field.key: "写明" for field in kind.fields},
    )  # fmt: skip
    page = text_of(police, f"/cases/{case_id}/?tab=ledger")
    assert f'批准移送 <a href="/handovers/{sent}/">立案</a>' in page
    opens = re.search(rf'起草文书 <a href="(/cases/{case_id}/documents/{drafted.id}/)">讯问笔录</a>', page)
    assert opens is not None
    assert police.get(opens[1]).status_code == 200


def test_the_checks_of_a_draft_are_numbered_as_they_stand(
    sign_in: Callable[[str], Client], people: People, investigated: UUID
) -> None:
    officer = people["zhencha"]
    draft = flow_actions.compose(
        officer,
        case_id=investigated,
        flow="arrest-request",
        party_ids=flow.eligible(officer, investigated, "arrest-request"),
    )
    page = text_of(sign_in("zhencha"), f"/handovers/{draft.handover_id}/")
    numbers = re.findall(r'<tr data-result="[^"]*" id="row-[^"]*"> <td class="one">(\d+)</td>', page)
    assert len(numbers) > 5
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]


def test_a_case_without_a_suspect_says_what_comes_first_and_where(
    sign_in: Callable[[str], Client], new_case: Callable[..., UUID]
) -> None:
    police, bare, named = sign_in("zhencha"), new_case(suspects=()), new_case()
    for tab in ("people", "handovers"):
        page = text_of(police, f"/cases/{bare}/?tab={tab}")
        assert f'data-primary href="/cases/{bare}/parties">增加犯罪嫌疑人' in page
    assert "登记为“身份不明”" in page
    assert police.get(f"/cases/{bare}/parties").status_code == 200
    assert "登记为“身份不明”" not in text_of(police, f"/cases/{named}/?tab=handovers")


def test_what_a_hand_over_drafts_itself_leads_to_beginning_it(
    sign_in: Callable[[str], Client], new_case: Callable[..., UUID]
) -> None:
    page = text_of(sign_in("zhencha"), f"/cases/{new_case()}/?tab=people")
    assert '<button type="button" class="link" data-dialog="begin">新建立案时起草</button>' in page


def test_documents_of_several_people_are_told_apart_by_name(
    sign_in: Callable[[str], Client], people: People, new_case: Callable[..., UUID]
) -> None:
    police, leader, case_id = sign_in("zhencha"), people["juzhang"], new_case()
    hand(people, case_id, "filing")
    made = flow_actions.compose(people["zhencha"], case_id=case_id, flow="detention")
    path = f"/handovers/{made.handover_id}/"
    names = [one.name for one in cases.living_sheet(case_id).suspects]
    assert all(f"拘留证 {name}" in text_of(police, path) for name in names)
    sent = flow_actions.submit(people["zhencha"], handover_id=made.handover_id, version=made.version)
    assert all(f"拘留证 {name}" in text_of(sign_in("juzhang"), path) for name in names)
    flow_actions.approve(leader, handover_id=sent.handover_id, version=sent.version)
    assert all(f"拘留证 {name}" in text_of(police, path) for name in names)
    titles = {entry.title for volume in dossier.tree(case_id).volumes for entry in volume.entries}
    assert all(any(title.startswith(f"拘留证 {name} ") for title in titles) for name in names)


def test_who_approves_the_second_round_reads_why_the_first_came_back(
    sign_in: Callable[[str], Client], people: People, investigated: UUID
) -> None:
    first = hand(people, investigated, "arrest-request")
    shown, _, _ = flow.handover(people["anguan"], first)
    reason = Reason(text="没有价格认定结论。", basis="刑事诉讼法第90条", where="全卷")
    police = people["zhencha"]
    back = flow_actions.return_file(
        people["anguan"], handover_id=first, version=shown.version, reasons=[reason]
    )
    flow_actions.begin_round(police, handover_id=first, version=back.version)
    pinned = flow.open_reasons(first)[0].id
    flow_actions.resolve_reason(
        police, handover_id=first, reason_id=pinned, state="explained", resolution="已另行委托认定。"
    )
    shown, _, _ = flow.handover(people["zhencha"], first)
    flow_actions.submit(people["zhencha"], handover_id=first, version=shown.version)
    page = text_of(sign_in("juzhang"), f"/handovers/{first}/")
    for said in ("上一轮 1 条退回理由", "没有价格认定结论。", "承办人回应：已另行委托认定。"):
        assert said in page
