"""Duties in force: who holds which post, read by statements that are written out.

Every page and every act begins with one of these reads, and composing it costs more than running it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.crypto import salted_hmac

from antong.kernel import clock
from antong.kernel.actor import Actor, Channel, Rank
from antong.kernel.refusal import NotPermitted
from antong.org.types import ADMIN_ROLES, ROLE_PERMISSIONS, DutyView, Permission, Role, SessionFacts

JOINED = """
org_duty d JOIN org_post p ON p.id = d.post_id JOIN org_unit u ON u.id = p.unit_id JOIN org_person h ON h.id = d.person_id
"""
IN_FORCE = """
h.is_active AND d.valid_from <= %(now)s AND (d.valid_until IS NULL OR d.valid_until > %(now)s)
AND (p.valid_until IS NULL OR p.valid_until > %(now)s) AND (u.valid_until IS NULL OR u.valid_until > %(now)s)
"""
"""When a duty of JOINED is in force."""
DELEGATED = """
EXISTS (SELECT 1 FROM org_delegation g JOIN org_person t ON t.id = g.to_person_id
  WHERE g.duty_id = d.id AND g.to_person_id = %(delegate)s::uuid AND t.is_active
    AND g.starts_at <= %(now)s AND g.ends_at > %(now)s)
"""
"""When a duty of JOINED is somebody's by delegation."""
ACTING = "d.id, d.post_id, p.name, d.rank, p.role, p.unit_id, u.name, u.kind, u.level"
"""What `acting` reads of JOINED."""
_DUTY = f"""
SELECT d.id, d.person_id, h.name, d.post_id, p.name, p.role, d.rank, p.unit_id, u.name, d.valid_until
FROM {JOINED} WHERE {IN_FORCE}
"""  # noqa: S608 - a wording of our own
_SESSION = f"""
SELECT {ACTING}, d.person_id, who.name, who.password, who.must_change_password, who.preferences::text,
  (SELECT f.since FROM org_secondfactor f WHERE f.person_id = who.id),
  EXISTS (SELECT 1 FROM org_pledgetext t WHERE t.version = (SELECT max(version) FROM org_pledgetext)
    AND NOT EXISTS (SELECT 1 FROM org_pledge s WHERE s.text_id = t.id AND s.person_id = who.id))
FROM {JOINED} JOIN org_person who ON who.id = %(delegate)s::uuid
WHERE d.id = %(duty)s AND {IN_FORCE} AND (d.person_id = who.id OR {DELEGATED})
"""  # noqa: S608 - a wording of our own


def in_force(prefix: str = "") -> Q:
    """Return what is true of a unit, post or duty that has not ended, reached by `prefix` ("post__")."""
    ends = f"{prefix}valid_until"
    return Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gt": clock.now()})


def _rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, "now": clock.now()})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _read(condition: str, values: Mapping[str, Any]) -> list[DutyView]:
    return [
        DutyView(
            id=row[0],
            person_id=row[1],
            person_name=row[2],
            post_id=row[3],
            post_name=row[4],
            role=Role(row[5]),
            rank=Rank(row[6]),
            unit_id=row[7],
            unit_name=row[8],
            valid_until=row[9],
        )
        for row in _rows(f"{_DUTY} {condition}", values)
    ]


def duties_of(person_id: UUID) -> list[DutyView]:
    """Return a person's duties in force, A duties first, then those delegated to the person; one statement."""
    own = f"AND (d.person_id = %(delegate)s::uuid OR {DELEGATED}) ORDER BY d.rank DESC, p.name"
    return sorted(_read(own, {"delegate": person_id}), key=lambda duty: duty.person_id != person_id)


def duties_to_sign_in(person_id: UUID) -> tuple[DutyView, ...]:
    """Return what somebody may sign in for, as `duties_of` does; NotPermitted where there is nothing; one statement."""
    duties = tuple(duties_of(person_id))
    if not duties:
        raise NotPermitted(
            "不能登录：现在没有任何岗位。",
            code="no-duty",
            remedy="请本单位系统管理员任命岗位。",
            who="本单位系统管理员",
        )
    return duties


def people_of(unit_id: UUID, roles: Collection[Role] = ()) -> list[DutyView]:
    """Return who holds posts in a unit, of some roles when given (roles or their values), A before B; one statement."""
    return _read(
        "AND p.unit_id = %(unit)s AND (%(roles)s::text[] IS NULL OR p.role = ANY(%(roles)s))"
        " ORDER BY p.role, p.name, d.rank DESC, h.staff_number",
        {"unit": unit_id, "roles": [str(role) for role in roles] or None},
    )


def find_duty(username: str, *, role: Role | None = None) -> DutyView | None:
    """Return the first duty in force of an account, of a role when given; one statement."""
    found = _read(
        "AND h.username = %(username)s AND (%(role)s::text IS NULL OR p.role = %(role)s) ORDER BY d.rank DESC, d.id LIMIT 1",
        {"username": username, "role": str(role) if role else None},
    )
    return found[0] if found else None


def session_for(person_id: UUID, duty_id: UUID, *, channel: Channel = Channel.PAGE) -> SessionFacts | None:
    """Return the actor of a session, with the facts of its person: mark of password and second factor, preferences.

    None where the duty has ended, or is neither the person's own nor delegated to the person now. One statement.
    """
    found = _rows(_SESSION, {"duty": duty_id, "delegate": person_id})
    if not found:
        return None
    holder, name, password, must_change, chosen, factor_since, must_pledge = found[0][9:]
    actor = acting(
        found[0][:9],
        person_id=person_id,
        person_name=name,
        channel=channel,
        on_behalf_of=holder if holder != person_id else None,
    )
    known = f"{password}{factor_since or ''}"
    return SessionFacts(
        actor=actor,
        mark=salted_hmac("antong.session", known, algorithm="sha256").hexdigest()[:32],
        must_change_password=must_change,
        must_enrol=factor_since is None and factor_required(actor.role),
        must_pledge=must_pledge,
        preferences=json.loads(chosen),
    )


def factor_required(role: str) -> bool:
    """Whether whoever acts in a role must sign in with a second factor, by ANTONG_SECOND_FACTOR."""
    rule = settings.ANTONG_SECOND_FACTOR
    return rule == "all" or (rule == "admins" and role in ADMIN_ROLES)


def acting(
    row: Sequence[Any],
    *,
    person_id: UUID,
    person_name: str,
    channel: Channel,
    on_behalf_of: UUID | None = None,
    given: Collection[Permission] | None = None,
) -> Actor:
    """Return who acts on a duty (ACTING) as somebody, with what its role may do now, or of that what is `given`."""
    duty, post, post_name, rank, role, unit, unit_name, kind, level = row
    permissions = ROLE_PERMISSIONS[Role(role)]
    return Actor(
        person_id=person_id,
        person_name=person_name,
        duty_id=duty,
        post_id=post,
        post_name=post_name,
        rank=Rank(rank),
        role=role,
        unit_id=unit,
        unit_name=unit_name,
        unit_kind=kind,
        unit_level=level,
        permissions=frozenset(permissions if given is None else permissions & set(given)),
        channel=channel,
        on_behalf_of=on_behalf_of,
    )
