"""Two rounds of a hand-over page by page (两轮对照): what stands where in each, by their manifests; images against the ticket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from antong.dossier import selectors as dossier
from antong.dossier.types import PageView, Tree
from antong.flow import selectors
from antong.flow.types import RoundView
from antong.org.types import Permission
from antong.web import parse, reading
from antong.web.guard import ActorRequest, page

WORDS = {
    "same": "未变",
    "added": "＋ 新增",
    "replaced": "⇄ 替换",
    "removed": "− 撤下",
    "moved": "移动",
    "turned": "转正",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A page where it stands in one round."""

    page: PageView
    where: str
    entry: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A page of the one round beside that of the other; one of them may be missing."""

    kind: str
    old: Placed | None
    new: Placed | None

    @property
    def words(self) -> str:
        """What became of it."""
        return WORDS[self.kind]

    @property
    def where(self) -> str:
        """Where it stands, in the later round where it is there."""
        shown = self.new or self.old
        return shown.where if shown else ""


def _placed(tree: Tree) -> list[Placed]:
    return [
        Placed(page=one, where=f"{volume.title} p.{one.number} {entry.title}", entry=entry.id)
        for volume in tree.volumes
        for entry in volume.entries
        for one in entry.pages
    ]


def _kind(old: Placed, new: Placed, *, steady: bool) -> str:
    if old.page.id != new.page.id:
        return "replaced"
    if old.page.rotation != new.page.rotation:
        return "turned"
    return "same" if steady and old.entry == new.entry else "moved"


def pairs(old: Tree, new: Tree, replaced: Mapping[UUID, UUID]) -> list[Pair]:
    """Return the pages of two rounds side by side in the later one's order, what was taken out where it stood before.

    `replaced` says whose place a page has taken, step by step. A page is moved where its entry is another one, or the
    order among the pages that stayed is.
    """
    before, after = _placed(old), _placed(new)
    by_id = {one.page.id: one for one in before}
    met = {one.page.id: _ancestor(one.page.id, by_id, replaced) for one in after}
    stayed = [found for found in (met[one.page.id] for one in after) if found]
    steady = _steady(
        before, [found for one in after if (found := met[one.page.id]) and found.entry == one.entry]
    )
    left = {one.page.id for one in before} - {one.page.id for one in stayed}
    gone = _following(before, left)
    made = [Pair(kind="removed", old=one, new=None) for one in gone.get(None, ())]
    for one in after:
        found = met[one.page.id]
        if found is None:
            made.append(Pair(kind="added", old=None, new=one))
            continue
        made.append(Pair(kind=_kind(found, one, steady=found.page.id in steady), old=found, new=one))
        made += [Pair(kind="removed", old=lost, new=None) for lost in gone.get(found.page.id, ())]
    return made


def _ancestor(page_id: UUID, known: Mapping[UUID, Placed], replaced: Mapping[UUID, UUID]) -> Placed | None:
    """Return the page of the earlier round that a page is, or whose place it has taken."""
    seen: set[UUID] = set()
    while page_id not in known:
        if page_id in seen or page_id not in replaced:
            return None
        seen.add(page_id)
        page_id = replaced[page_id]
    return known[page_id]


def _following(before: Sequence[Placed], left: set[UUID]) -> dict[UUID | None, list[Placed]]:
    """Return what was taken out, by the page that stayed before it."""
    found: dict[UUID | None, list[Placed]] = {}
    last: UUID | None = None
    for one in before:
        if one.page.id in left:
            found.setdefault(last, []).append(one)
        else:
            last = one.page.id
    return found


def _steady(before: Sequence[Placed], stayed: Sequence[Placed]) -> set[UUID]:
    """Return the pages that stayed in their entry, in its order."""
    found: set[UUID] = set()
    for entry in {one.entry for one in stayed}:
        ids = [[one.page.id for one in side if one.entry == entry] for side in (before, stayed)]
        found |= _in_order(*ids)
    return found


def _in_order(before: Sequence[UUID], after: Sequence[UUID]) -> set[UUID]:
    """Return the most pages that stand in the same order in both: those that were not moved."""
    place = {page: at for at, page in enumerate(before)}
    tails: list[int] = []
    held: list[UUID] = []
    came: dict[UUID, UUID | None] = {}
    for own in after:
        low, high = 0, len(tails)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if tails[middle] < place[own] else (low, middle)
        came[own] = held[low - 1] if low else None
        tails[low : low + 1], held[low : low + 1] = [place[own]], [own]
    return set(_back(held[-1] if held else None, came))


def _back(last: UUID | None, came: Mapping[UUID, UUID | None]) -> Iterator[UUID]:
    while last is not None:
        yield last
        last = came[last]


def _chosen(request: ActorRequest, sent: Sequence[RoundView]) -> tuple[RoundView | None, RoundView | None]:
    """Return the rounds asked for where they are there, else the last two."""
    known = {one.number: one for one in sent}
    new = known.get(parse.number(request.GET, "to", 0)) or (sent[-1] if sent else None)
    old = known.get(parse.number(request.GET, "from", 0))
    if old is None and new is not None:
        old = next((one for one in reversed(sent) if one.number < new.number), None)
    return old, new


def _side(placed: Placed | None) -> dict[str, Any] | None:
    if placed is None:
        return None
    return {"page": str(placed.page.id), "where": placed.where, "turn": placed.page.rotation}


@page(Permission.CONTENT_READ)
def compare(request: ActorRequest, handover_id: UUID) -> HttpResponse:
    """Show two rounds of a hand-over beside each other."""
    shown, case, _ = selectors.handover(request.actor, handover_id)
    reading.spool(request.actor, shown.case_id, f"两轮对照 {shown.flow_name}")
    sent = [one for one in shown.rounds if one.manifest_id and one.sent_at]
    old, new = _chosen(request, sent)
    found: list[Pair] = []
    if old and new and old.manifest_id and new.manifest_id:
        found = pairs(
            dossier.tree(shown.case_id, old.manifest_id), dossier.tree(shown.case_id, new.manifest_id),
            dossier.replaced_pages(new.manifest_id),
        )  # fmt: skip
    listed = [
        {"kind": one.kind, "words": one.words, "old": _side(one.old), "new": _side(one.new)} for one in found
    ]
    counts = {kind: sum(one.kind == kind for one in found) for kind in WORDS}
    facts = {
        "shown": shown, "case": case, "sent": sent, "old": old, "new": new, "pairs": listed, "changed": [one for one in found if one.kind != "same"],
        "counts": [(WORDS[kind], number) for kind, number in counts.items() if number], "total": len(found),
    }  # fmt: skip
    return render(request, "flow/compare.html", facts)
