"""What finds a case: the index says the same as looking through every case, whatever is typed and however rows change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antong.cases import access
from antong.cases import actions as case_actions
from antong.cases.models import Grant
from antong.cases.types import NewParty, PartyKind
from antong.kernel.actor import Actor
from antong.org.types import Permission

People = dict[str, Actor]


def looked_through(actor: Actor, text: str) -> set[UUID]:
    rows = access.visible_to(actor)
    for word in text.lower().split():
        rows = rows.filter(search__contains=word)
    return set(rows.values_list("id", flat=True))


def found(actor: Actor, text: str) -> set[UUID]:
    return set(access.found_by(actor, text).values_list("id", flat=True))


@pytest.fixture
def shelf(new_case: Callable[..., UUID]) -> list[UUID]:
    """Cases whose names share letters and pairs of letters."""
    return [new_case((name,)) for name in ("韩序舟", "舟序韩", "韩韩舟", "Abc 乙", "50%_甲")]


@pytest.mark.parametrize(
    "text", ["韩序", "序韩", "韩韩", "韩", "舟序 韩", "hxz", "ABC", "abc 乙", "0%", "%_", "%", "YL2026", "没有这个人", "盗窃案", "  "]
)  # fmt: skip
def test_the_index_finds_what_looking_through_finds(people: People, shelf: list[UUID], text: str) -> None:
    assert found(people["zhencha"], text) == looked_through(people["zhencha"], text)


@pytest.mark.parametrize("text", ["韩序舟", "甲案", "hxz", "YL2"])
def test_what_is_there_is_found(people: People, new_case: Callable[..., UUID], text: str) -> None:
    case_id = new_case(("韩序舟",))
    name = Grant.objects.get(case_id=case_id, unit_id=people["zhencha"].unit_id).search
    assert (text.lower() in name) is bool(
        found(people["zhencha"], text)
        & set(Grant.objects.filter(case_id=case_id).values_list("id", flat=True))
    )


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_part_of_what_a_case_is_found_by(people: People, shelf: list[UUID], data: st.DataObject) -> None:
    texts = list(Grant.objects.filter(case_id__in=shelf).values_list("search", flat=True))
    whole = data.draw(st.sampled_from(texts))
    start = data.draw(st.integers(0, len(whole) - 1))
    part = whole[start : start + data.draw(st.integers(1, 8))]
    assert found(people["zhencha"], part) == looked_through(people["zhencha"], part)


def test_a_new_name_is_found_and_the_old_one_no_more(people: People, new_case: Callable[..., UUID]) -> None:
    police, case_id = people["zhencha"], new_case(("韩序舟",))
    case = access.case_for(police, case_id, Permission.CASE_READ)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM cases_party WHERE case_id = %s AND kind = 'suspect'", [case_id])
        (party_id,) = cursor.fetchone()
    case_actions.amend_party(
        police, case_id=case_id, party_id=party_id, version=case.version,
        party=NewParty(kind=PartyKind.SUSPECT, name="费听白", charge_codes=()),
    )  # fmt: skip
    mine: Any = access.visible_to(police).get(case_id=case_id).id
    assert mine in found(police, "费听白")
    assert found(police, "韩序舟") == looked_through(police, "韩序舟")


def test_another_unit_finds_only_its_own(people: People, shelf: list[UUID]) -> None:
    assert found(people["anguan"], "韩序舟") == set()
    assert found(people["zhencha"], "韩序舟")


def test_a_search_reads_the_index(people: People, shelf: list[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN {access.PAIRS}",
            [people["zhencha"].unit_id, "韩序舟"],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "grant_search" in plan
