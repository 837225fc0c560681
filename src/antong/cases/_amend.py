"""Changing what a case says: parties, basic facts. Each act one transaction, one entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from antong.cases import _derive, _parties, _register
from antong.cases.access import case_for
from antong.cases.models import Case, Charge, Party
from antong.cases.types import CaseAccess, NewParty, PartyKind, Stage
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Stale
from antong.ledger import actions as ledger
from antong.org import access as org_access
from antong.org.types import Permission

CASE_FIELDS = ("place", "brief", "category", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The answer of an act on what a case says: the number of its entry, and the case's version after it."""

    entry_number: int
    version: int


def _entered(answer: Mapping[str, Any]) -> Entered:
    """Return the first answer to a repeated command."""
    return Entered(entry_number=answer["entry_number"], version=answer["version"])


def _begin(actor: Actor, case_id: UUID, version: int | None, permission: Permission) -> CaseAccess:
    org_access.require(actor, permission)
    case = case_for(actor, case_id, permission, lock=True)
    if version is not None and version != case.version:
        raise Stale(
            "不能保存：案件在您填写时已被改动。",
            items=(f"您看到的是第 {version} 版，现为第 {case.version} 版",),
            current_version=case.version,
        )
    return case


@ledger.once("case.add-parties", found=_entered)
@transaction.atomic
def add_parties(
    actor: Actor,
    *,
    case_id: UUID,
    parties: Sequence[NewParty],
    version: int | None = None,
    happened_at: datetime | None = None,
    late_reason: str = "",
    faults: Mapping[str, str] | None = None,
    key: UUID | None = None,
) -> Entered:
    """Add parties to a case; a suspect joins at the case's own stage. `faults`: fields the caller could not read."""
    when = moment(happened_at, late_reason)
    case = _begin(actor, case_id, version, Permission.CASE_EDIT)
    first = Party.objects.filter(case_id=case_id).count() + 1
    happened = Case.objects.values_list("happened_at", flat=True).get(id=case_id)
    people, charges = _parties.rows(
        case_id, parties, first=first, stage=Stage(case.stage), happened_at=happened, faults=faults
    )
    Party.objects.bulk_create(people)
    Charge.objects.bulk_create(charges)
    _rename(case_id)
    now, _ = _derive.derive(case_id)
    entry = ledger.record(
        actor,
        chain_id=case_id,
        act="case.add-parties",
        moment=when,
        subjects=[party.id for party in people],
        after={
            "parties": [
                _parties.facts(party, [charge for charge in charges if charge.party is party])
                for party in people
            ]
        },
        key=key,
        answer={"version": now},
    )
    return Entered(entry_number=entry.number, version=now)


@ledger.once("case.amend-party", found=_entered)
@transaction.atomic
def amend_party(
    actor: Actor,
    *,
    case_id: UUID,
    party_id: UUID,
    party: NewParty,
    version: int,
    happened_at: datetime | None = None,
    late_reason: str = "",
    faults: Mapping[str, str] | None = None,
    key: UUID | None = None,
) -> Entered:
    """Replace what is known of a party; `version` is the case's version the form was shown, `faults` as above."""
    when = moment(happened_at, late_reason)
    _begin(actor, case_id, version, Permission.CASE_EDIT)
    old = Party.objects.filter(case_id=case_id, id=party_id).first()
    if old is None:
        raise NotFound
    happened = Case.objects.values_list("happened_at", flat=True).get(id=case_id)
    (new,), charges = _parties.rows(
        case_id, [party], first=old.position, stage=Stage(old.stage), happened_at=happened, faults=faults
    )
    before = _parties.facts(old, list(Charge.objects.filter(party_id=party_id).order_by("position")))
    new.id, new.version = old.id, old.version + 1
    new.state = "elsewhere" if party.handled_elsewhere else ("" if old.state == "elsewhere" else old.state)
    fields = [f.name for f in Party._meta.concrete_fields if f.name not in {"id", "case", "position"}]  # noqa: SLF001 - the documented way to a model's fields
    Party.objects.bulk_update([new], fields)
    Charge.objects.filter(party_id=party_id).delete()
    for charge in charges:
        charge.party = new
    Charge.objects.bulk_create(charges)
    _rename(case_id)
    now, _ = _derive.derive(case_id)
    entry = ledger.record(
        actor,
        chain_id=case_id,
        act="case.amend-party",
        moment=when,
        subjects=[party_id],
        before=before,
        after=_parties.facts(new, charges),
        key=key,
        answer={"version": now},
    )
    return Entered(entry_number=entry.number, version=now)


@ledger.once("case.amend", found=_entered)
@transaction.atomic
def amend_case(
    actor: Actor,
    *,
    case_id: UUID,
    version: int,
    changes: Mapping[str, str],
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Entered:
    """Change place, brief, category or source of a case."""
    when = moment(happened_at, late_reason)
    _begin(actor, case_id, version, Permission.CASE_EDIT)
    unknown = set(changes) - set(CASE_FIELDS)
    wrong = _register.fact_errors(changes) | dict.fromkeys(unknown, "没有这一项")
    if wrong:
        raise BadInput(
            f"不能保存：有 {len(wrong)} 处要改。",
            code="case-fields",
            basis=("案通登记规则：来源、类别从代码表中选，地点和案情须写明",),
            remedy="改正标红的各项。",
            who="登记人",
            fields=wrong,
        )
    case = Case.objects.get(id=case_id)
    before = {name: getattr(case, name) for name in changes}
    Case.objects.filter(id=case_id).update(**changes)
    now, _ = _derive.derive(case_id)
    entry = ledger.record(
        actor, chain_id=case_id, act="case.amend", moment=when, before=before, after=dict(changes),
        key=key, answer={"version": now},
    )  # fmt: skip
    return Entered(entry_number=entry.number, version=now)


def _rename(case_id: UUID) -> None:
    case = Case.objects.get(id=case_id)
    people = list(Party.objects.filter(case_id=case_id).order_by("position"))
    charges = list(Charge.objects.filter(party__case_id=case_id).order_by("party__position", "position"))
    if any(PartyKind(person.kind).is_suspect for person in people):
        name = _register.name_of(people, charges, case.category)
        Case.objects.filter(id=case_id).update(name=name)
