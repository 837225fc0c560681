"""Units, posts and counterparts as the system administrator changes them; what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from antong.flow import actions as flow
from antong.kernel import clock
from antong.kernel.actor import Actor, Rank
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal, Stale
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions, selectors
from antong.org.models import Counterpart, Duty, Post, Unit
from antong.org.types import ROLES_OF_KIND, Role, UnitKind

People = dict[str, Actor]


def unit_of(code: str) -> UUID:
    return Unit.objects.get(code=code).id


def fields(**changes: Any) -> dict[str, Any]:
    given = {
        "code": "990121t1", "name": "青岚县公安局河东派出所", "short_name": "河东所", "kind": "police_station", "level": "town",
        "county_code": "990121", "initials_": "青公", "parent_id": unit_of("990121ga"),
    }  # fmt: skip
    return given | changes


def made(people: People, **changes: Any) -> UUID:
    return actions.new_unit(people["xitong"], **fields(**changes))


def last_act() -> tuple[str, Any]:
    entry = ledger.entries(SYSTEM_CHAIN, most=1)[0]
    return entry.act, entry.after


def test_a_unit_from_its_first_day_to_its_last(people: People) -> None:
    admin = people["xitong"]
    unit_id = made(people)
    assert selectors.find_units("qlxgajhd")[0].id == unit_id
    assert selectors.bureau_of(unit_id).code == "990121ga"
    post_id = actions.new_post(admin, unit_id=unit_id, name="办案民警1", role="investigator")
    person = selectors.people_of(unit_of("990122xz"))[0].person_id
    actions.assign_duty(admin, post_id=post_id, person_id=person, rank=Rank.PRIMARY)
    sheet = selectors.unit_sheet(unit_id)
    assert [(one.name, [who.person_id for who in one.holders]) for one in sheet.posts] == [
        ("办案民警1", [person])
    ]
    actions.set_counterparts(
        admin, unit_id=unit_id, other_ids=[unit_of("990121ks"), unit_of("990121jc")], shown=[]
    )
    assert [one.code for one in selectors.unit_sheet(unit_id).counterparts] == ["990121ks", "990121jc"]
    actions.rename_unit(
        admin, unit_id=unit_id, name="青岚县公安局东城派出所", short_name="东城所", initials_="青公"
    )
    assert selectors.find_units("qlxgajdc")[0].short_name == "东城所"
    flow.close_unit(admin, unit_id=unit_id)
    assert not selectors.unit(unit_id).is_active
    assert not selectors.people_of(unit_id)
    assert [one.person_id for one in selectors.unit_sheet(unit_id).former] == [person]
    act, after = last_act()
    assert act == "org.end-unit"
    assert len(after["duties"]) == 1
    with pytest.raises(NotFound):
        flow.close_unit(admin, unit_id=unit_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"), ({"name": "长" * 81}, "name"), ({"name": "青岚县公安局\u202e派出所"}, "name"),
        ({"name": "青岚县公安局"}, "name"), ({"code": "990121ga"}, "code"), ({"code": "代码"}, "code"), ({"code": ""}, "code"),
        ({"kind": "castle"}, "kind"), ({"level": ""}, "level"), ({"county_code": "99012"}, "county_code"),
        ({"parent_id": None}, "parent"), ({"parent_id": uuid4()}, "parent"), ({"initials_": "长" * 13}, "initials"),
    ],
)  # fmt: skip
def test_a_unit_that_is_not_right_is_refused_by_field(
    people: People, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        made(people, **changes)
    assert list(refused.value.fields) == [field]
    assert not Unit.objects.filter(code="990121t1").exists()


def test_every_fault_is_told_at_once(people: People) -> None:
    with pytest.raises(BadInput) as refused:
        made(people, name="", code="", kind="", county_code="")
    assert set(refused.value.fields) == {"name", "code", "kind", "county_code"}


def test_a_unit_with_cases_tasks_or_units_below_is_not_ended(people: People, investigated: UUID) -> None:
    admin = people["xitong"]
    before = ledger.last_number(SYSTEM_CHAIN)
    with pytest.raises(Refusal) as refused:
        flow.close_unit(admin, unit_id=people["zhencha"].unit_id)
    assert refused.value.code == "unit-has-cases"
    assert "在办案件" in refused.value.what
    with pytest.raises(Refusal) as refused:
        flow.close_unit(admin, unit_id=unit_of("990122ga"))
    assert refused.value.code == "unit-in-use"
    with pytest.raises(Refusal) as refused:
        flow.close_unit(admin, unit_id=admin.unit_id)
    assert refused.value.code == "unit-in-use"
    assert ledger.last_number(SYSTEM_CHAIN) == before


def test_posts_are_of_the_kind_of_unit_and_end_when_nobody_holds_them(people: People) -> None:
    admin, unit_id = people["xitong"], people["anguan"].unit_id
    for role in ("supervisor", "admin_system", "judge", ""):
        with pytest.raises(BadInput) as refused:
            actions.new_post(admin, unit_id=unit_id, name="新岗", role=role)
        assert "role" in refused.value.fields, role
    with pytest.raises(BadInput) as refused:
        actions.new_post(admin, unit_id=unit_id, name="案件管理", role="case_manager")
    assert refused.value.fields == {"name": "本单位已有这个岗位"}
    post_id = actions.new_post(admin, unit_id=unit_id, name="新岗", role="prosecutor")
    actions.end_post(admin, post_id=post_id)
    with pytest.raises(NotFound):
        actions.end_post(admin, post_id=post_id)
    with pytest.raises(BadInput) as refused:
        actions.new_post(admin, unit_id=unit_id, name="新岗", role="prosecutor")
    assert "已撤销" in refused.value.fields["name"]
    with pytest.raises(Refusal) as held:
        actions.end_post(admin, post_id=people["anguan"].post_id)
    assert held.value.code == "post-held"
    assert any(people["anguan"].person_name in line for line in held.value.items)


def test_every_post_of_the_prefecture_fits_its_unit(people: People) -> None:
    for kind, role in Post.objects.values_list("unit__kind", "role").distinct():
        assert Role(role) in ROLES_OF_KIND[UnitKind(kind)], (kind, role)


def test_counterparts_that_are_not_right_leave_those_there_are(people: People) -> None:
    admin, unit_id = people["xitong"], people["zhencha"].unit_id
    before = list(Counterpart.objects.filter(unit_id=unit_id).values_list("other_id", flat=True))
    assert before
    for wrong in ([unit_id], [uuid4()], [*before, unit_id]):
        with pytest.raises(BadInput):
            actions.set_counterparts(admin, unit_id=unit_id, other_ids=wrong)
    with pytest.raises(Stale):
        actions.set_counterparts(admin, unit_id=unit_id, other_ids=before, shown=[])
    assert list(Counterpart.objects.filter(unit_id=unit_id).values_list("other_id", flat=True)) == before


def test_a_name_somebody_else_has_changed_is_not_overwritten(people: People) -> None:
    with pytest.raises(Stale):
        actions.rename_unit(
            people["xitong"],
            unit_id=unit_of("990121jc"),
            name="新名",
            short_name="新",
            initials_="新",
            shown="旧名",
        )


ACTS: list[Callable[[Actor, UUID], Any]] = [
    lambda who, _: actions.new_unit(who, **fields()),
    lambda who, unit: actions.rename_unit(who, unit_id=unit, name="甲", short_name="甲", initials_="甲"),
    lambda who, unit: actions.new_post(who, unit_id=unit, name="甲", role="prosecutor"),
    lambda who, unit: actions.end_post(who, post_id=Post.objects.filter(unit_id=unit).first().id),  # type: ignore[union-attr]
    lambda who, unit: actions.set_counterparts(who, unit_id=unit, other_ids=[]),
    lambda who, unit: actions.end_unit(who, unit_id=unit),
    lambda who, unit: flow.close_unit(who, unit_id=unit),
]


@pytest.mark.parametrize("act", ACTS)
def test_nobody_else_may(people: People, act: Callable[[Actor, UUID], Any]) -> None:
    unit_id = people["anguan"].unit_id
    for who in ("anquan", "shenji", "jianchazhang", "jiandu"):
        with pytest.raises(NotPermitted):
            act(people[who], unit_id)
    Duty.objects.filter(id=people["xitong"].duty_id).update(valid_until=clock.now())
    with pytest.raises(NotPermitted) as refused:
        act(people["xitong"], unit_id)
    assert refused.value.code == "duty-ended"
