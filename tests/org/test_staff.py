"""People entered, moved, corrected and gone; and many at once from a spreadsheet, good and bad."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from antong.kernel import clock
from antong.kernel.actor import Actor, Rank
from antong.kernel.refusal import BadInput, NotFound, NotPermitted
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions, selectors
from antong.org._values import FirstPassword
from antong.org.models import Delegation, Duty, Person, Post, RosterShift

People = dict[str, Actor]
HEADS = ("姓名", "编号", "用户名", "单位代码", "岗位", "AB岗")
GOOD = ("陶见微", "990101", "", "990122xz", "办案民警1", "B")
NEW = "seven quiet herons cross"

pytestmark = pytest.mark.usefixtures("quick_hash")


def post_of(code: str, name: str) -> UUID:
    return Post.objects.get(unit__code=code, name=name).id


def free_post(people: People) -> UUID:
    """A post that nobody holds."""
    unit_id = people["anguan"].unit_id
    made = Post.objects.filter(unit_id=unit_id, name="检察官助理").first()
    return (
        made.id
        if made
        else actions.new_post(people["xitong"], unit_id=unit_id, name="检察官助理", role="prosecutor")
    )


def entered(people: People, **changes: Any) -> FirstPassword:
    given: dict[str, Any] = {"name": "陶见微", "staff_number": "990101", "post_id": free_post(people)}
    return actions.new_person(people["xitong"], **given | changes)


def csv_of(*rows: Sequence[str], heads: Sequence[str] = HEADS) -> bytes:
    return "\n".join(",".join(row) for row in (heads, *rows)).encode()


def xlsx_of(*rows: Sequence[Any], heads: Sequence[str] = HEADS) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (heads, *rows):
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_new_person_signs_in_and_must_change_the_password(people: People) -> None:
    made = entered(people)
    assert made.username == "990101"
    signed = actions.sign_in("990101", made.password, "10.0.0.9")
    assert signed.must_change_password
    assert [duty.post_name for duty in signed.duties] == ["检察官助理"]
    entry = ledger.entries(SYSTEM_CHAIN, most=1)[0]
    assert entry.act == "org.new-person"
    assert made.password not in str(entry.after)
    assert made.password not in str(Person.objects.filter(id=made.person_id).values())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"), ({"name": "名" * 61}, "name"), ({"staff_number": "一号"}, "staff_number"),
        ({"username": "空 格"}, "username"), ({"username": "zhencha"}, "username"), ({"username": "ab"}, "username"),
    ],
)  # fmt: skip
def test_a_person_that_is_not_right_is_refused_by_field(
    people: People, changes: dict[str, Any], field: str
) -> None:
    before = Person.objects.count()
    with pytest.raises(BadInput) as refused:
        entered(people, **changes)
    assert list(refused.value.fields) == [field]
    assert Person.objects.count() == before


def test_a_number_is_given_once_and_a_post_with_its_a_is_taken(people: People) -> None:
    entered(people)
    with pytest.raises(BadInput) as refused:
        actions.new_person(people["xitong"], name="另一人", staff_number="990101")
    assert set(refused.value.fields) == {"staff_number", "username"}
    with pytest.raises(BadInput) as refused:
        entered(people, staff_number="990102", post_id=people["anguan"].post_id, name="另一人")
    assert refused.value.code == "post-has-primary"
    assert not Person.objects.filter(staff_number="990102").exists()


def test_moving_ends_everything_and_begins_one(people: People) -> None:
    who, admin = people["jianchaguan"], people["xitong"]
    lent = Delegation.objects.create(
        duty_id=people["anguan"].duty_id, to_person_id=who.person_id, starts_at=clock.now() - timedelta(hours=1),
        ends_at=clock.now() + timedelta(days=3), reason="休假",
    )  # fmt: skip
    post_id = free_post(people)
    actions.move_person(admin, person_id=who.person_id, post_id=post_id)
    held = selectors.person_sheet(who.person_id).held
    assert [(one.post_id, one.rank) for one in held] == [(post_id, Rank.PRIMARY)]
    assert selectors.actor_for(who.person_id, who.duty_id) is None
    lent.refresh_from_db()
    assert lent.ends_at <= clock.now()
    assert not RosterShift.objects.filter(person_id=who.person_id, starts_at__gt=clock.now()).exists()
    with pytest.raises(BadInput):
        actions.move_person(admin, person_id=who.person_id, post_id=people["anguan"].post_id)
    assert [one.post_id for one in selectors.person_sheet(who.person_id).held] == [post_id]


def test_a_duty_still_to_come_never_begins_for_who_leaves(people: People) -> None:
    admin, post_id = people["xitong"], free_post(people)
    made = entered(people, post_id=None)
    actions.assign_duty(
        admin,
        post_id=post_id,
        person_id=made.person_id,
        rank=Rank.PRIMARY,
        valid_from=clock.now() + timedelta(days=9),
    )
    actions.leave_service(admin, person_id=made.person_id, reason="退休")
    assert not Duty.objects.filter(post_id=post_id).exists()
    assert not Person.objects.get(id=made.person_id).is_active
    with clock.set_to(clock.now() + timedelta(days=10)):
        assert not selectors.duties_of(made.person_id)
    with pytest.raises(NotFound):
        actions.leave_service(admin, person_id=made.person_id, reason="再来一次")


def test_nobody_moves_or_ends_the_own_posts_and_administrators_stay_apart(people: People) -> None:
    admin, post_id = people["xitong"], free_post(people)
    for act in (
        lambda: actions.move_person(admin, person_id=admin.person_id, post_id=post_id),
        lambda: actions.leave_service(admin, person_id=admin.person_id, reason="退休"),
    ):
        with pytest.raises(NotPermitted) as refused:
            act()
        assert refused.value.code == "own-duty"
    with pytest.raises(BadInput):
        actions.leave_service(admin, person_id=people["faguan"].person_id, reason="  ")
    for who in ("anquan", "shenji", "juzhang"):
        with pytest.raises(NotPermitted):
            actions.new_person(people[who], name="某", staff_number="990105")
        with pytest.raises(NotPermitted):
            actions.import_people(people[who], table=[list(HEADS), list(GOOD)])


def test_a_correction_keeps_numbers_apart(people: People) -> None:
    made, admin = entered(people), people["xitong"]
    actions.amend_person(admin, person_id=made.person_id, name="陶见薇", staff_number="990109")
    assert selectors.people("tjw")[0][0].staff_number == "990109"
    taken = Person.objects.get(id=people["faguan"].person_id).staff_number
    with pytest.raises(BadInput) as refused:
        actions.amend_person(admin, person_id=made.person_id, name="陶见薇", staff_number=taken)
    assert list(refused.value.fields) == ["staff_number"]
    with pytest.raises(NotFound):
        actions.amend_person(admin, person_id=uuid4(), name="无", staff_number="1")


def test_people_are_found_by_name_initials_number_and_unit_in_three_statements(people: People) -> None:
    name = people["zhencha"].person_name
    assert name in {row.name for row in selectors.people(name)[0]}
    assert people["zhencha"].person_id in {row.id for row in selectors.people("刑事侦查大队", size=100)[0]}
    with CaptureQueriesContext(connection) as seen:
        rows, total = selectors.people(size=20)
    assert len(seen) == 3
    assert len(rows) == 20
    assert total == Person.objects.count()
    assert len(selectors.people(page=10**9, size=20)[0]) > 0
    assert not selectors.people("没有这个人")[0]


@pytest.mark.parametrize("make", [csv_of, xlsx_of])
def test_a_right_table_is_one_act(people: People, make: Callable[..., bytes]) -> None:
    table = selectors.read_table(make(GOOD, ("褚临川", "990102", "chulc", "990122ga", "法制员", "B岗")))
    rows = selectors.check_people(table)
    assert [row.faults for row in rows] == [(), ()]
    before = ledger.last_number(SYSTEM_CHAIN)
    made = actions.import_people(people["xitong"], table=table)
    assert ledger.last_number(SYSTEM_CHAIN) == before + 1
    assert [one.username for one in made] == ["990101", "chulc"]
    assert len({one.password for one in made}) == 2
    for one in made:
        signed = actions.sign_in(one.username, one.password, "10.0.0.9")
        assert signed.must_change_password
        assert len(signed.duties) == 1
    with pytest.raises(BadInput) as refused:
        actions.import_people(people["xitong"], table=table)
    assert refused.value.code == "table-faults"


def test_numbers_of_a_sheet_stay_numbers_and_gbk_is_read(people: People) -> None:
    table = selectors.read_table(xlsx_of(("陶见微", 990101.0, None, "990122xz", "办案民警1", "b")))
    assert [row.faults for row in selectors.check_people(table)] == [()]
    text = csv_of(GOOD).decode().encode("gb18030")
    assert selectors.read_table(text)[1][0] == "陶见微"
    marked = b"\xef\xbb\xbf" + csv_of(GOOD).replace(b",", b";")
    assert selectors.read_table(marked)[0] == list(HEADS)


WRONG_ROWS = [
    (("", "990101", "", "990122xz", "办案民警1", "B"), "姓名：必填"),
    (("陶见微", "编号", "", "990122xz", "办案民警1", "B"), "编号：只用"),
    (("陶见微", "990101", "ZHENCHA", "990122xz", "办案民警1", "B"), "用户名：已有人用"),
    (("陶见微", "990101", "", "999999", "办案民警1", "B"), "单位代码：没有"),
    (("陶见微", "990101", "", "990122xz", "局长", "B"), "岗位：该单位没有；有内勤辅警、办案民警1"),
    (("陶见微", "990101", "", "990122xz", "办案民警1", "A"), "AB岗：这个岗位已有 A 岗"),
    (("陶见微", "990101", "", "990122xz", "办案民警1", "C"), "AB岗：写 A 或 B"),
    (("=A1&B1", "990101", "", "990122xz", "办案民警1", "B"), "姓名：是公式"),
]


@pytest.mark.parametrize(("row", "fault"), WRONG_ROWS)
@pytest.mark.parametrize("make", [csv_of, xlsx_of])
def test_a_wrong_row_says_what_and_nothing_is_written(
    people: People, row: tuple[str, ...], fault: str, make: Callable[..., bytes]
) -> None:
    table = selectors.read_table(make(row, ("褚临川", "990102", "", "990122ga", "法制员", "B")))
    wrong, right = selectors.check_people(table)
    assert any(one.startswith(fault) for one in wrong.faults), wrong.faults
    assert not right.faults
    before = Person.objects.count()
    with pytest.raises(BadInput) as refused:
        actions.import_people(people["xitong"], table=table)
    assert fault in refused.value.items[0]
    assert Person.objects.count() == before
    assert len(actions.import_people(people["xitong"], table=table, only_right=True)) == 1
    assert Person.objects.count() == before + 1


def test_rows_are_held_against_each_other(people: People) -> None:
    post = ("990121jc", "检察官助理", "A")
    free_post(people)
    rows = selectors.check_people(
        [list(HEADS), ["甲", "990101", "x-1a", *post], ["乙", "990101", "x-1a", *post]]
    )
    assert not rows[0].faults
    assert len(rows[1].faults) == 3
    assert all("第 2 行" in fault for fault in rows[1].faults)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (60 << 20))
    return out.getvalue()


BAD_FILES = {
    "empty": (b"", "table-empty"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "table-"),
    "pdf": (b"%PDF-1.7\n\x01\x02\x00", "table-kind"),
    "old xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64, "table-"),
    "broken zip": (b"PK\x03\x04" + b"\0" * 40, "table-kind"),
    "zip of nothing": (b"PK\x05\x06" + b"\0" * 18, "table-kind"),
    "bomb": (bomb(), "table-large"),
    "utf-16": (csv_of(GOOD).decode().encode("utf-16"), "table-"),
    "half a character": ("姓名".encode() + b"\xff\xff", "table-encoding"),
    "large": (b"a," * (2 << 20), "table-large"),
    "ten thousand rows": (csv_of(*[GOOD] * 10_000), "table-long"),
    "open quote": ('姓名,编号\n"陶见微,1'.encode(), "table-kind"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_no_table_is_refused(name: str) -> None:
    content, code = BAD_FILES[name]
    with pytest.raises(BadInput) as refused:
        selectors.read_table(content)
    assert refused.value.code.startswith(code)
    assert refused.value.remedy
    assert refused.value.basis


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ([], "table-heads"), ([["姓名"]], "table-heads"), ([["a", "b"], ["c", "d"]], "table-heads"),
        ([[*HEADS, "姓名"], [*GOOD, ""]], "table-heads"), ([list(HEADS)], "table-rows"), ([list(HEADS), *[list(GOOD)] * 501], "table-rows"),
    ],
)  # fmt: skip
def test_a_table_of_something_else_is_refused(people: People, table: list[list[str]], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        selectors.check_people(table)
    assert refused.value.code == code


def test_a_short_row_and_other_columns_do_no_harm(people: People) -> None:
    table = [["备注", *HEADS], ["", "陶见微"], ["x" * 500, *GOOD]]
    short, good = selectors.check_people(table)
    assert short.faults
    assert not good.faults


def test_a_table_costs_five_statements_however_long(people: People) -> None:
    table = [
        list(HEADS),
        *[[f"人{number}", f"99{number:04}", "", "990122xz", "办案民警1", "B"] for number in range(300)],
    ]
    with CaptureQueriesContext(connection) as seen:
        rows = selectors.check_people(table)
    assert len(seen) <= 5
    assert not any(row.faults for row in rows)
