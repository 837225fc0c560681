"""The model prefecture: complete, fictional, the same every time; its passwords never."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import is_password_usable
from django.test import Client

from antong.boot import run
from antong.catalog import loader
from antong.demo import chapters, prefecture, seed
from antong.kernel import clock
from antong.kernel.actor import Rank
from antong.kernel.refusal import Refusal
from antong.law import identity
from antong.ledger import selectors as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions, selectors
from antong.org.models import Duty, Person, RosterShift, Unit
from antong.org.types import ADMIN_ROLES, Level, Role, UnitKind

NOW = clock.at(2026, 3, 5, 9)


@pytest.fixture(scope="module")
def made() -> prefecture.Prefecture:
    """The prefecture as rows."""
    return prefecture.build(NOW)


def test_the_same_every_time(made: prefecture.Prefecture) -> None:
    again = prefecture.build(NOW)
    assert (made.units, made.people, made.posts, made.duties) == (
        again.units,
        again.people,
        again.posts,
        again.duties,
    )
    later = prefecture.build(NOW + timedelta(days=400))
    assert [row.id for row in later.duties] == [row.id for row in made.duties]


def test_size(made: prefecture.Prefecture) -> None:
    assert 60 <= len(made.units) <= 80
    assert 200 <= len(made.people) <= 300
    kinds = Counter(row.kind for row in made.units)
    assert set(kinds) == set(UnitKind)
    assert len({row.county_code for row in made.units if row.level is Level.COUNTY}) == 8


def test_codes_are_no_real_divisions(made: prefecture.Prefecture) -> None:
    path = Path(loader.__file__).parent / "data" / "codes" / "division.csv"
    real = {line.split(",")[0] for line in path.read_text("utf-8").splitlines()}
    assert not real & {row.county_code for row in made.units}
    assert all(row.county_code.startswith("99") for row in made.units)


def test_names_are_unique(made: prefecture.Prefecture) -> None:
    for values in (
        [row.code for row in made.units],
        [row.name for row in made.units],
        [row.name for row in made.people],
        [row.username for row in made.people],
    ):
        assert len(values) == len(set(values))
    numbering = [row.initials for row in made.units if row.kind is not UnitKind.POLICE_STATION]
    assert len(numbering) == len(set(numbering))


def test_every_deciding_post_has_a_and_b_in_two_people(made: prefecture.Prefecture) -> None:
    for post in made.posts:
        holders = {duty.rank: duty.person_id for duty in made.duties if duty.post_id == post.id}
        assert Rank.PRIMARY in holders, post.name
        if post.role not in ADMIN_ROLES and post.role is not Role.AUXILIARY:
            assert holders[Rank.BACKUP] != holders[Rank.PRIMARY], post.name


def test_every_role_is_held(made: prefecture.Prefecture) -> None:
    assert {post.role for post in made.posts} >= set(Role) - {Role.COURT_CLERK}


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        (UnitKind.POLICE, (UnitKind.PROCURATORATE, UnitKind.DETENTION, UnitKind.JUSTICE, UnitKind.LEGAL_AID)),
        (UnitKind.POLICE_STATION, (UnitKind.PROCURATORATE, UnitKind.DETENTION)),
        (UnitKind.PROCURATORATE, (UnitKind.COURT, UnitKind.POLICE, UnitKind.DETENTION)),
        (UnitKind.COURT, (UnitKind.PROCURATORATE, UnitKind.DETENTION, UnitKind.JUSTICE, UnitKind.PRISON)),
        (UnitKind.DETENTION, (UnitKind.PRISON, UnitKind.COURT, UnitKind.POLICE)),
        (UnitKind.JUSTICE, (UnitKind.COURT, UnitKind.PRISON)),
    ],
)
def test_counterparts_are_complete(
    made: prefecture.Prefecture, kind: UnitKind, others: tuple[UnitKind, ...]
) -> None:
    kinds = {row.id: row for row in made.units}
    for row in made.units:
        if row.kind is kind and row.level is not Level.PREFECTURE:
            found = [kinds[other] for other in row.counterparts]
            assert {other.kind for other in found} >= set(others), row.name
            assert all(other.county_code in {row.county_code, "990100"} for other in found), row.name


def test_a_station_belongs_to_its_bureau(made: prefecture.Prefecture) -> None:
    units = {row.id: row for row in made.units}
    stations = [row for row in made.units if row.kind is UnitKind.POLICE_STATION]
    assert len(stations) >= 8
    for row in stations:
        assert row.parent_id is not None
        assert units[row.parent_id].kind is UnitKind.POLICE
        assert units[row.parent_id].county_code == row.county_code


def test_the_roster_covers_sixty_days_by_the_hour(made: prefecture.Prefecture) -> None:
    staffed = {post.unit_id for post in made.posts}
    for unit_id in staffed:
        shifts = sorted((s.starts_at, s.ends_at) for s in made.shifts if s.unit_id == unit_id)
        assert shifts[0][0] <= NOW - timedelta(days=29)
        assert shifts[-1][1] >= NOW + timedelta(days=29)
        assert all(one[1] == two[0] for one, two in pairwise(shifts))


def test_somebody_of_the_unit_is_on_duty_at_night(people: dict[str, Any]) -> None:
    night = clock.local(clock.now()).replace(hour=2, minute=13)
    found = selectors.on_duty(people["kanshou"].unit_id, night)
    assert len(found) == 1
    assert found[0][0] in {duty.person_id for duty in selectors.people_of(people["kanshou"].unit_id)}


def test_planted_once_on_the_record(people: dict[str, Any]) -> None:
    counts = (Unit.objects.count(), Person.objects.count(), RosterShift.objects.count())
    assert seed.plant() is False
    assert counts == (Unit.objects.count(), Person.objects.count(), RosterShift.objects.count())
    acts = [entry.act for entry in ledger.entries(SYSTEM_CHAIN, most=1000)]
    assert acts.count("org.plant") == 1
    with pytest.raises(Refusal):
        actions.plant(
            seed.planter(),
            instance=actions.InstanceRow(name="x", letters="X"),
            since=NOW,
            units=(),
            people=(),
            posts=(),
            duties=(),
        )


def test_one_login_for_every_role_that_works_inside(people: dict[str, Any]) -> None:
    assert {actor.role for actor in people.values()} >= {role.value for role in Role} - {"court_clerk"}
    assert all(name.isascii() for name in people)


def test_a_login_has_one_duty_and_a_password_of_its_own(passwords: dict[str, str]) -> None:
    assert set(passwords) == set(seed.LOGINS)
    assert len(set(passwords.values())) == len(passwords)
    assert all(len(password) >= 16 for password in passwords.values())
    for username in passwords:
        assert Duty.objects.filter(person__username=username).count() == 1, username


def test_only_logins_have_passwords_and_no_password_is_in_the_database(passwords: dict[str, str]) -> None:
    for person in Person.objects.all():
        assert is_password_usable(person.password) == (person.username in passwords)
        if person.username in passwords:
            assert person.password.startswith("argon2$argon2id$")
            assert passwords[person.username] not in person.password


def test_no_default_password_opens_anything(people: dict[str, Any]) -> None:
    from antong.kernel.refusal import BadInput

    for guess in ("", "antong", "zhencha", "123456", "admin"):
        with pytest.raises(BadInput):
            actions.sign_in("zhencha", guess, f"10.1.1.{len(guess)}")
        from antong.org.models import SignInAttempt

        SignInAttempt.objects.all().delete()


def test_the_file_of_passwords_is_the_owners_alone(passwords: dict[str, str]) -> None:
    path = Path(django_settings.ANTONG_STATE) / "demo-logins.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert {row["username"] for row in json.loads(path.read_text("utf-8"))} == set(passwords)


def test_two_seeds_make_different_passwords(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(seed.org, "all_units", list)
    monkeypatch.setattr(seed.org_actions, "plant", lambda *_args, **_values: None)
    monkeypatch.setattr(seed.transaction, "atomic", lambda: open("/dev/null", encoding="utf-8"))  # noqa: PTH123, SIM115
    for name in ("one", "two"):
        settings.ANTONG_STATE = tmp_path / name
        assert seed.plant()
        seen.append({login.username: login.password for login in seed.logins()})
    assert set(seen[0]) == set(seen[1])
    assert not set(seen[0].values()) & set(seen[1].values())


def test_a_planting_that_fails_leaves_no_passwords(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    def fail(*_args: Any, **_values: Any) -> None:
        raise RuntimeError("the database went away")

    settings.ANTONG_STATE = tmp_path
    monkeypatch.setattr(seed.org, "all_units", list)
    monkeypatch.setattr(seed.org_actions, "plant", fail)
    with pytest.raises(RuntimeError):
        seed.plant()
    assert not list(tmp_path.iterdir())


def test_outside_demonstration_mode_nothing_is_made_or_printed(
    settings: Any, passwords: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run.print_logins()
    assert passwords["zhencha"] in capsys.readouterr().out
    settings.ANTONG_DEMO = False
    assert seed.logins() == []
    run.print_logins()
    assert capsys.readouterr().out == ""
    with pytest.raises(RuntimeError):
        seed.plant()
    page = Client().get("/login").content.decode()
    assert not [password for password in passwords.values() if password in page]


def test_identity_numbers_are_valid_in_form_and_nobodys() -> None:
    for number in (chapters._number("19910614", "101"), chapters._number("20031109", "103")):
        checked = identity.check(number)
        assert checked.valid
        assert number.startswith("99")
        assert "不是现行省级区划" in checked.warning


def test_found_by_pinyin_initials(people: dict[str, Any]) -> None:
    found = selectors.find_units("qlxrmjcy")
    assert [unit.name for unit in found] == ["青岚县人民检察院"]
    assert selectors.find_units("%") == []
    assert selectors.find_units("没有\0这个") == []
