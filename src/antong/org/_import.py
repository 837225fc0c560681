"""People from a spreadsheet: every row checked with all that is wrong in it, then entered in one act."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor, Rank
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import access
from antong.org._duties import in_force
from antong.org._fields import Form, initials, one_at_a_time
from antong.org._plant import spelled_password
from antong.org._staff import check_person
from antong.org._tables import MOST_ROWS, cell_faults, columns
from antong.org._values import FirstPassword, ImportRow
from antong.org.models import Duty, Person, Post, Unit
from antong.org.types import Permission

HEADS = ("姓名", "编号", "用户名", "单位代码", "岗位", "AB岗")
OPTIONAL = frozenset({"用户名"})
_NAMES = {"name": "姓名", "staff_number": "编号", "username": "用户名"}
_RANKS = {"A": Rank.PRIMARY, "A岗": Rank.PRIMARY, "B": Rank.BACKUP, "B岗": Rank.BACKUP}


@dataclass(frozen=True, slots=True)
class Coming:
    """What a table of units brings: posts by unit code and name, and the codes of units with a row that is wrong."""

    posts: Mapping[tuple[str, str], UUID] = field(default_factory=dict)
    wrong: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Known:
    """What is there already, asked once for the whole table, and what rows before this one have taken."""

    numbers: dict[str, str]
    usernames: set[str]
    units: set[str]
    posts: dict[tuple[str, str], UUID]
    led: set[UUID]
    wrong: frozenset[str]
    taken: dict[str, int] = field(default_factory=dict)


def check_people(
    table: Sequence[Sequence[str]], *, most: int = MOST_ROWS, coming: Coming | None = None
) -> list[ImportRow]:
    """Return the rows of a table of people, each with what is wrong in it and how to mend it; five statements.

    `coming` are the posts that a table of units brings with it. Raises BadInput where the head is not that of the
    template, there are no rows, or more than `most`.
    """
    rows = columns(table, HEADS, OPTIONAL, most=most, rows_of="人员")
    known = _known(rows, coming or Coming())
    return [_checked(line, row, known) for line, row in enumerate(rows, 2)]


def _known(rows: Sequence[dict[str, str]], coming: Coming) -> _Known:
    numbers = [row["编号"] for row in rows]
    wanted = [(row.get("用户名") or row["编号"]).lower() for row in rows]
    codes = {row["单位代码"] for row in rows}
    now = clock.now()
    posts = Post.objects.filter(in_force(), unit__code__in=codes).select_related("unit")
    found = {
        (post.unit.code, post.name): post.id
        for post in posts
        if post.unit.valid_until is None or post.unit.valid_until > now
    }
    led = Duty.objects.filter(in_force(), post_id__in=list(found.values()), rank=Rank.PRIMARY)
    found |= coming.posts
    return _Known(
        numbers=dict(Person.objects.filter(staff_number__in=numbers).values_list("staff_number", "name")),
        usernames=set(Person.objects.filter(username__in=wanted).values_list("username", flat=True)),
        units={code for code, _ in found},
        posts=found,
        led=set(led.values_list("post_id", flat=True)),
        wrong=coming.wrong,
    )


def _checked(line: int, row: dict[str, str], known: _Known) -> ImportRow:
    form, faults = Form(), []
    name, number, username = check_person(
        form, name=row["姓名"], staff_number=row["编号"], username=row.get("用户名", "")
    )
    faults += [f"{_NAMES[key]}：{text}" for key, text in form.wrong.items()]
    faults += cell_faults(row)
    if number in known.numbers:
        faults.append(f"编号：已是{known.numbers[number]}的；已登记的人不再导入，在人员页调动")
    elif username in known.usernames:
        faults.append("用户名：已有人用，换一个")
    for what, value in (("编号", number), ("用户名", username)):
        before = known.taken.setdefault(f"{what}/{value}", line)
        if value and before != line:
            faults.append(f"{what}：与第 {before} 行相同")
    rank = _RANKS.get(row["AB岗"].upper().replace(" ", ""))
    if rank is None:
        faults.append("AB岗：写 A 或 B")
    post_id = _post(line, row, rank, known, faults)
    return ImportRow(
        line=line, name=name, staff_number=number, username=username, unit_code=row["单位代码"],
        post_name=row["岗位"], rank=rank, post_id=post_id, faults=tuple(faults),
    )  # fmt: skip


def _post(line: int, row: dict[str, str], rank: Rank | None, known: _Known, faults: list[str]) -> UUID | None:
    code, name = row["单位代码"], row["岗位"]
    if code in known.wrong and (code, name) not in known.posts:
        faults.append("单位代码：单位表里这个单位有不对的行，先改正")
        return None
    if code not in known.units:
        faults.append("单位代码：没有这个在用的单位，或它还没有岗位；按单位岗位页的代码写")
        return None
    post_id = known.posts.get((code, name))
    if post_id is None:
        named = [post for unit, post in known.posts if unit == code]
        faults.append(f"岗位：该单位没有；有{'、'.join(sorted(named)[:6])}")
        return None
    if rank is Rank.PRIMARY:
        before = known.taken.setdefault(f"A/{post_id}", line)
        if post_id in known.led:
            faults.append("AB岗：这个岗位已有 A 岗，写 B，或先终止现任")
        elif before != line:
            faults.append(f"AB岗：第 {before} 行已是这个岗位的 A 岗")
    return post_id


def import_people(
    actor: Actor, *, table: Sequence[Sequence[str]], only_right: bool = False
) -> list[FirstPassword]:
    """Enter the people of a table with their posts in one act; return their first passwords, which are told once.

    Nothing is written where a row is wrong, unless `only_right`: then the right rows alone. Raises BadInput with the
    rows that are wrong, or where none is right.
    """
    access.require(actor, Permission.ORG_MANAGE)
    _right(table, only=only_right)
    hidden = passwords(len(table) - 1)
    with transaction.atomic():
        one_at_a_time()
        rows = _right(table, only=only_right)
        return enter_people(actor, rows, hidden, left_out=len(table) - 1 - len(rows))


def passwords(many: int, tell: Callable[[int], None] | None = None) -> list[tuple[str, str]]:
    """Return so many first passwords, each with its hash; `tell` hears how many there are.

    To be made before anything is locked: five hundred take seconds, and Argon2 lets other threads run.
    """
    found, hashes = [spelled_password() for _ in range(many)], []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for encoded in pool.map(make_password, found):
            hashes.append(encoded)
            if tell is not None:
                tell(len(hashes))
    return list(zip(found, hashes, strict=True))


def enter_people(
    actor: Actor, rows: Sequence[ImportRow], hidden: Sequence[tuple[str, str]], *, left_out: int = 0
) -> list[FirstPassword]:
    """Write right rows with a password each, of which there are enough, in the caller's transaction; record it as one act."""
    codes = {row.unit_code for row in rows}
    units = dict(Unit.objects.filter(code__in=codes).values_list("code", "name"))
    made = [
        FirstPassword(
            person_id=new_id(),
            name=row.name,
            username=row.username,
            password=password,
            staff_number=row.staff_number,
            unit=units.get(row.unit_code, row.unit_code),
        )
        for row, (password, _) in zip(rows, hidden, strict=False)
    ]
    _write(
        [(one.person_id, row, encoded) for one, row, (_, encoded) in zip(made, rows, hidden, strict=False)]
    )
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.import-people", moment=moment(),
        subjects=[one.person_id for one in made],
        after={"people": len(made), "left_out": left_out,
               "posts": [[one.person_id, row.post_id, row.rank] for one, row in zip(made, rows, strict=True)]},
    )  # fmt: skip
    return made


def _right(table: Sequence[Sequence[str]], *, only: bool) -> list[ImportRow]:
    rows = check_people(table)
    wrong = [row for row in rows if row.faults]
    right = [row for row in rows if not row.faults]
    if (wrong and not only) or not right:
        raise BadInput(
            f"没有导入：{len(wrong)} 行不对。",
            code="table-faults",
            basis=("案通导入规则：各行都对才导入，或者只导入对的行",),
            remedy="按每行所写改正后重新选文件；或只导入对的行。",
            items=[f"第 {row.line} 行 {row.name}：{'；'.join(row.faults)}" for row in wrong[:10]],
        )
    return right


def _write(rows: Sequence[tuple[UUID, ImportRow, str]]) -> None:
    now = clock.now()
    Person.objects.bulk_create(
        [
            Person(
                id=person_id, name=row.name, staff_number=row.staff_number, username=row.username,
                pinyin=initials(row.name)[:60], password=encoded, must_change_password=True,
            )
            for person_id, row, encoded in rows
        ]
    )  # fmt: skip
    Duty.objects.bulk_create(
        [
            Duty(post_id=row.post_id, person_id=person_id, rank=row.rank, valid_from=now)
            for person_id, row, _ in rows
            if row.post_id is not None and row.rank is not None  # what is right has both
        ]
    )
