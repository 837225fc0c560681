"""The statement that finds one case says what the list of cases says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from antong.cases import access
from antong.cases import selectors as cases
from antong.cases.models import Grant
from antong.cases.types import GrantRole
from antong.kernel import clock
from antong.kernel.refusal import NotFound
from antong.org.types import Permission

People = dict[str, Any]
EVERYBODY = (
    "zhencha",
    "fuzhu",
    "juzhang",
    "fazhi",
    "jiandu",
    "anguan",
    "lian",
    "kanshou",
    "jianyu",
    "jiaozheng",
)


def found(actor: Any, case_id: UUID) -> bool:
    try:
        return access.case_for(actor, case_id, Permission.CASE_READ).id == case_id
    except NotFound:
        return False


def overseeing(actor: Any, case_id: UUID) -> bool:
    seen = access.named("c.id", as_role=True)
    values = {"unit": actor.unit_id, "now": clock.now(), "role": GrantRole.SUPERVISION.value, "case": case_id}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM cases_case c {seen} WHERE c.id = %(case)s", values)
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("changes", [
    {}, {"sealed": True}, {"until_at": timedelta(seconds=-1)}, {"until_at": timedelta(hours=1)},
    {"sealed": True, "until_at": timedelta(hours=1)}, {"from_at": timedelta(days=-400), "until_at": timedelta(days=-1)},
])  # fmt: skip
def test_one_case_is_found_where_the_list_shows_it(
    people: People, new_case: Callable[..., UUID], changes: dict[str, Any]
) -> None:
    case_id = new_case()
    now = clock.now()
    rows = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    if rows:
        Grant.objects.filter(case_id=case_id).update(**{"from_at": now - timedelta(days=1), **rows})
    seen = {
        who: access.visible_to(people[who]).filter(case_id=case_id).exists()
        for who in EVERYBODY
        if Permission.CASE_READ in people[who].permissions
    }
    assert {who: found(people[who], case_id) for who in seen} == seen
    assert {who: case_id in cases.briefs(people[who], {case_id}) for who in seen} == seen
    overseen = {
        who: access.visible_to(people[who]).filter(case_id=case_id, role=GrantRole.SUPERVISION).exists()
        for who in seen
    }
    assert {who: overseeing(people[who], case_id) for who in seen} == overseen
    assert len(set(seen.values())) == (1 if changes and not rows_show(changes) else 2)


def rows_show(changes: dict[str, Any]) -> bool:
    """Whether grants changed so still show the case to those who have one."""
    return not changes.get("sealed") and changes.get("until_at", timedelta(1)) > timedelta()


def test_a_case_is_locked_in_a_transaction_only(
    people: People, new_case: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = new_case()
    with monkeypatch.context() as patched:
        patched.setattr(connections["default"], "in_atomic_block", False)
        with pytest.raises(RuntimeError):
            access.case_for(people["zhencha"], case_id, Permission.CASE_READ, lock=True)
