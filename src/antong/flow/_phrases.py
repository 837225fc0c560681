"""The phrase library (常用语) of a unit and of each in it: reasons, comments and texts, worded once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q

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
    """A wording to pick: a standard one of the platform (no `id`), one of the unit's own, or of the actor alone (`mine`)."""

    id: UUID | None
    code: str
    name: str
    text: str
    mine: bool = False


def phrases(actor: Actor) -> list[PhraseView]:
    """Return the wordings the actor may pick from: the actor's own, the unit's, the standard ones; one statement."""
    rows = Phrase.objects.filter(_theirs(actor), unit_id=actor.unit_id).order_by("-added_at")
    own = [
        PhraseView(id=row.id, code="other", name=row.text[:24], text=row.text, mine=row.person_id is not None)
        for row in rows
    ]
    own.sort(key=lambda one: not one.mine)
    standard = [
        PhraseView(id=None, code=reason.key, name=reason.name, text=reason.text)
        for reason in loader.load().return_reasons.values()
        if reason.text
    ]
    return own + standard


def return_basis(actor: Actor) -> str:
    """Return the article by which the actor's agency checks what it receives."""
    return loader.load().return_basis.get(actor.unit_kind, "") or "案通移送规则：材料不齐备的退回补正"


def _theirs(actor: Actor) -> Q:
    """Those of the whole unit, and the actor's own."""
    return Q(person__isnull=True) | Q(person_id=actor.person_id)


@transaction.atomic
def add_phrase(actor: Actor, *, text: str, mine: bool = False) -> PhraseView:
    """Keep a wording for the unit, or for the actor alone (`mine`); the same wording again changes nothing."""
    org_access.require(actor, Permission.HANDOVER_RECEIVE)
    text, whose = text.strip(), Q(person_id=actor.person_id) if mine else Q(person__isnull=True)
    rows = Phrase.objects.filter(whose, unit_id=actor.unit_id)
    if not text or len(text) > LONGEST or rows.count() >= MOST:
        raise BadInput(
            "不能加入常用语：须为 1 到 300 字，每单位、每人各至多 60 条。",
            code="phrase",
            basis=("案通常用语规则",),
            remedy="改短，或先删去不用的常用语。",
            fields={"text": "1 到 300 字"},
        )
    row, made = Phrase.objects.filter(whose).get_or_create(
        unit_id=actor.unit_id,
        text=text,
        defaults={
            "person_id": actor.person_id if mine else None,
            "added_name": actor.person_name,
            "added_at": clock.now(),
        },
    )
    if made:
        ledger.record(
            actor, chain_id=SYSTEM_CHAIN, act="flow.add-phrase", moment=moment(), subjects=[row.id],
            after={"text": text, "mine": mine},
        )  # fmt: skip
    return PhraseView(id=row.id, code="other", name=text[:24], text=text, mine=mine)


@transaction.atomic
def drop_phrase(actor: Actor, *, phrase_id: UUID) -> None:
    """Remove a wording of the actor's unit, or of the actor; another's own is nothing to the actor."""
    org_access.require(actor, Permission.HANDOVER_RECEIVE)
    row = Phrase.objects.filter(_theirs(actor), id=phrase_id, unit_id=actor.unit_id).first()
    if row is None:
        raise NotFound
    row.delete()
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="flow.drop-phrase", moment=moment(), subjects=[phrase_id],
        before={"text": row.text},
    )  # fmt: skip
