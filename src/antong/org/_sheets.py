"""What the system administrator looks at: a unit with all that belongs to it, people with what they hold. No case in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from antong.kernel import clock
from antong.kernel.actor import Rank
from antong.kernel.refusal import NotFound
from antong.org import _unit_views
from antong.org._duties import in_force
from antong.org._values import Holding, PersonSheet, PostSheet, UnitSheet
from antong.org.models import Counterpart, Duty, Person, Post, Unit
from antong.org.types import Role

MOST_FORMER = 50


def _holding(row: Duty) -> Holding:
    now, post = clock.now(), row.post
    ends = [end for end in (row.valid_until, post.valid_until, post.unit.valid_until) if end is not None]
    until = min(ends, default=None)
    return Holding(
        duty_id=row.id,
        person_id=row.person_id,
        person_name=row.person.name,
        staff_number=row.person.staff_number,
        is_active=row.person.is_active,
        post_id=post.id,
        post_name=post.name,
        role=Role(post.role),
        unit_id=post.unit_id,
        unit_name=post.unit.name,
        rank=Rank(row.rank),
        since=row.valid_from,
        until=until,
        begun=row.valid_from <= now,
        ended=until is not None and until <= now,
    )


def _holdings(rows: QuerySet[Duty]) -> list[Holding]:
    found = rows.select_related("person", "post", "post__unit")
    return [_holding(row) for row in found.order_by("-rank", "valid_from", "id")]


def holdings_of(person_ids: Collection[UUID]) -> dict[UUID, list[Holding]]:
    """Return all that people hold or held, by person: what is in force first; one statement."""
    found: dict[UUID, list[Holding]] = {}
    for one in _holdings(Duty.objects.filter(person_id__in=set(person_ids))):
        found.setdefault(one.person_id, []).append(one)
    for rows in found.values():
        rows.sort(key=lambda one: (one.ended, not one.begun))
    return found


def unit_sheet(unit_id: UUID) -> UnitSheet:
    """Return a unit with its posts and people, those around it, and who is on duty; seven statements. Raises NotFound."""
    row = Unit.objects.select_related("parent").filter(id=unit_id).first()
    if row is None:
        raise NotFound
    now = clock.now()
    held = _holdings(Duty.objects.filter(post__unit_id=unit_id))
    sheets = [_post(post, held) for post in Post.objects.filter(unit_id=unit_id).order_by("name")]
    former = sorted((one for one in held if one.ended), key=_until, reverse=True)
    linked = (
        Counterpart.objects.filter(unit_id=unit_id).order_by("position").values_list("other_id", flat=True)
    )
    others = _unit_views.units(list(linked))
    below = Unit.objects.filter(in_force(), parent_id=unit_id)
    return UnitSheet(
        unit=_unit_views.unit(unit_id),
        since=row.valid_from,
        until=row.valid_until,
        parent=_unit_views.unit(row.parent_id) if row.parent_id else None,
        below=tuple(_unit_views.units(below.values_list("id", flat=True)).values()),
        posts=tuple(one for one in sheets if one.until is None or one.until > now),
        ended_posts=tuple(one for one in sheets if one.until is not None and one.until <= now),
        former=tuple(former[:MOST_FORMER]),
        counterparts=tuple(others[one] for one in linked if one in others),
        on_duty=tuple(name for _, name in _unit_views.on_duty(unit_id, now)),
    )


def _until(one: Holding) -> Any:
    return one.until


def _post(row: Post, held: Iterable[Holding]) -> PostSheet:
    mine = [one for one in held if one.post_id == row.id and not one.ended]
    return PostSheet(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        since=row.valid_from,
        until=row.valid_until,
        holders=tuple(sorted(mine, key=lambda one: not one.begun)),
    )


def find_people(text: str, *, most: int = 20) -> list[tuple[UUID, str]]:
    """Return people at work by part of name, pinyin initials or staff number, for pickers: id, and words; two statements."""
    text = text.replace("\0", "").strip()
    if not text:
        return []
    low = text.lower()
    rows = Person.objects.filter(is_active=True).filter(
        Q(name__contains=text) | Q(pinyin__startswith=low) | Q(staff_number__iexact=text) | Q(username=low)
    )
    found = list(rows.order_by("name", "staff_number")[:most])
    held = holdings_of([row.id for row in found])
    return [(row.id, _words(row, held.get(row.id, []))) for row in found]


def _words(row: Person, held: list[Holding]) -> str:
    now = [f"{one.unit_name}{one.post_name}" for one in held if not one.ended]
    return f"{row.name} {row.staff_number}（{now[0] if now else '没有岗位'}）"


PEOPLE_STATES = {"held": "在岗", "free": "没有岗位", "off": "已停用"}


def people(
    text: str = "", *, state: str = "", page: int = 1, size: int = 50
) -> tuple[list[PersonSheet], int]:
    """Return a page of the people by name, and how many there are of those asked for; three statements.

    `text` is looked for in name, pinyin initials, number, username and the units they work in; `state` is one of
    PEOPLE_STATES.
    """
    held = Duty.objects.filter(
        in_force(),
        in_force("post__"),
        person_id=OuterRef("id"),
    )
    rows = Person.objects.all()
    for word in text.replace("\0", "").split():
        low = word.lower()
        rows = rows.filter(
            Q(name__contains=word) | Q(pinyin__startswith=low) | Q(staff_number__iexact=word) | Q(username__startswith=low)
            | Exists(held.filter(post__unit__name__contains=word))
        )  # fmt: skip
    if state == "off":
        rows = rows.filter(is_active=False)
    elif state in PEOPLE_STATES:
        rows = rows.filter(Exists(held) if state == "held" else ~Exists(held), is_active=True)
    total = rows.count()
    start = (min(page, max(1, -(-total // size))) - 1) * size
    found = list(rows.order_by("name", "staff_number")[start : start + size])
    held_by = holdings_of([row.id for row in found])
    return [_person(row, held_by.get(row.id, [])) for row in found], total


def person_sheet(person_id: UUID) -> PersonSheet:
    """Return a person with what is held now and was held before; two statements. Raises NotFound."""
    row = Person.objects.filter(id=person_id).first()
    if row is None:
        raise NotFound
    return _person(row, holdings_of([person_id]).get(person_id, []))


def _person(row: Person, held: list[Holding]) -> PersonSheet:
    return PersonSheet(
        id=row.id,
        name=row.name,
        staff_number=row.staff_number,
        username=row.username,
        is_active=row.is_active,
        first=row.must_change_password,
        last_login=row.last_login,
        held=tuple(one for one in held if not one.ended),
        former=tuple(sorted((one for one in held if one.ended), key=_until, reverse=True)),
    )


def find_posts(text: str, *, most: int = 20) -> list[tuple[UUID, str]]:
    """Return posts in force by words of their unit's name or initials and their own name, for pickers; one statement."""
    rows = Post.objects.filter(in_force(), in_force("unit__"))
    for word in text.replace("\0", "").split()[:5]:
        low = word.lower()
        rows = rows.filter(
            Q(name__contains=word) | Q(unit__name__contains=word) | Q(unit__pinyin__contains=low) | Q(unit__short_name__contains=word)
        )  # fmt: skip
    found = rows.select_related("unit").order_by("unit__code", "name")[:most] if text.strip() else ()
    return [(row.id, f"{row.unit.name} {row.name}") for row in found]


def all_posts() -> list[tuple[str, str, str, str]]:
    """Return every post in force: unit code, unit, post, and its A where it has one; two statements."""
    rows = Post.objects.filter(in_force(), in_force("unit__"))
    led = Duty.objects.filter(in_force(), rank=Rank.PRIMARY)
    names = dict(led.values_list("post_id", "person__name"))
    found = rows.select_related("unit").order_by("unit__code", "name")
    return [(row.unit.code, row.unit.name, row.name, names.get(row.id, "")) for row in found]
