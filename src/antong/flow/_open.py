"""Opening a hand-over for an act: locked, with the right version, in a state that allows the act."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases import access as cases_access
from antong.cases.types import CaseAccess, GrantRole
from antong.catalog import loader
from antong.catalog.schema import FlowDef
from antong.flow._rows import Statement, saving, write
from antong.flow.models import HandOver, Obligation, Round, Subject
from antong.flow.types import State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ahead import Ahead
from antong.kernel.refusal import NotFound, NotPermitted, Refusal, Stale
from antong.org.types import Permission

# every act locks in one order: case, hand-over, obligation, document
_HANDOVER = Statement(
    HandOver,
    "SELECT {columns}, ARRAY(SELECT o.unit_id FROM flow_obligation o WHERE o.handover_id = t.id)"
    " FROM flow_handover t JOIN cases_case c ON c.id = t.case_id WHERE t.id = %(id)s FOR UPDATE OF c, t",
    extra=("receiver_ids",),
)
_ROUND = Statement(
    Round, "SELECT {columns} FROM flow_round t WHERE t.handover_id = %(id)s AND t.number = %(number)s"
)
_SUBJECTS = Statement(
    Subject, "SELECT {columns} FROM flow_subject t WHERE t.handover_id = %(id)s ORDER BY t.position"
)
_OBLIGATION = Statement(
    Obligation,
    "SELECT {columns}, r.sheet_id, r.manifest_id, ARRAY(SELECT s.party_id FROM flow_subject s"
    " WHERE s.handover_id = t.handover_id ORDER BY s.position),"
    " EXISTS (SELECT 1 FROM flow_rotation o WHERE o.unit_id = t.unit_id AND o.active) FROM flow_obligation t"
    " JOIN flow_round r ON r.handover_id = t.handover_id AND r.number = t.round"
    " WHERE t.handover_id = %(id)s AND t.round = %(number)s AND t.unit_id = %(unit)s FOR UPDATE OF t",
    extra=("sheet_id", "manifest_id", "party_ids", "rotates"),
)


@dataclass(slots=True, kw_only=True)
class Opened:
    """A hand-over locked for an act, with its definition and the case as the actor's unit sees it."""

    handover: HandOver
    flow: FlowDef
    case: CaseAccess


def definition(key: str, version: int | None = None) -> FlowDef:
    """Return the flow of that key in the version a hand-over was opened under, else the one in force today; or refuse."""
    catalog = loader.load()
    flow = catalog.flow_on(key, clock.today()) if version is None else catalog.flow(key, version)
    if flow is None:
        raise NotFound
    return flow


def open_for(
    actor: Actor,
    handover_id: UUID,
    permission: Permission,
    *,
    version: int | None,
    states: Collection[State],
    doing: str,
) -> Opened:
    """Lock a case, then its hand-over, for an act; three statements with the transaction's begin.

    `doing` is the verb with its object, for refusals. Raises NotFound to strangers, Stale where `version`
    is not the present one, Refusal where the state does not allow the act.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a hand-over is opened in the transaction of an act")
    handover = _HANDOVER.first({"id": handover_id})
    if handover is None:
        raise NotFound
    case = cases_access.case_for(actor, handover.case_id, permission, lock=True)
    known(handover, case, handover.receiver_ids)  # type: ignore[attr-defined] # a column of the statement
    if version is not None and version != handover.version:
        raise Stale(
            f"不能{doing}：这件移送在您打开后已有变动。",
            items=(
                f"现在的状态：{State(handover.state).label}，第 {handover.round} 轮，{clock.local(handover.changed_at):%m-%d %H:%M} 变动",
            ),
            current_version=handover.version,
        )
    if State(handover.state) not in states:
        allowed = "、".join(state.label for state in states)
        raise Refusal(
            f"不能{doing}：移送现为“{State(handover.state).label}”。",
            code="wrong-state",
            basis=(f"案通移送规则：{doing}须在“{allowed}”时办理",),
            remedy="刷新后看移送轨迹；需要改变已发出的内容，先撤回或等对方退回。",
        )
    return Opened(handover=handover, flow=definition(handover.flow, handover.flow_version), case=case)


def known(handover: HandOver, case: CaseAccess, receiver_ids: Collection[UUID]) -> None:
    """Answer as if it were not there to a unit that sees the case and may not know of this hand-over; no statement.

    Who handles all of the case or oversees it knows all of them, any other unit those it sent or was sent.
    """
    concerned = {handover.from_unit_id, handover.office_id, *receiver_ids}
    if not case.whole and case.role is not GrantRole.SUPERVISION and case.unit_id not in concerned:
        raise NotFound


def own(opened: Opened, actor: Actor, doing: str) -> None:
    """Refuse a unit that is neither the sender nor the organ in whose name it is sent."""
    if actor.unit_id not in {opened.handover.from_unit_id, opened.handover.office_id}:
        raise NotPermitted(
            f"不能{doing}：这件移送由其他单位发出。",
            code="not-sender",
            basis=("案通移送规则：由移送单位办理",),
            remedy="请移送单位办理。",
        )


def sender(opened: Opened, actor: Actor, doing: str) -> None:
    """Refuse a unit that is not the sender, or from which the case has gone: to make, change and send a hand-over."""
    own(opened, actor, doing)
    if not opened.case.living:
        raise NotPermitted(
            f"不能{doing}：案件已不在本单位承办（现为“{opened.case.role.label}”）。",
            code="not-handling",
            basis=("案通移送规则：由承办单位移送",),
            remedy="撤回这件移送；需要办理的，请现承办单位办理。",
            who="现承办单位",
        )


def current_round(handover: HandOver) -> Round:
    """Return the round under way; one statement."""
    found = _ROUND.first({"id": handover.id, "number": handover.round})
    if found is None:
        raise AssertionError("a hand-over has a round")
    return found


def subjects_of(handover: HandOver) -> list[Subject]:
    """Return whom the hand-over is about, in order; one statement."""
    return _SUBJECTS.all({"id": handover.id})


def obligation_of(handover: HandOver, unit_id: UUID, doing: str) -> Obligation:
    """Return and lock what a receiver owes in the present round, with its snapshot and subjects; one statement.

    `rotates` says whether the unit assigns by rotation.
    """
    found = _OBLIGATION.first({"id": handover.id, "number": handover.round, "unit": unit_id})
    if found is None:
        raise NotPermitted(
            f"不能{doing}：本单位不是这件移送的接收单位。",
            code="not-receiver",
            basis=("案通移送规则：由接收单位办理",),
            remedy="请接收单位办理；接收单位选错的，由移送单位撤回后重发。",
        )
    return found


def touch(handover: HandOver, of_round: Mapping[str, Any] | None = None, /, **changes: Any) -> None:
    """Save named fields of a locked hand-over, with the next version, and of its round; one statement."""
    write(touching(handover, of_round, **changes))


def touching(handover: HandOver, of_round: Mapping[str, Any] | None = None, /, **changes: Any) -> Ahead:
    """Set named fields of a locked hand-over, with the next version; return what saves them, and those of its round."""
    changes = {"version": handover.version + 1, "changed_at": clock.now(), **changes}
    for name, value in changes.items():
        setattr(handover, name, value)
    return saving(handover, changes, of_round or {})
