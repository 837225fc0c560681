"""The desk of one person: what hand-overs ask for, and the limits of own cases, in one order of urgency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from antong.cases import selectors as cases
from antong.cases.types import CaseRow, LimitView
from antong.catalog import loader
from antong.flow._desk import task_counts, tasks_and_cases
from antong.flow.models import HandOver, ReturnReason
from antong.flow.types import TaskKind, TaskView
from antong.kernel import clock
from antong.kernel.actor import Actor

LIMIT = "limit"
"""The kind of a row that is a limit of an own case."""
RECEIVES = {TaskKind.RECEIVE, TaskKind.READ}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When something is due, by which rule, and how that follows: what the popover of a limit shows."""

    name: str
    due_at: datetime
    articles: tuple[str, ...] = ()
    derivation: tuple[str, ...] = ()
    further: str = ""
    in_custody: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRow:
    """One thing somebody owes: limit, task, case, from whom, state, the one next act.

    `kind` is a TaskKind or "limit"; `due` the limit that drives it, None where there is none at all.
    """

    kind: str
    label: str
    title: str
    case_id: UUID
    case_name: str
    case_number: str
    in_custody: int
    round: int
    from_name: str
    state: str
    note: str
    since: datetime | None
    verb: str
    due: Due | None
    handover_id: UUID | None = None
    version: int = 0

    @property
    def due_at(self) -> datetime | None:
        """The instant it is due."""
        return self.due.due_at if self.due else None

    @property
    def url(self) -> str:
        """Where it is done."""
        return f"/handovers/{self.handover_id}/" if self.handover_id else f"/cases/{self.case_id}/?tab=limits"


def _answered_by_tasks() -> set[str]:
    """The rules whose limit a task carries already: the answer to a request is a task of its own."""
    flows = loader.load().flows.values()
    return {limit for flow in flows if flow.answer for limit in flow.answer.limits}


def desk(actor: Actor) -> list[DeskRow]:
    """Return what the actor owes, most urgent first, what has no limit last; seven statements at most."""
    listed, briefs = tasks_and_cases(actor)
    own = cases.own_limits(actor, without=_answered_by_tasks())
    briefs |= cases.briefs(actor, {one.case_id for one in own} - set(briefs))
    running = _by_case(cases.limits_of_all({one.case_id for one in listed}))
    notes = _notes(listed)
    names = cases.party_names({one.party_id for one in own if one.party_id})
    rows = [_task_row(actor, one, running.get(one.case_id, []), notes) for one in listed]
    rows += _limit_rows(actor, own, briefs, names)
    late = clock.now()
    return sorted(rows, key=lambda row: (row.due_at is None, row.due_at or row.since or late))


def desk_counts(actor: Actor) -> dict[str, int]:
    """Return how many tasks of each kind, and how many limits, the desk shows; two statements."""
    return {**task_counts(actor), LIMIT: cases.count_own_limits(actor, without=_answered_by_tasks())}


def _by_case(limits: Sequence[LimitView]) -> dict[UUID, list[LimitView]]:
    found: dict[UUID, list[LimitView]] = {}
    for limit in limits:
        found.setdefault(limit.case_id, []).append(limit)
    return found


def of_limit(limit: LimitView) -> Due:
    """Return a limit as the popover shows it."""
    return Due(
        name=limit.name,
        due_at=limit.due_at,
        articles=limit.articles,
        derivation=limit.derivation,
        further=limit.further.words if limit.further else "",
        in_custody=limit.in_custody,
    )


def _task_row(
    actor: Actor, task: TaskView, running: Sequence[LimitView], notes: Mapping[UUID, str]
) -> DeskRow:
    note = notes.get(task.handover_id, "") if task.handover_id else ""
    return DeskRow(
        kind=task.kind.value,
        label=task.kind.label,
        title=task.title,
        case_id=task.case_id,
        case_name=task.case_name,
        case_number=task.case_number,
        in_custody=task.in_custody,
        round=task.round,
        from_name=task.from_unit,
        state=task.state,
        note=note,
        since=task.opened_at,
        verb=task.kind.verb,
        due=_task_due(actor, task, running),
        handover_id=task.handover_id,
        version=task.version,
    )


def _task_due(actor: Actor, task: TaskView, running: Sequence[LimitView]) -> Due | None:
    """The limit of a task: its own; or, where it has none, the nearest of the case that the unit or whoever asks owes."""
    same = next((limit for limit in running if limit.due_at == task.due_at), None)
    if same is not None:
        return of_limit(same)
    if task.due_at is None or task.kind is TaskKind.SEND:
        own = [limit for limit in running if limit.unit_id == actor.unit_id] or list(running)
        return of_limit(own[0]) if own else None
    opened = clock.local(task.opened_at)
    if task.kind in RECEIVES:
        flow = next((one for one in loader.load().flows.values() if one.name == task.title), None)
        span = (
            f"{flow.receipt.minutes} 分钟"
            if flow and flow.receipt.minutes
            else f"{flow.receipt.working_days if flow else 1} 个工作日"
        )
        return Due(
            name="受理期限" if task.kind is TaskKind.RECEIVE else "签收期限",
            due_at=task.due_at,
            articles=("案通移送规则：收件后按期受理或退回，逾期为静默",),
            derivation=(f"{opened:%m-%d %H:%M} 入件", span),
        )
    return Due(
        name="补正期限" if task.kind is TaskKind.FIX else task.kind.label,
        due_at=task.due_at,
        articles=("案通移送规则：退回后三日以内补正重报",) if task.kind is TaskKind.FIX else (),
        derivation=(f"{opened:%m-%d %H:%M} {'退回' if task.kind is TaskKind.FIX else '起'}",),
    )


def _notes(listed: Sequence[TaskView]) -> dict[UUID, str]:
    """What the state of a task says more: of a returned file, how much of it is mended; one statement or none."""
    returned = [one.handover_id for one in listed if one.kind is TaskKind.FIX and one.handover_id]
    if not returned:
        return {}
    rounds = dict(HandOver.objects.filter(id__in=returned).values_list("id", "round"))
    found: dict[UUID, str] = {}
    counted = (
        ReturnReason.objects.filter(handover_id__in=returned)
        .values("handover_id", "round")
        .annotate(every=Count("id"), mended=Count("id", filter=~Q(state="open")))
    )
    for row in counted:
        if row["round"] >= rounds[row["handover_id"]] - 1:
            found[row["handover_id"]] = f"{row['every']} 条理由，已改 {row['mended']}"
    return found


def _limit_rows(
    actor: Actor, own: Sequence[LimitView], briefs: Mapping[UUID, CaseRow], names: Mapping[UUID, str]
) -> list[DeskRow]:
    together: dict[tuple[UUID, str, datetime], list[LimitView]] = {}
    for limit in own:
        together.setdefault((limit.case_id, limit.rule, limit.due_at), []).append(limit)
    rows = []
    for (case_id, _, _), limits in together.items():
        if case_id not in briefs:
            continue
        brief = briefs[case_id]
        whom = "、".join(dict.fromkeys(names.get(one.party_id, "") for one in limits if one.party_id))
        rows.append(
            DeskRow(
                kind=LIMIT,
                label=f"{limits[0].name}{'到期' if any(one.of_stage and one.in_custody for one in limits) else ''}",
                title=whom,
                case_id=case_id,
                case_name=brief.name,
                case_number=brief.number,
                in_custody=brief.in_custody,
                round=1,
                from_name=f"本单位 {actor.person_name}",
                state=brief.stage.label,
                note="在押" if any(one.of_stage and one.in_custody for one in limits) else "",
                since=limits[0].opened_at,
                verb="看案件",
                due=of_limit(limits[0]),
            )
        )
    return rows
