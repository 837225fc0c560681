"""Who a hand-over may be about, and who may receive it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from antong.cases import selectors as cases
from antong.cases.selectors import SheetView
from antong.cases.types import EDITING_ROLES, CaseAccess, PartyView, Stage
from antong.catalog import vocabulary
from antong.catalog.schema import Ends, FlowDef
from antong.flow.models import HandOver
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput, NotPermitted, Refusal
from antong.org import selectors as org
from antong.org.types import Level, Role, UnitKind, UnitView


def of_unit(actor: Actor, flow: FlowDef) -> bool:
    """Whether units of the actor's kind and level begin this flow."""
    return actor.unit_kind in flow.from_.kinds and actor.unit_level in flow.from_.levels


def levels_of(side: Ends) -> str:
    """Return the words for the levels of one side of a flow, nothing where it is any bureau."""
    return "" if len(side.levels) > 1 else Level(side.levels[0]).label


def may_send(actor: Actor, flow: FlowDef, case: CaseAccess) -> None:
    """Refuse a unit that may not begin this flow, or does not handle the case."""
    if not of_unit(actor, flow):
        names = "、".join(UnitKind(kind).label for kind in flow.from_.kinds)
        raise NotPermitted(
            f"不能新建{flow.name}：由{levels_of(flow.from_)}{names}办理。",
            code="flow-not-of-unit",
            basis=flow.articles,
            remedy="选择本单位可以发起的流程。",
        )
    if case.role not in EDITING_ROLES:
        raise NotPermitted(
            f"不能新建{flow.name}：案件不在本单位承办（现为“{case.role.label}”）。",
            code="not-handling",
            basis=("案通移送规则：由承办单位移送",),
            remedy="等案件移送到本单位并受理后再办。",
        )


def subjects_for(flow: FlowDef, sheet: SheetView, party_ids: Sequence[UUID]) -> list[PartyView]:
    """Return the suspects a hand-over is about; refuse who does not fit."""
    fitting = [party for party in sheet.suspects if fits(flow, party)]
    chosen = [party for party in fitting if not party_ids or party.id in set(party_ids)]
    outside = [party.name for party in sheet.suspects if party.id in set(party_ids) and party not in fitting]
    if outside or len(chosen) < flow.subjects.at_least:
        stages = "、".join(stage_label(stage) for stage in flow.subjects.stages)
        who = "、".join(outside) or "没有一名犯罪嫌疑人"
        raise Refusal(
            f"不能新建{flow.name}：{who}{'不' if outside else ''}符合办理条件。",
            code="subjects",
            basis=flow.articles,
            remedy=f"须处于“{stages}”阶段，且没有未办结的同类措施；另案处理的不在此列。",
        )
    return chosen


def stage_label(stage: str) -> str:
    """Return the word for a stage."""
    return Stage(stage).label


def fits(flow: FlowDef, party: PartyView) -> bool:
    """Whether a suspect may be a subject of a flow now."""
    return (
        not party.handled_elsewhere
        and party.stage.value in flow.subjects.stages
        and (not flow.subjects.states or party.state in flow.subjects.states)
    )


def names_of(sheet: SheetView, party_ids: Collection[UUID]) -> list[str]:
    """Return the names of some suspects, in order."""
    return [party.name for party in sheet.suspects if party.id in party_ids]


def still_fit(flow: FlowDef, sheet: SheetView, party_ids: Collection[UUID], doing: str) -> None:
    """Refuse an act on somebody who, since the hand-over was begun, no longer stands where its flow begins.

    Two papers may be under way about one person; the first to take effect decides.
    """
    gone = [party for party in sheet.suspects if party.id in set(party_ids) and not fits(flow, party)]
    if not gone:
        return
    raise Refusal(
        f"不能{doing}：{'、'.join(party.name for party in gone)}的情况已变，不再符合{flow.name}的条件。",
        code="subjects-changed",
        basis=flow.articles,
        items=[f"{party.name}现处“{party.stage.label}”阶段，{_standing(party)}" for party in gone],
        remedy="草稿可以去掉这名对象；已送审的退回修改，已发出的撤回或退回。",
        who="移送单位",
    )


def _standing(party: PartyView) -> str:
    if party.handled_elsewhere:
        return "另案处理"
    return vocabulary.STATES.get(party.state, party.state)


def alone(flow: FlowDef, names: Sequence[str], doing: str) -> None:
    """Refuse a second open hand-over of a flow about the same person."""
    if names:
        raise Refusal(
            f"不能{doing}：{'、'.join(names)}已有一件{flow.name}在办。",
            code="open-already",
            basis=("案通移送规则：同一人的同一事项不同时办两件",),
            remedy="先办结或撤回在办的那一件，在案件页“移送”中可以看到。",
            who="移送单位的承办人",
        )


def default_receivers(
    flow: FlowDef, office: UnitView, case: CaseAccess, receiver_ids: Sequence[UUID]
) -> list[UUID]:
    """Return the receivers: those chosen, else the units that have dealt with the case, else the counterparts.

    What goes to the police goes to the unit that registered the case: its bureau sees it beside it.
    """
    if flow.to is None:
        return []
    if receiver_ids:
        return checked_receivers(flow, list(dict.fromkeys(receiver_ids)))
    kinds = [UnitKind(kind) for kind in flow.to.kinds]
    registered = case.registered_unit_id if UnitKind.POLICE_STATION in kinds else None
    if registered is not None:
        kinds = [kind for kind in kinds if kind not in {UnitKind.POLICE, UnitKind.POLICE_STATION}]
    if registered is not None and not flow.to.several:
        return [registered]
    first = {UnitKind(kind): unit_id for kind, unit_id in cases.units_concerned(case.id, kinds).items()}
    if len(first) < len(kinds):
        for unit in org.counterparts(office.id, kinds):
            first.setdefault(unit.kind, unit.id)
    chosen = [first[kind] for kind in kinds if kind in first]
    if registered is not None:
        return [registered, *chosen]
    return chosen if flow.to.several else chosen[:1]


def checked_receivers(
    flow: FlowDef, receiver_ids: list[UUID], *, remedy: str = "从对口单位中选；已撤销的单位不能接收。"
) -> list[UUID]:
    """Return the receivers where each may receive this flow now; refuse the others; one statement."""
    units = org.units(receiver_ids)
    kinds = flow.to.kinds if flow.to else ()
    wrong = [
        str(receiver_id)
        for receiver_id in receiver_ids
        if receiver_id not in units
        or units[receiver_id].kind.value not in kinds
        or (flow.to is not None and units[receiver_id].level.value not in flow.to.levels)
        or not units[receiver_id].is_active
    ]
    several = bool(flow.to and flow.to.several)
    if wrong or (len(receiver_ids) > 1 and not several):
        names = "、".join(UnitKind(kind).label for kind in kinds)
        raise BadInput(
            f"不能发给所选单位：{flow.name}由{levels_of(flow.to) if flow.to else ''}{names}接收{'' if several else '，且只能选一个'}。",
            code="receiver",
            basis=flow.articles,
            remedy=remedy,
            fields={"receivers": f"选{names}"},
        )
    return receiver_ids


def approver(actor: Actor, handover: HandOver, flow: FlowDef, person_id: UUID | None) -> UUID | None:
    """Return the approver that was chosen, none where nobody was; refuse who may not approve this draft."""
    if person_id is None or flow.approver is None:
        return None
    role = Role(flow.approver.role)
    able = {duty.person_id for duty in org.approvers_for(handover.from_unit_id, role)}
    if person_id not in able or person_id == actor.person_id:
        raise BadInput(
            "不能送审批：所选的人不能审批这一件。",
            code="approver",
            basis=flow.approver.articles or ("案通审批规则：审批人与拟稿人分开",),
            remedy="从列表中选一名在岗的审批人，或选“任一审批人”。",
            who=role.label,
            fields={"approver": "选在岗的审批人"},
        )
    return person_id
