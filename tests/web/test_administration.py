"""The pages of the system administrator: what they show, and a refusal on the page itself with what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org import selectors
from antong.org.models import Duty, Person, Post, Unit
from antong.web import dates

People = dict[str, Actor]
SignIn = Callable[[str], Client]


def test_the_pages_of_a_unit(people: People, investigated: UUID, sign_in: SignIn) -> None:
    client = sign_in("xitong")
    unit_id = people["zhencha"].unit_id
    page = client.get(f"/units/{unit_id}/").content.decode()
    assert people["zhencha"].person_name in page
    assert "A 岗" in page
    assert client.get(f"/units/{uuid4()}/").status_code == 404
    form = {
        "name": "河东所",
        "short_name": "长" * 41,
        "initials": "青公",
        "shown": "青岚县公安局刑事侦查大队",
    }
    refused = client.post(f"/units/{unit_id}/edit", form)
    assert refused.status_code == 422
    assert "不超过 40 字" in refused.content.decode()
    assert 'value="河东所"' in refused.content.decode()
    other = client.post(f"/units/{unit_id}/posts/{people['anguan'].post_id}/end")
    assert other.status_code == 404
    ended = client.post(f"/units/{unit_id}/end")
    assert ended.status_code == 409
    assert "未办事项" in ended.content.decode()


def test_people_from_a_sheet_by_the_pages(people: People, sign_in: SignIn) -> None:
    client = sign_in("xitong")
    template = client.get("/people/template.xlsx")
    sheet = selectors.read_table(template.content)
    assert sheet[0] == list(selectors.IMPORT_HEADS)
    text = (
        "姓名,编号,单位代码,岗位,AB岗\n褚临川,990101,990122xz,办案民警1,B\n<b>,990102,990122xz,办案民警1,A\n"
    )
    looked = client.post("/people/import", {"file": SimpleUploadedFile("人员.csv", text.encode())})
    page = looked.content.decode()
    assert looked.status_code == 200
    assert "只导入对的 1 人" in page
    assert "这个岗位已有 A 岗" in page
    assert "&lt;b&gt;" in page
    before = Person.objects.count()
    refused = client.post("/people/import/take", {"table": looked.context["table"]})
    assert refused.status_code == 422
    assert "第 3 行" in refused.content.decode()
    assert Person.objects.count() == before
    taken = client.post("/people/import/take", {"table": looked.context["table"], "only_right": "1"})
    assert taken.headers["Content-Disposition"] == 'attachment; filename="first-passwords.csv"'
    assert taken.headers["Cache-Control"] == "no-store"
    unit, name, number, username, password = taken.content.decode("utf-8-sig").splitlines()[1].split(",")
    assert (name, number, username) == ("褚临川", "990101", "990101")
    assert unit == Unit.objects.get(code="990122xz").name
    assert not set(password) & set("0O1lI"), "what is told on paper is typed again"
    assert (
        Client().post("/login", {"username": username, "password": password.lstrip("'")}).status_code == 302
    )
    for wrong in ({}, {"table": "[]"}, {"table": "{"}, {"table": "[1]"}, {"table": '[["a"]]'}):
        assert client.post("/people/import/take", wrong).status_code == 422


def test_a_first_password_is_shown_once(people: People, sign_in: SignIn) -> None:
    client = sign_in("xitong")
    made = client.post("/people/new", {"name": "陶见微", "staff_number": "990101"})
    password = made.context["made"].password
    assert password in made.content.decode()
    assert made.headers["Cache-Control"] == "no-store"
    person = made.context["made"].person_id
    assert password not in client.get(f"/people/{person}/").content.decode()
    assert client.post("/people/new", {"name": "陶见微", "staff_number": "990101"}).status_code == 422


def test_people_are_picked_by_post_and_not_by_others(people: People, sign_in: SignIn) -> None:
    name = people["zhencha"].person_name
    rows = sign_in("xitong").post("/pick/people", {"q": name}).json()["rows"]
    assert str(people["zhencha"].person_id) in {row["code"] for row in rows}
    assert sign_in("zhencha").post("/pick/people", {"q": name}).status_code == 403


def test_a_week_of_the_roster(people: People, sign_in: SignIn) -> None:
    who = people["anguan"]
    form = {"shift_person": str(who.person_id), "starts_at": "2026年3月11日 20:00", "ends_at": "2026年3月12日 08:00", "week": "2026-03-12"}  # fmt: skip
    with clock.set_to(clock.at(2026, 3, 11, 9)):
        client = sign_in("anguan")
        assert client.post("/roster/shifts", form)["Location"] == "/roster?week=2026-03-12"
        page = client.get("/roster?week=2026-03-12").content.decode()
        assert "20:00–24:00" in page
        assert "00:00–08:00" in page
        assert "无人值班" in page
        refused = client.post("/roster/shifts", form | {"ends_at": "2026年3月11日 19:00"})
        assert refused.status_code == 422
        assert 'value="2026年3月11日 20:00"' in refused.content.decode()
        assert sign_in("jiandu").get("/roster").status_code == 403
    with clock.set_to(clock.at(2026, 3, 12, 7)):
        page = sign_in("xitong").get(f"/units/{who.unit_id}/?tab=roster").content.decode()
        assert "到此为止" in page


def test_lending_ones_duty_by_the_page(people: People, sign_in: SignIn) -> None:
    client, other, who = sign_in("anguan"), sign_in("jianchaguan"), people["anguan"]
    form = {
        "duty": str(who.duty_id),
        "to_person": str(people["jianchaguan"].person_id),
        "reason": "休假",
        "ends_at": "昨天 10:00",
    }
    refused = client.post("/delegations/new", form)
    assert refused.status_code == 422
    assert 'value="休假"' in refused.content.decode()
    form["ends_at"] = dates.words(clock.now() + timedelta(days=3))
    assert client.post("/delegations/new", form).status_code == 302
    assert "代办中" in client.get("/delegations").content.decode()
    assert "代办中" in other.get("/delegations").content.decode()
    admin = sign_in("xitong")
    assert "jianchaguan" not in admin.get(f"/units/{who.unit_id}/").content.decode()
    assert f"{people['jianchaguan'].person_name}代办" in admin.get(f"/units/{who.unit_id}/").content.decode()
    assert client.post("/delegations/new", form | {"duty": str(people["lian"].duty_id)}).status_code == 404


def test_a_post_that_nobody_holds_is_counted_too(sign_in: SignIn) -> None:
    client = sign_in("xitong")
    unit = Unit.objects.get(code="990122xz")
    held = Duty.objects.filter(post__unit=unit, valid_until=None).values("post").distinct().count()
    assert (
        client.post(f"/units/{unit.id}/posts", {"name": "空着的岗位", "role": "investigator"}).status_code
        == 302
    )
    posts = Post.objects.filter(unit=unit, valid_until=None).count()
    (row,) = (one for one in selectors.staffing() if one.unit.id == unit.id)
    assert (row.posts, row.vacant) == (posts, posts - held)
    assert row.vacant > 0
    page = client.get("/units").content.decode()
    assert re.search(r"第 1–\d+ 个，共 \d+ 个", page), "units are not counted in 件"
