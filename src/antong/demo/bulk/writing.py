"""A process that writes copies, a chunk in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db import connection, transaction

from antong.demo.bulk.plan import WITH_PAGES, Part
from antong.demo.bulk.template import Template
from antong.demo.bulk.variant import Copy, Moved, Variant, grams, joined
from antong.ledger import actions as ledger
from antong.ledger import selectors as ledger_reads

_templates: list[tuple[Template, Template]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A chunk: its parts, and the index in the tree of its first entry."""

    parts: list[Part]
    leaf: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a chunk left behind for the tree and the map."""

    leaf: int
    digests: bytes
    ends: list[tuple[UUID, int, bytes]]


def take(templates: list[tuple[Template, Template]]) -> None:
    """Have the models at hand: each without its pages and with them."""
    _templates[:] = templates


@lru_cache(maxsize=256)
def _moved(model: int, county: str, paged: bool, colleague: bool) -> Moved:  # noqa: FBT001 - a key of the cache
    return Moved(_templates[model][paged], county, colleague=colleague)


def _copies(part: Part) -> list[Copy]:
    made: list[Copy] = []
    plain: Variant | None = None
    for number in range(part.first, part.first + part.count):
        if number % WITH_PAGES == 0:
            made.append(
                Variant(
                    _moved(part.model, part.county, paged=True, colleague=part.colleague), part.days
                ).fill(number)
            )
            continue
        plain = plain or Variant(
            _moved(part.model, part.county, paged=False, colleague=part.colleague), part.days
        )
        made.append(plain.fill(number))
    return made


def write(job: Job) -> Written:
    """Write a chunk by COPY; one transaction."""
    copies = [copy for part in job.parts for copy in _copies(part)]
    columns = _templates[0][0].columns
    leaves, at = [], job.leaf
    for copy in copies:
        for entry_id, digest in copy.leaves:
            leaves.append(f"{at}\tentry\t{entry_id}\t\\\\x{digest.hex()}\n")
            at += 1
    found = "".join(
        f"{grant_id}\t{grams(unit_id, words)}\n"
        for copy in copies
        for grant_id, unit_id, words in copy.grants
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        # what foreign keys and the trigger of the search would do is done: whole cases are copied, pairs of letters too
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, rows in joined(copies).items():
            names = ", ".join(f'"{column}"' for column in columns[table])
            _copy(f"COPY {table} ({names}) FROM STDIN", rows)
        _copy("COPY cases_grantsearch (grant_id, grams) FROM STDIN", found)
        _copy('COPY ledger_leaf ("index", kind, ref_id, digest) FROM STDIN', "".join(leaves))
    return Written(
        leaf=job.leaf,
        digests=b"".join(digest for copy in copies for _, digest in copy.leaves),
        ends=[(copy.chain_id, len(copy.leaves), copy.leaves[-1][1]) for copy in copies],
    )


def _copy(statement: str, rows: str) -> None:
    if not rows:
        return
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as into:
        into.write(rows)


def plant(block: ledger_reads.Block) -> ledger_reads.Peaks:
    """Store a block of the tree."""
    with transaction.atomic():
        return ledger.plant_block(block)


def execute(statement: str) -> str:
    """Execute a statement that makes an index or takes stock of a table; return it."""
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute(statement)
    return statement
