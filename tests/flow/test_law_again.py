"""What the law forbids is asked at every step, whatever was explained and however long ago it was composed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.access import case_for
from antong.cases.types import NewParty, PartyKind
from antong.catalog import loader
from antong.flow import _overdue, actions
from antong.flow.models import HandOver
from antong.flow.types import Done, Reason, State
from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal
from antong.law import timelimit
from antong.ledger import selectors as ledger
from antong.org import selectors as org
from antong.org.types import Permission
from road import accept, judged, later, limits, through, today, up

People = dict[str, Any]


def approve(people: People, done: Done, who: str = "juzhang", **facts: Any) -> Done:
    return actions.approve(people[who], handover_id=done.handover_id, version=done.version, **facts)


def send(people: People, done: Done, who: str = "zhencha") -> Done:
    return actions.send(people[who], handover_id=done.handover_id, version=done.version)


def newest(case_id: UUID, act: str) -> Any:
    return next(entry for entry in ledger.entries(case_id, most=200) if entry.act == act)


def suspects(case_id: UUID) -> tuple[UUID, ...]:
    return tuple(party.id for party in cases.living_sheet(case_id).suspects)


@pytest.fixture
def reviewed(people: People, detained: UUID) -> UUID:
    accept(people, through(people, detained, "prosecution-transfer"))
    return detained


@pytest.fixture
def tried(people: People, reviewed: UUID) -> UUID:
    accept(people, through(people, reviewed, "prosecution", "anguan", "jianchazhang"), "lian")
    return reviewed


def sentence(people: People, case_id: UUID) -> None:
    said = judged(case_id, ("imprisonment", "判处有期徒刑一年"), ("acquitted", "无罪"))
    through(people, case_id, "judgment", "lian", "yuanzhang", **said)


def serve(people: People, case_id: UUID) -> None:
    served = through(
        people, case_id, "judgment-service", "lian",
        receiver_ids=[people["anguan"].unit_id], fields={"received_on": today()},
    )  # fmt: skip
    accept(people, served)


def test_a_third_return_cannot_be_talked_through(people: People, reviewed: UUID) -> None:
    for _ in range(2):
        asked = through(people, reviewed, "supplementary-investigation", "anguan", "jianchazhang")
        accept(people, asked, "zhencha")
        accept(people, through(people, reviewed, "re-transfer"))
    made = actions.compose(people["anguan"], case_id=reviewed, flow="supplementary-investigation")
    with pytest.raises(Refusal) as refused:
        actions.submit(
            people["anguan"], handover_id=made.handover_id, version=made.version, explanations={"twice": "再退一次"}
        )  # fmt: skip
    assert "刑事诉讼法第175条第3款" in refused.value.basis


def test_what_was_composed_early_is_counted_when_it_is_sent(people: People, reviewed: UUID) -> None:
    old = up(people, reviewed, "supplementary-investigation", "anguan")
    with pytest.raises(Refusal) as refused:
        up(people, reviewed, "supplementary-investigation", "anguan")
    assert refused.value.code == "open-already"
    old = approve(people, old, "jianchazhang")
    HandOver.objects.filter(id=old.handover_id).update(state=State.DRAFT)  # so that it is not under way
    for _ in range(2):
        asked = through(people, reviewed, "supplementary-investigation", "anguan", "jianchazhang")
        accept(people, asked, "zhencha")
        accept(people, through(people, reviewed, "re-transfer"))
    HandOver.objects.filter(id=old.handover_id).update(state=State.APPROVED)
    with pytest.raises(Refusal) as refused:
        send(people, old, "anguan")
    assert refused.value.code == "checks-missing"
    assert "刑事诉讼法第175条第3款" in refused.value.basis


def test_a_missing_paper_may_be_explained_a_missing_charge_may_not(
    people: People, new_case: Callable[..., UUID], scanned: Callable[[UUID], None]
) -> None:
    checks = {check.key: check.level for check in loader.load().flows["arrest-request"].checks}
    assert checks["interrogation"] == "explain"
    assert {key for key, level in checks.items() if level == "must"} == {"named", "charges", "volumes"}


def test_an_old_act_does_not_drag_anybody_back(people: People, detained: UUID) -> None:
    first, second = suspects(detained)
    old = up(people, detained, "release", party_ids=[first], fields={"release_reason": "不应当拘留"})
    through(people, detained, "bail", party_ids=[first], fields={"guarantor": "其父"})
    with pytest.raises(Refusal) as refused:
        approve(people, old)
    assert refused.value.code == "subjects-changed"
    assert any("取保候审" in item for item in refused.value.items)
    old = approve(people, up(people, detained, "arrest-request", party_ids=[second]))
    move(detained, second, "arrested")
    with pytest.raises(Refusal) as refused:
        send(people, old)
    assert refused.value.code == "subjects-changed"


def move(case_id: UUID, party_id: UUID, state: str) -> None:
    moved = case_actions.PartyState(party_id=party_id, state=state)
    case_actions.apply_effects(case_id, case_actions.CaseEffects(parties=(moved,)), at=clock.now())


def test_acceptance_asks_where_the_subjects_stand(people: People, detained: UUID) -> None:
    sent = through(people, detained, "prosecution-transfer")
    first, _ = suspects(detained)
    move(detained, first, "elsewhere")
    with pytest.raises(Refusal) as refused:
        accept(people, sent)
    assert refused.value.code == "subjects-changed"


def test_a_case_is_not_withdrawn_beside_an_open_request(people: People, detained: UUID) -> None:
    through(people, detained, "arrest-request")
    with pytest.raises(Refusal) as refused:
        up(people, detained, "case-withdrawal", fields={"withdrawal_reason": "没有犯罪事实"})
    assert any("提请批准逮捕尚未办结" in item for item in refused.value.items)
    through(
        people, detained, "release", fields={"release_reason": "不应当拘留"}
    )  # nobody waits in custody for it


def test_a_judgment_waits_for_service_and_for_the_term_of_appeal(people: People, tried: UUID) -> None:
    sentence(people, tried)
    with later(30), pytest.raises(Refusal) as refused:
        up(people, tried, "judgment-effective", "lian", fields={"appeals": "没有"})
    assert any("还没有送达" in item for item in refused.value.items)
    serve(people, tried)
    with pytest.raises(Refusal) as refused:
        up(people, tried, "judgment-effective", "lian", fields={"appeals": "没有"})
    assert "刑事诉讼法第230条" in refused.value.basis
    ends = max(one.due_at for one in cases.limits_of(tried) if one.rule == "appeal-judgment-10d")
    with later(25):
        with pytest.raises(Refusal) as refused:
            up(people, tried, "judgment-effective", "lian", fields={"appeals": "有"})
        assert "刑事诉讼法第227条第1款" in refused.value.basis
        through(people, tried, "judgment-effective", "lian", "yuanzhang", fields={"appeals": "没有"})
    (limit,) = [one for one in cases.limits_of(tried) if one.rule == "execution-delivery-10d"]
    assert limit.facts["effective_on"] == clock.local(ends).date().isoformat()
    assert "appeal-judgment-10d" not in limits(tried)


def test_the_day_of_receipt_is_not_ahead(people: People, tried: UUID) -> None:
    sentence(people, tried)
    ahead = (clock.today() + timedelta(days=1)).isoformat()
    with pytest.raises(Refusal) as refused:
        up(
            people,
            tried,
            "judgment-service",
            "lian",
            receiver_ids=[people["anguan"].unit_id],
            fields={"received_on": ahead},
        )
    assert "刑事诉讼法第202条第2款" in refused.value.basis


def test_the_text_of_a_judgment_follows_each_outcome(people: People, tried: UUID) -> None:
    from antong.flow import _text

    first, second = (party for party in cases.living_sheet(tried).suspects)
    outcomes = {
        str(first.id): {"outcome": "imprisonment", "term": "有期徒刑一年"},
        str(second.id): {"outcome": "acquitted", "term": "证据不足、指控的犯罪不能成立"},
    }
    said = _text.opinions(loader.load().flows["judgment"], cases.living_sheet(tried), outcomes)
    assert f"被告人{first.name}的行为已构成" in said
    assert f"被告人{second.name}的行为已构成" not in said
    assert f"指控被告人{second.name}犯" in said
    assert "应当作出无罪判决" in said
    mixed = judged(tried, ("imprisonment", "判处有期徒刑一年"), ("acquitted", "判处有期徒刑六个月"))
    with pytest.raises(Refusal) as refused:
        up(people, tried, "judgment", "lian", **mixed)
    assert any(second.name in item for item in refused.value.items)


def test_a_return_is_mended_within_three_days_on_pages_that_were_sent(people: People, detained: UUID) -> None:
    sent = through(people, detained, "arrest-request")
    common = {"handover_id": sent.handover_id, "version": sent.version}
    reason = Reason(text="缺末页", where="现场勘验笔录")
    far = clock.now() + timedelta(days=900)
    with pytest.raises(BadInput) as refused:
        actions.return_file(people["anguan"], reasons=[reason], fix_by=far, **common)
    assert "fix_by" in refused.value.fields
    with pytest.raises(BadInput):
        actions.return_file(people["anguan"], reasons=[Reason(text="不清", page_id=uuid4())], **common)
    soon = clock.now() + timedelta(days=5)
    actions.return_file(people["anguan"], reasons=[reason], fix_by=soon, fix_reason="须异地调取", **common)


def test_nobody_who_had_a_hand_in_it_approves(people: People, detained: UUID) -> None:
    """Who has two duties, amends a colleague's draft under the one and approves under the other."""
    from antong.org.models import Duty

    chief, officer = people["juzhang"], people["zhencha"]
    duty = Duty.objects.create(
        post_id=officer.post_id, person_id=chief.person_id, rank="backup", valid_from=clock.now()
    )
    acting = org.actor_for(chief.person_id, duty.id)
    assert acting is not None
    whom = suspects(detained)[:1]
    made = actions.compose(officer, case_id=detained, flow="release", party_ids=whom)
    done = actions.amend(
        acting, handover_id=made.handover_id, version=made.version, fields={"release_reason": "不应当拘留"}
    )
    done = actions.submit(officer, handover_id=done.handover_id, version=done.version)
    with pytest.raises(NotPermitted) as refused:
        approve(people, done)
    assert refused.value.code == "own-work"


def test_only_who_works_on_cases_is_given_one(people: People, detained: UUID) -> None:
    taken = accept(people, through(people, detained, "arrest-request"))
    others = [duty for duty in org.people_of(people["anguan"].unit_id) if duty.role.startswith("admin")]
    leader = people["jianchazhang"]
    for person_id in [duty.person_id for duty in others] or [leader.person_id]:
        with pytest.raises(BadInput) as refused:
            actions.assign(people["anguan"], handover_id=taken.handover_id, person_id=person_id)
        assert refused.value.code == "handler"


def test_a_reason_that_is_not_there_is_not_answered(people: People, detained: UUID) -> None:
    sent = through(people, detained, "prosecution-transfer")
    back = actions.return_file(
        people["anguan"], handover_id=sent.handover_id, version=sent.version, reasons=[Reason(text="缺页", where="卷")]
    )  # fmt: skip
    actions.begin_round(people["zhencha"], handover_id=back.handover_id, version=back.version)
    with pytest.raises(NotFound):
        actions.resolve_reason(
            people["zhencha"],
            handover_id=back.handover_id,
            reason_id=uuid4(),
            state="fixed",
            resolution="已补",
        )


def test_an_entry_commits_to_what_its_act_changed(people: People, detained: UUID) -> None:
    first, _ = suspects(detained)
    changed = newest(detained, "handover.approve").after["changed"]
    assert {row["kind"] for row in changed["measures_started"]} == {"detention"}
    assert {row["state"] for row in changed["parties"]} == {"detained"}
    assert {row["rule"] for row in changed["limits_started"]} >= {"arrest-request-30d"}
    assert all(row["due"] for row in changed["limits_started"])
    through(people, detained, "bail", party_ids=[first], fields={"guarantor": "其父"})
    changed = newest(detained, "handover.approve").after["changed"]
    assert changed["measures_ended"][0]["kind"] == "detention"
    assert {row["party"] for row in changed["limits_stopped"]} == {str(first)}
    assert newest(detained, "handover.submit").after["fields"]["guarantor"] == "其父"
    accept(people, through(people, detained, "prosecution-transfer"))
    changed = newest(detained, "handover.accept").after["changed"]
    assert {row["role"] for row in changed["grants"]} == {"handling", "past"}
    assert any(row["rule"] == "bail-12m" for row in changed.get("limits_stopped", [])) is False


def test_an_entry_commits_to_the_sentence_of_each_person(people: People, tried: UUID) -> None:
    sentence(people, tried)
    decided = newest(tried, "handover.approve").after["decided"]
    assert {value["outcome"] for value in decided.values()} == {"imprisonment", "acquitted"}
    assert {value["term"] for value in decided.values()} == {"判处有期徒刑一年", "无罪"}
    assert newest(tried, "handover.submit").after["fields"]["outcomes"] == decided


def test_an_entry_commits_to_every_column_of_a_party(people: People, new_case: Callable[..., UUID]) -> None:
    case_id = new_case(("韩序舟",))
    party = cases.living_sheet(case_id).suspects[0]
    other = loader.load().find_charges("抢劫罪", 1)[0].code
    version = case_for(people["zhencha"], case_id, Permission.CASE_READ).version
    case_actions.amend_party(
        people["zhencha"],
        case_id=case_id,
        party_id=party.id,
        version=version,
        party=NewParty(kind=PartyKind.SUSPECT, name=party.name, phone="1", charge_codes=(other,)),
    )
    entry = newest(case_id, "case.amend-party")
    assert entry.before["charges"] != entry.after["charges"]
    assert entry.before["phone"] != entry.after["phone"]


def test_what_is_overdue_is_told_once_and_raised_once(people: People, detained: UUID) -> None:
    with later(40):
        assert _overdue.sweep() >= 1
        assert any(notice.kind == "overdue" for notice in org.notices(people["zhencha"])[0])
        assert not any(notice.kind == "overdue" for notice in org.notices(people["jiandu"])[0])
        assert _overdue.sweep() == 0
    with later(42):
        assert _overdue.sweep() >= 1
        assert any("提请批准逮捕" in notice.title for notice in org.notices(people["jiandu"])[0])
        assert _overdue.sweep() == 0


def test_the_end_of_somebodys_right_is_told_of_and_never_raised(people: People, tried: UUID) -> None:
    sentence(people, tried)
    serve(people, tried)
    names = {one.name for one in cases.limits_of(tried) if one.rule == "appeal-judgment-10d"}

    def told(who: str) -> bool:
        found = [one for one in org.notices(people[who], kind="overdue", size=200)[0] if one.case_id == tried]
        return any(f"期限届满：{name}" in one.title for name in names for one in found)

    with later(25):
        _overdue.sweep()
        assert told("lian")
    with later(27):
        _overdue.sweep()
        assert told("lian")
        assert not told("jiandu")


def test_what_was_told_of_and_is_done_waits_on_nobody(people: People, detained: UUID) -> None:
    def waiting() -> list[str]:
        told = org.notices(people["zhencha"], unread=True, kind="overdue", size=200)[0]
        return [notice.title for notice in told if notice.case_id == detained]

    with later(2):
        _overdue.sweep()
        assert "期限已过：拘留后通知家属" in waiting()
        for party in suspects(detained):
            drafted = actions.draft_document(
                people["zhencha"], case_id=detained, kind="detention-notice", party_ids=[party], fields={}
            )
            actions.issue_document(
                people["zhencha"], case_id=detained, document_id=drafted.id, version=drafted.version
            )
            _overdue.sweep()
            both = party == suspects(detained)[-1]
            assert ("期限已过：拘留后通知家属" in waiting()) is not both
        assert "期限已过：拘留后首次讯问" in waiting()


def test_one_suspects_lapsed_term_does_not_stand_in_the_others_way(
    people: People, new_case: Callable[..., UUID]
) -> None:
    case_id = new_case()
    first, second = suspects(case_id)
    through(people, case_id, "filing")
    through(people, case_id, "detention", party_ids=[first], fields={"roaming": "否"})
    with later(5):
        through(people, case_id, "detention", party_ids=[second], fields={"roaming": "否"})
        with pytest.raises(Refusal):
            up(people, case_id, "detention-extension", party_ids=[first])
        through(people, case_id, "detention-extension", party_ids=[second])


def test_a_hand_over_keeps_its_version(
    people: People, new_case: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = up(people, new_case(), "filing")
    catalog = loader.load()
    old = catalog.flows["filing"]
    new = old.model_copy(update={"version": 2, "valid_from": "2020-09-02", "approver": None})
    older = old.model_copy(update={"valid_until": "2020-09-01"})
    later_one = replace(
        catalog, flows={**catalog.flows, "filing": new}, versions={**catalog.versions, "filing": (older, new)}
    )
    monkeypatch.setattr(loader, "load", lambda: later_one)
    assert approve(people, done).state is State.CLOSED
    assert later_one.flow_on("filing", clock.today()) is new


def test_another_reading_is_taken_where_it_is_set(people: People, detained: UUID, settings: Any) -> None:
    settings.ANTONG_CONVENTIONS = frozenset({"start-day-counted"})
    accept(people, through(people, detained, "prosecution-transfer"))
    limit = next(one for one in cases.limits_of(detained) if one.rule == "prosecution-review-1m")
    usual = timelimit.answer(limit.rule, limit.facts)
    assert limit.due_at == usual.due_at - timedelta(days=1)
    assert any("起算日计入" in step for step in limit.derivation)
    assert "起算日不计入" in {one["convention"] for one in limit.alternatives}
