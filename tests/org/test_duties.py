"""Posts, A and B, delegations, and that an ended duty ends at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from antong.kernel import clock
from antong.kernel.actor import Rank
from antong.kernel.refusal import BadInput, NotFound, NotPermitted
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import access, actions, selectors
from antong.org.models import Delegation, Duty, Person, Post, Unit
from antong.org.types import ADMIN_ROLES, ROLE_PERMISSIONS, Permission, Role

People = dict[str, Any]


def post_of(people: People, who: str) -> UUID:
    post_id: UUID = people[who].post_id
    return post_id


def someone(people: People) -> UUID:
    """An investigator of another county, without a login."""
    row = Duty.objects.filter(post__role=Role.INVESTIGATOR, post__unit__county_code="990127").first()
    assert row is not None
    return row.person_id


def test_require_costs_one_statement_and_actor_for_two_at_most(people: People) -> None:
    actor = people["zhencha"]
    with CaptureQueriesContext(connection) as seen:
        access.require(actor, Permission.CASE_READ)
    assert len(seen) == 1
    with CaptureQueriesContext(connection) as seen:
        assert selectors.actor_for(actor.person_id, actor.duty_id) == actor
    assert len(seen) == 1


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_words_and_permissions(role: Role) -> None:
    assert role.label != role.value
    assert ROLE_PERMISSIONS[role]


def test_administrators_have_no_permission_on_cases_and_keep_apart() -> None:
    sorts = (
        "case:",
        "content:",
        "dossier:",
        "document:",
        "handover:",
        "measure:",
        "ledger:",
        "supervise:",
        "task:",
    )
    for role in ADMIN_ROLES:
        assert not [p for p in ROLE_PERMISSIONS[role] if p.startswith(sorts)], role
    # to end a token of a system, or to take a terminal back, is a brake that both have; neither puts one in force alone
    brakes = {Permission.TOKEN_REVOKE, Permission.TERMINAL_MANAGE}
    shared = {Permission.SELF_MANAGE, Permission.NOTICE_READ, *brakes}
    own = [ROLE_PERMISSIONS[role] - shared for role in ADMIN_ROLES]
    assert sum(len(each) for each in own) == len(frozenset().union(*own))


def test_permissions_are_alphabetical_and_well_formed() -> None:
    values = [permission.value for permission in Permission]
    assert values == sorted(values)
    assert all(value.count(":") == 1 and value == value.lower() for value in values)


def test_who_enters_for_others_never_decides_or_sends() -> None:
    decides = {
        "handover:approve",
        "handover:send",
        "handover:receive",
        "handover:answer",
        "document:issue",
        "task:assign",
    }
    assert not decides & ROLE_PERMISSIONS[Role.AUXILIARY]


def test_supervisors_read_content_with_a_reason_only() -> None:
    assert Permission.CONTENT_READ not in ROLE_PERMISSIONS[Role.SUPERVISOR]
    assert Permission.CONTENT_READ_WITH_REASON in ROLE_PERMISSIONS[Role.SUPERVISOR]


def end_unit(actor: Any) -> None:
    Unit.objects.filter(id=actor.unit_id).update(valid_until=clock.now())


def end_post(actor: Any) -> None:
    Post.objects.filter(id=actor.post_id).update(valid_until=clock.now())


def end_duty(actor: Any) -> None:
    Duty.objects.filter(id=actor.duty_id).update(valid_until=clock.now())


def close_account(actor: Any) -> None:
    Person.objects.filter(id=actor.person_id).update(is_active=False)


@pytest.mark.parametrize("end", [end_unit, end_post, end_duty, close_account])
def test_what_ended_acts_no_more(people: People, end: Callable[[Any], None]) -> None:
    actor = people["zhencha"]
    end(actor)
    with pytest.raises(NotPermitted) as refused:
        access.require(actor, Permission.CASE_READ)
    assert refused.value.code == "duty-ended"
    assert selectors.actor_for(actor.person_id, actor.duty_id) is None
    assert not selectors.duties_of(actor.person_id)


def test_the_refusal_names_the_day_the_duty_ended(people: People) -> None:
    actor = people["zhencha"]
    Duty.objects.filter(id=actor.duty_id).update(valid_until=clock.at(2026, 3, 5, 9, 30))
    assert "已于2026年3月5日 09:30 终止" in access.refuse_ended(actor).what


def test_a_duty_is_not_borrowed(people: People) -> None:
    forged = replace(people["zhencha"], person_id=people["jianyu"].person_id)
    with pytest.raises(NotPermitted):
        access.require(forged, Permission.CASE_READ)


def test_a_permission_the_post_lacks(people: People) -> None:
    with pytest.raises(NotPermitted) as refused:
        access.require(people["zhencha"], Permission.HANDOVER_APPROVE)
    assert refused.value.code == "role-lacks-permission"
    assert refused.value.remedy
    assert refused.value.who


def test_approvers_a_before_b_and_a_squad_asks_its_bureau(people: People) -> None:
    found = selectors.approvers_for(people["zhencha"].unit_id, Role.POLICE_LEADER)
    assert [duty.rank for duty in found] == [Rank.PRIMARY, Rank.BACKUP]
    assert {duty.unit_id for duty in found} == {people["juzhang"].unit_id}
    assert selectors.bureau_of(people["zhencha"].unit_id).id == people["juzhang"].unit_id


class TestAssigning:
    """Giving and ending posts."""

    def test_given_ended_and_recorded(self, people: People) -> None:
        person, post = someone(people), post_of(people, "faguan")
        with pytest.raises(BadInput) as refused:
            actions.assign_duty(people["xitong"], post_id=post, person_id=person, rank=Rank.PRIMARY)
        assert refused.value.code == "post-has-primary"
        actions.end_duty(people["xitong"], duty_id=people["faguan"].duty_id)
        actions.assign_duty(people["xitong"], post_id=post, person_id=person, rank=Rank.PRIMARY)
        assert post in {duty.post_id for duty in selectors.duties_of(person)}
        acts = [entry.act for entry in ledger.entries(SYSTEM_CHAIN, most=2)]
        assert acts == ["org.assign-duty", "org.end-duty"]

    def test_no_second_a_while_the_first_has_days_left(self, people: People) -> None:
        until = clock.now() + timedelta(days=9)
        actions.end_duty(people["xitong"], duty_id=people["faguan"].duty_id, at=until)
        values = {"post_id": post_of(people, "faguan"), "person_id": someone(people), "rank": Rank.PRIMARY}
        with pytest.raises(BadInput) as refused:
            actions.assign_duty(people["xitong"], **values)
        assert refused.value.code == "post-has-primary"
        actions.assign_duty(people["xitong"], **values, valid_from=until)

    def test_the_database_itself_holds_one_a(self, people: People) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Duty.objects.create(
                post_id=post_of(people, "faguan"),
                person_id=someone(people),
                rank="primary",
                valid_from=clock.now(),
            )

    def test_not_the_same_post_twice(self, people: People) -> None:
        with pytest.raises(BadInput) as refused:
            actions.assign_duty(
                people["xitong"],
                post_id=post_of(people, "faguan"),
                person_id=people["faguan"].person_id,
                rank=Rank.BACKUP,
            )
        assert refused.value.code == "duty-exists"

    def test_not_to_a_post_that_ended(self, people: People) -> None:
        post = post_of(people, "faguan")
        Post.objects.filter(id=post).update(valid_until=clock.now() - timedelta(days=1))
        with pytest.raises(BadInput) as refused:
            actions.assign_duty(people["xitong"], post_id=post, person_id=someone(people), rank=Rank.BACKUP)
        assert refused.value.code == "post-ended"

    def test_an_end_before_the_beginning(self, people: People) -> None:
        with pytest.raises(BadInput):
            actions.end_duty(
                people["xitong"], duty_id=people["faguan"].duty_id, at=clock.now() - timedelta(days=36500)
            )

    def test_no_administrator_gives_or_ends_the_own_post(self, people: People) -> None:
        admin = people["xitong"]
        with pytest.raises(NotPermitted) as refused:
            actions.assign_duty(
                admin, post_id=post_of(people, "zhencha"), person_id=admin.person_id, rank=Rank.BACKUP
            )
        assert refused.value.code == "own-duty"
        with pytest.raises(BadInput):
            actions.end_duty(admin, duty_id=admin.duty_id)

    @pytest.mark.parametrize(
        ("who", "post"), [("anquan", "shenji"), ("shenji", "zhencha"), ("zhencha", "anquan")]
    )
    def test_administrators_stay_apart(self, people: People, who: str, post: str) -> None:
        with pytest.raises(NotPermitted) as refused:
            actions.assign_duty(
                people["xitong"],
                post_id=post_of(people, post),
                person_id=people[who].person_id,
                rank=Rank.BACKUP,
            )
        assert refused.value.code == "administrators-apart"

    @pytest.mark.parametrize("who", ["zhencha", "juzhang", "anquan", "shenji", "jiandu"])
    def test_nobody_else_assigns(self, people: People, who: str) -> None:
        with pytest.raises(NotPermitted):
            actions.assign_duty(
                people[who], post_id=post_of(people, "faguan"), person_id=someone(people), rank=Rank.BACKUP
            )


class TestAccounts:
    """What the security administrator does, and nobody else."""

    @pytest.mark.usefixtures("quick_hash")
    def test_a_new_password_is_random_and_ends_the_pause(self, people: People) -> None:
        person = people["faguan"].person_id
        for _ in range(5):
            with pytest.raises(BadInput):
                actions.sign_in("faguan", "wrong", "10.0.0.1")
        first = actions.reset_password(people["anquan"], person_id=person)
        second = actions.reset_password(people["anquan"], person_id=person)
        assert first != second
        signed = actions.sign_in("faguan", second, "10.0.0.1")
        assert signed.must_change_password
        with pytest.raises(BadInput):
            actions.sign_in("faguan", first, "10.0.0.1")

    def test_closing_ends_what_is_open(self, people: People) -> None:
        actor = people["faguan"]
        actions.set_active(people["anquan"], person_id=actor.person_id, active=False)
        assert selectors.actor_for(actor.person_id, actor.duty_id) is None
        actions.set_active(people["anquan"], person_id=actor.person_id, active=True)
        assert selectors.actor_for(actor.person_id, actor.duty_id) is not None

    def test_never_the_own_account(self, people: People) -> None:
        own = people["anquan"].person_id
        with pytest.raises(NotFound):
            actions.reset_password(people["anquan"], person_id=own)
        with pytest.raises(NotFound):
            actions.set_active(people["anquan"], person_id=own, active=False)

    @pytest.mark.parametrize("who", ["xitong", "shenji", "juzhang"])
    def test_nobody_else(self, people: People, who: str) -> None:
        with pytest.raises(NotPermitted):
            actions.reset_password(people[who], person_id=people["faguan"].person_id)


class TestDelegation:
    """One person acts for another's duty between two instants."""

    def lend(self, people: People, **changes: Any) -> Any:
        values = {
            "duty_id": people["juzhang"].duty_id,
            "to_person": people["fazhi"].person_id,
            "starts_at": clock.now() - timedelta(minutes=1),
            "ends_at": clock.now() + timedelta(days=3),
            "reason": "出差",
        }
        return actions.delegate(people["juzhang"], **{**values, **changes})

    def test_the_delegate_acts_on_behalf_until_it_ends(self, people: People) -> None:
        holder, person = people["juzhang"], people["fazhi"].person_id
        self.lend(people)
        assert [duty.id for duty in selectors.duties_of(person)] == [people["fazhi"].duty_id, holder.duty_id]
        with CaptureQueriesContext(connection) as seen:
            actor = selectors.actor_for(person, holder.duty_id)
        assert len(seen) == 1
        assert actor is not None
        assert (actor.person_name, actor.on_behalf_of) == (people["fazhi"].person_name, holder.person_id)
        access.require(actor, Permission.HANDOVER_APPROVE)
        with clock.set_to(clock.now() + timedelta(days=4)):
            assert selectors.actor_for(person, holder.duty_id) is None
            with pytest.raises(NotPermitted) as refused:
                access.require(actor, Permission.HANDOVER_APPROVE)
            assert "已于" in refused.value.what

    def test_a_closed_account_is_no_delegate(self, people: People) -> None:
        self.lend(people)
        person = people["fazhi"].person_id
        actor = selectors.actor_for(person, people["juzhang"].duty_id)
        assert actor is not None
        Person.objects.filter(id=person).update(is_active=False)
        assert selectors.actor_for(person, people["juzhang"].duty_id) is None
        with pytest.raises(NotPermitted):
            access.require(actor, Permission.HANDOVER_APPROVE)

    def test_it_is_not_passed_on(self, people: People) -> None:
        self.lend(people)
        delegate = selectors.actor_for(people["fazhi"].person_id, people["juzhang"].duty_id)
        assert delegate is not None
        with pytest.raises(NotFound):
            actions.delegate(
                delegate,
                duty_id=people["juzhang"].duty_id,
                to_person=people["zhencha"].person_id,
                starts_at=clock.now(),
                ends_at=clock.now() + timedelta(days=1),
                reason="转委托",
            )

    def test_not_another_ones_duty(self, people: People) -> None:
        with pytest.raises(NotFound):
            self.lend(people, duty_id=people["faguan"].duty_id)

    def test_not_to_nobody(self, people: People) -> None:
        with pytest.raises(NotFound):
            self.lend(people, to_person=people["juzhang"].duty_id)

    def test_not_to_an_administrator(self, people: People) -> None:
        with pytest.raises(NotPermitted):
            self.lend(people, to_person=people["xitong"].person_id)

    @pytest.mark.parametrize("field", ["ends_at", "reason", "to_person"])
    def test_each_wrong_field_is_named(self, people: People, field: str) -> None:
        wrong = {
            "ends_at": clock.now() - timedelta(days=2),
            "reason": "  ",
            "to_person": people["juzhang"].person_id,
        }
        with pytest.raises(BadInput) as refused:
            self.lend(people, **{field: wrong[field]})
        assert set(refused.value.fields) == {field}
        assert not Delegation.objects.exists()
