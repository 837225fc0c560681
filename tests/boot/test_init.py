"""`antong init` on real processes: an empty instance that three administrators sign in to, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from antong.boot import founding
from antong.kernel.refusal import BadInput, Refusal
from antong.ledger.selectors import entries
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import _instance, actions, selectors
from processes import antong, running
from visiting import Visitor, set_up_a_phone

OPTIONS = ("--region", "试州", "--letters", "SZ", "--unit", "试州政法协同平台运行中心", "--code", "990900hub")
NEW_PASSWORD = "一句不相干的词语连成的话"
WANTED = founding.Founding(
    region="试州", letters="SZ", unit="试州平台中心", code="990900hub", level="county", administrators={}
)


@pytest.mark.xdist_group("run")
def test_an_empty_instance_is_made_once_and_its_administrators_sign_in(tmp_path: Path) -> None:
    state = tmp_path / "state"
    made = antong(state, "init", *OPTIONS, "--system", "甲某")
    assert made.returncode == 0, made.stdout + made.stderr
    logins = dict(re.findall(r"^  (\w+) +([a-z0-9]{4}(?:-[a-z0-9]{4}){3})  ", made.stdout, re.MULTILINE))
    assert set(logins) == {"xitong", "anquan", "shenji"}
    for name in ("secret-key", "keys/head.pem", "keys/master", "database-url"):
        assert (state / name).stat().st_mode & 0o077 == 0

    again = antong(state, "init", *OPTIONS)
    assert again.returncode == 1
    assert "已有一个实例" in again.stderr
    assert "怎样补" in again.stderr
    for word in logins.values():  # nowhere but where it was printed
        for path in state.rglob("*"):
            assert not path.is_file() or word.encode() not in path.read_bytes(), path

    with running(state) as run:
        said = run.said
        assert "演示" not in said
        assert "没有建立实例" not in said
        assert not any(word in said for word in logins.values())
        base = re.search(r"(http://127\.0\.0\.1:\d+)/login", said)
        assert base is not None
        _look_round(base[1], logins)
        printed = antong(state, "demo", "logins")
        assert printed.stdout.strip() == ""
        assert antong(state, "doctor").stdout.count("不行") == 1  # no backup yet
        assert run.end() == 0


def _look_round(base: str, logins: dict[str, str]) -> None:
    for username, page in (("xitong", "/units"), ("anquan", "/accounts"), ("shenji", "/audit")):
        browser = Visitor(base)
        status, _, text = browser.get("/login")
        assert status == 200
        assert "试州" in text
        assert "云岭" not in text
        browser.post("/login", username=username, password=logins[username])
        status, where, text = browser.get(page)
        assert (status, where) == (200, "/password"), text[:500]
        status, where, text = browser.post(
            "/password", old=logins[username], new=NEW_PASSWORD, again=NEW_PASSWORD
        )
        assert (status, where) == (200, "/factor"), text[:500]
        set_up_a_phone(browser)  # administrators have a second factor unless a setting says otherwise
        for path in (page, "/operations", "/notices", "/components"):
            status, where, text = browser.get(path)
            assert (status, where) == (200, path), text[:500]
            assert "<small>试州</small>" in text
            assert "虚构" not in text
        assert browser.get("/cases")[0] == 403
        old = Visitor(base)
        assert old.post("/login", username=username, password=logins[username])[0] == 422


def test_in_demonstration_mode_nothing_is_founded(tmp_path: Path) -> None:
    refused = antong(tmp_path / "state", "init", *OPTIONS, ANTONG_DEMO="1")
    assert refused.returncode == 1
    assert "示范模式" in refused.stderr
    assert not (tmp_path / "state" / "database-url").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("audit",),
        ("head", "kept.head"),
        ("export", "SZ2026-00001", "out.zip"),
        ("import", "-", "-", "--check"),
        ("reset-factor", "xitong"),
    ],
)
def test_where_nothing_was_founded_there_is_nothing_to_prove(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    refused = antong(tmp_path / "state", *command)
    assert refused.returncode == 1
    assert "没有建立过实例" in refused.stderr
    assert "怎样补" in refused.stderr
    assert not (tmp_path / "state" / "database-url").exists()


def test_a_head_that_is_kept_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "kept.head").write_text("{}")
    refused = antong(tmp_path / "state", "head", str(tmp_path / "kept.head"))
    assert refused.returncode == 1
    assert "已经在" in refused.stderr
    assert "--replace" in refused.stderr
    assert (tmp_path / "kept.head").read_text() == "{}"


@pytest.fixture
def empty(db: None) -> Any:
    """The test database with nobody in it, for as long as the test lasts."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("TRUNCATE org_instance, org_unit, org_person CASCADE")
    _instance.forget()
    yield
    _instance.forget()


def test_what_will_not_do_is_refused_by_its_name_and_leaves_nothing(empty: None) -> None:
    from dataclasses import replace

    for field, bad in (
        ("region", ("", "长" * 41)),
        ("letters", ("", "sz", "云", "ABCDEFGHI", "S1")),
        ("unit", ("", "长" * 81)),
        ("code", ("", "有 空格", "9" * 25, "字")),
        ("level", ("country",)),
    ):
        for value in bad:
            with pytest.raises(BadInput) as refused, transaction.atomic():
                founding.found(replace(WANTED, **{field: value}), lambda _: None)
            assert field in refused.value.fields
            assert not selectors.all_units()
    with pytest.raises(Refusal, match="没有建立实例"):
        selectors.instance()


def test_passwords_that_cannot_be_shown_are_not_kept(empty: None) -> None:
    def broken(_: list[founding.FirstLogin]) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        founding.found(WANTED, broken)
    assert not selectors.all_units()


def test_the_founding_is_on_the_record_and_its_letters_in_case_numbers(
    empty: None, new_number: Callable[[], str]
) -> None:
    shown: list[founding.FirstLogin] = []
    founding.found(WANTED, shown.extend)
    assert len({login.password for login in shown}) == 3
    assert selectors.instance().name == "试州"
    planted = next(one for one in entries(SYSTEM_CHAIN) if one.act == "org.plant")  # the newest comes first
    assert planted.after == {
        "region": "试州", "letters": "SZ", "units": 1, "people": 3, "posts": 3, "duties": 3,
    }  # fmt: skip
    for login in shown:
        signed = actions.sign_in(login.username, login.password, "127.0.0.1")
        assert signed.must_change_password
    assert re.fullmatch(r"SZ\d{4}-00001", new_number())
    with pytest.raises(Refusal, match="已有单位"):
        founding.found(WANTED, lambda _: None)


@pytest.fixture
def new_number() -> Callable[[], str]:
    from antong.cases import _register
    from antong.kernel.ids import new_id
    from antong.kernel.moment import moment

    def take() -> str:
        with transaction.atomic():
            return _register._next_number(new_id(), moment())[0]

    return take


@pytest.mark.django_db
def test_only_a_missing_table_means_that_nothing_was_founded() -> None:
    _instance.forget()
    for damage, refused in (
        ("ALTER TABLE org_instance RENAME COLUMN letters TO letters_old", ProgrammingError),
        ("ALTER TABLE org_instance RENAME TO org_instance_old", Refusal),
    ):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(damage)
            with pytest.raises(refused), transaction.atomic():
                selectors.instance()
            transaction.set_rollback(True)
    assert selectors.instance().letters
