"""Reads of the second factor: what is shown of it, and what a phone takes over while it is set up."""

from __future__ import annotations

import base64
from urllib.parse import quote
from uuid import UUID

from antong.kernel.actor import Actor
from antong.org import _sealed
from antong.org._values import FactorOffer, FactorView
from antong.org.models import FactorReset, Person, RecoveryCode, SecondFactor

DIGITS, STEP = 6, 30
"""What every phone knows."""


def offer(actor: Actor, secret: bytes) -> FactorOffer:
    """Return a secret as a phone takes it over; one statement."""
    text = base64.b32encode(secret).decode().rstrip("=")
    username = Person.objects.values_list("username", flat=True).get(id=actor.person_id)
    label = quote(f"案通:{username}")
    return FactorOffer(
        secret=" ".join(text[at : at + 4] for at in range(0, len(text), 4)),
        uri=f"otpauth://totp/{label}?secret={text}&issuer={quote('案通')}&algorithm=SHA1&digits={DIGITS}&period={STEP}",
    )


def factor_offer(actor: Actor) -> FactorOffer | None:
    """Return the secret that the person is setting up, None where none is; two statements."""
    row = SecondFactor.objects.filter(person_id=actor.person_id, pending__isnull=False).first()
    return (
        None
        if row is None or row.pending is None
        else offer(actor, _sealed.unseal(row.id, bytes(row.pending)))
    )


def factor_of(person_id: UUID) -> FactorView:
    """Return since when a person has a second factor, how many recovery codes are left, what is proposed; three statements."""
    row = SecondFactor.objects.filter(person_id=person_id, since__isnull=False).first()
    asked = FactorReset.objects.filter(person_id=person_id, decided_at__isnull=True).select_related(
        "proposed_by"
    )
    open_ = asked.first()
    return FactorView(
        since=row.since if row else None,
        codes=0 if row is None else RecoveryCode.objects.filter(factor=row, used_at__isnull=True).count(),
        asked_at=open_.proposed_at if open_ else None,
        asked_by=open_.proposed_by.name if open_ else "",
        reason=open_.reason if open_ else "",
    )
