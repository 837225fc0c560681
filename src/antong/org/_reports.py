"""Faults and suggestions, reported from any page with its context, answered by whoever runs the house, and counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Avg, Count, F, Q, QuerySet

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import access
from antong.org._notices import notify
from antong.org.models import Report
from antong.org.types import Permission, ReportCounts, ReportKind, ReportView

LONGEST, LONGEST_ANSWER, LONGEST_FACT, MOST_FACTS = 1000, 500, 120, 8


def _words(text: str, most: int, field: str, doing: str) -> str:
    words = text.strip()
    if 0 < len(words) <= most:
        return words
    raise BadInput(
        f"{doing}：{'没有写内容' if not words else f'最多 {most} 字，现有 {len(words)} 字'}。",
        code="report-text",
        basis=("案通运行规则：报障和建议要写明是什么",),
        remedy=f"写 1 到 {most} 字；不要写案情和当事人姓名。",
        fields={field: f"1 到 {most} 字"},
    )


@ledger.once("report.raise", found=lambda answer: UUID(str(answer["id"])))
@transaction.atomic
def report(
    actor: Actor,
    *,
    kind: str,
    text: str,
    page: str = "",
    facts: Mapping[str, str] | None = None,
    key: UUID | None = None,
) -> UUID:
    """Report a fault or a suggestion, with the page it was seen on; return its id.

    `page` is the path alone, `facts` what the browser knows of itself. The entry holds neither the words nor the
    facts: what somebody types here may name people, and belongs to no case.
    """
    access.require(actor, Permission.SELF_MANAGE)
    if kind not in {one.value for one in ReportKind}:
        raise BadInput(
            "不能提交：没有选是故障还是建议。", code="report-kind", basis=("案通运行规则：先分清故障和建议",),
            remedy="选一种。", fields={"kind": "选故障或建议"},
        )  # fmt: skip
    kept = {name[:24]: str(value)[:LONGEST_FACT] for name, value in list((facts or {}).items())[:MOST_FACTS]}
    row = Report.objects.create(
        id=new_id(), kind=kind, text=_words(text, LONGEST, "text", "不能提交"), page=page.partition("?")[0][:200], facts=kept,
        person_id=actor.person_id, person_name=actor.person_name, unit_id=actor.unit_id, created_at=clock.now(),
    )  # fmt: skip
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="report.raise", moment=moment(), subjects=[row.id], after={"kind": kind}, key=key,
        answer={"id": row.id},
    )  # fmt: skip
    return row.id


@transaction.atomic
def answer_report(actor: Actor, *, report_id: UUID, text: str) -> None:
    """Answer a report; whoever reported it is told.

    Raises NotFound where there is none, Refusal where it has an answer already, BadInput without words.
    """
    access.require(actor, Permission.ORG_MANAGE)
    row = Report.objects.select_for_update().filter(id=report_id).first()
    if row is None:
        raise NotFound
    if row.answered_at is not None:
        raise Refusal(
            f"不能答复：{row.answered_name}已于 {clock.local(row.answered_at):%m-%d %H:%M} 答复。",
            code="report-answered",
            basis=("案通运行规则：一件答复一次",),
            remedy="刷新后看答复；另有问题的，请报告人再报一件。",
            who=row.answered_name,
        )
    answer = _words(text, LONGEST_ANSWER, "text", "不能答复")
    Report.objects.filter(id=row.id).update(
        answer=answer, answered_at=clock.now(), answered_name=actor.person_name
    )
    notify(
        actor,
        to_units=[row.unit_id],
        to_person=row.person_id,
        kind="report",
        title=f"答复{ReportKind(row.kind).label}：{row.text[:40]}",
        body=answer,
    )
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="report.answer", moment=moment(), subjects=[row.id], after={"answer": answer}
    )  # fmt: skip


def _seen(actor: Actor) -> QuerySet[Report]:
    """Those one may see: who runs the house sees all, everybody else one's own."""
    if Permission.ORG_MANAGE in actor.permissions:
        return Report.objects.all()
    return Report.objects.filter(person_id=actor.person_id)


def reports(
    actor: Actor, *, state: str = "", kind: str = "", text: str = "", page: int = 1, size: int = 50
) -> tuple[list[ReportView], int]:
    """Return a page of the reports one may see, those without an answer first, and how many fit; two statements."""
    rows = _seen(actor)
    if state in {"open", "answered"}:
        rows = rows.filter(answered_at__isnull=state == "open")
    if kind in {one.value for one in ReportKind}:
        rows = rows.filter(kind=kind)
    for word in text.split():
        rows = rows.filter(Q(text__icontains=word) | Q(page__icontains=word) | Q(unit__name__icontains=word))
    start = (page - 1) * size
    chosen = rows.select_related("unit").order_by(F("answered_at").desc(nulls_first=True), "-created_at")
    return [_view(row) for row in chosen[start : start + size]], rows.count()


def report_counts(actor: Actor) -> ReportCounts:
    """Return how many reports of those one may see wait, of which kind, and how long answers took; one statement."""
    found: dict[str, Any] = _seen(actor).aggregate(
        open=Count("id", filter=Q(answered_at__isnull=True)),
        faults=Count("id", filter=Q(answered_at__isnull=True, kind=ReportKind.FAULT)),
        answered=Count("id", filter=Q(answered_at__isnull=False)),
        took=Avg(F("answered_at") - F("created_at")),
    )
    took: timedelta | None = found["took"]
    return ReportCounts(
        open=found["open"],
        faults=found["faults"],
        answered=found["answered"],
        hours=None if took is None else round(took.total_seconds() / 3600),
    )


def _view(row: Report) -> ReportView:
    return ReportView(
        id=row.id,
        kind=ReportKind(row.kind),
        text=row.text,
        page=row.page,
        facts=dict(row.facts),
        person_name=row.person_name,
        unit_name=row.unit.name,
        created_at=row.created_at,
        answer=row.answer,
        answered_name=row.answered_name,
        answered_at=row.answered_at,
    )
