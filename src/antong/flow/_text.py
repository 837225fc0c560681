"""What documents say of a case: placeholders filled from the sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from antong.cases.selectors import SheetView
from antong.cases.types import PartyView
from antong.catalog.schema import DocumentKind, FlowDef
from antong.dossier import selectors as dossier
from antong.dossier.types import IssueFacts
from antong.kernel import clock
from antong.org.types import UnitView


def person_facts(party: PartyView) -> str:
    """Return a person as documents introduce one: name, sex, birth, number, residence."""
    parts = [party.name]
    if party.aliases:
        parts.append(f"（又名{'、'.join(party.aliases)}）")
    if party.identity_unknown:
        parts.append("，身份不明")
    if party.sex:
        parts.append(f"，{party.sex}")
    if party.born_on:
        parts.append(f"，{party.born_on.year}年{party.born_on.month}月{party.born_on.day}日出生")
    if party.id_number:
        parts.append(f"，身份证号码{party.id_number}")
    if party.ethnicity:
        parts.append(f"，{party.ethnicity}")
    if party.occupation:
        parts.append(f"，{party.occupation}")
    if party.residence:
        parts.append(f"，住{party.residence}")
    return "".join(parts)


def values(
    sheet: SheetView,
    case_name: str,
    case_number: str,
    subjects: Sequence[UUID],
    receiver: str,
    fields: dict[str, str],
) -> dict[str, str]:
    """Return every placeholder a document of these subjects may use."""
    chosen = [party for party in sheet.suspects if party.id in set(subjects)] or list(sheet.suspects)
    charges = [charge for party in chosen for charge in party.charges]
    occurred = clock.local(sheet.occurred_at)
    return {
        "case_name": case_name,
        "case_number": case_number,
        "suspects": "、".join(party.name for party in chosen),
        "suspect": chosen[0].name if chosen else "",
        "suspect_facts": person_facts(chosen[0]) if chosen else "",
        "suspects_facts": "；".join(person_facts(party) for party in chosen) + "。",
        "charge": "、".join(dict.fromkeys(charge.name for charge in charges)),
        "charge_article": "、".join(dict.fromkeys(charge.article for charge in charges if charge.article)),
        "brief": sheet.brief,
        "place": str(sheet.body["case"]["place"]),
        "occurred": f"{occurred.year}年{occurred.month}月{occurred.day}日",
        "receiver": receiver,
        **fields,
    }


def from_file(kind: DocumentKind | None, case_id: UUID) -> dict[str, str]:
    """Return what the defaults of a kind of document take from the file; a statement where they take something."""
    if kind is None or not any("{evidence_titles}" in field.default for field in kind.fields):
        return {}
    return {"evidence_titles": "、".join(dossier.titles_in(case_id, "evidence"))}


def issue_facts(office: UnitView, texts: dict[str, str]) -> IssueFacts:
    """Return what `dossier` needs to number and set a document in an office's name."""
    return IssueFacts(
        values={**texts, "unit": office.name},
        initials=office.initials,
        unit_name=office.name,
        issue_unit_id=office.id,
    )


def opinions(flow: FlowDef, sheet: SheetView, outcomes: Mapping[str, Mapping[str, str]]) -> str:
    """Return what a court finds of each accused, one sentence an outcome, in the order of the definition.

    `outcomes` are by party id as the form gives them: `outcome` and `term`. Empty for flows whose outcomes say nothing.
    """
    said = []
    for outcome in flow.outcomes:
        chosen = [
            party
            for party in sheet.suspects
            if outcomes.get(str(party.id), {}).get("outcome") == outcome.key and outcome.says
        ]
        by_term: dict[str, list[PartyView]] = {}
        for party in chosen:  # a finding that names the reason is said apart for each reason
            term = str(outcomes[str(party.id)].get("term", "")) if "{term}" in outcome.says else ""
            by_term.setdefault(term, []).append(party)
        for term, people in by_term.items():
            charges = [charge for party in people for charge in party.charges]
            values = {
                "names": "、".join(party.name for party in people),
                "charge": "、".join(dict.fromkeys(charge.name for charge in charges)),
                "charge_article": "、".join(dict.fromkeys(c.article for c in charges if c.article)),
                "term": term,
            }
            said.append(outcome.says.format_map(values))
    return "".join(said)
