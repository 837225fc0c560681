"""Lawful destruction: two people and a week; afterwards no table and no disk holds anything of anybody, and the ledger still proves itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection

from antong.archive import actions, selectors
from antong.archive.types import WAIT, DestructionState
from antong.cases import access as cases_access
from antong.cases import selectors as cases
from antong.dossier import actions as dossier_actions
from antong.kernel import clock
from antong.kernel.ids import new_id
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal
from antong.ledger import selectors as ledger
from antong.org.types import Permission
from road import later
from walking import fill_file, hand_over

People = dict[str, Any]
NAMES = ("欧阳砚白", "司徒见微")
GROUNDS = actions.Grounds(
    approval_number="青公档销〔2026〕3号", approved_on=date(2026, 11, 1), retention_ended_on=date(2026, 10, 31),
    reason="保管期满，经鉴定无保存价值",
)  # fmt: skip


@pytest.fixture
def ended(people: People, new_case: Callable[..., UUID], filled: Callable[[UUID], None]) -> UUID:
    """A case of two suspects that was withdrawn, its file filled with pages."""
    case_id = new_case(NAMES)
    hand_over(people, case_id, "filing")
    filled(case_id)
    hand_over(people, case_id, "case-withdrawal", fields={"withdrawal_reason": "犯罪嫌疑人死亡"})
    return case_id


@pytest.fixture
def proposed(people: People, ended: UUID) -> UUID:
    """A proposal whose week is over."""
    return actions.propose(people["fazhi"], case_id=ended, grounds=GROUNDS)


@pytest.fixture
def a_week_on() -> Iterator[None]:
    """The week has passed."""
    with later(WAIT.days + 0.01):
        yield


def number_of(case_id: UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM cases_case WHERE id = %s", [case_id])
        return str(cursor.fetchone()[0])


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return sorted(row[0] for row in cursor.fetchall())


def holding(text: str) -> list[str]:
    """Return the tables a row of which holds a text anywhere."""
    found = []
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{text}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def objects(case_id: UUID) -> list[Path]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM dossier_blob WHERE dossier_id = %s", [case_id])
        return [Path(settings.ANTONG_BLOBS) / own.hex[-2:] / own.hex for (own,) in cursor.fetchall()]


def test_nothing_of_anybody_is_left(people: People, ended: UUID, proposed: UUID, a_week_on: None) -> None:
    files, number = objects(ended), number_of(ended)
    assert files
    assert all(path.exists() for path in files)
    assert all({"cases_party", "cases_grant", "ledger_opening"} <= set(holding(name)) for name in NAMES)
    before = len(ledger.entries(ended, most=500))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM dossier_page WHERE dossier_id = %s", [ended])
        pages = cursor.fetchone()[0]
    actions.destroy(people["juzhang"], destruction_id=proposed, number=number)
    assert [holding(name) for name in NAMES] == [[], []]
    assert dossier_actions.remove_destroyed() == len(files)
    assert not any(path.exists() for path in files)
    assert dossier_actions.remove_destroyed() == 0
    shown = selectors.destruction(people["fazhi"], proposed)
    assert shown.state is DestructionState.DONE
    assert (shown.proposed_name, shown.decided_name) == (
        people["fazhi"].person_name,
        people["juzhang"].person_name,
    )
    assert shown.held["pages"] == pages > 2
    assert shown.entry_number == before + 1


def test_the_ledger_still_proves_itself(people: People, ended: UUID, proposed: UUID, a_week_on: None) -> None:
    actions.destroy(people["juzhang"], destruction_id=proposed, number=number_of(ended))
    assert ledger.audit(ended) == []
    entries = ledger.entries(ended, most=500)
    assert [entry.number for entry in entries] == list(range(len(entries), 0, -1))
    assert entries[0].act == "archive.destroy"
    assert entries[0].after is not None
    assert entries[0].after["approval"] == GROUNDS.approval_number
    assert all(entry.before is None and entry.after is None for entry in entries[1:])


def test_it_looks_like_a_case_that_never_was(
    people: People, ended: UUID, proposed: UUID, a_week_on: None
) -> None:
    actions.destroy(people["juzhang"], destruction_id=proposed, number=number_of(ended))
    for login in ("zhencha", "fazhi", "juzhang", "jiandu"):
        with pytest.raises(NotFound):
            cases_access.case_for(people[login], ended, Permission.CASE_READ)


def test_its_number_is_not_given_again(
    people: People, ended: UUID, proposed: UUID, a_week_on: None, new_case: Callable[..., UUID]
) -> None:
    number = number_of(ended)
    actions.destroy(people["juzhang"], destruction_id=proposed, number=number)
    assert number_of(new_case()) > number
    assert cases.claimed(ended) is not None


def test_two_people(people: People, ended: UUID, a_week_on: None) -> None:
    from dataclasses import replace

    both = replace(people["juzhang"], permissions=people["juzhang"].permissions | people["fazhi"].permissions)
    own = actions.propose(both, case_id=ended, grounds=GROUNDS)
    with later(WAIT.days + 0.01), pytest.raises(NotPermitted) as refused:
        actions.destroy(both, destruction_id=own, number=number_of(ended))
    assert refused.value.code == "destruction-by-two"
    assert holding(NAMES[0])


def test_not_within_the_week(people: People, ended: UUID, proposed: UUID) -> None:
    with later(WAIT.days - 1), pytest.raises(Refusal) as refused:
        actions.destroy(people["juzhang"], destruction_id=proposed, number=number_of(ended))
    assert refused.value.code == "destruction-waits"


def test_not_by_who_may_not(people: People, ended: UUID, proposed: UUID, a_week_on: None) -> None:
    for login in ("fazhi", "zhencha"):
        with pytest.raises(NotPermitted):
            actions.destroy(people[login], destruction_id=proposed, number=number_of(ended))
    with pytest.raises(NotFound):
        actions.destroy(people["yuanzhang"], destruction_id=proposed, number=number_of(ended))


def test_the_number_is_typed(people: People, proposed: UUID, a_week_on: None) -> None:
    with pytest.raises(BadInput) as refused:
        actions.destroy(people["juzhang"], destruction_id=proposed, number="YL2020-00001")
    assert "number" in refused.value.fields


def test_not_while_anything_is_open(people: People, investigated: UUID) -> None:
    with pytest.raises(Refusal) as refused:
        actions.propose(people["fazhi"], case_id=investigated, grounds=GROUNDS)
    assert refused.value.code == "case-not-ended"
    assert any("没有终结" in item for item in refused.value.items)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("approval_number", " "),
        ("approval_number", "x" * 81),
        ("approved_on", None),
        ("retention_ended_on", date(2999, 1, 1)),
        ("reason", f"{NAMES[0]}已死亡"),
    ],
)
def test_grounds(people: People, ended: UUID, name: str, value: Any) -> None:
    from dataclasses import replace

    with pytest.raises(BadInput) as refused:
        actions.propose(people["fazhi"], case_id=ended, grounds=replace(GROUNDS, **{name: value}))
    assert name in refused.value.fields


def test_a_second_proposal_and_one_taken_back(people: People, ended: UUID, proposed: UUID) -> None:
    with pytest.raises(Refusal) as refused:
        actions.propose(people["fazhi"], case_id=ended, grounds=GROUNDS)
    assert refused.value.code == "destruction-waits"
    actions.withdraw(people["fazhi"], destruction_id=proposed)
    again = actions.propose(people["fazhi"], case_id=ended, grounds=GROUNDS)
    actions.refuse(people["juzhang"], destruction_id=again, note="另案处理的人还没有审结")
    assert selectors.destruction(people["fazhi"], again).state is DestructionState.REFUSED
    with later(WAIT.days + 0.01), pytest.raises(Refusal) as refused:
        actions.destroy(people["juzhang"], destruction_id=again, number=number_of(ended))
    assert refused.value.code == "destruction-decided"


def test_once_more_on_a_database_from_before(
    people: People, ended: UUID, proposed: UUID, a_week_on: None
) -> None:
    """What was written down outside the database is carried out where the database does not know of it, once."""
    known = _known(people, ended, proposed)
    assert all(holding(name) for name in NAMES)
    assert actions.destroy_again(people["xitong"], known=known)
    assert [holding(name) for name in NAMES] == [[], []]
    assert not actions.destroy_again(people["xitong"], known=known)
    assert ledger.audit(ended) == []
    assert [one.number for one in selectors.destroyed() if one.id == proposed] == [known.number]
    assert selectors.destruction(people["fazhi"], proposed).again_at is not None


def test_one_case_is_destroyed_once(people: People, ended: UUID, proposed: UUID, a_week_on: None) -> None:
    """A case that came back unnoticed was destroyed anew; then the old list turns up: the house must still start."""
    from dataclasses import replace

    known = replace(_known(people, ended, proposed), id=new_id())
    actions.destroy(people["juzhang"], destruction_id=proposed, number=number_of(ended))
    assert not actions.destroy_again(people["xitong"], known=known)


def test_what_names_another_case_destroys_none(
    people: People, ended: UUID, proposed: UUID, a_week_on: None, new_case: Callable[..., UUID]
) -> None:
    from dataclasses import replace

    living = new_case(("呼延既白",))
    known = replace(_known(people, ended, proposed), case_id=living, id=new_id())
    with pytest.raises(Refusal) as refused:
        actions.destroy_again(people["xitong"], known=known)
    assert refused.value.code == "destruction-number"
    assert "cases_party" in holding("呼延既白")


def test_a_unit_that_the_older_database_does_not_know(
    people: People, ended: UUID, proposed: UUID, a_week_on: None
) -> None:
    """It came after the backup: the case is destroyed all the same; without unit and case there is nothing to do."""
    from dataclasses import replace

    known = replace(_known(people, ended, proposed), unit_id=new_id())
    assert not actions.destroy_again(people["xitong"], known=replace(known, id=new_id(), case_id=new_id()))
    assert actions.destroy_again(people["xitong"], known=known)
    assert [holding(name) for name in NAMES] == [[], []]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_not_after_anything_was_done_since(people: People, ended: UUID, proposed: UUID, scan: bytes) -> None:
    """The week was for those who had the file as it lay: a page added within it is one that nobody has appraised."""
    with later(1):
        fill_file(people["zhencha"], ended, scan + b"anew")
    with later(WAIT.days + 0.01), pytest.raises(Refusal) as refused:
        actions.destroy(people["juzhang"], destruction_id=proposed, number=number_of(ended))
    assert refused.value.code == "destruction-taken-up"
    assert holding(NAMES[0])


def test_what_a_job_brings_late_goes_too(
    people: People, ended: UUID, proposed: UUID, a_week_on: None
) -> None:
    """A job that had begun before the destruction writes after the objects were removed."""
    from antong.dossier import _files
    from antong.dossier.models import Dossier

    row = Dossier.objects.get(case_id=ended)
    key = _files.case_key(row)
    actions.destroy(people["juzhang"], destruction_id=proposed, number=number_of(ended))
    dossier_actions.remove_destroyed()
    _files.put_bytes(row, key, b"late", "image/jpeg")
    (late,) = objects(ended)
    assert late.exists()
    assert dossier_actions.remove_destroyed() == 1
    assert not late.exists()
    assert Dossier.objects.get(case_id=ended).emptied_at is None
    with later(1):
        assert dossier_actions.remove_destroyed() == 0
    assert Dossier.objects.get(case_id=ended).emptied_at is not None


def test_no_table_of_a_case_is_forgotten(db: None) -> None:
    """Every table with a column for a case, a file or a hand-over, and whatever points to a row that goes, is removed or kept on purpose.

    The tests above see only tables that a case of theirs has filled.
    """
    from antong.cases import _erase as of_cases
    from antong.custody.models import Admission, Interrogation, Told
    from antong.dossier import _erase as of_dossier
    from antong.flow import _erase as of_flow
    from antong.org import _erase as of_org
    from antong.watch.models import Addressed, Alarm

    texts = (*of_cases._ERASE, *of_dossier._ERASE, *of_flow._ERASE, of_org._NOTICES, of_org._FORMS)
    gone = {found for text in texts for found in re.findall(r"DELETE FROM (\w+)", text)}
    gone |= {model._meta.db_table for model in (Admission, Interrogation, Told, Alarm, Addressed)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_name)"
            " WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_schema = 'public' AND c.column_name IN ('case_id', 'dossier_id', 'handover_id', 'party_id', 'grant_id', 'document_id')"
        )
        about = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confrelid::regclass::text = ANY(%s)",
            [sorted(gone)],
        )
        about |= {row[0] for row in cursor.fetchall()}
    assert len(about) > 20
    assert about - gone <= set(KEPT), about - gone - set(KEPT)


THROUGH = (
    "DELETE FROM flow_task WHERE case_id", "DELETE FROM org_notice", "flow_task.handover_id", "cases_limitmove.party_id",
)  # fmt: skip
"""What is looked through whole, a second or so each in a house of a million cases: an index would cost every act a descent."""


def test_nothing_of_a_whole_house_is_looked_through(db: None) -> None:
    """What is asked before and removed after must not grow with the house: each statement finds its rows by an index, but for four."""
    from antong.cases import _erase as of_cases
    from antong.dossier import _erase as of_dossier
    from antong.flow import _erase as of_flow
    from antong.ledger import actions as of_ledger
    from antong.org import _erase as of_org

    case_id = new_id()
    values = {
        "case": case_id, "gone": "", "now": clock.now(), "handovers": [case_id], "read": "read",
        "chain": case_id, "house": case_id, "about": [case_id],
    }  # fmt: skip
    texts = (
        *of_cases._ERASE, of_cases._LOOSE, *of_dossier._ERASE, *of_flow._ERASE, of_flow._OPEN, of_org._NOTICES,
        of_ledger._DESTROY, of_ledger._FORGET.replace("%s", "%(case)s::text"),
    )  # fmt: skip
    through = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for text in texts:
            cursor.execute(f"EXPLAIN {text}", values)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            through += [text] * ("Seq Scan" in plan)
        cursor.execute(
            "SELECT c.conrelid::regclass::text || '.' || a.attname FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
            " WHERE c.contype = 'f' AND c.confrelid::regclass::text = ANY(%s) AND NOT EXISTS (SELECT 1 FROM pg_index i"
            " WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1] AND i.indpred IS NULL)",
            [
                [
                    "flow_handover",
                    "cases_party",
                    "cases_sheet",
                    "dossier_page",
                    "dossier_original",
                    "dossier_volume",
                    "dossier_entry",
                ]
            ],
        )
        through += [row[0] for row in cursor.fetchall()]
    assert [text for text in through if not text.startswith(THROUGH)] == []
    assert len(through) == len(THROUGH), "no longer looked through: say so"


def _known(people: People, case_id: UUID, proposed: UUID) -> Any:
    """Return what is written down of a destruction that is then undone, as by a backup from before it."""
    from django.db import transaction

    with transaction.atomic():
        actions.destroy(people["juzhang"], destruction_id=proposed, number=number_of(case_id))
        known = next(one for one in selectors.destroyed() if one.id == proposed)
        transaction.set_rollback(True)
    return known


KEPT = {
    "archive_destruction": "the register itself: numbers, approvals, who decided",
    "cases_case": "the number, so that it is never given again; a test reads the other columns",
    "dossier_blob": "until the objects are gone",
    "dossier_dossier": "without key, so that nothing is sealed for the case again",
    "ledger_chain": "counts and digests",
    "ledger_entry": "ids, digests and commitments whose salts are gone",
    "ledger_leaf": "digests",
    "ledger_mapleaf": "digests",
    "ledger_queue": "digests, until the sequencer has taken them",
    "ledger_readlog": "who read which pages: officers, never parties",
}
"""Tables that may keep a row that names a destroyed case or a part of it, and why."""


def test_every_table_that_points_to_a_case_is_thought_of(
    people: People, ended: UUID, proposed: UUID, a_week_on: None
) -> None:
    """Whatever names a case, its file or its hand-overs is gone, or named above with the reason."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM flow_handover WHERE case_id = %s", [ended])
        ids = [str(ended), *(str(row[0]) for row in cursor.fetchall())]
        cursor.execute("SELECT id FROM cases_party WHERE case_id = %s", [ended])
        ids += [str(row[0]) for row in cursor.fetchall()]
    assert len(ids) > 3
    before = {table for own in ids for table in holding(own)}
    assert {"flow_handover", "flow_task", "org_notice", "dossier_page"} <= before
    actions.destroy(people["juzhang"], destruction_id=proposed, number=number_of(ended))
    left = {table for own in ids for table in holding(own)}
    assert left <= set(KEPT), left - set(KEPT)


def test_what_stays_of_the_case(people: People, ended: UUID, proposed: UUID, a_week_on: None) -> None:
    actions.destroy(people["juzhang"], destruction_id=proposed, number=number_of(ended))
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, place, brief, investigator_name FROM cases_case WHERE id = %s", [ended])
        assert cursor.fetchone() == ("（已依法销毁）", "", "", "")
        cursor.execute("SELECT wrapped_key FROM dossier_dossier WHERE case_id = %s", [ended])
        assert bytes(cursor.fetchone()[0]) == b""


def test_who_is_told(people: People, ended: UUID, proposed: UUID) -> None:
    from antong.org import selectors as org

    for login in ("juzhang", "zhencha", "jiandu"):
        assert any("提请销毁" in one.title for one in org.notices(people[login])[0])


def test_the_week_begins_with_the_proposal(people: People, proposed: UUID) -> None:
    shown = selectors.destruction(people["fazhi"], proposed)
    assert shown.waits_until - shown.proposed_at == timedelta(days=7)
    assert shown.waits_until > clock.now()
