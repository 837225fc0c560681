"""Reads of the room: units, counterparts, people on posts, rosters, notices."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from antong.kernel import clock
from antong.kernel.actor import Actor, Channel
from antong.kernel.refusal import NotFound
from antong.org import (
    _certificates,
    _delegations,
    _duties,
    _factor_rows,
    _fields,
    _house,
    _import,
    _import_units,
    _instance,
    _named,
    _pledges,
    _reports,
    _rosters,
    _sessions,
    _sheets,
    _shifts,
    _tables,
    _terminal_rows,
    _token_rows,
    _unit_views,
    _units,
    _values,
    _webhook_rows,
)
from antong.org.models import FormDraft, Notice, Person, Unit
from antong.org.types import (
    DutyView,
    Level,
    NoticeView,
    OwedNotice,
    Role,
    Staffing,
    UnitKind,
    UnitView,
)

accounts = _rosters.accounts
certificates_of = _certificates.certificates_of
initials = _fields.initials
HOUSE = _house.HOUSE
webhooks = _webhook_rows.webhooks
webhook = _webhook_rows.webhook
WebhookState = _webhook_rows.WebhookState
instance = _instance.instance
duties_of = _duties.duties_of
find_duty = _duties.find_duty
people_of = _duties.people_of
all_posts = _sheets.all_posts
check_organisation = _import_units.check_organisation
check_people = _import.check_people
factor_of = _factor_rows.factor_of
factor_offer = _factor_rows.factor_offer
find_people = _sheets.find_people
find_posts = _sheets.find_posts
holdings_of = _sheets.holdings_of
named = _named.named
on_duty = _unit_views.on_duty
roles_for = _units.roles_for
people = _sheets.people
pledge_signed = _pledges.pledge_signed
pledge_state = _pledges.pledge_state
pledge_text = _pledges.pledge_text
person_sheet = _sheets.person_sheet
read_table = _tables.read_table
roster = _shifts.roster
delegations_in = _delegations.delegations_in
delegations_of = _delegations.delegations_of
pause = _rosters.pause
open_sessions = _sessions.open_sessions
session_since = _sessions.since
session_stamp = _sessions.stamp
session_for = _duties.session_for
registered_certificate = _certificates.registered_certificate
report_counts = _reports.report_counts
reports = _reports.reports
unit = _unit_views.unit
unit_sheet = _sheets.unit_sheet
units = _unit_views.units
PEOPLE_STATES = _sheets.PEOPLE_STATES
IMPORT_HEADS = _import.HEADS
UNIT_IMPORT_HEADS = _import_units.HEADS
MOST_BY_COMMAND = _tables.MOST_BY_COMMAND
LARGEST_TABLE = _tables.LARGEST
terminal_of = _terminal_rows.terminal_of
terminal_rules = _terminal_rows.terminal_rules
terminals = _terminal_rows.terminals
TERMINAL_ORDERS = tuple(_terminal_rows.ORDERS)
tokens = _token_rows.tokens
HOUSE = _house.HOUSE
TERMINAL_STATES = {one.value: one.label for one in _values.TerminalState}
TerminalView = _values.TerminalView
FirstPassword = _values.FirstPassword
PASSWORD_HEADS = _values.PASSWORD_HEADS
BUREAU_KINDS = frozenset({UnitKind.POLICE_STATION})


def all_units() -> list[UnitView]:
    """Return every unit by code; one statement."""
    return [_unit_views.view(row) for row in Unit.objects.order_by("code")]


def staffing() -> list[Staffing]:
    """Return every unit by code with the posts and people in force there; three statements."""
    held, listed, every = _rosters.held_by_unit(), _rosters.posts_by_unit(), all_units()
    names = {unit.id: unit.short_name for unit in every}
    made = []
    for unit in every:
        taken, people = held.get(unit.id, (0, 0))
        posts = listed.get(unit.id, 0)
        above = names.get(unit.parent_id, "") if unit.parent_id else ""
        made.append(Staffing(unit=unit, parent=above, posts=posts, vacant=posts - taken, people=people))
    return made


def find_units(text: str = "", *, kinds: Collection[UnitKind] = (), most: int = 20) -> list[UnitView]:
    """Return units in force by part of name or pinyin initials, for pickers; one statement."""
    rows = Unit.objects.filter(_duties.in_force())
    if kinds:
        rows = rows.filter(kind__in=list(kinds))
    text = text.replace("\0", "").strip().lower()
    if text:
        rows = rows.filter(Q(name__contains=text) | Q(pinyin__contains=text) | Q(short_name__contains=text))
    return [_unit_views.view(row) for row in rows.order_by("code")[:most]]


def bureau_of(unit_id: UUID) -> UnitView:
    """Return the bureau a station or squad works for, or the unit itself; one statement."""
    found = _unit_views.select(
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
    found = _unit_views.select(
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


def supervisors_of(unit_id: UUID) -> list[UnitView]:
    """Return the committees that oversee a unit: its county's and its prefecture's; one statement."""
    rows = Unit.objects.filter(
        kind=UnitKind.COMMITTEE,
        county_code__in=Unit.objects.filter(
            Q(id=unit_id) | Q(children=unit_id) | Q(children__children=unit_id)
        ).values("county_code"),
    )
    return [_unit_views.view(row) for row in rows.order_by("code")]


def approvers_for(unit_id: UUID, role: Role) -> list[DutyView]:
    """Return who may approve for a unit: holders of `role` there, or in its bureau; two statements."""
    return people_of(unit_id, (role,)) or people_of(bureau_of(unit_id).id, (role,))


def person_names(person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return names by id; one statement."""
    return dict(Person.objects.filter(id__in=set(person_ids)).values_list("id", "name"))


def actor_for(person_id: UUID, duty_id: UUID, *, channel: Channel = Channel.PAGE) -> Actor | None:
    """Return the actor a person is on a duty in force, or None when it has ended; one statement.

    A delegation in force lets its delegate act on the duty on behalf of its holder.
    """
    found = session_for(person_id, duty_id, channel=channel)
    return None if found is None else found.actor


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


_UNREAD = """
SELECT count(*) FROM (SELECT 1 FROM org_notice n WHERE n.to_unit_id = %(unit)s AND n.read_at IS NULL
  AND (n.to_person_id = %(person)s OR n.to_person_id IS NULL) LIMIT 100) found
"""


def unread_count(actor: Actor) -> int:
    """Return how many notices wait, at most 100; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, {"unit": actor.unit_id, "person": actor.person_id})
        return int(cursor.fetchone()[0])


def kept_form(actor: Actor, place: str) -> tuple[datetime, dict[str, list[str]]] | None:
    """Return what the person had typed in a form and not yet sent, and when; one statement."""
    row = FormDraft.objects.filter(person_id=actor.person_id, place=place).first()
    return None if row is None else (row.saved_at, row.values)
