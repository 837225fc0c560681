"""Units with their posts, and the people who hold them, from two tables: every row checked, all of it entered or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from antong.boot import founding
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput, NotPermitted
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions, selectors
from antong.org.models import Duty, Person, Post, Unit

People = dict[str, Actor]
Table = list[list[str]]
UNITS = selectors.UNIT_IMPORT_HEADS
STAFF = selectors.IMPORT_HEADS
BUREAU = (
    "997001ga",
    "试县公安局",
    "试县公安",
    "试公",
    "公安局",
    "县级",
    "997001",
    "",
    "办案民警1",
    "办案民警",
)
MORE = ("997001ga", "", "", "", "", "", "", "", "局长", "局领导")
STATION = (
    "997001pc",
    "试县公安局河东派出所",
    "河东所",
    "试公东",
    "派出所、大队",
    "乡镇级",
    "997001",
    "997001ga",
    "民警",
    "办案民警",
)
WITHOUT_POST = ("997001jc", "试县人民检察院", "试县检察", "试检", "检察院", "县级", "997001", "", "", "")
OFFICER = ("陶见微", "997101", "", "997001ga", "办案民警1", "A")
LEADER = ("褚临川", "997102", "chulc", "997001ga", "局长", "A")

pytestmark = pytest.mark.usefixtures("quick_hash")


def units(*rows: Sequence[str]) -> Table:
    return [list(UNITS), *(list(row) for row in rows)]


def staff(*rows: Sequence[str]) -> Table:
    return [list(STAFF), *(list(row) for row in rows)]


def nothing(_: Any) -> None:
    pass


def faults(first: Table, second: Table) -> list[str]:
    """Return what is said of each row; nothing may be written by it."""
    before = counted()
    with pytest.raises(BadInput) as refused:
        actions.import_organisation(founding.operator(), units=first, people=second, show=nothing)
    assert counted() == before
    assert refused.value.code == "table-faults"
    assert refused.value.remedy
    return list(refused.value.items)


def counted() -> tuple[int, ...]:
    tables = (Unit, Post, Person, Duty)
    return (*(table.objects.count() for table in tables), ledger.last_number(SYSTEM_CHAIN))  # type: ignore[attr-defined]


def test_two_right_tables_are_entered_and_people_sign_in(people: People) -> None:
    before, shown = ledger.last_number(SYSTEM_CHAIN), []
    done = actions.import_organisation(
        founding.operator(), units=units(BUREAU, MORE, STATION, WITHOUT_POST), people=staff(OFFICER, LEADER),
        show=shown.extend,
    )  # fmt: skip
    assert (done.units, done.posts, len(done.people)) == (3, 3, 2)
    assert tuple(shown) == done.people
    found = {row.code: row for row in selectors.all_units()}
    assert found["997001pc"].parent_id == found["997001ga"].id
    assert (found["997001ga"].name, found["997001ga"].initials) == ("试县公安局", "试公")
    assert selectors.find_units("sxga")[0].code == "997001ga"
    for one, post in zip(done.people, ("办案民警1", "局长"), strict=True):
        signed = actions.sign_in(one.username, one.password, "10.0.0.9")
        assert signed.must_change_password
        assert [duty.post_name for duty in signed.duties] == [post]
        assert one.password[0].isalpha()
    last = ledger.entries(SYSTEM_CHAIN, most=2)
    assert [one.act for one in last] == ["org.import-people", "org.import-units"]
    assert ledger.last_number(SYSTEM_CHAIN) == before + 2
    assert len(faults(units(BUREAU), staff(OFFICER))) == 2, "entered once more"


def test_a_registered_unit_gets_posts_and_people_without_units_come_too(people: People) -> None:
    own = selectors.unit(people["anguan"].unit_id)
    row = (own.code, own.name, "", "", "", "", "", "", "检察官助理九", "检察官")
    person = ("陶见微", "997101", "", own.code, "检察官助理九", "B")
    done = actions.import_organisation(people["xitong"], units=units(row), people=staff(person), show=nothing)
    assert (done.units, done.posts, len(done.people)) == (0, 1, 1)
    second = ("褚临川", "997102", "", own.code, "检察官助理九", "A")
    done = actions.import_organisation(founding.operator(), units=[], people=staff(second), show=nothing)
    assert (done.units, len(done.people)) == (0, 1)
    done = actions.import_organisation(founding.operator(), units=units(BUREAU), people=[], show=nothing)
    assert (done.units, len(done.people)) == (1, 0)
    with pytest.raises(BadInput, match="两个表格都没有给") as neither:
        actions.import_organisation(founding.operator(), units=[], people=[], show=nothing)
    assert neither.value.remedy == "给出单位表或人员表的文件。"


def changed(row: Sequence[str], **cells: str) -> tuple[str, ...]:
    values = dict(zip(UNITS, row, strict=True))
    assert set(cells) <= set(values)
    return tuple((values | cells).values())


WRONG = [
    (changed(BUREAU, 单位代码="有 空格"), "单位代码：只用"),
    (changed(BUREAU, 单位代码=""), "单位代码：必填"),
    (changed(BUREAU, 单位名称=""), "单位名称：必填"),
    (changed(BUREAU, 单位名称="长" * 81), "单位名称：不超过 80 字"),
    (changed(BUREAU, 简称="长" * 201), "简称：太长"),
    (changed(BUREAU, 单位名称="=A1"), "单位名称：是公式"),
    (changed(BUREAU, 类别="police"), "类别：写“政法委”或"),
    (changed(BUREAU, 级别="省级"), "级别：写“地市级”或“县级”或“乡镇级”"),
    (changed(BUREAU, 行政区划代码="9970"), "行政区划代码：6 位"),
    (changed(BUREAU, 上级单位代码="nobody"), "上级单位代码：没有这个"),
    (changed(STATION, 上级单位代码=""), "上级单位代码：派出所、大队须选"),
    (changed(BUREAU, 岗位类别="检察官"), "岗位类别：这类单位有"),
    (changed(BUREAU, 岗位类别=""), "岗位类别：这类单位有"),
    (changed(BUREAU, 岗位=""), "岗位：必填"),
    (changed(BUREAU, 岗位="长" * 61), "岗位：不超过 60 字"),
]


@pytest.mark.parametrize(("row", "fault"), WRONG, ids=[fault for _, fault in WRONG])
def test_a_wrong_row_of_units_says_what_and_nothing_is_written(
    people: People, row: tuple[str, ...], fault: str
) -> None:
    said = faults(units(row, WITHOUT_POST), staff(("褚临川", "997102", "", "990122xz", "办案民警1", "B")))
    assert len(said) == 1
    assert said[0].startswith("单位表 第 2 行 ")
    assert fault in said[0]


def test_rows_are_held_against_each_other_and_against_what_is_registered(people: People) -> None:
    own = selectors.unit(people["anguan"].unit_id)
    renamed = (own.code, "另一个名称", "", "", "", "", "", "", "新岗位", "检察官")
    same_name = changed(WITHOUT_POST, 单位代码="997001xx", 单位名称=own.name)
    said = faults(
        units(
            BUREAU, BUREAU, MORE, changed(MORE, 简称="试公安"), ("997001ga", *[""] * 9), renamed, same_name
        ),
        [],
    )
    lines = {line.split(" 行 ")[0]: line for line in said}
    assert set(lines) == {f"单位表 第 {number}" for number in (3, 5, 6, 7, 8)}
    assert "岗位：本单位已有" in lines["单位表 第 3"]
    assert "简称：这个单位的是“试县公安”" in lines["单位表 第 5"]
    assert "这一行没有新内容" in lines["单位表 第 6"]
    assert f"单位名称：这个单位的是“{own.name}”" in lines["单位表 第 7"]
    assert "单位名称：已有在用的同名单位" in lines["单位表 第 8"]


def test_one_wrong_unit_is_told_once_to_its_rows_and_people(people: People) -> None:
    said = faults(units(changed(BUREAU, 级别="省级"), MORE), staff(OFFICER, LEADER))
    assert len(said) == 4
    assert "级别：写" in said[0]
    assert "第 2 行写的这个单位不对" in said[1]
    assert all("单位表里这个单位有不对的行" in line for line in said[2:])
    good = faults(units(BUREAU, MORE), staff(OFFICER, ("褚临川", "", "", "997001ga", "所长", "A")))
    assert len(good) == 1
    assert good[0].startswith("人员表 第 3 行 褚临川：编号：必填；")
    assert "岗位：该单位没有；有办案民警1、局长" in good[0]


def test_a_unit_that_has_ended_is_not_entered_again(people: People) -> None:
    made = actions.new_unit(
        people["xitong"], code="997009", name="试县法律援助中心", short_name="试援", kind="legal_aid", level="county",
        county_code="997001", initials_="试援",
    )  # fmt: skip
    actions.end_unit(people["xitong"], unit_id=made)
    (said,) = faults(units(changed(WITHOUT_POST, 单位代码="997009")), [])
    assert "已撤销" in said


def test_passwords_that_cannot_be_shown_leave_nothing(people: People) -> None:
    before = counted()

    def full(_: Any) -> None:
        raise OSError(28, "no space")

    with pytest.raises(OSError, match="no space"):
        actions.import_organisation(
            founding.operator(), units=units(BUREAU, MORE), people=staff(OFFICER), show=full
        )
    assert counted() == before


def test_who_may(people: People) -> None:
    for who in ("zhencha", "juzhang"):
        with pytest.raises(NotPermitted):
            actions.import_organisation(people[who], units=units(BUREAU), people=[], show=nothing)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ([["a"], ["b"]], [], "单位表的表头"),
        (units(), [], "没有一行单位"),
        (units(BUREAU), [["a"], ["b"]], "人员表的表头"),
        (units(*[BUREAU] * 5001), [], "单位表超过 5000 行"),
    ],
)
def test_another_table_is_named(people: People, first: Table, second: Table, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        selectors.check_organisation(first, second)


def test_two_tables_cost_seven_statements_however_long(people: People) -> None:
    rows = [changed(MORE, 岗位=f"民警{number}", 岗位类别="办案民警") for number in range(300)]
    crowd = [
        (f"人{number}", f"997{number:04}", "", "997001ga", f"民警{number}", "A") for number in range(300)
    ]
    with CaptureQueriesContext(connection) as seen:
        first, second = selectors.check_organisation(units(BUREAU, *rows), staff(*crowd))
    assert len(seen) <= 7
    assert (len(first), len(second)) == (301, 300)
