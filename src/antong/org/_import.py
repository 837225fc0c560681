"""People from a spreadsheet: every row checked with all that is wrong in it, then entered in one act."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
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
from antong.org._people import first_password
from antong.org._staff import check_person
from antong.org._tables import BASIS, LONGEST_CELL, MOST_ROWS
from antong.org._values import FirstPassword, ImportRow
from antong.org.models import Duty, Person, Post
from antong.org.types import Permission

HEADS = ("姓名", "编号", "用户名", "单位代码", "岗位", "AB岗")
OPTIONAL = frozenset({"用户名"})
_NAMES = {"name": "姓名", "staff_number": "编号", "username": "用户名"}
_RANKS = {"A": Rank.PRIMARY, "A岗": Rank.PRIMARY, "B": Rank.BACKUP, "B岗": Rank.BACKUP}


@dataclass(slots=True)
class _Known:
    """What is there already, asked once for the whole table, and what rows before this one have taken."""

    numbers: dict[str, str]
    usernames: set[str]
    units: set[str]
    posts: dict[tuple[str, str], UUID]
    led: set[UUID]
    taken: dict[str, int] = field(default_factory=dict)


def check_people(table: Sequence[Sequence[str]]) -> list[ImportRow]:
    """Return the rows of a table of people, each with what is wrong in it and how to mend it; five statements.

    Raises BadInput where the head is not that of the template or there are no rows.
    """
    heads = [cell.replace(" ", "").replace("　", "") for cell in (table[0] if table else ())]
    missing = [head for head in HEADS if head not in heads and head not in OPTIONAL]
    if missing or len(set(heads) & set(HEADS)) != len([one for one in heads if one in HEADS]):
        raise BadInput(
            "不能导入：表头与模板不同。" if missing else "不能导入：表头有重复的列。",
            code="table-heads",
            basis=BASIS,
            remedy="第一行须有：" + "、".join(HEADS) + "（用户名可不要）。文字是乱码的，另存为“CSV UTF-8”。",
            items=[f"缺少：{'、'.join(missing)}"] if missing else [],
            fields={"file": "用模板的表头"},
        )
    if len(table) == 1 or len(table) > MOST_ROWS + 1:
        raise BadInput(
            "不能导入：没有一行人员。" if len(table) == 1 else f"不能导入：表格超过 {MOST_ROWS} 行。",
            code="table-rows",
            basis=BASIS,
            remedy=f"表头下面每行写一人，至多 {MOST_ROWS} 人。",
            fields={"file": f"1 到 {MOST_ROWS} 行"},
        )
    places = {head: heads.index(head) for head in HEADS if head in heads}
    rows = [
        {head: row[place] if place < len(row) else "" for head, place in places.items()} for row in table[1:]
    ]
    known = _known(rows)
    return [_checked(line, row, known) for line, row in enumerate(rows, 2)]


def _known(rows: Iterable[dict[str, str]]) -> _Known:
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
    return _Known(
        numbers=dict(Person.objects.filter(staff_number__in=numbers).values_list("staff_number", "name")),
        usernames=set(Person.objects.filter(username__in=wanted).values_list("username", flat=True)),
        units={code for code, _ in found},
        posts=found,
        led=set(led.values_list("post_id", flat=True)),
    )


def _checked(line: int, row: dict[str, str], known: _Known) -> ImportRow:
    form, faults = Form(), []
    name, number, username = check_person(
        form, name=row["姓名"], staff_number=row["编号"], username=row.get("用户名", "")
    )
    faults += [f"{_NAMES[key]}：{text}" for key, text in form.wrong.items()]
    faults += [f"{head}：是公式，改成文字" for head, cell in row.items() if cell.startswith(("=", "+", "@"))]
    faults += [f"{head}：太长" for head, cell in row.items() if len(cell) > LONGEST_CELL]
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
    passwords = [first_password() for _ in table]
    # hashed before anything is locked: five hundred take seconds, and Argon2 lets other threads run
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        hashes = list(
            pool.map(make_password, passwords[: MOST_ROWS + 1] if _right(table, only=only_right) else ())
        )
    with transaction.atomic():
        one_at_a_time()
        rows = _right(table, only=only_right)
        made = [
            (FirstPassword(person_id=new_id(), name=row.name, username=row.username, password=password), row)
            for row, password in zip(rows, passwords, strict=False)
        ]
        _write([(one.person_id, row, encoded) for (one, row), encoded in zip(made, hashes, strict=False)])
        ledger.record(
            actor, chain_id=SYSTEM_CHAIN, act="org.import-people", moment=moment(),
            subjects=[one.person_id for one, _ in made],
            after={"people": len(made), "left_out": len(table) - 1 - len(made),
                   "posts": [[one.person_id, row.post_id, row.rank] for one, row in made]},
        )  # fmt: skip
    return [one for one, _ in made]


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
