"""Giving out a signed head: the audit administrator takes it elsewhere, so that no later ledger can contradict it."""

from __future__ import annotations

from django.db import transaction

from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import access
from antong.org.types import Permission


@transaction.atomic
def give_head(actor: Actor, *, number: int) -> bytes:
    """Return a head as the file that `antong verify --head` takes, noted as given and on the record. Raises NotFound."""
    access.require(actor, Permission.AUDIT_READ)
    content = ledger.head_file(number)
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="ledger.give-head", moment=moment(), after={"number": number}
    )
    return content
