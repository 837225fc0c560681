"""The clocks under a custody line, the stretches without a basis, sources outside the texts; the same on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from antong.cases import selectors as cases
from antong.cases.types import LimitView, MeasureKind, MeasureView
from antong.kernel import clock
from antong.law import timelimit
from antong.web.pages.cases.bare import bare
from antong.web.pages.cases.clocks import Clock, clocks
from antong.web.pages.cases.custody import Asked, lanes

People = dict[str, Any]
START = datetime(2026, 3, 1, tzinfo=clock.CHINA)


def limit_of(rule: str, facts: dict[str, Any], **other: Any) -> LimitView:
    found = timelimit.answer(rule, facts)
    plain: dict[str, Any] = {
        "id": uuid4(), "case_id": uuid4(), "party_id": None, "rule": rule, "name": found.name, "unit_id": uuid4(), "due_at": found.due_at,
        "in_custody": bool(facts.get("in_custody")), "articles": found.articles, "derivation": found.derivation,
        "alternatives": tuple(found.as_json()["alternatives"]), "state": "running", "opened_at": START, "closed_at": None, "facts": facts,
    }  # fmt: skip
    return LimitView(**{**plain, **other})


def drawn(limit: LimitView, now: datetime) -> Clock:
    def at(instant: datetime) -> float:
        return (instant - START).total_seconds() / (86400 * 100) * 100  # a hundredth is a day

    (found,) = clocks([limit], {}, at, now)
    return found


def test_a_clock_shows_use_extensions_stops_and_other_readings() -> None:
    facts = {
        "received_on": "2026-03-02", "in_custody": True, "extensions": [{"days": 15, "approved_by": "检察长"}],
        "suspensions": [{"reason": "psychiatric-appraisal", "from": "2026-03-10", "to": "2026-03-20"}],
    }  # fmt: skip
    one = drawn(limit_of("prosecution-review-1m", facts), datetime(2026, 3, 12, 12, tzinfo=clock.CHINA))
    assert one.begun == "2026-03-02"
    assert one.used_words == "已用 10 / 56 天"
    assert 10 <= one.used < 11
    assert [round(mark.x) for mark in one.marks] == [43], "the end before the extension: 12 April 24:00"
    assert [(round(stop.x), round(stop.width)) for stop in one.stops] == [(9, 10)]
    assert {reading.name for reading in one.readings} >= {"起算日计入"}
    assert len(one.ghosts) == len(one.readings)


def test_a_clock_of_hours_counts_hours() -> None:
    limit = limit_of("detention-family-notice-24h", {"detained_at": "2026-03-02T08:00"})
    one = drawn(limit, datetime(2026, 3, 2, 14, 30, tzinfo=clock.CHINA))
    assert one.used_words == "已用 6 / 24 时"


def test_a_year_without_notice_is_marked() -> None:
    limit = limit_of("counsel-notice-3d", {"received_on": "2098-09-29"})
    assert drawn(limit, START).provisional
    assert not drawn(limit_of("counsel-notice-3d", {"received_on": "2026-03-02"}), START).provisional


def test_where_the_law_now_says_another_end_the_stored_one_is_drawn_unmarked() -> None:
    facts = {"received_on": "2026-03-02", "in_custody": True, "extensions": [{"days": 15}]}
    limit = limit_of(
        "prosecution-review-1m", facts, due_at=START + timedelta(days=20), derivation=("从前的推算",)
    )
    one = drawn(limit, START + timedelta(days=5))
    assert one.due_x == 20
    assert not one.marks
    assert one.steps == ("从前的推算",)


def measure(start: datetime, end: datetime | None, kind: MeasureKind = MeasureKind.DETENTION) -> MeasureView:
    return MeasureView(
        id=uuid4(), party_id=uuid4(), kind=kind, starts_at=start, ends_at=end, articles=(), document_id=None, document_number="",
        decided_by_id=uuid4(), executed_by_id=None, place="", guarantor="", end_reason="",
    )  # fmt: skip


def test_held_past_the_end_is_bare_until_there_is_a_basis_again() -> None:
    now = START + timedelta(days=30)
    first = limit_of(
        "arrest-request-3d", {"detained_on": "2026-03-01", "in_custody": True}, closed_at=START + timedelta(days=6), state="closed"
    )  # fmt: skip
    second = limit_of(
        "arrest-review-7d", {"request_received_on": "2026-03-07", "in_custody": True}, opened_at=START + timedelta(days=6)
    )  # fmt: skip
    (one, two) = bare([measure(START, None)], [first, second], now)
    assert (one[0], one[1]) == (first.due_at, START + timedelta(days=6))
    assert (two[0], two[1]) == (second.due_at, now)
    assert one[2] == "提请批准逮捕已届满，没有新的依据"
    assert bare([measure(START, first.due_at)], [first], now) == []
    assert bare([measure(START, None, MeasureKind.BAIL)], [first], now) == [], "on bail nobody is held"
    assert bare([measure(START, None, MeasureKind.IMPRISONMENT)], [], now) == [], (
        "a sentence is a basis of its own"
    )


def test_an_order_that_stands_open_is_a_basis_between_two_limits() -> None:
    now = START + timedelta(days=3)
    order = limit_of("arrest-execution-at-once", {"decided_at": "2026-03-01T00:00", "in_custody": True})
    assert bare([measure(START, None)], [order], now) == []
    assert len(bare([measure(START, None)], [], now)) == 1


def test_the_case_page_draws_clocks_and_the_same_as_a_table(
    sign_in: Callable[[str], Client], investigated: UUID
) -> None:
    page = sign_in("zhencha").get(f"/cases/{investigated}/?tab=limits").content.decode()
    running = [one for one in cases.limits_of(investigated) if one.running]
    for limit in running:
        assert f'data-asks="clock-{limit.id}"' in page
        card = page.split(f'id="clock-{limit.id}"')[1].split("</dl>")[0]
        for step in limit.derivation:
            assert step in card
    table = page.split('class="dense lanes-as-table"')[1].split("</table>")[0]
    assert len(re.findall(r"<tr>", table)) - 1 == len(running) + page.count('data-asks="seg-')
    paper = sign_in("zhencha").get(f"/cases/{investigated}/print/summary").content.decode()
    for limit in running:
        assert limit.name in paper
    assert "拘留" in paper.split("lanes-as-table")[1]


def test_how_many_limits_there_are_costs_no_statement(
    sign_in: Callable[[str], Client], investigated: UUID
) -> None:
    from antong.cases.models import Limit

    client = sign_in("zhencha")
    for path in (
        f"/cases/{investigated}/?tab=limits",
        f"/cases/{investigated}/",
        f"/cases/{investigated}/print/summary",
    ):
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as few:
            client.get(path)
        row = Limit.objects.filter(case_id=investigated, state="running").first()
        assert row is not None
        made = [
            Limit(
                **{
                    field.attname: getattr(row, field.attname)
                    for field in Limit._meta.fields
                    if field.name != "id"
                }
            )
            for _ in range(30)
        ]
        for number, one in enumerate(made):
            one.rule = f"{row.rule}-{number}-{path[-3:]}"
        Limit.objects.bulk_create(made)
        with CaptureQueriesContext(connection) as many:
            client.get(path)
        assert len(many) == len(few), path


def test_a_source_outside_the_texts_is_named_wherever_the_limit_stands(
    sign_in: Callable[[str], Client], people: People, investigated: UUID
) -> None:
    from antong.cases.models import Limit

    found = timelimit.answer("first-instance-2m", {"accepted_on": "2026-03-02", "in_custody": True})
    told = "关于严格执行案件审理期限制度的若干规定（法释〔2000〕29号第八条），见于网页副本，未核对原文，可信程度中"
    assert found.derivation[-1] == f"平台外依据：{told}"
    Limit.objects.create(
        case_id=investigated, rule="first-instance-2m", name="一审", unit_id=people["zhencha"].unit_id, due_at=found.due_at,
        articles=list(found.articles), derivation=list(found.derivation), facts={"accepted_on": "2026-03-02", "in_custody": True},
        opened_at=datetime(2026, 3, 2, tzinfo=UTC),
    )  # fmt: skip
    client = sign_in("zhencha")
    for path in ("?tab=limits", "?tab=people", "print/summary"):
        page = client.get(f"/cases/{investigated}/{path}").content.decode()
        assert "平台外依据" in page, path
        assert told in page, path
    shown = lanes(cases.living_sheet(investigated), cases.limits_of(investigated), Asked())
    assert shown is not None
    assert shown.outside == 1


def test_a_clock_that_rests_has_no_end_and_leaves_nobody_bare(people: People, investigated: UUID) -> None:
    from antong.cases.models import Limit

    first = cases.living_sheet(investigated).suspects[0].id
    stage = Limit.objects.filter(case_id=investigated, party_id=first, rule__startswith="arrest-request")
    assert stage.update(state="suspended", closed_at=clock.now(), close_reason="精神病鉴定") == 1
    with clock.set_to(clock.now() + timedelta(days=90)):
        shown = lanes(cases.living_sheet(investigated), cases.limits_of(investigated), Asked(every=True))
    assert shown is not None
    resting, other = shown.rows
    assert resting.rests
    assert resting.due is None
    assert not any(part.look == "none" for part in resting.segments)
    assert any(part.look == "none" for part in other.segments)
    (one,) = [row for row in resting.clocks if row.limit.suspended]
    assert one.further == "中止中，恢复后接着计算"
    assert one.stops, "the rest is hatched"


def test_of_many_clocks_those_of_custody_are_never_left_out(investigated: UUID) -> None:
    shown = lanes(cases.living_sheet(investigated), cases.limits_of(investigated), Asked(most=1))
    assert shown is not None
    for lane in shown.rows:
        assert [one.limit.of_stage for one in lane.clocks] == [True]
        assert lane.more > 0
