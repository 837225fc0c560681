"""Taking back what sending did, where a hand-over is withdrawn or returned before anybody accepted it.

拘留期限照算: a request that came back has not been made, so the limits that it stopped run on as they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.selectors import SheetView
from antong.cases.types import PartyView, Stage
from antong.catalog.schema import FlowDef
from antong.custody import actions as custody
from antong.flow.models import HandOver, Round


def moved(
    sheet: SheetView, subjects: Sequence[UUID], changes: Sequence[case_actions.PartyState]
) -> dict[str, Any]:
    """Return, for the round's record, where each subject stands before sending and after it."""
    after = {change.party_id: change for change in changes}
    return {
        str(party.id): {"before": _place(party), "after": _after(party, after.get(party.id))}
        for party in sheet.suspects
        if party.id in set(subjects)
    }


def _place(party: PartyView) -> list[str]:
    return [party.stage.value, party.state]


def _after(party: PartyView, change: case_actions.PartyState | None) -> list[str]:
    stage, state = _place(party)
    if change is not None and change.stage is not None:
        stage = change.stage.value
    if change is not None and change.state is not None:
        state = change.state
    return [stage, state]


def take_back(handover: HandOver, flow: FlowDef, current: Round, *, reason: str) -> list[UUID]:
    """Undo what sending the present round did, for those who still stand where it put them; return whom.

    Somebody who has been moved since (released, say) is left where the later act put him or her. No statement
    where sending did nothing, else at most eight.
    """
    effects = flow.effects.get("sent", ())
    if not effects or not current.moved or handover.happened_at is None:
        return []
    standing = {str(party.id): _place(party) for party in cases.living_sheet(handover.case_id).suspects}
    back = {
        party_id: places["before"]
        for party_id, places in current.moved.items()
        if standing.get(party_id) == places["after"]
    }
    begun = any(effect.do == "start-measure" for effect in effects)
    case_actions.take_back_effects(
        handover.case_id,
        case_actions.TakenBack(
            at=handover.happened_at,
            basis=flow.name,
            parties=_states(back),
            subjects=tuple(map(UUID, current.moved)),
            stopped=tuple(effect.rule for effect in effects if effect.do == "stop-limit"),
            started=tuple(effect.rule for effect in effects if effect.do == "start-limit"),
            document_ids=tuple(map(UUID, handover.document_ids)) if begun else (),
        ),
        reason=reason,
    )
    if any(effect.do in {"tell-custody", "start-limit"} for effect in effects):
        custody.untell(handover.id)
    return [UUID(party_id) for party_id in back]


def _states(back: Mapping[str, Sequence[str]]) -> tuple[case_actions.PartyState, ...]:
    return tuple(
        case_actions.PartyState(party_id=UUID(party_id), stage=Stage(stage), state=state)
        for party_id, (stage, state) in back.items()
    )
