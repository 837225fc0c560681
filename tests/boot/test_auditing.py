"""`antong audit`: whatever is altered in the database or on disk is named with its case; a kept head shows the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction

from antong.boot import auditing
from antong.cases.models import Case
from antong.dossier import places
from antong.dossier.models import Original
from antong.flow import actions
from antong.kernel.refusal import NotFound, Refusal
from antong.ledger import sequencer
from antong.ledger.bundle import write_head

pytestmark = pytest.mark.xdist_group("audit")  # what the module prepares takes longer than many of its tests

People = dict[str, Any]


def quiet(stage: str, done: int) -> None:
    assert stage
    assert done >= 0


@pytest.fixture
def case_id(people: People, new_case: Callable[..., UUID], filled: Callable[[UUID], None]) -> UUID:
    """A case with papers, sent once."""
    made, police = new_case(), people["zhencha"]
    filled(made)
    done = actions.compose(police, case_id=made, flow="filing")
    done = actions.submit(police, handover_id=done.handover_id, version=done.version)
    done = actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    flow = "prosecution-transfer"
    done = actions.compose(police, case_id=made, flow=flow)
    done = actions.submit(police, handover_id=done.handover_id, version=done.version)
    done = actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    actions.send(police, handover_id=done.handover_id, version=done.version)
    sequencer.drain()
    return made


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def run(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, parameters)
        assert cursor.rowcount >= 1
        cursor.execute("SET LOCAL session_replication_role = origin")


def number_of(case_id: UUID) -> str:
    return Case.objects.get(id=case_id).number


def test_all_is_well_and_says_as_of_when(case_id: UUID, tmp_path: Path) -> None:
    found = auditing.audit(None, None, read=True, tell=quiet)
    assert found.good, found.faults
    assert "没有给定别处保存的封签" in auditing.as_text(found)
    write_head(tmp_path / "head.json")
    held = auditing.audit(number_of(case_id), tmp_path / "head.json", read=True, tell=quiet)
    assert held.good, held.faults
    assert "一致" in auditing.as_text(held)
    assert json.loads(auditing.as_json(held))["good"]


ALTERED = {
    "manifest": "UPDATE dossier_manifest SET body = replace(body, '\"pages\":1', '\"pages\":2') WHERE dossier_id = %s",
    "manifest with its digest": "UPDATE dossier_manifest SET body = '{}', digest = sha256('{}') WHERE dossier_id = %s",
    "manifest gone": "DELETE FROM dossier_manifest WHERE dossier_id = %s",
    "sheet": "UPDATE cases_sheet SET body = body || ' ' WHERE case_id = %s",
    "sheet gone": "DELETE FROM cases_sheet WHERE case_id = %s",
    "package": "UPDATE flow_round SET package = '{}' WHERE package_digest IS NOT NULL AND handover_id IN"
    " (SELECT id FROM flow_handover WHERE case_id = %s)",
    "blob's digest": "UPDATE dossier_blob SET digest = sha256(digest) WHERE dossier_id = %s",
    "original points elsewhere": "UPDATE dossier_original SET blob_id ="
    " (SELECT max(b.id::text)::uuid FROM dossier_blob b WHERE b.dossier_id = dossier_original.dossier_id) WHERE dossier_id = %s",
    "original gone": "DELETE FROM dossier_original WHERE dossier_id = %s",
    "opening": "UPDATE ledger_opening SET after = '{}' WHERE entry_id IN (SELECT id FROM ledger_entry WHERE chain_id = %s)",
}  # fmt: skip


def test_whatever_is_altered_is_named_with_its_case(case_id: UUID) -> None:
    number = number_of(case_id)
    for what, sql in ALTERED.items():
        with undone():
            run(sql, case_id)
            for asked in (number, None):
                found = auditing.audit(asked, None, read=False, tell=quiet)
                assert not found.good, what
                assert {case for case, _ in found.faults} == {number}, what
                assert number in auditing.as_text(found)


def test_an_original_slipped_in_is_found(case_id: UUID) -> None:
    row = Original.objects.filter(dossier_id=case_id).first()
    assert row is not None
    with undone():
        row.id = uuid4()
        row.save(force_insert=True)
        assert not auditing.audit(number_of(case_id), None, read=False, tell=quiet).good


def test_a_page_replaced_on_disk_is_found_where_files_are_read(case_id: UUID) -> None:
    row = Original.objects.filter(dossier_id=case_id).select_related("blob").first()
    assert row is not None
    path = settings.ANTONG_BLOBS / places.key_of(row.blob_id)
    kept = path.read_bytes()
    for altered in (kept[:-1], kept[:40] + bytes([kept[40] ^ 1]) + kept[41:], b""):
        path.write_bytes(altered)
        assert auditing.audit(number_of(case_id), None, read=False, tell=quiet).good
        found = auditing.audit(None, None, read=True, tell=quiet)
        assert [row.file_name[:40] in fault.where for _, fault in found.faults] == [True]
    path.unlink()
    assert not auditing.audit(None, None, read=True, tell=quiet).good
    path.write_bytes(kept)


def test_a_database_put_back_is_found_given_a_later_head(
    case_id: UUID, people: People, tmp_path: Path
) -> None:
    later = tmp_path / "later.json"
    with undone():
        actions.add_phrase(people["anguan"], text="缺少签名")
        sequencer.drain()
        write_head(later)
        assert auditing.audit(None, later, read=False, tell=quiet).good
    found = auditing.audit(None, later, read=False, tell=quiet)
    assert [fault.what for _, fault in found.faults] == [found.faults[0][1].what]
    assert "退回到更早的状态" in found.faults[0][1].what


def test_what_is_no_head_and_no_case_is_said(case_id: UUID, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("{}")
    with pytest.raises(Refusal, match="读不出来"):
        auditing.audit(None, tmp_path / "x", read=False, tell=quiet)
    with pytest.raises(NotFound):
        auditing.audit("没有这个案件", None, read=False, tell=quiet)
