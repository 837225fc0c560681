"""What an act of `flow` does to a case, applied in the caller's transaction in few statements."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases import _derive, _grants, _limits, _measures, _recount
from antong.cases._measures import NewMeasure
from antong.cases.types import GrantChange, LimitChange, Stage
from antong.kernel import clock
from antong.kernel.ahead import Ahead
from antong.kernel.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyState:
    """Where a suspect stands after an act; None leaves it."""

    party_id: UUID
    stage: Stage | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A number a unit gives the case."""

    unit_id: UUID
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEffects:
    """All that one act does to a case. Empty parts cost no statement."""

    parties: tuple[PartyState, ...] = ()
    measures: tuple[NewMeasure, ...] = ()
    end_measures: tuple[tuple[UUID, str], ...] = ()
    limits: tuple[LimitChange, ...] = ()
    grants: tuple[GrantChange, ...] = ()
    left: tuple[UUID, UUID | None] | None = None
    """The whole sheet and manifest that the units handling the case see once it has gone from them."""
    numbers: tuple[Numbered, ...] = ()
    handling_unit_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What an act did that is taken back: to whom, and the rules of the limits it stopped and started.

    `parties` stand again as given, and what was stopped for them runs on; what was started ends for all `subjects`.
    `at` and `basis` are those the act was applied with, `document_ids` the papers its measures rest on.
    """

    at: datetime
    basis: str
    parties: tuple[PartyState, ...]
    subjects: tuple[UUID, ...]
    stopped: tuple[str, ...] = ()
    started: tuple[str, ...] = ()
    document_ids: tuple[UUID, ...] = ()


def take_back(case_id: UUID, act: TakenBack, *, reason: str) -> None:
    """Undo what an act did to `parties`, who stand again as given; the case must be locked by the caller.

    A measure it began ends where it began and the one before is in force again; limits it stopped run on with
    the due instant they had, those it started are closed. At most eight statements.
    """
    people = [party.party_id for party in act.parties]
    if people and act.document_ids:
        _measures.take_back(case_id, people, act.at, act.document_ids, reason=reason)
    _write(_states(act.parties))
    _limits.end_started(case_id, act.subjects, act.at, act.started, reason=reason)
    _limits.take_back(case_id, people, act.at, act.basis, act.stopped)
    _recount.after_custody(case_id, people if act.document_ids else ())
    _derive.derive(case_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What an act did to a case: what `law` answered to each limit started, and all of it for the act's entry."""

    law: list[dict[str, Any]]
    record: dict[str, Any]

    def stopped(self, rules: Collection[str]) -> bool:
        """Whether a limit of one of these rules ended."""
        return any(row["rule"] in rules for row in self.record.get("limits_stopped", ()))

    @property
    def moved(self) -> list[dict[str, Any]]:
        """The limits whose end is another one now because somebody's custody began or ended."""
        return [row for row in self.record.get("limits_moved", ()) if row["from"] != row["to"]]


def apply(case_id: UUID, effects: CaseEffects, *, at: datetime, same_version: bool = False) -> Applied:
    """Apply `effects` as of `at` (when the act happened); the case must be locked by the caller.

    Returns what it did, to be committed to in the entry of the act. With `same_version` the case's sheet is left at
    its version: for effects that change rights alone.
    """
    record: dict[str, Any] = {}
    ended: list[dict[str, Any]] = []
    for reason in dict.fromkeys(reason for _, reason in effects.end_measures):
        whom = {party: at for party, why in effects.end_measures if why == reason}
        ended += _measures.end(case_id, whom, reason=reason).get("measures_ended", [])
    started = _measures.start(case_id, effects.measures)
    ended += started.pop("measures_ended", [])
    record |= {"measures_ended": ended} if ended else {}
    record |= started
    states = _states(effects.parties)
    if not effects.limits:
        _write(states)
    limits = _limits.apply(case_id, effects.limits, at, ahead=states)
    record |= limits.record
    turned = {party for party, _ in effects.end_measures} | {new.party_id for new in effects.measures}
    anew = _recount.after_custody(case_id, turned)
    record |= {"limits_moved": anew.moved} if anew.moved else {}
    _give_numbers(case_id, effects.numbers, at)
    now = clock.now()
    _grants.apply(case_id, effects.grants, left=effects.left, at=now)
    _derive.derive(case_id, same_version=same_version, handling_unit_id=effects.handling_unit_id, at=now)
    rest = {
        "parties": [_plain(party) for party in effects.parties],
        "grants": [_plain(grant) for grant in effects.grants],
        "numbers": [_plain(number) for number in effects.numbers],
        "handling_unit": effects.handling_unit_id,
    }
    return Applied(
        law=[*limits.law, *anew.law], record=record | {name: value for name, value in rest.items() if value}
    )


def _plain(value: PartyState | GrantChange | Numbered) -> dict[str, Any]:
    """Return the fields of a value none of whose fields has fields of its own."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _states(parties: tuple[PartyState, ...]) -> Ahead:
    """Return what says where suspects stand after an act."""
    if not parties:
        return Ahead()
    return Ahead(
        text="stood AS (UPDATE cases_party p SET stage = COALESCE(w.stage, p.stage),"
        " state = COALESCE(w.state, p.state), version = p.version + 1"
        # asked by a subselect, how many there are is unknown in every plan, so that none is made anew each time
        " FROM unnest((SELECT %(people)s::uuid[]), %(stages)s::text[], %(states)s::text[]) AS w(id, stage, state)"
        " WHERE p.id = w.id)",
        values={
            "people": [party.party_id for party in parties],
            "stages": [None if party.stage is None else party.stage.value for party in parties],
            "states": [party.state for party in parties],
        },
    )


def _write(ahead: Ahead) -> None:
    """Write what no other statement carries along; one statement, none where there is nothing."""
    if ahead.text:
        with connection.cursor() as cursor:
            cursor.execute(ahead.statement, ahead.values)


def _give_numbers(case_id: UUID, numbers: tuple[Numbered, ...], at: datetime) -> None:
    if not numbers:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_casenumber (id, case_id, unit_id, kind, text, given_at)"
            " SELECT w.id, %s, w.unit_id, w.kind, w.text, %s"
            " FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[]) AS w(id, unit_id, kind, text)"
            " ON CONFLICT (unit_id, kind, text) DO NOTHING",
            [
                case_id,
                at,
                [new_id() for _ in numbers],
                [number.unit_id for number in numbers],
                [number.kind for number in numbers],
                [number.text for number in numbers],
            ],
        )
