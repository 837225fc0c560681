"""Numbers of documents: no gap, no double, also when many issue at once and some of them fail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.models import Document, NumberCounter
from antong.flow import actions, selectors
from antong.flow.types import Done
from antong.kernel import clock
from antong.kernel.refusal import Refusal, Stale
from antong.ledger import selectors as ledger
from meeting import at_once
from walking import send_up, theft

People = dict[str, Any]
THREADS, EACH = 8, 3


class GivenUp(Exception):
    """The transaction of an act fails after the act."""


@pytest.fixture
def crowd(apart: UUID) -> People:
    """The people of the story, in the copy."""
    from antong.demo import carriage

    return carriage.actors()


def issued(year: int) -> list[int]:
    rows = Document.objects.filter(kind="filing-decision", year=year, seq__isnull=False)
    return sorted(rows.values_list("seq", flat=True))


def approve(people: People, done: Done, **facts: Any) -> Done:
    return actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version, **facts)


def approve_in_vain(people: People, done: Done) -> None:
    """Approve, and let the transaction fail after the document has its number."""
    with suppress(GivenUp), transaction.atomic():
        approve(people, done)
        raise GivenUp


def test_eight_issue_at_once_and_some_fail(crowd: People) -> None:
    """Every third act of each thread is rolled back after its document was numbered."""
    ready = [
        [send_up(crowd, theft(crowd, [f"甲{thread}{index}"]), "filing") for index in range(EACH)]
        for thread in range(THREADS)
    ]
    year = clock.local(clock.now()).year
    first = len(issued(year))

    def work(mine: list[Done]) -> Callable[[], None]:
        def run() -> None:
            for index, done in enumerate(mine):
                if index == 1:
                    approve_in_vain(crowd, done)
                else:
                    approve(crowd, done)

        return run

    found = at_once([work(mine) for mine in ready])
    assert found == [None] * THREADS
    assert issued(year) == list(range(1, first + THREADS * (EACH - 1) + 1))
    for mine in ready:
        approve(crowd, mine[1])
    assert issued(year) == list(range(1, first + THREADS * EACH + 1))
    numbers = Document.objects.exclude(number="").values_list("number", flat=True)
    assert len(set(numbers)) == len(numbers)
    for mine in ready:
        for done in mine:
            case_id = selectors.handover(crowd["juzhang"], done.handover_id)[0].case_id
            assert ledger.audit(case_id) == []


def test_an_issue_that_fails_leaves_no_gap(people: People, new_case: Callable[..., UUID]) -> None:
    one, two = (send_up(people, new_case((name,)), "filing") for name in ("甲", "乙"))
    year = clock.local(clock.now()).year
    before = issued(year)
    approve_in_vain(people, one)
    assert issued(year) == before
    approve(people, two)
    approve(people, one)
    assert issued(year) == list(range(1, len(before) + 3))


def test_the_year_is_that_of_the_act_and_has_a_series_of_its_own(
    people: People, new_case: Callable[..., UUID]
) -> None:
    """Decided on the last evening of a year, entered in the new one."""
    now = clock.local(clock.now())
    new_year = clock.at(now.year, 1, 1)
    kinds = NumberCounter.objects.filter(kind="filing-decision", unit_id=people["juzhang"].unit_id)
    last = dict(kinds.values_list("year", "last"))
    for at, year in (
        (new_year - timedelta(minutes=1), now.year - 1),
        (new_year, now.year),
        (new_year - timedelta(seconds=1), now.year - 1),
    ):
        made = actions.compose(people["zhencha"], case_id=new_case(("甲",)), flow="filing")
        done = actions.submit(
            people["zhencha"],
            handover_id=made.handover_id,
            version=made.version,
            happened_at=at - timedelta(hours=1),
            late_reason="补录",
        )
        approve(people, done, happened_at=at, late_reason="补录")
        last[year] = last.get(year, 0) + 1
        (document,) = dossier.documents_by_id(
            selectors.handover(people["juzhang"], done.handover_id)[0].case_id,
            selectors.handover(people["juzhang"], done.handover_id)[0].document_ids,
        )
        assert f"〔{year}〕" in document.number
        assert document.number.endswith(f"{last[year]}号")
    assert dict(kinds.values_list("year", "last")) == last


def test_a_stale_revision_is_refused_and_nothing_changes(people: People, investigated: UUID) -> None:
    actor = people["zhencha"]
    draft = actions.draft_document(
        actor, case_id=investigated, kind="indictment-opinion", party_ids=[], fields={"evidence": "甲"}
    )
    fields = {**draft.fields, "evidence": "乙"}
    revised = dossier_actions.revise(actor, document_id=draft.id, version=draft.version, fields=fields)
    with pytest.raises(Stale) as refused:
        dossier_actions.revise(
            actor, document_id=draft.id, version=draft.version, fields={**fields, "evidence": "丙"}
        )
    assert refused.value.current_version == revised.version
    assert dossier.document(investigated, draft.id) == revised


def test_what_is_issued_is_not_revised_nor_issued_twice(people: People, investigated: UUID) -> None:
    actor = people["zhencha"]
    for document in dossier.documents(investigated, kinds={"filing-decision"}):
        with pytest.raises(Refusal):
            dossier_actions.revise(
                people["juzhang"], document_id=document.id, version=document.version, fields={}
            )
    draft = actions.draft_document(
        actor, case_id=investigated, kind=draftable_alone(people, investigated), party_ids=[], fields={}
    )
    done = actions.issue_document(actor, case_id=investigated, document_id=draft.id, version=draft.version)
    assert done.state == "issued"
    with pytest.raises(Refusal):
        actions.issue_document(actor, case_id=investigated, document_id=draft.id, version=done.version)


def draftable_alone(people: People, case_id: UUID) -> str:
    """A kind with a number that an officer issues without a hand-over, and that needs nothing typed."""
    from antong.cases import access
    from antong.org.types import Permission

    case = access.case_for(people["zhencha"], case_id, Permission.CASE_READ)
    return next(
        kind.key
        for kind in selectors.draftable(people["zhencha"], case)
        if kind.series and not any(field.required and not field.default for field in kind.fields)
    )
