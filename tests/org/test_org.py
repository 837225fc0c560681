"""Duties, delegations, passwords, and the model prefecture."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from antong.demo import prefecture, seed
from antong.kernel import clock
from antong.kernel.actor import Rank
from antong.kernel.refusal import BadInput, NotFound
from antong.org import actions, selectors
from antong.org.types import ROLE_PERMISSIONS, Permission, Role, UnitKind

People = dict[str, Any]


def test_the_prefecture_is_whole_and_the_same_every_time() -> None:
    now = clock.at(2026, 1, 1)
    one, two = prefecture.build(now), prefecture.build(now)
    assert [row.id for row in one.people] == [row.id for row in two.people]
    assert len(one.units) >= 60
    assert len(one.people) >= 200
    kinds = {unit.kind for unit in one.units}
    assert kinds == set(UnitKind)
    deciding = {Role.POLICE_LEADER, Role.PROCURATORATE_LEADER, Role.COURT_LEADER, Role.DETENTION_LEADER}
    backed = {duty.post_id for duty in one.duties if duty.rank is Rank.BACKUP}
    assert all(post.id in backed for post in one.posts if post.role in deciding)


def test_no_password_is_ever_the_same_and_none_is_printed_outside_the_demonstration(
    passwords: dict[str, str],
) -> None:
    assert len(set(passwords.values())) == len(passwords) == len(seed.LOGINS)
    assert all(len(password) >= 16 for password in passwords.values())
    settings.ANTONG_DEMO = False
    try:
        assert seed.logins() == []
    finally:
        settings.ANTONG_DEMO = True


def test_administrators_have_no_permission_on_cases() -> None:
    for role in (Role.ADMIN_AUDIT, Role.ADMIN_SECURITY, Role.ADMIN_SYSTEM):
        assert not any(
            one.value.startswith(("case", "content", "dossier", "handover", "document"))
            for one in ROLE_PERMISSIONS[role]
        )
    assert list(Permission) == sorted(Permission)


def test_a_post_has_one_primary(people: People) -> None:
    actor = people["xitong"]
    with pytest.raises(BadInput):
        actions.assign_duty(
            actor, post_id=people["anguan"].post_id, person_id=people["faguan"].person_id, rank=Rank.PRIMARY
        )


def test_a_delegate_acts_on_behalf_between_two_instants(people: People) -> None:
    chief, other = people["juzhang"], people["fazhi"]
    now = clock.now()
    actions.delegate(
        chief,
        duty_id=chief.duty_id,
        to_person=other.person_id,
        starts_at=now,
        ends_at=now + timedelta(days=3),
        reason="年休假",
    )
    acting = selectors.actor_for(other.person_id, chief.duty_id)
    assert acting is not None
    assert acting.on_behalf_of == chief.person_id
    with clock.set_to(now + timedelta(days=4)):
        assert selectors.actor_for(other.person_id, chief.duty_id) is None
    with pytest.raises(NotFound):
        actions.delegate(
            other,
            duty_id=chief.duty_id,
            to_person=other.person_id,
            starts_at=now,
            ends_at=now + timedelta(days=1),
            reason="x",
        )


def test_somebody_is_on_duty_day_and_night(people: People) -> None:
    unit = people["kanshou"].unit_id
    for hours in range(0, 240, 5):
        assert selectors.on_duty(unit, clock.now() + timedelta(hours=hours))


def test_a_squad_reaches_its_bureau_and_counterparts(people: People) -> None:
    squad = people["zhencha"].unit_id
    assert selectors.bureau_of(squad).id == people["juzhang"].unit_id
    assert (
        selectors.counterparts(people["juzhang"].unit_id, [UnitKind.PROCURATORATE])[0].id
        == people["anguan"].unit_id
    )
    assert [duty.rank for duty in selectors.approvers_for(squad, Role.POLICE_LEADER)] == [
        Rank.PRIMARY,
        Rank.BACKUP,
    ]
