"""Running limits are computed again when a year is announced: in batches, resumed where it was, said to the handler."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from antong.cases import _anew, actions
from antong.cases import selectors as cases
from antong.cases.models import CalendarNotice, Limit, LimitMove, Recount
from antong.kernel import clock
from antong.kernel.refusal import Refusal
from antong.law import batch, calendar, timelimit
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org.models import Notice
from law.test_notices import notice

People = dict[str, Any]
NOW = timedelta()


@pytest.fixture(autouse=True)
def _calendar_of_the_package() -> Iterator[None]:
    yield
    calendar.bring(())
    batch.prepare((), ())


def limit(case_id: UUID, unit_id: UUID, rule: str, number: int = 0, **facts: Any) -> Limit:
    """Store a running limit as an act would."""
    answer = timelimit.answer(rule, facts)
    told = answer.as_json()
    party = cases.living_sheet(case_id).suspects[number].id
    return Limit.objects.create(
        case_id=case_id, party_id=party, rule=rule, name=answer.name, unit_id=unit_id, facts=facts, due_at=answer.due_at,
        in_custody=bool(facts.get("in_custody")), articles=told["articles"], derivation=told["derivation"], alternatives=told["alternatives"],
        table_version=answer.table_version, opened_at=clock.now(),
    )  # fmt: skip


def test_what_a_notice_moves_is_written_listed_and_said(people: People, investigated: UUID) -> None:
    unit = people["zhencha"].unit_id
    free = limit(investigated, unit, "prosecution-review-1m", received_on="2030-12-24", in_custody=False)
    held = limit(investigated, unit, "prosecution-review-1m", 1, received_on="2030-12-24", in_custody=True)
    actions.bring_notice(notice(), by="操作员")
    actions.take_notices()
    assert actions.recount(processes=0, wait=NOW) == 1
    was, held_was = free.due_at, held.due_at
    free.refresh_from_db()
    held.refresh_from_db()
    assert clock.local(was).date() == date(2031, 1, 25)
    assert clock.local(free.due_at).date() == date(2031, 1, 31), "the first working day is the 30th"
    assert held.due_at == held_was, "custody moves by no calendar"
    assert free.table_version == held.table_version == timelimit.version()
    move = LimitMove.objects.get()
    assert (move.limit_id, move.was_due_at, move.due_at, move.why) == (
        free.id,
        was,
        free.due_at,
        "放假安排公布或者更正",
    )
    entry = ledger.entries(investigated, most=1)[0]
    assert entry.act == "limits.recount"
    assert entry.after is not None
    assert [row["id"] for row in entry.after["limits_moved"]] == [str(free.id)]
    told = Notice.objects.get(kind="limit-moved")
    assert told.to_person_id == people["zhencha"].person_id
    assert "放假安排公布或者更正" in told.title
    assert ledger.entries(SYSTEM_CHAIN, most=1)[0].act == "limits.recounted"
    running = Limit.objects.filter(state="running")
    assert not running.exclude(table_version=timelimit.version()).exists()
    assert actions.recount(processes=0, wait=NOW) == 0
    assert Recount.objects.filter(version=timelimit.version()).count() == 1


def test_the_calendar_is_only_done_once_every_process_has_looked(investigated: UUID) -> None:
    actions.recount(processes=0)
    run = Recount.objects.latest("started_at")
    assert run.finished_at is None
    stale = Limit.objects.filter(case_id=investigated, state="running").first()
    assert stale is not None
    Limit.objects.filter(id=stale.id).update(table_version="of-before")  # a process that had not looked yet
    with clock.set_to(clock.now() + timedelta(seconds=61)):
        actions.recount(processes=0)
    run.refresh_from_db()
    stale.refresh_from_db()
    assert run.finished_at is not None
    assert stale.table_version == timelimit.version()


def test_interrupted_it_goes_on_where_it_was(
    people: People, investigated: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = people["zhencha"].unit_id
    for number in range(2):
        limit(investigated, unit, "prosecution-review-1m", number, received_on="2030-12-24", in_custody=False)
    Limit.objects.filter(state="running").update(table_version="of-before")
    actions.bring_notice(notice(), by="操作员")
    actions.take_notices()
    monkeypatch.setattr(_anew, "BATCH", 1)
    real, done = _anew._do, []

    def once(run: Recount, rows: Any, pool: Any) -> None:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(rows[0].id)
        real(run, rows, pool)

    monkeypatch.setattr(_anew, "_do", once)
    with pytest.raises(KeyboardInterrupt):
        actions.recount(processes=0, wait=NOW)
    assert Recount.objects.latest("started_at").seen == 3
    done.clear()
    monkeypatch.setattr(
        _anew, "_do", lambda run, rows, pool: (done.append(rows[0].id), real(run, rows, pool))
    )
    actions.recount(processes=0, wait=NOW)
    assert len(done) == len(set(done))
    run = Recount.objects.latest("started_at")
    assert run.seen == 3 + len(done) == Limit.objects.filter(state="running").count()
    assert run.moved == 2
    assert LimitMove.objects.count() == 2


def test_processes_of_their_own_answer_the_same(people: People, investigated: UUID) -> None:
    free = limit(
        investigated, people["zhencha"].unit_id, "prosecution-review-1m", received_on="2030-12-24", in_custody=False
    )  # fmt: skip
    actions.bring_notice(notice(), by="操作员")
    actions.take_notices()
    assert actions.recount(processes=1, wait=NOW) == 1
    free.refresh_from_db()
    assert clock.local(free.due_at).date() == date(2031, 1, 31)


def test_what_the_law_refuses_now_stands_and_is_counted(people: People, investigated: UUID) -> None:
    one = limit(investigated, people["zhencha"].unit_id, "counsel-notice-3d", received_on="2026-03-02")
    Limit.objects.filter(id=one.id).update(facts={}, table_version="of-before")
    actions.recount(processes=0, wait=NOW)
    run = Recount.objects.latest("started_at")
    assert run.refused == 1
    again = Limit.objects.get(id=one.id)
    assert again.due_at == one.due_at


def test_a_notice_that_says_nothing_new_is_refused_a_correction_is_taken(db: None) -> None:
    actions.bring_notice(notice(), by="操作员")
    with pytest.raises(Refusal) as refused:
        actions.bring_notice(notice(), by="操作员")
    assert refused.value.code == "calendar-known"
    actions.bring_notice(
        notice(number="国办发明电〔2031〕1号", issued_on="2031-01-20", work=["2031-10-11"]), by="乙"
    )
    row = CalendarNotice.objects.get()
    assert (row.number, row.brought_by) == ("国办发明电〔2031〕1号", "乙")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("2026-12/aaaa", "2026-12/bbbb", "放假安排公布或者更正"),
        ("2026-12/aaaa", "2027-01/aaaa", "期限规则表更新"),
        ("2026-12/aaaa", "2026-12/aaaa/cccc", "所选算法变更"),
        ("2026-12/aaaa", "2027-01/bbbb", "期限规则表更新、放假安排公布或者更正"),
        ("2026-12", "2026-12/aaaa", "期限规则或者放假安排更新"),
    ],
)
def test_why_is_what_is_another_than_before(before: str, after: str, said: str) -> None:
    assert _anew.why_of(before, after) == said


def test_the_next_end_is_what_an_act_would_derive(people: People, investigated: UUID) -> None:
    from antong.cases import _derive
    from antong.cases.models import Grant

    def shown() -> list[tuple[Any, ...]]:
        rows = Grant.objects.filter(case_id=investigated).order_by("unit_id")
        return list(rows.values_list("unit_id", "next_due", "next_due_name"))

    limit(investigated, people["zhencha"].unit_id, "summons-12h", arrived_at="2026-01-05T08:00")
    limit(
        investigated,
        people["anguan"].unit_id,
        "arrest-review-7d",
        request_received_on="2026-01-05",
        in_custody=True,
    )
    _derive.derive_due([investigated])
    first = shown()
    Grant.objects.filter(case_id=investigated).update(next_due_name="…")
    _derive.derive(investigated, same_version=True)
    assert shown() == first
