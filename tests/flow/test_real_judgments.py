"""Ten real judgments carried as documents: set in type, approved, numbered, sent, and found again by the number, word for word.

They name real people: they are read where they lie, and no line of them stands in the repository.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pypdfium2 as pdfium
import pytest

from antong.catalog.loader import load
from antong.dossier import selectors as dossier
from antong.flow import actions, selectors
from antong.ledger import selectors as ledger
from conftest import SHARED
from walking import Roads, Walker, land, plan, texts_for

FOUND = SHARED / "data" / "judge_judgments" / "judgments.jsonl"
MOST = 10
STEP = ("judgment", "imprisonment")
TELLING = 16
"""Characters by which a sentence is known again."""

pytestmark = [
    pytest.mark.skipif(not FOUND.is_file(), reason="no ../shared/data/judge_judgments: no real judgments"),
    pytest.mark.xdist_group("judgments"),
]


def texts() -> list[str]:
    """The judgments whole, the longest first, then the shortest in turn."""
    if not FOUND.is_file():
        return []
    rows = sorted((json.loads(line)["fd"] for line in FOUND.read_text("utf-8").splitlines()), key=len)
    return [rows[-1 - at // 2] if at % 2 == 0 else rows[at // 2] for at in range(MOST)]


def plain(text: str) -> str:
    """Return a text without what setting it in type adds or takes away: spaces and ends of lines."""
    return re.sub(r"[\s\ufffe\x02-]+", "", text)


def printed(pdf: bytes) -> str:
    document = pdfium.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def issued(walker: Walker, text: str) -> Any:
    """Draw up and approve a judgment that says `text`."""
    flow, court = load().flows[STEP[0]], walker.sender
    whom = selectors.eligible(court, walker.case_id, flow.key)
    given = texts_for(flow)
    names = [one.name for one in _suspects(walker)]
    given["judgment"] = {
        "facts": text,
        "decision": "；".join(f"被告人{name}犯盗窃罪，判处有期徒刑一年" for name in names) + "。",
    }
    outcomes = {str(party): {"outcome": STEP[1], "term": "一年"} for party in whom}
    made = actions.compose(
        court,
        case_id=walker.case_id,
        flow=flow.key,
        party_ids=whom,
        fields={"outcomes": outcomes},
        texts=given,
    )
    done = walker.send(flow, actions.submit(court, handover_id=made.handover_id, version=made.version))
    landed = land(flow, STEP[1], walker.spot)
    assert landed is not None
    walker.before, walker.spot = walker.spot, landed
    return done


def _suspects(walker: Walker) -> Any:
    from antong.cases import selectors as cases

    return cases.living_sheet(walker.case_id).suspects


@pytest.mark.full
@pytest.mark.parametrize("number", range(MOST))
def test_a_judgment_is_issued_sent_and_found_again(roads: Roads, number: int) -> None:
    text = texts()[number]
    walker = roads.walk(plan(STEP)[:-1])
    court = walker.sender
    done = issued(walker, text)
    shown, _, _ = selectors.handover(court, done.handover_id)
    (paper,) = [
        one for one in dossier.documents_by_id(walker.case_id, shown.document_ids) if one.kind == "judgment"
    ]
    assert re.fullmatch(r"（\d{4}）\S+刑初\d+号", paper.number)
    assert (walker.case_id, paper.number) in {
        (one.case_id, one.number) for one in dossier.find_documents(court, paper.number)
    }
    served = walker.go(("judgment-service", ""))
    receivers = list(walker.receivers(served))
    assert receivers
    for receiver in receivers:
        sent, _, _ = selectors.handover(receiver, served.handover_id)
        assert paper.id in sent.document_ids, receiver.unit_name
    (original,) = _originals(walker, paper.id)
    blob, _ = dossier.original_blob(walker.case_id, original)
    said = plain(printed(b"".join(dossier.read_blob(blob))))
    sentences = [plain(one) for one in re.split(r"[。；]", text) if len(plain(one)) >= TELLING]
    assert len(sentences) >= 5
    lost = [one for one in sentences if one not in said]
    assert len(lost) <= len(sentences) // 10, lost[:2]  # the foot of a page may stand within a sentence
    assert ledger.audit(walker.case_id) == []


def _originals(walker: Walker, document_id: Any) -> set[Any]:
    return {
        page.original_id
        for volume in dossier.tree(walker.case_id).volumes
        for entry in volume.entries
        if entry.document_id == document_id
        for page in entry.pages
    }


def test_there_are_ten_and_no_line_of_them_stands_in_the_repository() -> None:
    import subprocess
    from pathlib import Path

    found = texts()
    assert len({*found}) == MOST
    root = Path(__file__).resolve().parents[2]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "src", "tests", "docs"], cwd=root, capture_output=True, check=True
    )
    every = "\n".join(
        (root / name).read_bytes().decode("utf-8", "ignore")
        for name in filter(None, listed.stdout.decode().split("\0"))
        if (root / name).suffix in {".py", ".md", ".yaml", ".html", ".json"}
    )
    for text in found:
        telling = [one for one in re.split(r"[。；]", text) if len(one) >= 3 * TELLING]
        assert not [one for one in telling if one in every]
