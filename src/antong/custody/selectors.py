"""Reads of the room: who is held in the places an actor sees into."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases import selectors as cases
from antong.cases.selectors import CustodyEnding
from antong.cases.types import MeasureKind, Stage
from antong.custody._basis import BASIS, UNTIL
from antong.custody._door import IDENTITIES, REASONS
from antong.custody.access import PLACES, places_of
from antong.custody.models import Interrogation, Told
from antong.custody.types import Held, InterrogationView, Nearness, ToldBy, ToldView
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound

__all__ = [
    "IDENTITIES",
    "PLACES",
    "REASONS",
    "Story",
    "board",
    "ending",
    "held_in_case",
    "places_of",
    "story",
]

MOST = 5000

_HELD = f"""
SELECT a.id, a.case_id, c.number, a.party_id, p.name, COALESCE(h.name, ''), p.stage, a.place_id, s.name, a.cell,
  a.identity, a.admitted_at, a.paper, a.number, t.name, a.told_until, a.told_at, u.name, COALESCE(m.kind, ''),
  COALESCE(m.holds, false), COALESCE(m.sentence, false), {UNTIL}, COALESCE(l.name, ''), l.articles::text,
  l.derivation::text, g.handler_id, a.release_ordered_at, a.release_paper, a.version, t.id, u.id, COALESCE(l.rests, false)
FROM custody_admission a
JOIN cases_case c ON c.id = a.case_id
JOIN cases_party p ON p.id = a.party_id
JOIN org_unit s ON s.id = a.place_id
JOIN org_unit t ON t.id = a.agency_id
JOIN org_unit u ON u.id = c.handling_unit_id
LEFT JOIN cases_grant g ON g.unit_id = c.handling_unit_id AND g.case_id = c.id
LEFT JOIN LATERAL (
  SELECT x.name FROM cases_charge x WHERE x.party_id = p.id ORDER BY x.position, x.code LIMIT 1
) h ON true
{BASIS}
WHERE a.discharged_at IS NULL AND %s
ORDER BY m.holds NULLS FIRST, {UNTIL} NULLS LAST, a.admitted_at LIMIT {MOST}
"""  # noqa: S608 - a wording of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All of one person held: what the place was told, and who came to question."""

    told: tuple[ToldView, ...]
    interrogations: tuple[InterrogationView, ...]


def _rows(condition: str, value: Any) -> list[Held]:
    with connection.cursor() as cursor:
        cursor.execute(_HELD.replace("%s", condition, 1), [value])
        rows = cursor.fetchall()
    return [
        Held(
            id=r[0], case_id=r[1], case_number=r[2], party_id=r[3], name=r[4] or "身份不明", charge=r[5],
            stage=Stage(r[6]).label, place_id=r[7], place=r[8], cell=r[9], identity=r[10], admitted_at=r[11], paper=r[12],
            number=r[13], told_agency=r[14], told_until=r[15], told_at=r[16], agency=r[17],
            measure=MeasureKind(r[18]).label if r[18] else "", holds=r[19], sentence=r[20], until=r[21], limit=r[22],
            articles=tuple(json.loads(r[23] or "[]")), derivation=tuple(json.loads(r[24] or "[]")), handler_id=r[25],
            release_ordered_at=r[26], release_paper=r[27], version=r[28],
            told_agency_id=r[29],
            agency_id=r[30],
            rests=r[31],
        )
        for r in rows
    ]  # fmt: skip


def board(actor: Actor, *, place_ids: Collection[UUID] | None = None) -> list[Held]:
    """Return everybody held in the places the actor sees into, those without a basis first; at most three statements."""
    places = [one.id for one in places_of(actor)]
    if place_ids is not None:
        places = [one for one in places if one in place_ids]
    return _rows("a.place_id = ANY(%s)", places) if places else []


def ending(actor: Actor) -> CustodyEnding:
    """Return whose basis ends within seven days or has ended: of a place those inside, of others those in their cases."""
    if actor.unit_kind not in PLACES:
        return cases.custody_ending(actor)
    near = [row.nearness for row in board(actor)]
    passed = near.count(Nearness.NONE)
    soon = sum(near.count(one) for one in (Nearness.DAY, Nearness.THREE, Nearness.SEVEN))
    return CustodyEnding(people=soon + passed, passed=passed)


def held_in_case(case_id: UUID) -> list[Held]:
    """Return who of a case is held, and where (of the house: the caller has asked `cases.access`); one statement."""
    return _rows("a.case_id = %s", case_id)


def story(actor: Actor, admission_id: UUID) -> tuple[Held, Story]:
    """Return one person held with all the place was told; raises NotFound. Five statements at most."""
    places = {one.id for one in places_of(actor)}
    found = next((one for one in _rows("a.id = %s", admission_id) if one.place_id in places), None)
    if found is None:
        raise NotFound
    told = Told.objects.select_related("agency").filter(admission_id=admission_id).order_by("-told_at")
    asked = (
        Interrogation.objects.select_related("agency").filter(admission_id=admission_id).order_by("-at")[:50]
    )
    return found, Story(
        told=tuple(
            ToldView(
                by=ToldBy(one.by), paper=one.paper, number=one.number, agency=one.agency.name, until=one.until,
                told_at=one.told_at,
            )
            for one in told
        ),
        interrogations=tuple(
            InterrogationView(
                at=one.at, agency=one.agency.name, officers=tuple(one.officers), paper=one.paper,
                allowed=one.allowed, reason=one.reason,
            )
            for one in asked
        ),
    )  # fmt: skip
