"""Two people at once, on two connections that really wait for each other; committed, on a case of their own."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, transaction
from psycopg import errors

from antong.cases import access
from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.models import Grant
from antong.cases.types import GrantChange, GrantRole, NewParty, PartyKind
from antong.catalog import loader
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import Upload
from antong.flow import actions
from antong.flow.models import HandOver
from antong.kernel import clock
from antong.kernel.refusal import NotFound, NotPermitted
from antong.ledger import actions as ledger
from antong.org.types import Permission
from meeting import at_once

People = dict[str, Any]


@pytest.fixture
def people(django_db_setup: None, django_db_blocker: Any) -> Iterator[People]:
    """The people of the story, with the database open to several connections: what is done is committed."""
    from antong.demo import carriage

    with django_db_blocker.unblock():
        yield carriage.actors()
        connection.close()


def registered(people: People, key: UUID | None = None) -> Any:
    return case_actions.register(
        people["fuzhu"] if Permission.CASE_REGISTER in people["fuzhu"].permissions else people["zhencha"],
        source="01",
        category="050200",
        occurred_at=clock.now() - timedelta(hours=3),
        place="两人同时",
        brief="两人同时办理。",
        parties=[NewParty(kind=PartyKind.SUSPECT, name="并行甲")],
        key=key,
    )


class Beside(threading.Thread):
    """Runs something on a connection of its own and keeps what came of it."""

    def __init__(self, run: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.run_this = run
        self.answer: Any = None
        self.problem: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self.run_this()
        except BaseException as problem:  # noqa: BLE001 - the test looks at it
            self.problem = problem
        finally:
            connection.close()

    def result(self) -> Any:
        self.join(60)
        if self.problem is not None:
            raise self.problem
        return self.answer


def until_waiting(*beside: Beside) -> None:
    """Return once all of these wait for a lock."""
    for _ in range(600):
        for one in beside:
            if one.problem is not None:
                raise one.problem
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= len(beside):
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_an_act_that_waited_reads_the_right_as_it_is_then(people: People) -> None:
    case_id, police = registered(people).case_id, people["zhencha"]
    with transaction.atomic():
        version = access.case_for(police, case_id, Permission.CASE_EDIT, lock=True).version
        waiting = Beside(
            lambda: case_actions.amend_case(
                police, case_id=case_id, version=version, changes={"place": "案件已移走"}
            )
        )
        until_waiting(waiting)
        change = GrantChange(unit_id=police.unit_id, role=GrantRole.PAST, basis="移送审查起诉")
        case_actions.apply_effects(
            case_id, case_actions.CaseEffects(grants=(change,)), at=clock.now(), same_version=True
        )
    with pytest.raises(NotPermitted) as refused:
        waiting.result()
    assert refused.value.code == "not-handling"
    assert cases.living_sheet(case_id).body["case"]["place"] == "两人同时"


def test_a_double_click_on_compose_makes_one_hand_over(people: People) -> None:
    case_id, police, key = registered(people).case_id, people["zhencha"], uuid4()
    with transaction.atomic():
        access.case_for(police, case_id, Permission.CASE_READ, lock=True)
        clicks = [
            Beside(lambda: actions.compose(police, case_id=case_id, flow="filing", key=key)) for _ in range(2)
        ]
        until_waiting(*clicks)
    first, second = (click.result() for click in clicks)
    assert first == second
    assert HandOver.objects.filter(case_id=case_id).count() == 1


def test_a_double_click_on_registering_makes_one_case(people: People) -> None:
    key = uuid4()
    with transaction.atomic():
        first = registered(people, key)
        again = Beside(lambda: registered(people, key))
        until_waiting(again)
    assert again.result() == first
    assert Grant.objects.filter(case_id=first.case_id, role="handling").count() == 1


def test_a_deadlock_is_tried_once_more(people: People) -> None:
    tries = []

    @ledger.acted
    def act() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError from errors.DeadlockDetected()
        return "done"

    assert act() == "done"
    assert len(tries) == 2

    @ledger.acted
    def hopeless() -> None:
        tries.append(1)
        raise OperationalError from errors.DeadlockDetected()

    with pytest.raises(OperationalError):
        hopeless()
    assert len(tries) == 4


def test_two_acts_that_lock_crosswise_both_happen(people: People) -> None:
    """Whichever the database ends to undo the deadlock is tried again, and comes after the other."""
    first, second = (registered(people).case_id for _ in range(2))
    police, met = people["zhencha"], threading.Barrier(2, timeout=30)
    gone_on = threading.Event()  # else who was ended could come back first, and end the other in turn

    def crossing(one: UUID, other: UUID) -> Callable[[], int]:
        tries: list[int] = []

        @ledger.acted
        def act() -> int:
            tries.append(1)
            if len(tries) > 1:
                assert gone_on.wait(30)
            access.case_for(police, one, Permission.CASE_READ, lock=True)
            if len(tries) == 1:
                met.wait()
            access.case_for(police, other, Permission.CASE_READ, lock=True)
            return len(tries)

        def act_and_tell() -> int:
            done = act()
            gone_on.set()
            return done

        return act_and_tell

    both = [Beside(crossing(first, second)), Beside(crossing(second, first))]
    assert sorted(one.result() for one in both) == [1, 2]


def test_two_first_scans_make_one_file(people: People, scan: bytes) -> None:
    made = registered(people)
    found = at_once([
        lambda title=title: dossier_actions.upload(  # type: ignore[misc]
            people["zhencha"], case_id=made.case_id, catalogue_key="ev-source.call", title=title,
            files=[Upload(file_name=f"{title}.jpg", content=io.BytesIO(scan + title.encode()))],
        )
        for title in ("甲", "乙")
    ])  # fmt: skip
    assert sorted(one.version for one in found) == [2, 3]
    assert len(dossier.originals(made.case_id)) == 2
    assert len(dossier.tree(made.case_id).volumes) == len(loader.load().dossier.volumes)


def test_a_repeated_upload_gets_its_first_answer_and_another_case_none(people: People, scan: bytes) -> None:
    first, other = registered(people), registered(people)

    def upload(case_id: UUID, key: UUID) -> Any:
        return dossier_actions.upload(
            people["zhencha"], case_id=case_id, catalogue_key="ev-source.call", key=key,
            files=[Upload(file_name="once.jpg", content=io.BytesIO(scan + key.bytes))],
        )  # fmt: skip

    key = uuid4()
    answers = at_once([lambda: upload(first.case_id, key)] * 3)
    assert {one.original_ids for one in answers} == {answers[0].original_ids}
    assert upload(first.case_id, key) == answers[0]
    assert len(dossier.originals(first.case_id)) == 1
    with pytest.raises(NotFound):
        upload(other.case_id, key)
