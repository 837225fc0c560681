"""Which places of custody somebody sees into, and the only way to somebody held.

A place sees those it holds; a committee sees the places of what it oversees. Missing and forbidden are one answer.
"""

from __future__ import annotations

from uuid import UUID

from antong.custody.models import Admission
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound, NotPermitted
from antong.org import access as org_access
from antong.org import selectors as org
from antong.org.types import Level, Permission, UnitKind, UnitView

PLACES = frozenset({UnitKind.DETENTION, UnitKind.PRISON})
"""Kinds of unit that hold people."""


def places_of(actor: Actor) -> list[UnitView]:
    """Return the places the actor sees into: the own one, or for a committee those of its county or of all; one statement."""
    if actor.unit_kind in PLACES:
        return [org.unit(actor.unit_id)]
    if actor.unit_kind != UnitKind.COMMITTEE:
        return []
    every = org.find_units(kinds=PLACES, most=1000)
    if actor.unit_level == Level.PREFECTURE:
        return every
    county = org.unit(actor.unit_id).county_code
    return [one for one in every if one.county_code == county]


def held_for(actor: Actor, admission_id: UUID) -> Admission:
    """Return an open admission of the actor's own place, locked after its case; raises NotFound.

    The case is locked first, as in every act.
    """
    org_access.require(actor, Permission.CUSTODY_RECORD)
    row = (
        Admission.objects.select_for_update(of=("case", "self"))
        .select_related("case")
        .filter(id=admission_id, place_id=actor.unit_id, discharged_at__isnull=True)
        .first()
    )
    if row is None:
        raise NotFound
    return row


def require_place(actor: Actor) -> None:
    """Refuse whoever is not on duty in a place of custody."""
    org_access.require(actor, Permission.CUSTODY_RECORD)
    if actor.unit_kind not in PLACES:
        raise NotPermitted(
            "不能办理：收押、出所由看守所、监狱登记。",
            code="not-a-place",
            basis=("看守所条例第9条",),
            remedy="请羁押场所的值班民警登记。",
            who="羁押场所",
        )
