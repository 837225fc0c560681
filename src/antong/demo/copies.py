"""Many cases from a few: every row of a case copied by COPY under ids of its own.

A case is carried once through the actions; its rows are then read as text, with a mark in the place of everything
that makes it this case (its ids, its number, the names of its suspects), and written again for each copy with
another number in the place of the mark. Bodies kept as text name the copy's own ids too. What a copy does not have:
digests that fit (its ledger and snapshots would not pass verification), blobs on disk, leaves in the tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

_ID, _NUMBER, _NAME = "\x01", "\x02", "\x03"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MINE = "SELECT id FROM flow_handover WHERE case_id = %s"
TABLES = {
    "cases_case": "id = %s",
    "cases_party": "case_id = %s",
    "cases_charge": "party_id IN (SELECT id FROM cases_party WHERE case_id = %s)",
    "cases_measure": "case_id = %s",
    "cases_casenumber": "case_id = %s",
    "cases_sheet": "case_id = %s",
    "cases_limit": "case_id = %s",
    "cases_grant": "case_id = %s",
    "dossier_dossier": "case_id = %s",
    "dossier_blob": "dossier_id = %s",
    "dossier_original": "dossier_id = %s",
    "dossier_page": "dossier_id = %s",
    "dossier_volume": "dossier_id = %s",
    "dossier_entry": "volume_id IN (SELECT id FROM dossier_volume WHERE dossier_id = %s)",
    "dossier_placement": "page_id IN (SELECT id FROM dossier_page WHERE dossier_id = %s)",
    "dossier_manifest": "dossier_id = %s",
    "dossier_document": "dossier_id = %s",
    "flow_handover": "case_id = %s",
    "flow_round": f"handover_id IN ({_MINE})",
    "flow_subject": f"handover_id IN ({_MINE})",
    "flow_obligation": f"handover_id IN ({_MINE})",
    "flow_returnreason": f"handover_id IN ({_MINE})",
    "flow_approval": f"handover_id IN ({_MINE})",
    "flow_answer": f"handover_id IN ({_MINE})",
    "flow_task": "case_id = %s",
    "flow_nudge": f"handover_id IN ({_MINE})",
    "ledger_chain": "chain_id = %s",
    "ledger_entry": "chain_id = %s",
    "ledger_opening": "entry_id IN (SELECT id FROM ledger_entry WHERE chain_id = %s)",
    "org_notice": "case_id = %s",
}
"""The tables a case has rows in, each with which are its own, parents before children."""
_FIND = """
INSERT INTO cases_grantsearch (grant_id, grams)
SELECT g.id, cases_grams(g.unit_id, g.search) FROM cases_grant g
WHERE g.search <> '' AND NOT EXISTS (SELECT FROM cases_grantsearch s WHERE s.grant_id = g.id)
"""
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "安柏岑承川初岱丹朵恩帆方枫谷海涵航禾衡宏桦霁简锦景静珂兰岚朗黎林凌洛曼茂梅铭木南宁沛"


@dataclass(frozen=True, slots=True)
class Template:
    """The rows of one case as COPY text by table, with marks in the place of what is the case's own."""

    case_id: UUID
    blocks: dict[str, tuple[str, str]]  # table -> (columns, rows)


def read(case_id: UUID) -> Template:
    """Return a case's rows as a template."""
    own = own_ids(case_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM cases_case WHERE id = %s", [case_id])
        (number,) = cursor.fetchone()
        cursor.execute("SELECT name FROM cases_party WHERE case_id = %s AND name <> ''", [case_id])
        names = [name for (name,) in cursor.fetchall()]

    def mark(found: re.Match[str]) -> str:
        text = found.group()
        return copied(text, _ID) if text in own else text

    blocks = {}
    for table, where in TABLES.items():
        columns = table_columns(table)
        rows = _UUID.sub(mark, _copy_out(table, columns, where, case_id))
        for text in (number, number.lower()):
            rows = rows.replace(text, text[:-6] + _NUMBER)
        for name in names:
            rows = rows.replace(name, _NAME)
        blocks[table] = (", ".join(f'"{column}"' for column in columns), rows)
    return Template(case_id=case_id, blocks=blocks)


def own_ids(case_id: UUID) -> set[str]:
    """Return every id that a case's own rows have, as text."""
    found = {str(case_id)}
    with connection.cursor() as cursor:
        for table, where in TABLES.items():
            if "id" in table_columns(table):
                cursor.execute(f"SELECT id FROM {table} WHERE {where}", [case_id])  # noqa: S608
                found.update(str(one) for (one,) in cursor.fetchall())
    return found


def table_columns(table: str) -> list[str]:
    """Return the columns of a table in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def _copy_out(table: str, columns: Sequence[str], where: str, case_id: UUID) -> str:
    # numbers that are unique in their series get the copy's number before their own
    special = {
        ("dossier_document", "seq"): f"'{_NUMBER}' || lpad((seq % 1000)::text, 3, '0')",
        ("cases_casenumber", "text"): f"text || '-{_NUMBER}'",
    }
    wanted = ", ".join(special.get((table, column), f'"{column}"') for column in columns)
    with connection.cursor() as cursor:
        text = (
            f"COPY (SELECT {wanted} FROM {table} WHERE {where.replace('%s', repr(str(case_id)))}) TO STDOUT"  # noqa: S608
        )
        with cursor.cursor.copy(text) as out:
            return b"".join(bytes(part) for part in out).decode()


def name_of(number: int) -> str:
    """Return the name that the persons of a copy bear."""
    size = len(_GIVEN)
    first, rest = number % len(_SURNAMES), number // len(_SURNAMES)
    return _SURNAMES[first] + _GIVEN[rest % size] + _GIVEN[rest // size % size]


def write(wanted: Iterable[tuple[Template, int]]) -> None:
    """Write copies: (template, number) each, numbers from 1 to 999,999, none twice; one transaction."""
    pairs = list(wanted)
    with transaction.atomic(), connection.cursor() as cursor:
        trusted = _superuser()
        if trusted:  # what the foreign keys would find is known: rows of one case, copied together
            cursor.execute("SET LOCAL session_replication_role = replica")
        for table in TABLES:
            columns = pairs[0][0].blocks[table][0]
            with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as into:
                for template, number in pairs:
                    rows = template.blocks[table][1]
                    if rows:
                        into.write(_rows_of(rows, number))
        if trusted:  # nor did the trigger fill what finds a grant
            cursor.execute(_FIND)
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _rows_of(rows: str, number: int) -> str:
    return (
        rows.replace(_ID, f"{number:06x}").replace(_NUMBER, f"{number:06d}").replace(_NAME, name_of(number))
    )


def _superuser() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def id_of(template_id: UUID, number: int) -> UUID:
    """Return the id that a copy has in the place of one of the template's."""
    return UUID(copied(str(template_id), f"{number:06x}"))


def copied(text: str, place: str) -> str:
    """Return an id with a copy's place in it: six hexadecimal digits, or a mark for them."""
    # version 8, of one's own making: the digits of an original, by chance those of a number, are never met
    return f"{text[:14]}8{text[15:24]}{place}{text[30:]}"


def settle() -> None:
    """Bring the planner's knowledge up to date, as autovacuum does in its time."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
