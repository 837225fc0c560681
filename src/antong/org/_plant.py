"""Entering a whole organisation at once: for the model prefecture, and later for spreadsheets."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from antong.kernel.actor import Actor, Rank
from antong.kernel.moment import moment
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org._fields import initials
from antong.org._instance import found
from antong.org.models import Counterpart, Duty, Person, Post, RosterShift, Unit
from antong.org.types import Level, Role, UnitKind

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRow:
    """Whose hub is founded: its name, and the letters its case numbers begin with."""

    name: str
    letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """A unit to be entered; `counterparts` are ids of units it deals with, first choice first."""

    id: UUID
    code: str
    name: str
    short_name: str
    kind: UnitKind
    level: Level
    parent_id: UUID | None
    county_code: str
    initials: str
    counterparts: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person to be entered. Without a password nobody can sign in as that person.

    A password set for somebody else is changed at the first sign-in, but for those of the demonstration.
    """

    id: UUID
    username: str
    name: str
    staff_number: str
    password: str = ""
    must_change_password: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """A post of a unit."""

    id: UUID
    unit_id: UUID
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """A person's holding of a post."""

    id: UUID
    post_id: UUID
    person_id: UUID
    rank: Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """A shift of the duty roster."""

    unit_id: UUID
    person_id: UUID
    starts_at: datetime
    ends_at: datetime


@transaction.atomic
def plant(
    actor: Actor,
    *,
    instance: InstanceRow,
    since: datetime,
    units: Sequence[UnitRow],
    people: Sequence[PersonRow],
    posts: Sequence[PostRow],
    duties: Sequence[DutyRow],
    shifts: Sequence[ShiftRow] = (),
) -> None:
    """Enter a whole organisation into an empty database, in force from `since`.

    Refuses where units exist; raises BadInput where name or letters of the instance will not do.
    """
    if Unit.objects.exists():
        raise Refusal(
            "不能建立：数据库里已有单位。",
            code="org-exists",
            remedy="换一个空数据库；或在单位管理里逐个增加。",
        )
    found(instance.name, instance.letters)
    Unit.objects.bulk_create(
        [
            Unit(
                id=row.id,
                code=row.code,
                name=row.name,
                short_name=row.short_name,
                kind=row.kind,
                level=row.level,
                parent_id=row.parent_id,
                county_code=row.county_code,
                initials=row.initials,
                pinyin=initials(row.name)[:80],
                valid_from=since,
            )
            for row in units
        ]
    )
    kinds = {row.id: row.kind for row in units}
    Counterpart.objects.bulk_create(
        [
            Counterpart(unit_id=row.id, other_id=other, kind=kinds[other], position=position)
            for row in units
            for position, other in enumerate(row.counterparts)
        ]
    )
    _people(people)
    Post.objects.bulk_create(
        [
            Post(id=row.id, unit_id=row.unit_id, name=row.name, role=row.role, valid_from=since)
            for row in posts
        ]
    )
    Duty.objects.bulk_create(
        [
            Duty(id=row.id, post_id=row.post_id, person_id=row.person_id, rank=row.rank, valid_from=since)
            for row in duties
        ]
    )
    _shifts(shifts)
    ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.plant",
        moment=moment(),
        after={
            "region": instance.name, "letters": instance.letters, "units": len(units), "people": len(people), "posts": len(posts),
            "duties": len(duties),
        },
    )  # fmt: skip


def _shifts(shifts: Sequence[ShiftRow]) -> None:
    RosterShift.objects.bulk_create(
        [
            RosterShift(
                unit_id=row.unit_id, person_id=row.person_id, starts_at=row.starts_at, ends_at=row.ends_at
            )
            for row in shifts
        ],
        batch_size=1000,
    )


def spelled_password() -> str:
    """Return a random password that is read from a screen or paper and typed: 16 letters and digits in fours, none alike.

    It begins with a letter: a table program takes what begins with a digit for a number or a day.
    """
    first = secrets.choice([letter for letter in _ALPHABET if letter.isalpha()])
    every = first + "".join(secrets.choice(_ALPHABET) for _ in range(15))
    return "-".join(every[at : at + 4] for at in range(0, 16, 4))


def _people(people: Sequence[PersonRow]) -> None:
    # Argon2 lets other threads run while it works: a few passwords at a time cost a start no seconds
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        hashes = list(pool.map(lambda row: make_password(row.password or None), people))
    Person.objects.bulk_create(
        [
            Person(
                id=row.id,
                username=row.username,
                name=row.name,
                pinyin=initials(row.name)[:60],
                staff_number=row.staff_number,
                password=encoded,
                must_change_password=row.must_change_password,
            )
            for row, encoded in zip(people, hashes, strict=True)
        ]
    )
