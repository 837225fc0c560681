"""Reads of the room: units, counterparts, people on posts, rosters, notices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.crypto import salted_hmac

from antong.kernel import clock
from antong.kernel.actor import Actor, Channel, Rank
from antong.kernel.refusal import NotFound
from antong.org import _rosters
from antong.org.models import Delegation, Duty, FormDraft, Notice, Person, RosterShift, Unit
from antong.org.types import (
    ROLE_PERMISSIONS,
    DutyView,
    Level,
    NoticeView,
    OwedNotice,
    Role,
    SessionFacts,
    Staffing,
    UnitKind,
    UnitView,
)

accounts = _rosters.accounts
BUREAU_KINDS = frozenset({UnitKind.POLICE_STATION})


def _unit(row: Unit) -> UnitView:
    now = clock.now()
    return UnitView(
        id=row.id,
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        kind=UnitKind(row.kind),
        level=Level(row.level),
        parent_id=row.parent_id,
        county_code=row.county_code,
        initials=row.initials,
        is_active=row.valid_until is None or row.valid_until > now,
    )


def unit(unit_id: UUID) -> UnitView:
    """Return one unit; one statement. Raises NotFound."""
    row = Unit.objects.filter(id=unit_id).first()
    if row is None:
        raise NotFound
    return _unit(row)


def units(unit_ids: Collection[UUID]) -> dict[UUID, UnitView]:
    """Return several units by id; one statement."""
    found = _units("FROM org_unit u WHERE u.id = ANY(%(units)s)", {"units": list(set(unit_ids))})
    return {unit.id: unit for unit in found}


def all_units() -> list[UnitView]:
    """Return every unit by code; one statement."""
    return [_unit(row) for row in Unit.objects.order_by("code")]


def staffing() -> list[Staffing]:
    """Return every unit by code with the posts and people in force there; two statements."""
    held, every = _rosters.held_by_unit(), all_units()
    names = {unit.id: unit.short_name for unit in every}
    made = []
    for unit in every:
        posts, people = held.get(unit.id, (0, 0))
        above = names.get(unit.parent_id, "") if unit.parent_id else ""
        made.append(Staffing(unit=unit, parent=above, posts=posts, people=people))
    return made


def find_units(text: str = "", *, kinds: Collection[UnitKind] = (), most: int = 20) -> list[UnitView]:
    """Return units in force by part of name or pinyin initials, for pickers; one statement."""
    rows = Unit.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=clock.now()))
    if kinds:
        rows = rows.filter(kind__in=list(kinds))
    text = text.replace("\0", "").strip().lower()
    if text:
        rows = rows.filter(Q(name__contains=text) | Q(pinyin__contains=text) | Q(short_name__contains=text))
    return [_unit(row) for row in rows.order_by("code")[:most]]


def bureau_of(unit_id: UUID) -> UnitView:
    """Return the bureau a station or squad works for, or the unit itself; one statement."""
    found = _units(
        "FROM org_unit asked JOIN org_unit u"
        " ON u.id = CASE WHEN asked.kind = ANY(%(kinds)s) THEN COALESCE(asked.parent_id, asked.id) ELSE asked.id END"
        " WHERE asked.id = %(unit)s",
        {"unit": unit_id, "kinds": [kind.value for kind in BUREAU_KINDS]},
    )
    if not found:
        raise NotFound
    return found[0]


def counterparts(unit_id: UUID, kinds: Collection[UnitKind]) -> list[UnitView]:
    """Return the units in force of given kinds a unit deals with by default, first choice first; one statement.

    A station's counterparts are its bureau's.
    """
    found = _units(
        "FROM org_counterpart c JOIN org_unit u ON u.id = c.other_id WHERE c.kind = ANY(%(kinds)s)"
        " AND (u.valid_until IS NULL OR u.valid_until > %(now)s) AND (c.unit_id"
        " = %(unit)s OR c.unit_id = (SELECT parent_id FROM org_unit WHERE id = %(unit)s AND kind = ANY(%(below)s)))"
        " ORDER BY c.position, u.code",
        {
            "unit": unit_id,
            "now": clock.now(),
            "kinds": [kind.value for kind in kinds],
            "below": [kind.value for kind in BUREAU_KINDS],
        },
    )
    return list({unit.id: unit for unit in found}.values())


def _units(text: str, values: Mapping[str, Any]) -> list[UnitView]:
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.id, u.code, u.name, u.short_name, u.kind, u.level, u.parent_id, u.county_code, u.initials,"
            f" u.valid_until {text}",
            values,
        )
        rows = cursor.fetchall()
    return [
        UnitView(
            id=row[0],
            code=row[1],
            name=row[2],
            short_name=row[3],
            kind=UnitKind(row[4]),
            level=Level(row[5]),
            parent_id=row[6],
            county_code=row[7],
            initials=row[8],
            is_active=row[9] is None or row[9] > now,
        )
        for row in rows
    ]


def supervisors_of(unit_id: UUID) -> list[UnitView]:
    """Return the committees that oversee a unit: its county's and its prefecture's; one statement."""
    rows = Unit.objects.filter(
        kind=UnitKind.COMMITTEE,
        county_code__in=Unit.objects.filter(
            Q(id=unit_id) | Q(children=unit_id) | Q(children__children=unit_id)
        ).values("county_code"),
    )
    return [_unit(row) for row in rows.order_by("code")]


def _duties() -> QuerySet[Duty]:
    now = clock.now()
    return Duty.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=now),
        Q(post__valid_until__isnull=True) | Q(post__valid_until__gt=now),
        Q(post__unit__valid_until__isnull=True) | Q(post__unit__valid_until__gt=now),
        valid_from__lte=now,
        person__is_active=True,
    ).select_related("post", "post__unit", "person")


def _duty(row: Duty) -> DutyView:
    return DutyView(
        id=row.id,
        person_id=row.person_id,
        person_name=row.person.name,
        post_id=row.post_id,
        post_name=row.post.name,
        role=Role(row.post.role),
        rank=Rank(row.rank),
        unit_id=row.post.unit_id,
        unit_name=row.post.unit.name,
        valid_until=row.valid_until,
    )


def _delegated_to(person_id: UUID) -> Exists:
    now = clock.now()
    return Exists(
        Delegation.objects.filter(
            duty_id=OuterRef("id"),
            to_person_id=person_id,
            to_person__is_active=True,
            starts_at__lte=now,
            ends_at__gt=now,
        )
    )


def duties_of(person_id: UUID) -> list[DutyView]:
    """Return a person's duties in force, A duties first, then those delegated to the person; one statement."""
    rows = _duties().filter(Q(person_id=person_id) | _delegated_to(person_id))
    found = [_duty(row) for row in rows.order_by("-rank", "post__name")]
    return sorted(found, key=lambda duty: duty.person_id != person_id)


def people_of(unit_id: UUID, roles: Collection[Role] = ()) -> list[DutyView]:
    """Return who holds posts in a unit, A before B; one statement."""
    rows = _duties().filter(post__unit_id=unit_id)
    if roles:
        rows = rows.filter(post__role__in=list(roles))
    return [_duty(row) for row in rows.order_by("post__role", "post__name", "-rank", "person__staff_number")]


def approvers_for(unit_id: UUID, role: Role) -> list[DutyView]:
    """Return who may approve for a unit: holders of `role` there, or in its bureau; two statements."""
    return people_of(unit_id, (role,)) or people_of(bureau_of(unit_id).id, (role,))


def person_names(person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return names by id; one statement."""
    return dict(Person.objects.filter(id__in=set(person_ids)).values_list("id", "name"))


def find_duty(username: str, *, role: Role | None = None) -> DutyView | None:
    """Return the first duty in force of an account, of a role when given; one statement."""
    rows = _duties().filter(person__username=username)
    if role is not None:
        rows = rows.filter(post__role=role)
    row = rows.order_by("-rank").first()
    return None if row is None else _duty(row)


def actor_for(person_id: UUID, duty_id: UUID, *, channel: Channel = Channel.PAGE) -> Actor | None:
    """Return the actor a person is on a duty in force, or None when it has ended; one statement.

    A delegation in force lets its delegate act on the duty on behalf of its holder; two statements then.
    """
    found = session_for(person_id, duty_id, channel=channel)
    return None if found is None else found.actor


def session_for(person_id: UUID, duty_id: UUID, *, channel: Channel = Channel.PAGE) -> SessionFacts | None:
    """Return the actor of a session, the mark of the password it began with, and whether that must be changed.

    As many statements as `actor_for`.
    """
    row = _duties().filter(Q(person_id=person_id) | _delegated_to(person_id), id=duty_id).first()
    if row is None:
        return None
    delegated = row.person_id != person_id
    person = Person.objects.get(id=person_id) if delegated else row.person
    actor = Actor(
        person_id=person_id,
        person_name=person.name,
        duty_id=row.id,
        post_id=row.post_id,
        post_name=row.post.name,
        rank=Rank(row.rank),
        role=row.post.role,
        unit_id=row.post.unit_id,
        unit_name=row.post.unit.name,
        unit_kind=row.post.unit.kind,
        unit_level=row.post.unit.level,
        permissions=frozenset(ROLE_PERMISSIONS[Role(row.post.role)]),
        channel=channel,
        on_behalf_of=row.person_id if delegated else None,
    )
    mark = salted_hmac("antong.session", person.password, algorithm="sha256").hexdigest()[:32]
    return SessionFacts(actor=actor, mark=mark, must_change_password=person.must_change_password)


def on_duty(unit_id: UUID, at: datetime | None = None) -> list[tuple[UUID, str]]:
    """Return who is on duty in a unit at an instant (default now), by the roster; one statement."""
    instant = at or clock.now()
    rows = RosterShift.objects.filter(unit_id=unit_id, starts_at__lte=instant, ends_at__gt=instant)
    return list(rows.order_by("starts_at").values_list("person_id", "person__name"))


def escalates_to(unit_id: UUID) -> UUID | None:
    """Return who is told when a unit does not answer: a station's bureau, else the committee above it; two statements.

    A county's units come under its committee, that under the prefecture's; above the prefecture's there is nobody here.
    """
    row = Unit.objects.select_related("parent").filter(id=unit_id).first()
    if row is None:
        return None
    if UnitKind(row.kind) in BUREAU_KINDS and row.parent_id is not None:
        return row.parent_id
    committees = [one for one in supervisors_of(unit_id) if one.id != unit_id and one.is_active]
    if UnitKind(row.kind) is UnitKind.COMMITTEE:
        committees = [one for one in committees if one.level is Level.PREFECTURE]
    near = [one for one in committees if one.county_code == row.county_code]
    return (near or committees)[0].id if committees else None


def owed_notices(*, most: int = 500) -> list[OwedNotice]:
    """Return the notices that wait for an answer and have not been escalated, the longest due first; one statement."""
    rows = (
        Notice.objects.filter(answer_by__isnull=False, answered_at__isnull=True, escalated_at__isnull=True)
        .select_related("escalates")
        .order_by("answer_by")
    )
    return [
        OwedNotice(
            id=row.id,
            handover_id=row.handover_id,
            answer_by=row.answer_by,
            asked_unit_id=(row.escalates or row).to_unit_id,
            asked_at=(row.escalates or row).created_at,
        )
        for row in rows[:most]
        if row.answer_by is not None
    ]


def _notices(actor: Actor) -> QuerySet[Notice]:
    return Notice.objects.filter(
        Q(to_person_id=actor.person_id) | Q(to_person__isnull=True), to_unit_id=actor.unit_id
    )


def notices(
    actor: Actor, *, unread: bool = False, kind: str = "", page: int = 1, size: int = 50
) -> tuple[list[NoticeView], int]:
    """Return a page of the notices of the actor's unit and of the actor, newest first, and how many there are.

    Two statements; the count stops at 1,001.
    """
    rows = _notices(actor)
    if unread:
        rows = rows.filter(read_at__isnull=True)
    if kind:
        rows = rows.filter(kind=kind)
    start = (page - 1) * size
    chosen = rows.select_related("escalate_to").order_by("-created_at")[start : start + size]
    return [_notice(row, actor) for row in chosen], rows[:1001].count()


def _notice(row: Notice, actor: Actor) -> NoticeView:
    above = row.escalate_to.short_name if row.escalated_at is not None and row.escalate_to else ""
    return NoticeView(
        id=row.id,
        kind=row.kind,
        title=row.title,
        body=row.body,
        case_id=row.case_id,
        handover_id=row.handover_id,
        from_name=row.from_name,
        created_at=row.created_at,
        answer_by=row.answer_by,
        read_at=row.read_at,
        duty_name=row.duty_name,
        answered_at=row.answered_at,
        answered_name=row.answered_name,
        answer=row.answer,
        escalated_at=row.escalated_at,
        escalated_to=above,
        to_me=bool(row.duty_name) and actor.person_name in row.duty_name.split("、"),
    )


def unread_count(actor: Actor) -> int:
    """Return how many notices wait, at most 100; one statement."""
    return _notices(actor).filter(read_at__isnull=True)[:100].count()


def preferences(person_id: UUID) -> dict[str, Any]:
    """Return a person's display preferences (density, large type); one statement."""
    found: dict[str, Any] = Person.objects.values_list("preferences", flat=True).get(id=person_id)
    return found


def kept_form(actor: Actor, place: str) -> tuple[datetime, dict[str, list[str]]] | None:
    """Return what the person had typed in a form and not yet sent, and when; one statement."""
    row = FormDraft.objects.filter(person_id=actor.person_id, place=place).first()
    return None if row is None else (row.saved_at, row.values)
