"""What lawful destruction leaves of a case: its number and that it was (design §6, decision 0016)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

GONE = "（已依法销毁）"
"""What stands where the name of a destroyed case stood."""

_ERASE = (
    "DELETE FROM cases_grantsearch s USING cases_grant g WHERE g.id = s.grant_id AND g.case_id = %(case)s",
    "DELETE FROM cases_grant WHERE case_id = %(case)s",
    "DELETE FROM cases_limitmove WHERE case_id = %(case)s",
    "DELETE FROM cases_limit WHERE case_id = %(case)s",
    "DELETE FROM cases_measure WHERE case_id = %(case)s",
    "DELETE FROM cases_charge c USING cases_party p WHERE p.id = c.party_id AND p.case_id = %(case)s",
    "DELETE FROM cases_sheet WHERE case_id = %(case)s",
    "DELETE FROM cases_casenumber WHERE case_id = %(case)s",
    "DELETE FROM cases_party WHERE case_id = %(case)s",
    (
        "UPDATE cases_case SET name = %(gone)s, place = '', brief = '', investigator_name = '', version = version + 1"
        " WHERE id = %(case)s"
    ),
)
_LOOSE = """
SELECT 'limit', l.name FROM cases_limit l WHERE l.case_id = %(case)s AND l.state IN ('running', 'suspended')
UNION ALL
SELECT 'measure', p.name FROM cases_measure m JOIN cases_party p ON p.id = m.party_id
WHERE m.case_id = %(case)s AND m.ends_at IS NULL
"""


def erase(case_id: UUID) -> None:
    """Remove all that a case says of anybody, and every right to it, within the caller's act; ten statements.

    The row stays with its number, so that no other case is ever given it, and nothing that names it dangles.
    """
    with connection.cursor() as cursor:
        for statement in _ERASE:
            cursor.execute(statement, {"case": case_id, "gone": GONE})


def loose_ends(case_id: UUID) -> list[str]:
    """Return what still runs in a case, in words: limits and measures (of the house); one statement."""
    words = {"limit": "时限“{}”还在计算", "measure": "{}的强制措施或刑罚还没有结束"}
    with connection.cursor() as cursor:
        cursor.execute(_LOOSE, {"case": case_id})
        return [words[kind].format(name) for kind, name in cursor.fetchall()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A case that is locked to be destroyed again: its number, and the unit that handles it."""

    number: str
    unit_id: UUID


def claimed(case_id: UUID) -> Claimed | None:
    """Lock a case until the transaction ends (of the house: a destruction is carried out again); None where there is none; one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, handling_unit_id FROM cases_case WHERE id = %s FOR UPDATE", [case_id])
        row = cursor.fetchone()
    return Claimed(number=row[0], unit_id=row[1]) if row else None


def holders(case_id: UUID) -> dict[UUID, str]:
    """Return the units that see a case, each with its role (of the house: they are told, and may object); one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_id, role FROM cases_grant WHERE case_id = %s AND until_at IS NULL ORDER BY from_at",
            [case_id],
        )
        return dict(cursor.fetchall())


def names_in(case_id: UUID) -> list[str]:
    """Return the names of a case's parties (of the house: a register that is kept for ever holds none); one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM cases_party WHERE case_id = %s AND name <> ''", [case_id])
        return [row[0] for row in cursor.fetchall()]
