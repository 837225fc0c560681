"""The desk of one person: what hand-overs ask for, and the limits of own cases, in one order of urgency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import connection

from antong.cases import selectors as cases
from antong.cases.selectors import OwnLimit, RunningLimit
from antong.cases.types import LimitView, Stage
from antong.catalog import loader
from antong.flow._desk import task_counts, tasks
from antong.flow.types import TaskKind, TaskView
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.org.types import Permission

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

    `kind` is a TaskKind or "limit"; `due_at` is None where there is no limit at all, `limit_id` the limit of the
    case that drives it, if any. `ends_by` names the papers whose issue ends a duty, `draft` the kind of the one that
    its next act draws up. `due` and `note` are there in full only: see `in_full`.
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
    since: datetime | None
    verb: str
    due_at: datetime | None
    limit_id: UUID | None
    handover_id: UUID | None = None
    version: int = 0
    note: str = ""
    due: Due | None = None
    ends_by: str = ""
    draft: str = ""

    @property
    def next_url(self) -> str:
        """Where its next act is: the paper that ends a duty, begun; else where it is done."""
        return f"/cases/{self.case_id}/documents/new?kind={self.draft}" if self.draft else self.url

    @property
    def url(self) -> str:
        """Where it is done."""
        return f"/handovers/{self.handover_id}/" if self.handover_id else f"/cases/{self.case_id}/?tab=limits"


def _answered_by_tasks() -> set[str]:
    """The rules whose limit a task carries already: the answer to a request is a task of its own."""
    flows = loader.load().flows.values()
    return {limit for flow in flows if flow.answer for limit in flow.answer.limits}


def desk(actor: Actor, *, since: datetime | None = None, until: datetime | None = None) -> list[DeskRow]:
    """Return what the actor owes, most urgent first, what has no limit last; three statements at most.

    Limits of own cases are those of the next 30 days, or those that end after `since` and not after `until`.
    """
    listed = tasks(actor)
    running = _by_case(cases.limits_of_all({one.case_id for one in listed if _needs_limit(one)}))
    rows = [_task_row(actor, one, running.get(one.case_id, [])) for one in listed]
    rows += _limit_rows(
        actor, cases.own_limits(actor, without=_answered_by_tasks(), since=since, until=until)
    )
    late = clock.now()
    return sorted(rows, key=lambda row: (row.due_at is None, row.due_at or row.since or late))


def in_full(rows: Iterable[DeskRow]) -> list[DeskRow]:
    """Return rows of the desk with what their popovers and their states say: for those a page shows.

    Three statements at most.
    """
    listed = list(rows)
    dated = {row.case_id for row in listed if row.limit_id is None and row.due_at is not None}
    running = _by_case(cases.limits_of_all(dated))
    listed = [_with_limit(row, running.get(row.case_id, [])) for row in listed]
    limits = cases.limits_by_id({row.limit_id for row in listed if row.limit_id})
    notes = _notes(listed)
    return [
        replace(row, due=_due(row, limits), note=row.note or notes.get(row.handover_id, "")) for row in listed
    ]


def _with_limit(row: DeskRow, running: Sequence[RunningLimit]) -> DeskRow:
    """Name the limit of the case that ends when the task does, if there is one."""
    if row.limit_id is not None or row.due_at is None:
        return row
    same = next((limit for limit in running if limit.due_at == row.due_at), None)
    return row if same is None else replace(row, limit_id=same.id)


def desk_counts(actor: Actor, *, limits: int | None = None) -> dict[str, int]:
    """Return how many tasks of each kind, and how many limits, the desk shows; two statements.

    One where the caller knows the `limits` from the desk's own rows.
    """
    if limits is None:
        limits = cases.count_own_limits(actor, without=_answered_by_tasks())
    return {**task_counts(actor), LIMIT: limits}


def _by_case(limits: Sequence[RunningLimit]) -> dict[UUID, list[RunningLimit]]:
    found: dict[UUID, list[RunningLimit]] = {}
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


def _task_row(actor: Actor, task: TaskView, running: Sequence[RunningLimit]) -> DeskRow:
    limit = _drives(actor, running) if _needs_limit(task) else None
    own = None if task.kind is TaskKind.SEND else task.due_at
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
        since=task.opened_at,
        verb=task.kind.verb,
        due_at=limit.due_at if limit else own,
        limit_id=limit.id if limit else None,
        handover_id=task.handover_id,
        version=task.version,
    )


def _needs_limit(task: TaskView) -> bool:
    """Whether a limit of its case says when a task is due: it has no time of its own, or is the sending of a draft."""
    return task.due_at is None or task.kind is TaskKind.SEND


def _drives(actor: Actor, running: Sequence[RunningLimit]) -> RunningLimit | None:
    """The nearest limit of the case that the unit owes, else the nearest that anybody does."""
    return next((limit for limit in running if limit.unit_id == actor.unit_id), next(iter(running), None))


def _due(row: DeskRow, limits: Mapping[UUID, LimitView]) -> Due | None:
    """What drives a row: a limit of the case, or the time a flow gives."""
    if row.due_at is None or row.since is None:
        return None
    if row.limit_id is not None:
        return of_limit(limits[row.limit_id])
    opened, kind = clock.local(row.since), TaskKind(row.kind)
    if kind in RECEIVES:
        name, _, answered = row.title.partition("：")  # 提请批准逮捕：已答复
        flow = next((one for one in loader.load().flows.values() if one.name == name), None)
        span = (
            f"{flow.receipt.minutes} 分钟"
            if flow and flow.receipt.minutes
            else f"{flow.receipt.working_days if flow else 1} 个工作日"
        )
        rule = "答复按收件的期限签收" if answered else "收件后按期受理或退回，逾期为静默"
        return Due(
            name="受理期限" if kind is TaskKind.RECEIVE else "签收期限",
            due_at=row.due_at,
            articles=(f"案通移送规则：{rule}",),
            derivation=(f"{opened:%m-%d %H:%M} {'答复' if answered else '入件'}", span),
        )
    return Due(
        name="补正期限" if kind is TaskKind.FIX else kind.label,
        due_at=row.due_at,
        articles=("案通移送规则：退回后三日以内补正重报",) if kind is TaskKind.FIX else (),
        derivation=(f"{opened:%m-%d %H:%M} {'退回' if kind is TaskKind.FIX else '起'}",),
    )


_MENDED = """
SELECT DISTINCT ON (r.handover_id) r.handover_id, count(*), count(*) FILTER (WHERE r.state <> 'open')
FROM flow_returnreason r JOIN flow_handover h ON h.id = r.handover_id
WHERE r.handover_id = ANY(%(returned)s) AND r.round >= h.round - 1
GROUP BY r.handover_id, r.round ORDER BY r.handover_id, r.round DESC
"""


def _notes(rows: Sequence[DeskRow]) -> dict[UUID | None, str]:
    """What the state of a task says more: of a returned file, how much of it is mended; one statement or none."""
    returned = [row.handover_id for row in rows if row.kind == TaskKind.FIX.value and row.handover_id]
    if not returned:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_MENDED, {"returned": returned})
        return {found: f"{every} 条理由，已改 {mended}" for found, every, mended in cursor.fetchall()}


@cache
def _papers_that_end(rule: str, unit_kind: str, stage: str) -> tuple[str, str]:
    """The names of the papers whose issue ends a limit, and the kind of the first that a unit draws up in a stage."""
    papers = loader.load().ending(rule)
    keys = {kind.key for kind in papers}
    drawn = (kind.key for kind in loader.load().drafts(unit_kind, stage) if kind.key in keys)
    return "、".join(kind.name for kind in papers), next(drawn, "")


def _limit_rows(actor: Actor, own: Sequence[OwnLimit]) -> list[DeskRow]:
    together: dict[tuple[UUID, str, datetime], list[OwnLimit]] = {}
    for limit in own:
        together.setdefault((limit.case_id, limit.rule, limit.due_at), []).append(limit)
    rows, may = [], Permission.DOCUMENT_DRAFT in actor.permissions
    for (case_id, _, _), limits in together.items():
        first, held = limits[0], any(one.in_custody and one.of_stage for one in limits)
        papers, drawn = _papers_that_end(first.rule, actor.unit_kind, first.stage)
        rows.append(
            DeskRow(
                kind=LIMIT,
                label=f"{first.name}到期" if held else first.name,
                title="、".join(dict.fromkeys(one.party_name for one in limits if one.party_id)),
                case_id=case_id,
                case_name=first.case_name,
                case_number=first.case_number,
                in_custody=first.case_held,
                round=1,
                from_name=f"本单位 {actor.person_name}",
                state=Stage(first.stage).label,
                note="在押" if held else "",
                since=first.opened_at,
                verb="起草" if drawn and may else "看案件",
                ends_by=papers,
                draft=drawn if may else "",
                due_at=first.due_at,
                limit_id=first.id,
            )
        )
    return rows
