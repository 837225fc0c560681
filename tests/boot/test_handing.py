"""The file of first passwords: under its name once the people are entered, and what a killed import has left is cleared up."""

from __future__ import annotations

import csv
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError

from antong.boot.handing import Passwords
from antong.kernel.refusal import Refusal
from antong.org.models import Person
from antong.org.selectors import PASSWORD_HEADS, FirstPassword

pytestmark = pytest.mark.django_db


def told(person_id: UUID, name: str = "陶见微") -> list[FirstPassword]:
    return [FirstPassword(person_id=person_id, name=name, username="100101", password="stone-river-seven")]


def entered() -> UUID:
    person = Person.objects.first()
    assert person is not None
    return person.id


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_takes_its_name_after_the_act_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "told.csv"
    writing = Passwords(path)
    writing.keep(told(entered(), "=HYPERLINK(1)"))
    assert not path.exists()
    assert writing.settle() == path
    assert names(tmp_path) == ["told.csv"]
    assert path.stat().st_mode & 0o077 == 0
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows == [list(PASSWORD_HEADS), ["", "'=HYPERLINK(1)", "", "100101", "stone-river-seven"]]
    with pytest.raises(Refusal, match="已经在"):
        Passwords(path)


def test_after_an_error_the_people_say_whether_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "told.csv"
    writing = Passwords(path)
    writing.keep(told(uuid4()))
    assert writing.settle(ValueError("rolled back")) is None
    assert names(tmp_path) == []
    for error in (OperationalError("lost at COMMIT"), KeyboardInterrupt()):
        writing = Passwords(path)
        writing.keep(told(entered()))
        assert writing.settle(error) == path, "the database had kept it all"
        path.unlink()


def test_where_it_cannot_be_known_it_stays_and_the_next_import_finds_out(tmp_path: Path) -> None:
    path, nobody = tmp_path / "told.csv", uuid4()
    writing = Passwords(path)
    writing.keep(told(nobody))
    part = writing.settle(OperationalError("lost at COMMIT"))
    assert part is not None
    assert names(tmp_path) == [part.name]
    assert nobody.hex in part.name
    Passwords(path)
    assert names(tmp_path) == [], "it opened nothing"


def test_what_a_killed_import_of_people_who_are_entered_has_left_gets_its_name(tmp_path: Path) -> None:
    path = tmp_path / "told.csv"
    killed = Passwords(path)
    killed.keep(told(entered()))
    with pytest.raises(Refusal, match="另一次导入正在写"):
        Passwords(path)
    assert killed._file is not None
    killed._file.close()  # as the end of a process does
    with pytest.raises(Refusal, match="已经写入"):
        Passwords(path)
    assert names(tmp_path) == ["told.csv"]
    assert "stone-river-seven" in path.read_text("utf-8-sig")
