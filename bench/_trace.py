"""The statements of acts as a pgbench script: what the database does, without the Python around it.

The acts run once, for real, on one copy of a case (antong.demo.copies); each statement is kept with its values. In the
script every id of that case, and every id the acts made, is computed from the number of the copy, so that each run
reads, changes and adds the same rows of another case. All else stays as it was: the copies are alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_LITERAL = re.compile(r"(E?)'((?:''|[^'])*)'")
_HEX = re.compile(r"\b[0-9a-f]{8}(?:(?:-[0-9a-f]{4}){3}-|[0-9a-f]{12})[0-9a-f]{12}\b")
_MARK = "~~~~~~"


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements of a block with their values in place, transaction control aside."""
    import psycopg

    kept: list[str] = []

    def keep(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if many:
            raise AssertionError("a statement of an act is executed once")
        text = sql if isinstance(sql, str) else sql.as_string(connection.connection)
        kept.append(psycopg.ClientCursor(connection.connection).mogrify(text, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield kept


def fixed_ids() -> set[str]:
    """Return the ids that are the same for every case: units, posts, duties, people."""
    found: set[str] = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND table_name LIKE 'org\\_%' AND column_name = 'id' AND data_type = 'uuid'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT id FROM {table}")  # noqa: S608
            found.update(one.hex for (one,) in cursor.fetchall())
    return found


def script(acts: list[list[str]], *, first: int, runs: int) -> str:
    """Return the script of one whole hand-over, each act one transaction.

    Client c takes the copies first + c × runs and on, one a run; the variable i counts its runs.
    """
    fixed = fixed_ids()
    lines = [f"\\set n {first} + :client_id * {runs} + :i", "\\set i :i + 1"]
    for act in acts:
        lines.append("BEGIN;")
        lines += [f"{_for_copy(text, fixed).strip().rstrip(';')};" for text in act]
        lines.append("COMMIT;")
    return "\n".join(lines) + "\n"


def _for_copy(text: str, fixed: set[str]) -> str:
    def mark(found: re.Match[str]) -> str:
        one = found.group()
        if one.replace("-", "") in fixed:
            return one
        at = 24 if "-" in one else 20  # where a copy's number stands: copies.id_of
        return one[:at] + _MARK + one[at + 6 :]

    def literal(found: re.Match[str]) -> str:
        escapes, inner = found.groups()
        marked = _HEX.sub(mark, inner)
        if marked == inner and ":" not in inner:
            return found.group()
        # pgbench would take a colon in a text for one of its variables
        plain = (marked if escapes else marked.replace("\\", "\\\\")).replace(":", "\\072")
        return (
            f"E'{plain}'"
            if marked == inner
            else f"replace(E'{plain}', '{_MARK}', lpad(to_hex(:n::int), 6, '0'))"
        )

    return _LITERAL.sub(literal, text)
