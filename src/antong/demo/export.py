"""Exporting a case as a bundle: ledger, sheets, manifests and originals, each bound to the entry that names it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from antong.cases import selectors as cases
from antong.dossier import selectors as dossier
from antong.ledger import selectors as ledger
from antong.ledger.types import Binding, BundleFile


def export(case_id: UUID, out: Path) -> int:
    """Write the bundle of a case to `out`; return how many entries it holds.

    A sheet and a manifest are bound by the entry of the sending that fixed them; an original by a manifest.
    """
    with tempfile.TemporaryDirectory(prefix="antong-bundle-") as folder:
        return ledger.export_bundle(case_id, out, files=_files(case_id, Path(folder)))


def _files(case_id: UUID, folder: Path) -> Iterator[BundleFile]:  # noqa: C901 - one pass over what a case holds
    sent: dict[str, tuple[int, str]] = {}
    for entry in ledger.entries(case_id, most=1_000_000):
        if entry.act == "handover.send" and entry.after:
            for name in ("sheet", "manifest"):
                sent[str(entry.after[name])] = (entry.number, f"/after/{name}")
    for sheet, body in cases.sheet_bodies(case_id):
        bound = sent.get(sheet.digest.hex())
        if bound:
            yield BundleFile(
                path=f"sheets/{sheet.version}.json",
                content=body,
                bound_by=Binding(entry=bound[0], pointer=bound[1]),
            )
    originals: dict[str, Binding] = {}
    for manifest, body in dossier.manifests(case_id):
        bound = sent.get(manifest.digest.hex())
        if not bound:
            continue
        path = f"manifests/{manifest.version}.json"
        yield BundleFile(path=path, content=body, bound_by=Binding(entry=bound[0], pointer=bound[1]))
        for index, original in enumerate(json.loads(body)["originals"]):
            originals[original["id"]] = Binding(file=path, pointer=f"/originals/{index}/sha256")
    for original_id, file_name, blob in dossier.originals(case_id):
        binding = originals.get(str(original_id))
        if binding is None:
            continue
        target = folder / original_id.hex
        with target.open("wb") as file:
            for chunk in dossier.read_blob(blob):
                file.write(chunk)
        suffix = file_name.rsplit(".", 1)[-1].lower()
        yield BundleFile(path=f"originals/{original_id}.{suffix}", content=target, bound_by=binding)
        target.unlink()
