"""A real indictment, made into page scans and carried as a document of a case from procuratorate to court.

It names real people: it is read where it lies, nothing of it is written outside the test's own folder, and no line of
it stands in the repository.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from PIL import Image

from antong.catalog.loader import load
from antong.demo import papers
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import Upload
from antong.flow import actions, selectors
from antong.ledger import selectors as ledger
from conftest import SHARED
from walking import plan, register

FOUND = sorted((SHARED / "data" / "prosecution_docs").glob("*起诉书.txt"))
ROOT = Path(__file__).resolve().parents[2]
TELLING = 16
"""Characters by which a line is known again; shorter ones are set phrases that every indictment has."""

pytestmark = pytest.mark.skipif(not FOUND, reason="no ../shared/data/prosecution_docs: no real indictment")

_written: list[str] = []
_watching = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in {"open", "os.rename", "os.link", "os.symlink", "os.mkdir"}:
        return
    if event != "open":
        _written.append(os.fsdecode(arguments[0 if event == "os.mkdir" else 1]))
        return
    path, _, flags = arguments
    writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes and isinstance(path, str | bytes | os.PathLike):
        _written.append(os.fsdecode(path))


@pytest.fixture
def watched(settings: Any, tmp_path: Path, db: None) -> Iterator[Path]:
    """Keep blobs, keys and spool in a folder of the test, and note every file that this process opens to write."""
    global _watching  # noqa: PLW0603 - a hook of the interpreter cannot be taken out, only told to rest
    for name in ("STATE", "BLOBS", "SPOOL"):
        setattr(settings, f"ANTONG_{name}", tmp_path / name.lower())
    settings.ANTONG_MASTER_KEY = tmp_path / "keys" / "master"
    _written.clear()
    sys.addaudithook(_hook)
    _watching = True
    yield tmp_path
    _watching = False


def lines() -> list[str]:
    return [line.strip() for line in FOUND[0].read_text("utf-8").splitlines() if line.strip()]


def telling() -> list[str]:
    """The lines by which the indictment would be known."""
    return [line for line in lines() if len(line) >= TELLING]


def scans() -> list[bytes]:
    """The indictment as an office scans it: set in type, then skewed and grained."""
    paper = papers.Paper(key="pro.indictment", title="起诉书", lines=tuple(lines()[1:]))
    return papers._scan_paper((paper, 0, str(django_settings.ANTONG_ASSETS)))


def test_it_travels_from_procuratorate_to_court(people: dict[str, Any], watched: Path, scan: bytes) -> None:
    walker = register(people, scan)
    for step in plan(("prosecution", ""), via=())[:-1]:
        walker.go(step)
    flow = load().flows["prosecution"]
    office, court = people["anguan"], people["lian"]
    done = walker.compose(flow, "")
    done = actions.approve(people["jianchazhang"], handover_id=done.handover_id, version=done.version)
    shown, _, _ = selectors.handover(office, done.handover_id)
    (indictment,) = [
        paper
        for paper in dossier.documents_by_id(walker.case_id, shown.document_ids)
        if paper.kind == "indictment"
    ]
    pages = scans()
    for page in pages:
        assert min(Image.open(io.BytesIO(page)).info["dpi"]) >= 200
    signed = dossier_actions.upload_signed(
        office,
        case_id=walker.case_id,
        document_id=indictment.id,
        files=[
            Upload(file_name=f"{number:03d}.jpg", content=io.BytesIO(page))
            for number, page in enumerate(pages, 1)
        ],
    )
    assert signed.signed
    for original_id in dossier.originals_waiting(walker.case_id):
        dossier_actions.derive_original(original_id)

    done = actions.send(office, handover_id=done.handover_id, version=done.version)
    done = actions.accept(court, handover_id=done.handover_id, version=done.version)
    entries = [entry for volume in dossier.tree(walker.case_id).volumes for entry in volume.entries]
    (entry,) = [entry for entry in entries if entry.document_id == indictment.id]
    assert len(entry.pages) == len(pages)
    for page, sent in zip(entry.pages, pages, strict=True):
        assert page.state == "ready"
        assert page.findings == ()
        blob, _ = dossier.original_blob(walker.case_id, page.original_id)
        assert b"".join(dossier.read_blob(blob)) == sent
        image = Image.open(
            io.BytesIO(b"".join(dossier.read_blob(dossier.page_blob(walker.case_id, page.id))))
        )
        assert image.height > 1000
    assert ledger.audit(walker.case_id) == []

    assert any(Path(path).is_relative_to(watched / "blobs") for path in _written), "nothing was watched"
    outside = [
        path for path in _written if not Path(path).resolve().is_relative_to(watched) and not _bytecode(path)
    ]
    assert [path for path in outside if path != "/dev/null"] == []
    blobs = [path for path in (watched / "blobs").rglob("*") if path.is_file()]
    assert len(blobs) >= len(pages)
    assert not any(page[200:264] in path.read_bytes() for path in blobs for page in pages)


def _bytecode(path: str) -> bool:
    """Whether it is what Python keeps of a module it imports for the first time."""
    return Path(path).parent.name == "__pycache__" and ".pyc" in Path(path).name


def test_no_word_of_it_reaches_the_database(people: dict[str, Any], watched: Path, scan: bytes) -> None:
    """Only its pages go in, as sealed bytes: no name of a file, no text of a row, says what they are."""
    walker = register(people, scan)
    upload = [Upload(file_name="001.jpg", content=io.BytesIO(scans()[0]))]
    made = dossier_actions.upload(
        people["zhencha"], case_id=walker.case_id, catalogue_key="lit-end.indictment-opinion", files=upload
    )
    for original_id in made.original_ids:
        dossier_actions.derive_original(original_id)
    rooms = ("flow_%", "cases_%", "dossier_%", "ledger_%", "org_notice%", "procrastinate_jobs")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE ANY(%s)",
            [list(rooms)],
        )
        for (table,) in cursor.fetchall():
            for line in telling():
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{line}%"])
                assert cursor.fetchone() == (0,), table


def test_no_line_of_it_stands_in_the_repository() -> None:
    assert len(telling()) >= 5
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        text = path.read_bytes().decode("utf-8", "ignore") if path.is_file() else ""
        assert not [line for line in telling() if line in text], name
