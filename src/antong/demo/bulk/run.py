"""Filling an empty house: models, copies, tree and first head, indexes."""

from __future__ import annotations

import multiprocessing
import pickle
import time
from collections.abc import Callable, Sequence
from multiprocessing.pool import Pool
from uuid import UUID

from django.db import connection, connections, transaction

from antong.demo.bulk import carrying, plan, process, template, writing
from antong.demo.bulk.template import Template
from antong.demo.copies import TABLES
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger
from antong.ledger import selectors as ledger_reads

PROCESSES = 2
LEAST, MOST = 100, 10_000_000
Say = Callable[[str], None]
Tell = Callable[[str, int], None]
_FILLED = ("ledger_leaf", "ledger_node", "ledger_mapleaf", "ledger_mapnode", "cases_grantsearch")
_INDEXES = """
SELECT pg_get_indexdef(i.indexrelid), i.indexrelid::regclass::text FROM pg_index i
WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique
"""


def fill(count: int, say: Say, tell: Tell) -> int:
    """Fill the empty database of a demonstration with `count` cases; return how many there are.

    Refuses where there are cases, be they its own of an attempt that was cut off, and where the database's user may
    not write beside its triggers.
    """
    _refuse(count)
    began = time.monotonic()
    carried = list(carrying.carry(say))
    models = [
        (template.read(case_id, until, pages=False), template.read(case_id, until, pages=True))
        for until, case_id in carried
    ]
    say(f"样案 {len(models)} 件，{time.monotonic() - began:.0f} 秒")
    waiting = ledger_reads.waiting()
    first_leaves(waiting)
    dropped = _drop_indexes()
    connections.close_all()
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES, initializer=process.begin, initargs=(pickle.dumps(models),)) as pool:
        digests, ends = _write(pool, models, count - len(models), waiting, tell)
        say(f"副本写完，{time.monotonic() - began:.0f} 秒")
        peaks = pool.map(writing.plant, ledger_reads.blocks(bytes(digests)), chunksize=1)
        ledger.plant_first_head(len(digests) // 32, peaks, ends, tell)
        say(f"账本的树与封签，{time.monotonic() - began:.0f} 秒")
        counters()
        _finish(pool, dropped, tell)
    say(f"索引与统计，{time.monotonic() - began:.0f} 秒")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_case")
        return int(cursor.fetchone()[0])


def _refuse(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM cases_case), rolsuper FROM pg_roles WHERE rolname = current_user"
        )
        taken, trusted = cursor.fetchone()
    if taken or not trusted:
        raise Refusal(
            "不能生成：这个数据库里已有案件。" if taken else "不能生成：数据库用户不是超级用户。",
            code="not-empty" if taken else "not-trusted",
            basis=("案通演示规则：成批案件只写入为它新建的空库；中断留下的半个库不接着写",),
            remedy="另设 ANTONG_STATE（或另建一个空数据库）重新运行 antong demo bulk；原来的库原样不动。",
        )
    if not LEAST <= count <= MOST:
        raise Refusal(
            f"不能生成：案件数应在 100 与 {MOST:,} 之间。", code="count", remedy="用 --cases 另指一个数。"
        )


def first_leaves(waiting: Sequence[ledger_reads.Waiting]) -> None:
    """Enter what the models left waiting into the leaves of the tree, before the copies."""
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy('COPY ledger_leaf ("index", kind, ref_id, digest) FROM STDIN') as into,
    ):
        for index, (entry_id, _, _, digest) in enumerate(waiting):
            into.write(f"{index}\tentry\t{entry_id}\t\\\\x{digest.hex()}\n")


def _drop_indexes() -> list[str]:
    """Drop what only searching needs; return how each is made again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INDEXES, [[*TABLES, *_FILLED]])
        found = cursor.fetchall()
        for _, name in found:
            cursor.execute(f"DROP INDEX {name}")
    return [statement for statement, _ in found]


def _write(
    pool: Pool,
    models: Sequence[tuple[Template, Template]],
    count: int,
    waiting: Sequence[ledger_reads.Waiting],
    tell: Tell,
) -> tuple[bytearray, dict[UUID, tuple[int, bytes]]]:
    """Write all copies; return the digests of the whole tree's leaves and every chain's end."""
    lengths = [len(plain.acts) for plain, _ in models]
    listed = list(plan.parts([plain.until for plain, _ in models], count))
    jobs, leaf = [], len(waiting)
    for chunk in plan.chunks(listed):
        jobs.append(writing.Job(parts=chunk, leaf=leaf))
        leaf += sum(lengths[part.model] * part.count for part in chunk)
    digests = bytearray(32 * leaf)
    digests[: 32 * len(waiting)] = b"".join(digest for _, _, _, digest in waiting)
    ends = {chain_id: (number, digest) for _, chain_id, number, digest in waiting}
    done = 0
    for written in pool.imap_unordered(writing.write, jobs):
        digests[32 * written.leaf : 32 * written.leaf + len(written.digests)] = written.digests
        ends.update((chain_id, (number, digest)) for chain_id, number, digest in written.ends)
        done += len(written.ends)
        tell("副本", done)
    return digests, ends


def counters() -> None:
    """Raise every series of numbers above what the copies took."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_numberseries (region, year, last)"
            " SELECT substring(number from '^[A-Z]+'), substring(number from '[0-9]{4}')::int, max(substring(number from '-([0-9]+)$')::int)"
            " FROM cases_case GROUP BY 1, 2 ON CONFLICT (region, year) DO UPDATE SET last = EXCLUDED.last"
        )
        cursor.execute(
            "INSERT INTO dossier_numbercounter (unit_id, kind, year, last)"
            " SELECT unit_id, kind, year, max(seq) FROM dossier_document WHERE seq IS NOT NULL GROUP BY 1, 2, 3"
            " ON CONFLICT (unit_id, kind, year) DO UPDATE SET last = greatest(dossier_numbercounter.last, EXCLUDED.last)"
        )


def _finish(pool: Pool, dropped: Sequence[str], tell: Tell) -> None:
    """Make the indexes again, the largest first, and let the planner know what is there."""
    last = [statement for statement in dropped if " gin " in statement]
    made = [*last, *(statement for statement in dropped if statement not in last)]
    for done, _ in enumerate(pool.imap_unordered(writing.execute, made), 1):
        tell("索引", done)
    tables = [f"VACUUM (ANALYZE) {table}" for table in (*TABLES, *_FILLED, "ledger_queue")]
    for done, _ in enumerate(pool.imap_unordered(writing.execute, tables), 1):
        tell("统计", done)
