"""The phrase library of a unit (常用语): reasons for returning a file, worded once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from antong.catalog import loader
from antong.flow.models import Phrase
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import access as org_access
from antong.org.types import Permission

MOST, LONGEST = 60, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseView:
    """A wording to pick: a standard one of the platform (no `id`), or one of the unit's own."""

    id: UUID | None
    code: str
    name: str
    text: str


def phrases(actor: Actor) -> list[PhraseView]:
    """Return the wordings the actor's unit may pick from, its own first; one statement."""
    own = [
        PhraseView(id=row.id, code="other", name=row.text[:24], text=row.text)
        for row in Phrase.objects.filter(unit_id=actor.unit_id).order_by("-added_at")
    ]
    standard = [
        PhraseView(id=None, code=reason.key, name=reason.name, text=reason.text)
        for reason in loader.load().return_reasons.values()
        if reason.text
    ]
    return own + standard


def return_basis(actor: Actor) -> str:
    """Return the article by which the actor's agency checks what it receives."""
    return loader.load().return_basis.get(actor.unit_kind, "") or "案通移送规则：材料不齐备的退回补正"


@transaction.atomic
def add_phrase(actor: Actor, *, text: str) -> PhraseView:
    """Keep a wording for the unit; the same wording again changes nothing."""
    org_access.require(actor, Permission.HANDOVER_RECEIVE)
    text = text.strip()
    rows = Phrase.objects.filter(unit_id=actor.unit_id)
    if not text or len(text) > LONGEST or rows.count() >= MOST:
        raise BadInput(
            "不能加入常用语：须为 1 到 300 字，每单位至多 60 条。",
            code="phrase",
            basis=("案通常用语规则",),
            remedy="改短，或先删去不用的常用语。",
            fields={"text": "1 到 300 字"},
        )
    row, made = Phrase.objects.get_or_create(
        unit_id=actor.unit_id, text=text, defaults={"added_name": actor.person_name, "added_at": clock.now()}
    )
    if made:
        ledger.record(
            actor, chain_id=SYSTEM_CHAIN, act="flow.add-phrase", moment=moment(), subjects=[row.id],
            after={"text": text},
        )  # fmt: skip
    return PhraseView(id=row.id, code="other", name=text[:24], text=text)


@transaction.atomic
def drop_phrase(actor: Actor, *, phrase_id: UUID) -> None:
    """Remove a wording of the actor's unit."""
    org_access.require(actor, Permission.HANDOVER_RECEIVE)
    row = Phrase.objects.filter(id=phrase_id, unit_id=actor.unit_id).first()
    if row is None:
        raise NotFound
    row.delete()
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="flow.drop-phrase", moment=moment(), subjects=[phrase_id],
        before={"text": row.text},
    )  # fmt: skip
