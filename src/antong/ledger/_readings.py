"""The read log as those see it whom it concerns: who has read what, and who has read most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Func, IntegerField, Max, Q, QuerySet, Sum

from antong.ledger._rows import reading
from antong.ledger.models import ReadLog
from antong.ledger.types import SYSTEM_CHAIN, Reading

COUNT_STOPS_AT = 1001
READER_ORDERS = ("times", "cases", "pages", "last")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFilter:
    """What readings are narrowed to; None and empty do not narrow.

    `unit_id` is the unit of whoever read, `but` a person left out, `cases` what `cases` gives of a room above (ids, or
    what the database finds them by). `text` is part of the reader's name, or the case is one of `or_cases`. `starts` are
    beginnings and `ends` the end of what was read.
    """

    unit_id: UUID | None = None
    but: UUID | None = None
    cases: Any = None
    text: str = ""
    or_cases: Any = ()
    starts: tuple[str, ...] = ()
    ends: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How much somebody has read: how often, in how many cases, how many pages, when last. No case is named."""

    person_id: UUID
    person_name: str
    unit_id: UUID
    times: int
    cases: int
    pages: int
    last: datetime


def _narrowed(where: ReadingFilter) -> QuerySet[ReadLog]:
    rows = ReadLog.objects.all()
    if where.unit_id is not None:
        rows = rows.filter(unit_id=where.unit_id)
    if where.but is not None:
        rows = rows.exclude(person_id=where.but)
    if where.cases is not None:
        rows = rows.filter(case_id__in=where.cases)
    if where.text:
        rows = rows.filter(Q(person_name__contains=where.text) | Q(case_id__in=where.or_cases))
    if where.starts:
        begins = Q()
        for start in where.starts:
            begins |= Q(what__startswith=start)
        rows = rows.filter(begins)
    if where.ends:
        rows = rows.filter(what__endswith=where.ends)
    return rows if where.since is None else rows.filter(at__gte=where.since)


def find_readings(where: ReadingFilter, *, page: int = 1, size: int = 50) -> tuple[list[Reading], int]:
    """Return a page of readings, newest first, and how many there are, at most 1,001; two statements."""
    rows = _narrowed(where)
    total = rows[:COUNT_STOPS_AT].count()
    start = (min(page, max(1, -(-total // size))) - 1) * size
    return [reading(row) for row in rows.order_by("-at", "id")[start : start + size]], total


def find_readers(
    where: ReadingFilter, *, order: str = "-times", page: int = 1, size: int = 50
) -> tuple[list[Reader], int]:
    """Return a page of those who have read, by how much (READER_ORDERS), and how many there are; two statements."""
    of_cases = _narrowed(where).exclude(case_id=SYSTEM_CHAIN)  # who has read the read log has read no case
    people = of_cases.order_by().values("person_id", "person_name", "unit_id")
    counted = people.annotate(
        times=Count("id"),
        cases=Count("case_id", distinct=True),
        pages=Sum(Func(F("pages"), function="cardinality", output_field=IntegerField())),
        last=Max("at"),
    )
    total = people.distinct()[:COUNT_STOPS_AT].count()
    start = (min(page, max(1, -(-total // size))) - 1) * size
    return [
        Reader(**row) for row in counted.order_by(order, "person_id", "unit_id")[start : start + size]
    ], total
