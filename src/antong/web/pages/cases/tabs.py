"""What each tab of the case page shows beside what stands above them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from antong.cases import selectors
from antong.cases.types import LimitView, MeasureView, PartyView
from antong.catalog import loader
from antong.dossier import selectors as dossier
from antong.flow import selectors as flow
from antong.flow.types import Finding, HandOverView, ReasonView, State
from antong.ledger import selectors as ledger
from antong.ledger.selectors import EntryFilter
from antong.org import selectors as org
from antong.org.types import Permission
from antong.web import parse
from antong.web.guard import ActorRequest
from antong.web.pages.cases.about import about
from antong.web.pages.dossier import leaves
from antong.web.pages.dossier.outline import outline
from antong.web.words import ACTS

if TYPE_CHECKING:
    from antong.web.pages.cases.views import Shown

TABS = (
    ("people", "人员与措施"), ("dossier", "卷宗"), ("documents", "文书"), ("handovers", "移送"), ("limits", "期限"),
    ("ledger", "留痕"),
)  # fmt: skip
ENTRIES, READINGS = 40, 20
BEGIN = "#begin"
"""Where a hand-over is begun: not a page, the dialog of this one."""
DEMO_RANGE = "99"
"""Numbers of the demonstration begin with a region that no person's number has."""
DEMO_WARNING = "演示号段（99 开头）：形式有效，但没有人使用；正式使用时按人口信息核对"


def tab_of(request: ActorRequest, shown: Shown, tab: str) -> dict[str, Any]:
    """Return the facts of a tab; nothing of the file to a supervisor who has not said why."""
    if not shown.content and tab not in {"handovers", "limits", "ledger"}:
        return {}
    return _TABS[tab](request, shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A party as the table of people shows one: with the measure in force, and what is odd about the number."""

    party: PartyView
    measure: MeasureView | None
    number: str
    warning: str
    invented: bool


def _people(_request: ActorRequest, shown: Shown) -> dict[str, Any]:
    sheet = shown.sheet
    people = [_person(party, sheet.in_force(party.id)) for party in sheet.parties]
    coming = None
    if shown.offers:
        coming = flow.upcoming(shown.actor, shown.case, sheet, shown.handovers, shown.offers)
    return {
        "people": people, "measures": list(reversed(sheet.measures)), "coming": coming,
        "lacking": [(finding, *_mend(finding, shown, coming)) for finding in coming.lacking] if coming else [],
        "back": _returned(shown), "roles_known": any(one.party.role_in_case for one in people),
    }  # fmt: skip


def _returned(shown: Shown) -> tuple[HandOverView, list[ReasonView]] | None:
    """Return the hand-over of this unit that came back, with the reasons that are not answered yet."""
    for row in shown.handovers:
        if row.state is State.RETURNED and row.from_unit_id == shown.actor.unit_id:
            return row, [one for one in row.reasons if one.round == row.round and one.state == "open"]
    return None


def _person(party: PartyView, measure: MeasureView | None) -> Person:
    invented = settings.ANTONG_DEMO and party.id_number.startswith(DEMO_RANGE)
    return Person(
        party=party, measure=measure, number=party.id_number, invented=invented,
        warning=DEMO_WARNING if invented else party.id_warning,
    )  # fmt: skip


def _mend(finding: Finding, shown: Shown, coming: flow.Upcoming) -> tuple[str, str]:
    """Return where what a check misses is mended: the verb, and the address."""
    check = next((one for one in coming.flow.checks if one.key == finding.key), None)
    test, case = check.test if check else finding.key, f"/cases/{shown.case.id}/"
    if test in {"parties-named", "charges-present"} and shown.sheet.suspects:
        return "补人员信息", f"{case}parties/{shown.sheet.suspects[0].id}"
    if check is not None and test == "entries-present":
        return "扫描入卷", f"{case}?tab=dossier&place={check.params['entries'][0]}"
    if test in {"volumes-not-empty", "pages-readable"}:
        return "去卷宗", f"{case}?tab=dossier"
    if coming.handover_id:
        return "去移送页补", f"/handovers/{coming.handover_id}/"
    return (f"新建{coming.flow.name}时起草", BEGIN) if test == "documents" else ("", "")


def _dossier(request: ActorRequest, shown: Shown) -> dict[str, Any]:
    case, only, ending = shown.case, request.GET.get("only") == "doubt", None
    file = dossier.outline_of(case)
    edits = case.living and Permission.DOSSIER_EDIT in shown.actor.permissions
    gaps = dossier.gaps(file, case.stage) if case.whole else []
    required = [gap for gap in gaps if gap.need == "required"]
    if only:
        runs, ending = leaves.doubtful(case, file, parse.number(request.GET, "from", 0) - 1)
    else:
        runs = leaves.at_first(case, file, request.GET.get("page", ""))
    shelves = outline(file, required)
    listed = [(shelf, [(one, runs[one.id]) for one in shelf.entries if one.id in runs]) for shelf in shelves]
    ready = file.page_count - file.waiting - file.failed
    return {
        "tree": file, "shelves": shelves, "shown": [row for row in listed if row[1]], "only": only, "next_doubts": ending, "edits": edits,
        "catalogue": dossier.catalogue(case.unit_kind) if edits else {},
        "progress": (ready, file.failed, file.page_count) if case.whole else (0, 0, 0), "required": required, "usual": [gap for gap in gaps if gap.need == "usual"],
        "scans": dossier.found_scans(case.id) if edits and case.whole else [], "removed": dossier.removed(case.id) if case.whole else [],
        "place": request.GET.get("place", ""), "sent": any(row.manifest_id for one in shown.handovers for row in one.rounds),
    }  # fmt: skip


def _documents(_request: ActorRequest, shown: Shown) -> dict[str, Any]:
    case, own = shown.case, shown.actor.unit_id
    listed = dossier.documents_of(case)
    void = ledger.entries(case.id, EntryFilter(act="document.void"), most=200) if case.whole else []
    kinds = {kind.key: kind for one in listed if (kind := loader.load().document(one.kind))}
    states = [("draft", "草稿"), ("issued", "已签发"), ("void", "已作废")]
    edits = case.living and Permission.DOSSIER_EDIT in shown.actor.permissions
    return {
        "documents": listed, "kinds": flow.draftable(shown.actor, case), "defined": kinds, "edits": edits,
        "why_void": {entry.subject_ids[0]: (entry.after or {}).get("reason", "") for entry in void if entry.subject_ids},
        "tally": [(key, word, sum(one.state == key for one in listed)) for key, word in states],
        "unsigned": sum(one.state == "issued" and not one.signed and bool(kinds.get(one.kind) and kinds[one.kind].hand_signed) for one in listed),
        "own_units": {own, org.bureau_of(own).id}, "scans": dossier.found_scans(case.id) if edits and case.whole else [], "issuers": org.units({one.unit_id for one in listed}),
    }  # fmt: skip


def _handovers(_request: ActorRequest, _shown: Shown) -> dict[str, Any]:
    return {}


def _limits(_request: ActorRequest, shown: Shown) -> dict[str, Any]:
    place = {party.id: at for at, party in enumerate(shown.sheet.parties)}
    running = sorted(
        (limit for limit in shown.limits if limit.running or limit.suspended),
        key=lambda limit: (limit.due_at, place.get(limit.party_id, -1) if limit.party_id else -1),
    )
    done = sorted(
        (limit for limit in shown.limits if not (limit.running or limit.suspended)), key=_closed, reverse=True
    )
    may = {kind.key for kind in flow.draftable(shown.actor, shown.case)}
    ends = [
        [(kind, kind.key in may and limit.unit_id == shown.actor.unit_id) for kind in loader.load().ending(limit.rule)]
        for limit in running
    ]  # fmt: skip
    return {"running": list(zip(running, ends, strict=True)), "done": done}


def _closed(limit: LimitView) -> Any:
    return limit.closed_at or limit.opened_at


def _ledger(request: ActorRequest, shown: Shown) -> dict[str, Any]:
    case, whole = shown.case, shown.case.whole or shown.supervised
    only = None if whole else shown.actor.unit_id
    known = ledger.acts_of(case.id, unit_id=only)
    people = org.person_names({person for _, person in known})
    act, person = request.GET.get("act", ""), request.GET.get("person", "")
    where = EntryFilter(
        unit_id=only, act=act if act in {name for name, _ in known} else "",
        person_id=next((one for one in people if str(one) == person), None), before=parse.number(request.GET, "before", 0) or None,
    )  # fmt: skip
    entries = ledger.entries(case.id, where, most=ENTRIES)
    total = EntryFilter(unit_id=where.unit_id, act=where.act, person_id=where.person_id)
    readings = [one for one in ledger.readings(case.id, most=READINGS * 5) if whole or one.unit_id == only]
    return {
        "entries": entries, "about": about(case.id, entries, shown.handovers, content=shown.content), "where": where, "total": ledger.count_entries(case.id, total), "more": len(entries) == ENTRIES, "people": people,
        "ledger_units": org.units({entry.unit_id for entry in entries} | {one.unit_id for one in readings[:READINGS]}),
        "acts": sorted({name: ACTS.get(name, name) for name, _ in known}.items(), key=lambda pair: pair[1]), "who": sorted(people.items(), key=lambda pair: pair[1]),
        "grants": selectors.grants_of(shown.actor, case.id), "readings": readings[:READINGS],
        "may_export": case.whole and Permission.DOSSIER_EXPORT in shown.actor.permissions,
    }  # fmt: skip


_TABS: dict[str, Callable[[ActorRequest, Any], dict[str, Any]]] = {
    "people": _people, "dossier": _dossier, "documents": _documents, "handovers": _handovers, "limits": _limits, "ledger": _ledger,
}  # fmt: skip
"""Tab -> what it shows."""
