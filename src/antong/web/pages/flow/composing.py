"""What somebody sees who composes: each requirement with its place in the file, and the package as it would leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from antong.cases import selectors as cases
from antong.catalog.schema import Check, DocumentKind, FlowDef
from antong.dossier import selectors as dossier
from antong.dossier.types import Change, DocumentView, Tree
from antong.flow import selectors
from antong.flow.types import Finding, HandOverView
from antong.org import selectors as org
from antong.org.types import UnitView
from antong.web.guard import ActorRequest

ORDER = {"missing": 0, "doubt": 1, "ok": 2}
PAPERS, EVIDENCE, OTHER = "文书", "证据", "其他"
GROUPS = (PAPERS, EVIDENCE, OTHER)
RANGES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands: words, and where they lead (nowhere when empty)."""

    words: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One requirement on the compose page. `document` is the paper it is about, `kind` what would have to be drafted."""

    number: int
    group: str
    result: str
    text: str
    articles: tuple[str, ...]
    places: tuple[Place, ...]
    items: tuple[str, ...]
    remedy: str
    key: str
    explanation: str
    blocks: bool
    document: DocumentView | None = None
    kind: DocumentKind | None = None
    scan: str = ""

    @property
    def open(self) -> bool:
        """Whether something is left to do."""
        return self.result in {"missing", "doubt"}


def facts(request: ActorRequest, shown: HandOverView, known: dict[str, Any]) -> dict[str, Any]:
    """Return what flow/compose.html shows."""
    findings = selectors.preview(request.actor, shown.id)
    sheet, flow, case_id = cases.living_sheet(shown.case_id), known["flow"], shown.case_id
    before = shown.rounds[-2].manifest_id if len(shown.rounds) > 1 else None
    changes = dossier.changes_since(case_id, before) if before else []
    documents, tree = selectors.composing(request.actor, shown.id), dossier.file_of(known["case"])
    wanted = _wanted(case_id, known)
    listed = rows(flow, findings, documents, wanted, tree, case_id)
    chosen: list[UnitView] = list(org.units(shown.to_unit_ids).values())
    limits = [limit for limit in cases.limits_of(case_id) if limit.running]
    return {
        "open_rows": [row for row in listed if row.open],
        "groups": [(name, [row for row in listed if row.group == name and not row.open]) for name in GROUPS],
        "counted": {result: sum(row.result == result for row in listed) for result in ("missing", "doubt", "ok", "n/a")}, "every": len(listed),
        "missing": [row for row in listed if row.blocks], "doubts": [row for row in listed if row.result == "doubt"],
        "documents": documents, "volumes": volumes(tree, changes), "stats": dossier.stats(case_id), "pages": tree.page_count, "wanted": wanted,
        "fresh": sum(change.kind in {"added", "replaced"} for change in changes), "changes": changes, "again": before, "chosen": chosen,
        "approvers": org.approvers_for(request.actor.unit_id, flow.approver.role) if flow.approver else [],
        "limits": limits, "measures": [(party, sheet.in_force(party.id), [limit for limit in limits if limit.party_id == party.id and limit.of_stage])
                     for party in sheet.suspects if party.id in {one.party_id for one in shown.subjects}],
        "open_reasons": [reason for reason in shown.reasons if reason.round == shown.round - 1],
        "published": [selectors.published(request.actor, unit) for unit in chosen[:1]], "digest": selectors.preview_digest(case_id),
    }  # fmt: skip


def rows(
    flow: FlowDef,
    findings: Sequence[Finding],
    documents: Sequence[DocumentView],
    wanted: Sequence[DocumentKind],
    tree: Tree,
    case_id: UUID,
) -> list[Row]:
    """Return the requirements in order: what is missing, what is doubtful, then what is in order, by group."""
    checks = {check.key: check for check in flow.checks}
    made: list[Row] = []
    for finding in findings:
        if finding.key == "documents":
            made += _papers(finding, documents, wanted, case_id)
            if finding.result != "missing":
                continue
        check = checks.get(finding.key)
        made.append(
            Row(
                number=0, group=_group(check, finding), result=finding.result, text=finding.text, articles=finding.articles, key=finding.key,
                places=_places(check, tree, case_id), items=finding.items, remedy=finding.remedy, explanation=finding.explanation,
                blocks=finding.blocks, scan=_scan(check),
            )
        )  # fmt: skip
    made.sort(key=lambda row: (0 if row.open else 1 + GROUPS.index(row.group), ORDER.get(row.result, 3)))
    return [replace(row, number=index) for index, row in enumerate(made, 1)]


def _papers(
    finding: Finding, documents: Sequence[DocumentView], wanted: Sequence[DocumentKind], case_id: UUID
) -> list[Row]:
    """The papers that go along, each on a row: those drafted or issued, and those that could go along too."""
    made = [
        Row(
            number=0, group=PAPERS, result="ok", text=document.name, articles=finding.articles, key=f"document-{document.id}", items=(), remedy="",
            places=(Place(words=document.number or "草稿，审批后编号", url=f"/cases/{case_id}/documents/{document.id}/"),), explanation="",
            blocks=False, document=document,
        )
        for document in documents
    ]  # fmt: skip
    made += [
        Row(
            number=0, group=PAPERS, result="n/a", text=kind.name, articles=kind.articles[:1], key=f"kind-{kind.key}", items=(), explanation="",
            remedy="需要时在下方填写，保存后起草", places=(Place(words="选附，未起草", url=f"#draft-{kind.key}"),), blocks=False, kind=kind,
        )
        for kind in wanted
    ]  # fmt: skip
    return made


def _group(check: Check | None, finding: Finding) -> str:
    if finding.key in {"documents", "reasons"}:
        return PAPERS
    entries = check.params.get("entries", ()) if check else ()
    if any(str(entry).startswith("ev-") for entry in entries):
        return EVIDENCE
    return PAPERS if entries else OTHER


def _scan(check: Check | None) -> str:
    """The place in the catalogue where a scan would answer a requirement."""
    entries = check.params.get("entries", ()) if check else ()
    return str(entries[0]) if entries else ""


def _places(check: Check | None, tree: Tree, case_id: UUID) -> tuple[Place, ...]:
    """Where in the file a requirement is met: ranges of pages that lead into the reading room."""
    if check is None:
        return ()
    if check.test == "pages-readable":
        return _some(
            [
                Place(words=f"{volume.title[0]} p.{page.number}", url=_read(case_id, page.id))
                for volume in tree.volumes
                for entry in volume.entries
                for page in entry.pages
                if page.doubtful
            ]
        )
    volumes_asked, entries_asked = check.params.get("volumes", ()), set(check.params.get("entries", ()))
    found = []
    for volume in tree.volumes:
        if volume.catalogue_key in volumes_asked and volume.page_count:
            first = next(page for entry in volume.entries for page in entry.pages)
            found.append(Place(words=f"{volume.title} {volume.page_count} 页", url=_read(case_id, first.id)))
        for entry in volume.entries:
            if entry.catalogue_key in entries_asked and entry.pages:
                first, last = entry.pages[0], entry.pages[-1]
                span = f"p.{first.number}" if first is last else f"p.{first.number}–{last.number}"
                found.append(Place(words=f"{volume.title[:2]}卷 {span}", url=_read(case_id, first.id)))
    return _some(found)


def _some(found: Sequence[Place]) -> tuple[Place, ...]:
    """Return the first places, and how many there are where more follow."""
    return (*found[:RANGES], Place(words=f"等 {len(found)} 处")) if len(found) > RANGES else tuple(found)


def _read(case_id: UUID, page_id: UUID) -> str:
    return f"/cases/{case_id}/reading?page={page_id}"


def volumes(tree: Tree, changes: Sequence[Change]) -> list[tuple[str, int, int]]:
    """Return each volume that has pages: its title, its pages, and how many are new since the last round."""
    new = {change.page_id for change in changes if change.kind in {"added", "replaced"}}
    return [
        (
            volume.title,
            volume.page_count,
            sum(page.id in new for entry in volume.entries for page in entry.pages),
        )
        for volume in tree.volumes
        if volume.page_count
    ]


def _wanted(case_id: UUID, known: Mapping[str, Any]) -> list[DocumentKind]:
    """The documents that need typed fields before they can be drafted."""
    have = {document.kind for document in dossier.documents(case_id)}
    kinds = [known["catalog"].document(carried.kind) for carried in known["flow"].carries.documents]
    return [kind for kind in kinds if kind and kind.key not in have and kind.fields]
