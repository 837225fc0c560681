"""Units and their posts from a spreadsheet, and with them their people: every row checked, then all of it entered or nothing.

A row is a unit with a post of it; further rows of the same code bring further posts and may leave the unit's columns
empty. A unit that is registered already gets posts the same way; it is renamed and moved on its page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor, Channel
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import _import, access
from antong.org._fields import Form, initials, one_at_a_time
from antong.org._import import Coming
from antong.org._tables import MOST_BY_COMMAND, cell_faults, columns
from antong.org._units import check_unit, roles_for
from antong.org._values import Entered, FirstPassword, ImportRow, UnitImportRow
from antong.org.models import Post, Unit
from antong.org.types import Level, Permission, Role, UnitKind

_UNIT = {
    "name": "单位名称", "short_name": "简称", "initials": "文号简称", "kind": "类别", "level": "级别",
    "county_code": "行政区划代码", "parent": "上级单位代码",
}  # fmt: skip
HEADS = ("单位代码", *_UNIT.values(), "岗位", "岗位类别")
_KINDS = {word: kind for kind in UnitKind for word in (kind.label, *kind.label.split("、"))}
"""A kind by its label, and by each word of it: 派出所、大队 is written as one of the two as well."""
_LEVELS = {level.label: level for level in Level}


@dataclass(slots=True)
class _Unit:
    """A unit that is registered or that a row before has brought: what stands in its columns, by their heads."""

    id: UUID
    kind: str
    cells: Mapping[str, str]
    posts: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Known:
    """The units a row may name: by code, their names, codes of units that have ended, and those whose first row is wrong."""

    units: dict[str, _Unit] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    wrong: dict[str, int] = field(default_factory=dict)

    def take(self, code: str, unit: _Unit) -> None:
        """Let following rows name a unit."""
        self.units[code] = unit
        self.names.add(unit.cells["单位名称"])


def check_units(table: Sequence[Sequence[str]]) -> list[UnitImportRow]:
    """Return the rows of a table of units, each with what is wrong in it and how to mend it; two statements.

    Raises BadInput where the head is not that of the template, there are no rows, or too many.
    """
    rows = columns(table, HEADS, (), most=MOST_BY_COMMAND, rows_of="单位")
    known = _registered()
    return [_checked(line, row, known) for line, row in enumerate(rows, 2)]


def _registered() -> _Known:
    """Return the units in force with the names of all their posts, and the codes of those that have ended."""
    now, found = clock.now(), _Known()
    every = {row.id: row for row in Unit.objects.select_related("parent")}
    for row in every.values():
        if row.valid_until is not None and row.valid_until <= now:
            found.ended.add(row.code)
            continue
        cells = {
            "单位名称": row.name, "简称": row.short_name, "文号简称": row.initials, "类别": UnitKind(row.kind).label,
            "级别": Level(row.level).label, "行政区划代码": row.county_code,
            "上级单位代码": row.parent.code if row.parent else "",
        }  # fmt: skip
        found.take(row.code, _Unit(id=row.id, kind=row.kind, cells=cells))
    for unit_id, name in Post.objects.values_list("unit_id", "name"):
        if (unit := found.units.get(every[unit_id].code)) is not None:
            unit.posts.add(name)
    return found


def _checked(line: int, row: Mapping[str, str], known: _Known) -> UnitImportRow:
    faults, code = cell_faults(row), row["单位代码"]
    unit, new = known.units.get(code), None
    if unit is not None:
        faults += _differences(row, unit)
    elif code in known.ended:
        faults.append("单位代码：这个代码的单位已撤销，换一个代码")
    elif code in known.wrong and not any(row[head] for head in _UNIT.values()):
        faults.append(f"单位代码：第 {known.wrong[code]} 行写的这个单位不对，先改正")
    else:
        new = _new(row, known, faults)
        if new is None:
            known.wrong.setdefault(code, line)
        else:
            unit = _Unit(id=new_id(), kind=new["kind"], cells=row)
            known.take(code, unit)
    role = None if unit is None else _role(row, unit, faults, is_new=new is not None)
    above = known.units.get(row["上级单位代码"])
    return UnitImportRow(
        line=line, code=code, name=row["单位名称"] or (unit.cells["单位名称"] if unit else ""),
        unit_id=unit.id if unit else new_id(), parent_id=above.id if above else None, columns=new,
        post_id=new_id() if role else None, post_name=row["岗位"], role=role, faults=tuple(faults),
    )  # fmt: skip


def _differences(row: Mapping[str, str], unit: _Unit) -> list[str]:
    return [
        f"{head}：这个单位的是“{unit.cells[head]}”；同一单位的各行写得一样，或留空"
        for head in _UNIT.values()
        if row[head] and row[head] != unit.cells[head]
    ]


def _new(row: Mapping[str, str], known: _Known, faults: list[str]) -> dict[str, str] | None:
    """Return the columns of a unit that no row before has brought, or None where they will not do."""
    form, before = Form(), len(faults)
    parent = known.units.get(row["上级单位代码"])
    if row["上级单位代码"] and parent is None:
        form.wrong["parent"] = "没有这个在用的单位；上级单位的行写在前面"
    given = check_unit(
        form, code=row["单位代码"], name=row["单位名称"], short_name=row["简称"],
        kind=_KINDS.get(row["类别"], ""), level=_LEVELS.get(row["级别"], ""),
        county_code=row["行政区划代码"], initials_=row["文号简称"], parent_kind=parent.kind if parent else "",
    )  # fmt: skip
    for key, labels in (("kind", _KINDS), ("level", _LEVELS)):
        if key in form.wrong:
            form.wrong[key] = f"写{'或'.join(f'“{word}”' for word in labels if '、' not in word)}"
    faults += [f"{_UNIT.get(key, '单位代码')}：{text}" for key, text in form.wrong.items()]
    if given["name"] and given["name"] in known.names:
        faults.append("单位名称：已有在用的同名单位")
    return given if len(faults) == before else None


def _role(row: Mapping[str, str], unit: _Unit, faults: list[str], *, is_new: bool) -> Role | None:
    """Return the role of the post that a row brings, None where it brings none or a wrong one."""
    name, label = row["岗位"], row["岗位类别"]
    if not name and not label:
        if not is_new:
            faults.append("岗位：必填：单位已登记，或前面的行已写过，这一行没有新内容")
        return None
    form, roles = Form(), {role.label: role for role in roles_for(UnitKind(unit.kind))}
    form.text("name", name, 60)
    faults += [f"岗位：{text}" for text in form.wrong.values()]
    if label not in roles:
        faults.append(f"岗位类别：这类单位有{'、'.join(roles)}")
    if name in unit.posts:
        faults.append("岗位：本单位已有，或曾有过这个名称的岗位")
    unit.posts.add(name)
    return roles.get(label) if not form.wrong else None


def check_organisation(
    units: Sequence[Sequence[str]], people: Sequence[Sequence[str]]
) -> tuple[list[UnitImportRow], list[ImportRow]]:
    """Return the rows of a table of units and of one of people who work there; seven statements.

    A table without any row at all, not even a head, brings nothing. Raises BadInput where a table is another one, and
    with every row of both that is wrong.
    """
    first = check_units(units) if units else []
    wrong = frozenset(row.code for row in first if row.faults)
    posts = {
        (row.code, row.post_name): row.post_id
        for row in first
        if row.post_id is not None and row.code not in wrong
    }
    coming = Coming(posts=posts, wrong=wrong)
    second = _import.check_people(people, most=MOST_BY_COMMAND, coming=coming) if people else []
    of = [("单位表", row.line, row.name, row.faults) for row in first]
    of += [("人员表", row.line, row.name, row.faults) for row in second]
    faults = [f"{table} 第 {line} 行 {name}：{'；'.join(wrong)}" for table, line, name, wrong in of if wrong]
    if faults or not of:
        raise BadInput(
            f"没有导入：{len(faults)} 行不对。" if faults else "没有导入：两个表格都没有给。",
            code="table-faults",
            basis=("案通导入规则：两个表格各行都对才导入，有一行不对就什么都不写",),
            remedy="按每行所写改正后重新导入；先用 --check 只核对。"
            if faults
            else "给出单位表或人员表的文件。",
            items=faults,
        )
    return first, second


def import_organisation(
    actor: Actor,
    *,
    units: Sequence[Sequence[str]],
    people: Sequence[Sequence[str]],
    show: Callable[[Sequence[FirstPassword]], None],
    tell: Callable[[int], None] | None = None,
) -> Entered:
    """Enter the units of a table with their posts, and the people of another with theirs: all of it, or nothing.

    `show` is given the first passwords before all of it is kept: what it cannot show leaves nothing. `tell` hears how
    many of them are made, which takes longest. Raises BadInput that names every row that is wrong. Who keeps the server may, as the system administrator on the pages does.
    """
    if actor.channel is not Channel.COMMAND:
        access.require(actor, Permission.ORG_MANAGE)
    check_organisation(units, people)
    hidden = _import.passwords(max(0, len(people) - 1), tell)
    with transaction.atomic():
        one_at_a_time()
        first, second = check_organisation(units, people)
        made, posts = _enter_units(actor, first) if first else (0, 0)
        entered = _import.enter_people(actor, second, hidden) if second else []
        show(entered)
    return Entered(units=made, posts=posts, people=tuple(entered))


def _enter_units(actor: Actor, rows: Sequence[UnitImportRow]) -> tuple[int, int]:
    now = clock.now()
    made = [
        Unit(
            id=row.unit_id, parent_id=row.parent_id, pinyin=initials(row.columns["name"])[:80], valid_from=now,
            **row.columns,
        )
        for row in rows
        if row.columns is not None
    ]  # fmt: skip
    posts = [
        Post(id=row.post_id, unit_id=row.unit_id, name=row.post_name, role=row.role, valid_from=now)
        for row in rows
        if row.post_id is not None and row.role is not None
    ]
    Unit.objects.bulk_create(made)
    Post.objects.bulk_create(posts)
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.import-units", moment=moment(), subjects=[row.id for row in made],
        after={
            "units": [[row.id, row.code, row.kind, row.parent_id] for row in made],
            "posts": [[row.id, row.unit_id, row.role] for row in posts],
        },
    )  # fmt: skip
    return len(made), len(posts)
