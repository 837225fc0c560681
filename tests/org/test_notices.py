"""Notices reach a unit or one person of it, and nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotFound
from antong.org import actions, selectors
from antong.org.models import Notice


def tell(people: dict[str, Any], **changes: Any) -> None:
    values: dict[str, Any] = {
        "to_units": [people["faguan"].unit_id],
        "kind": "nudge",
        "title": "催办：一审",
        "answer_by": clock.now() + timedelta(days=1),
        "escalate_to": people["jiandu"].unit_id,
    }
    actions.notify(people["zhencha"], **{**values, **changes})


def test_many_units_cost_one_statement(people: dict[str, Any]) -> None:
    with CaptureQueriesContext(connection) as seen:
        tell(people, to_units=[people[who].unit_id for who in ("faguan", "anguan", "kanshou")])
    assert len(seen) == 1
    assert Notice.objects.filter(kind="nudge").count() == 3


def test_a_unit_reads_it_once(people: dict[str, Any]) -> None:
    judge, clerk, stranger = people["faguan"], people["lian"], people["anguan"]
    before = selectors.unread_count(judge)
    tell(people)
    assert selectors.unread_count(judge) == selectors.unread_count(clerk) == before + 1
    assert not [row for row in selectors.notices(stranger)[0] if row.title == "催办：一审"]
    row = selectors.notices(judge, unread=True)[0][0]
    assert (row.title, row.answer_by is not None) == ("催办：一审", True)
    with pytest.raises(NotFound):
        actions.read_notice(stranger, row.id)
    actions.read_notice(clerk, row.id)
    first = Notice.objects.get(id=row.id).read_at
    actions.read_notice(judge, row.id)
    assert Notice.objects.get(id=row.id).read_at == first
    assert Notice.objects.get(id=row.id).read_by == clerk.person_id
    assert selectors.unread_count(judge) == before


def test_a_person_reads_the_own(people: dict[str, Any]) -> None:
    tell(people, to_person=people["faguan"].person_id)
    row = selectors.notices(people["faguan"])[0][0]
    assert row.id not in {other.id for other in selectors.notices(people["lian"])[0]}
    with pytest.raises(NotFound):
        actions.read_notice(people["lian"], row.id)


def test_counting_is_one_statement_and_stops(people: dict[str, Any]) -> None:
    for _ in range(12):
        tell(people, to_units=[people["faguan"].unit_id] * 10)
    with CaptureQueriesContext(connection) as seen:
        assert selectors.unread_count(people["faguan"]) == 100
    assert len(seen) == 1


def test_preferences_take_known_words_only(people: dict[str, Any]) -> None:
    actor = people["faguan"]
    actions.set_preferences(actor, {"density": "compact"})
    assert actions.set_preferences(actor, {"type": "large"}) == {"density": "compact", "type": "large"}
    with pytest.raises(BadInput):
        actions.set_preferences(actor, {"density": "<script>"})
    facts = selectors.session_for(actor.person_id, actor.duty_id)
    assert facts is not None
    assert facts.preferences == {"density": "compact", "type": "large"}
