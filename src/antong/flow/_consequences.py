"""What follows from a decision before it is taken: the limits that would run, those that go on, whose case it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.conf import settings

from antong.cases import selectors as cases
from antong.cases.selectors import SheetView
from antong.cases.types import LimitChange, LimitView
from antong.catalog.schema import Effect, FlowDef
from antong.flow import _effects
from antong.flow.types import HandOverView, State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.law import articles, timelimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """Of both decisions, each a list of sentences; `ends` are the limits of custody that run on either way."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    ends: tuple[LimitView, ...]


def consequences(actor: Actor, shown: HandOverView, flow: FlowDef) -> Consequences:
    """Return what accepting or returning a hand-over, or approving or sending it back, would do now; two statements.

    The sentences come from the same effects and the same law that the act itself applies; nothing is written.
    """
    approving = shown.state is State.CHECKED
    then: Literal["approved", "sent", "accepted"]
    then = "approved" if flow.kind == "act" else "sent" if approving else "accepted"
    subjects = [subject.party_id for subject in shown.subjects]
    groups = [(flow.effects.get(then, ()), subjects)]
    decided = shown.fields.get("outcomes", {}) if approving else {}
    for outcome in flow.outcomes:
        whom = [one for one in subjects if decided.get(str(one), {}).get("outcome") == outcome.key]
        groups.append((outcome.effects, whom))
    no = ["拟稿人修改后重新送审批"] if approving else []
    return _both(
        actor, shown, _own_words(flow, approving=approving), groups, no, flow.consequence.get("return", "")
    )


def answer_consequences(
    actor: Actor, shown: HandOverView, flow: FlowDef, outcomes: Sequence[Mapping[str, Any]]
) -> Consequences:
    """Return what approving a proposed answer, or sending it back, would do now; two statements."""
    groups, words = [], []
    for outcome in flow.answer.outcomes if flow.answer else ():
        whom = [UUID(str(one["party_id"])) for one in outcomes if one["outcome"] == outcome.key]
        if whom:
            groups.append((outcome.effects, whom))
            names = [subject.name for subject in shown.subjects if subject.party_id in whom]
            words.append(f"对{'、'.join(names)}{outcome.name}，文书编号签发，当日答复{shown.from_unit_name}")
    return _both(actor, shown, words, groups, ["承办人修改后重新呈报"], "")


Group = tuple[Iterable[Effect], Sequence[UUID]]


def _both(
    actor: Actor,
    shown: HandOverView,
    words: Sequence[str],
    groups: Sequence[Group],
    no: Sequence[str],
    back: str,
) -> Consequences:
    sheet = cases.living_sheet(shown.case_id)
    running = [limit for limit in cases.limits_of(shown.case_id) if limit.running]
    subjects = {subject.party_id for subject in shown.subjects}
    ends = tuple(
        limit
        for limit in running
        if limit.of_stage
        and limit.party_id
        and _held(sheet, limit.party_id)
        and (not subjects or limit.party_id in subjects)
    )
    yes = [*words, *_effects_words(actor, shown, groups, running, sheet)]
    no = [*no, *(f"仍按{limit.name}计算，{_end(limit)} 届满" for limit in _once(ends))]
    if not no:
        no = [back or "对方补正后重报，各项期限照算"]
    return Consequences(yes=tuple(dict.fromkeys(yes)), no=tuple(dict.fromkeys(no)), ends=ends)


def _held(sheet: SheetView, party_id: UUID) -> bool:
    measure = sheet.in_force(party_id)
    return measure is not None and measure.kind.holds


def _own_words(flow: FlowDef, *, approving: bool) -> list[str]:
    """What the definition says itself."""
    if not approving:
        starts = any(effect.do == "start-limit" for effect in flow.effects.get("accepted", ()))
        return [flow.consequence["accept"]] if flow.consequence.get("accept") and not starts else []
    if flow.kind == "act":
        return [f"即行生效；{'文书编号签发' if flow.carries.documents else '登记在案'}"]
    receivers = "发出后" + (
        f"对方{flow.consequence['accept']}" if flow.consequence.get("accept") else "由对方按期受理"
    )
    return [*(["文书编号签发"] if flow.carries.documents else []), "由拟稿人发出，发出后内容固定", receivers]


def _effects_words(
    actor: Actor, shown: HandOverView, groups: Sequence[Group], running: Sequence[LimitView], sheet: SheetView
) -> list[str]:
    receiving = (
        [actor.unit_id] if shown.from_unit_id != actor.unit_id else list(shown.to_unit_ids) or [actor.unit_id]
    )
    context = _effects.Context(
        handover_id=shown.id,
        subjects=[subject.party_id for subject in shown.subjects],
        sheet=sheet,
        documents=(),
        fields=shown.fields,
        senders=[shown.from_unit_id],
        receivers=receiving,
        when=moment(),
        basis=shown.flow_name,
        limits=running,
    )
    made = _effects.interpret(*((effects, _effects.for_subjects(context, whom)) for effects, whom in groups))
    words = [f"{_name(sheet, one.party_id)}：{one.kind.label}，自办理时起" for one in made.measures]
    words += [f"{_name(sheet, party_id)}：解除现行措施（{reason}）" for party_id, reason in made.end_measures]
    words += _started([change for change in made.limits if change.do == "start"], sheet)
    if any(grant.role == "handling" for grant in made.grants):
        words.append("案件转由接收单位承办，移送单位改看移送时的快照")
    return words


def _started(changes: Sequence[LimitChange], sheet: SheetView) -> list[str]:
    """The limits that would start: each once, with its end, its article and whom it is about."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for change in changes:
        try:
            answer = timelimit.answer(change.rule, change.facts, conventions=settings.ANTONG_CONVENTIONS)
        except timelimit.LimitRefused:
            continue
        last = clock.local(answer.due_at - timedelta(minutes=1))
        whole = (clock.local(answer.due_at).hour, clock.local(answer.due_at).minute) == (0, 0)
        end = (
            f"{last.year}年{last.month}月{last.day}日 24:00"
            if whole
            else f"{clock.local(answer.due_at):%m-%d %H:%M}"
        )
        cited = "、".join(articles.short(article) for article in answer.articles[:1])
        found.setdefault((answer.name, end, cited), []).append(_name(sheet, change.party_id))
    return [f"{name}至 {end}（{cited}）{_whom(names)}" for (name, end, cited), names in found.items()]


def _whom(names: Sequence[str]) -> str:
    known = [name for name in dict.fromkeys(names) if name]
    return f"：{'、'.join(known)}" if known else ""


def _name(sheet: SheetView, party_id: UUID | None) -> str:
    party = sheet.party(party_id) if party_id else None
    return party.name if party else ""


def _once(limits: Sequence[LimitView]) -> list[LimitView]:
    return list({(limit.rule, limit.due_at): limit for limit in limits}.values())


def _end(limit: LimitView) -> str:
    last = clock.local(limit.due_at - timedelta(minutes=1))
    return f"{last.year}年{last.month}月{last.day}日 24:00"
