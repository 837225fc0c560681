"""Tokens of systems as pages show them."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import Q

from antong.kernel.actor import Actor
from antong.ledger import selectors as ledger
from antong.org import access
from antong.org.models import SystemToken
from antong.org.types import Permission, Role, TokenState, TokenView


def digest_of(secret: str) -> bytes:
    """Return what is kept of a secret. It is 256 random bits: no slow hash makes guessing it harder."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def tokens(actor: Actor, text: str = "") -> list[TokenView]:
    """Return the tokens of systems, newest first, of a unit, system or prefix when given; two statements."""
    access.require_permission(actor, Permission.TOKEN_REVOKE)
    rows = SystemToken.objects.select_related(
        "unit", "duty__post", "duty__person", "issued_by", "allowed_by", "revoked_by"
    )
    if text.strip():
        said = text.strip()
        rows = rows.filter(Q(system__contains=said) | Q(unit__name__contains=said) | Q(prefix=said))
    now = ledger.latest_moment()
    return [_view(row, now) for row in rows.order_by("-issued_at", "id")]


def _view(row: SystemToken, now: datetime) -> TokenView:
    state = (
        TokenState.REVOKED
        if row.revoked_at is not None
        else TokenState.ENDED
        if row.valid_until <= now
        else TokenState.WAITING
        if row.allowed_at is None
        else TokenState.IN_FORCE
    )
    return TokenView(
        id=row.id,
        prefix=row.prefix,
        system=row.system,
        unit_id=row.unit_id,
        unit_name=row.unit.name,
        own=row.own,
        person_name=row.duty.person.name,
        post_name=row.duty.post.name,
        role=Role(row.duty.post.role),
        permissions=tuple(Permission(one) for one in row.permissions),
        flows=tuple(row.flows),
        addresses=tuple(row.addresses),
        valid_until=row.valid_until,
        issued_at=row.issued_at,
        issued_by=row.issued_by.name,
        allowed_at=row.allowed_at,
        allowed_by=row.allowed_by.name if row.allowed_by else "",
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by.name if row.revoked_by else "",
        revoked_why=row.revoked_why,
        used_on=row.used_on,
        state=state,
    )
