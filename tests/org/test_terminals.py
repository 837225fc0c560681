"""Registered terminals: made known once by a code, asked for at sign-in, taken back, never locking everybody out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions, selectors
from antong.org._rosters import MOST_BY_NAME
from antong.org._terminals import CODE_LIFE
from antong.org._values import TerminalCode
from antong.org.models import SignInAttempt, Terminal

People = dict[str, Actor]
ADDRESS = "10.9.8.7"
pytestmark = pytest.mark.django_db


def ends(days: int = 90) -> datetime:
    return clock.now() + timedelta(days=days)


def register(people: People, who: str = "faguan", name: str = "1 号机", days: int = 90) -> TerminalCode:
    return actions.register_terminal(
        people["xitong"], unit_id=people[who].unit_id, name=name, place="三楼 301", users="刑庭", valid_until=ends(days)
    )  # fmt: skip


def known(people: People, who: str = "faguan", name: str = "1 号机") -> tuple[UUID, str]:
    """Return a terminal of somebody's unit that was made known, and what its browser keeps."""
    made = register(people, who, name)
    return made.id, actions.enrol_terminal(made.code, ADDRESS)[0]


def enters(judge: Actor, secret: str = "") -> Actor:
    return actions.choose_duty(judge.person_id, judge.duty_id, terminal=secret)


def state(people: People, terminal_id: UUID) -> str:
    rows, _ = selectors.terminals(people["anquan"])
    return next(row.state.value for row in rows if row.id == terminal_id)


def code_of(act: Any) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    assert refused.value.basis
    assert refused.value.remedy
    return refused.value.code


def test_a_code_makes_one_machine_known_and_nothing_of_it_is_kept(people: People) -> None:
    made = register(people)
    assert state(people, made.id) == "waiting"
    secret, until = actions.enrol_terminal(f" {made.code.lower().replace('-', ' ')} ", ADDRESS)
    assert until == Terminal.objects.get(id=made.id).valid_until
    assert state(people, made.id) == "in_force"
    shown = selectors.terminal_of(secret)
    assert shown is not None
    assert (shown.name, shown.unit_id) == ("1 号机", people["faguan"].unit_id)
    row = Terminal.objects.filter(id=made.id).values().get()
    assert made.code not in str(row)
    assert secret not in str(row)
    assert [one.act for one in ledger.entries(SYSTEM_CHAIN)[:2]] == [
        "org.enrol-terminal",
        "org.register-terminal",
    ]
    assert not SignInAttempt.objects.filter(address=ADDRESS).exists()
    assert code_of(lambda: actions.enrol_terminal(made.code, ADDRESS)) == "terminal-code"


def test_a_code_is_dead_after_an_hour_and_guessing_pauses_the_address_alone(people: People) -> None:
    made = register(people)
    with clock.set_to(clock.now() + CODE_LIFE + timedelta(seconds=1)):
        assert state(people, made.id) == "lapsed"
        assert code_of(lambda: actions.enrol_terminal(made.code, "10.0.0.1")) == "terminal-code"
    said = [
        code_of(lambda wrong=wrong: actions.enrol_terminal(wrong, ADDRESS))
        for wrong in ("", "1", "\0", "全角", "A" * 400, "@terminal")
    ]
    assert said == ["terminal-code"] * MOST_BY_NAME + ["throttled"] * (6 - MOST_BY_NAME)
    assert code_of(lambda: actions.enrol_terminal(made.code, ADDRESS)) == "throttled"
    assert actions.enrol_terminal(made.code, "10.0.0.2")[0]


def test_the_rule_lets_a_unit_in_at_its_own_terminals_alone(people: People) -> None:
    judge, police, security = people["faguan"], people["zhencha"], people["anquan"]
    mine, secret = known(people)
    other = known(people, "zhencha")[1]
    assert enters(judge).person_id == judge.person_id, "without a rule anywhere"
    actions.set_terminal_rule(security, unit_id=judge.unit_id, only=True)
    assert selectors.notices(judge)[0][0].title == "今起只在登记终端上登录"
    for shown in ("", "guessed", other, "\udcff"):
        assert code_of(lambda shown=shown: enters(judge, shown)) == "terminal-needed"
    before = Terminal.objects.get(id=mine).used_at
    assert before is None
    assert enters(judge, secret).duty_id == judge.duty_id
    assert Terminal.objects.get(id=mine).used_at is not None
    assert enters(police, "").person_id == police.person_id, "another unit's people as before"
    assert enters(police, secret).person_id == police.person_id
    with clock.set_to(ends(91)):
        assert code_of(lambda: enters(judge, secret)) == "terminal-needed"
    actions.set_terminal_rule(security, unit_id=judge.unit_id, only=False)
    assert enters(judge).person_id == judge.person_id


def test_nobody_is_locked_out_by_the_rule_itself(people: People) -> None:
    security, judge = people["anquan"], people["faguan"]
    rule = actions.set_terminal_rule
    assert code_of(lambda: rule(security, unit_id=judge.unit_id, only=True)) == "terminal-rule-none"
    register(people)
    assert code_of(lambda: rule(security, unit_id=judge.unit_id, only=True)) == "terminal-rule-none"
    assert code_of(lambda: rule(security, unit_id=security.unit_id, only=True)) == "terminal-rule-hub"
    assert code_of(lambda: rule(security, unit_id=judge.unit_id, only=False)) == "terminal-rule-as-it-is"
    with pytest.raises(NotFound):
        rule(security, unit_id=new_id(), only=True)


def test_taken_back_it_opens_nothing_and_a_new_code_voids_the_old_machine(people: People) -> None:
    judge, security = people["faguan"], people["anquan"]
    mine, secret = known(people)
    actions.set_terminal_rule(security, unit_id=judge.unit_id, only=True)
    again = actions.renew_terminal(people["xitong"], terminal_id=mine, valid_until=ends(30))
    assert selectors.terminal_of(secret) is None
    assert code_of(lambda: enters(judge, secret)) == "terminal-needed"
    fresh = actions.enrol_terminal(again.code, ADDRESS)[0]
    assert enters(judge, fresh).person_id == judge.person_id
    for reason in ("", "  ", "长" * 121):
        assert code_of(lambda reason=reason: actions.revoke_terminal(security, terminal_id=mine, reason=reason)) == "terminal-reason"  # fmt: skip
    actions.revoke_terminal(security, terminal_id=mine, reason="机器遗失")
    assert code_of(lambda: enters(judge, fresh)) == "terminal-needed"
    assert state(people, mine) == "revoked"
    for act in (
        lambda: actions.revoke_terminal(security, terminal_id=mine, reason="再次"),
        lambda: actions.renew_terminal(people["xitong"], terminal_id=mine, valid_until=ends(30)),
    ):
        with pytest.raises(NotFound):
            act()
    register(people)  # its name is free again


def test_what_will_not_do_is_named_field_by_field(people: People) -> None:
    admin, unit_id = people["xitong"], people["faguan"].unit_id
    with pytest.raises(BadInput) as refused:
        actions.register_terminal(
            admin, unit_id=unit_id, name="", place="长" * 101, users="\u202e名", valid_until=None
        )
    assert set(refused.value.fields) == {"name", "place", "users", "valid_until"}
    for day in (ends(0), ends(-1), ends(367)):
        with pytest.raises(BadInput, match="有内容要改"):
            actions.register_terminal(
                admin, unit_id=unit_id, name="甲", place="乙", users="丙", valid_until=day
            )
    register(people)
    with pytest.raises(Refusal, match="同名"):
        register(people)
    with pytest.raises(NotFound):
        actions.register_terminal(
            admin, unit_id=new_id(), name="甲", place="乙", users="丙", valid_until=ends()
        )


def test_each_administrator_does_his_own_part(people: People) -> None:
    mine, _ = known(people)
    unit_id = people["faguan"].unit_id
    for who in ("anquan", "shenji", "faguan"):
        with pytest.raises(NotPermitted):
            actions.register_terminal(
                people[who], unit_id=unit_id, name="甲", place="乙", users="丙", valid_until=ends()
            )
        with pytest.raises(NotPermitted):
            actions.renew_terminal(people[who], terminal_id=mine, valid_until=ends())
    for who in ("xitong", "shenji", "faguan"):
        with pytest.raises(NotPermitted):
            actions.set_terminal_rule(people[who], unit_id=unit_id, only=True)
    for who in ("shenji", "faguan"):
        with pytest.raises(NotPermitted):
            actions.revoke_terminal(people[who], terminal_id=mine, reason="不用")
        with pytest.raises(NotPermitted):
            selectors.terminals(people[who])
        with pytest.raises(NotPermitted):
            selectors.terminal_rules(people[who])
    actions.revoke_terminal(people["xitong"], terminal_id=mine, reason="报废")


def test_the_list_is_found_sorted_and_paged(people: People) -> None:
    for name in ("甲机", "乙机", "丙机"):
        register(people, name=name, days=30 + len(name))
    known(people, "zhencha", "丁机")
    look = selectors.terminals
    assert look(people["xitong"], size=2)[1] == 4
    assert len(look(people["xitong"], size=2, page=2)[0]) == 2
    assert [row.name for row in look(people["xitong"], "甲机 刑庭")[0]] == ["甲机"]
    assert [row.name for row in look(people["xitong"], state="in_force")[0]] == ["丁机"]
    assert look(people["xitong"], state="nonsense")[1] == 4
    assert look(people["xitong"], "没有这样的")[0] == []
    actions.choose_duty(people["zhencha"].person_id, people["zhencha"].duty_id)
    ruled = {row.unit_id: row.terminals for row in selectors.terminal_rules(people["xitong"])}
    assert ruled[people["zhencha"].unit_id] == 1
    assert ruled[people["faguan"].unit_id] == 0
