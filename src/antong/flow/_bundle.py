"""Exporting a case as a bundle: its ledger, and every sheet, manifest, package and original that an entry binds."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from antong.cases import selectors as cases
from antong.dossier import selectors as dossier
from antong.flow._silence import SYSTEM
from antong.flow.models import Round
from antong.kernel import canonical, clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger_actions
from antong.ledger import selectors as ledger
from antong.ledger.selectors import EntryFilter, Fault
from antong.ledger.types import Binding, BundleFile, EntryView, Reading

ALL = 10_000_000
Tell = Callable[[str, int], None]
FIXED = ("sheet", "manifest", "package", "left_sheet", "left_manifest")
"""What the entry of a sending fixes by digest."""


INNER = frozenset(
    {
        "document.draft", "document.revise", "handover.amend", "handover.compose", "handover.disapprove",
        "handover.disapprove-answer", "handover.propose-answer", "handover.submit",
    }
)  # fmt: skip
"""Acts by which a unit only makes up its mind: what they say is not another unit's to read."""


def workplace() -> Path:
    """Return the folder in which bundles are put together: under the state, for nobody else; swept at every start."""
    folder = Path(settings.ANTONG_STATE) / "export"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def export_bundle(
    case_id: UUID,
    out: Path,
    *,
    by: str = "",
    reader: Actor | None = None,
    since: Iterable[int] = (),
    tell: Tell | None = None,
) -> int:
    """Write the bundle of a case to `out`; return how many entries it holds. The whole file is read, so that is logged.

    `reader` is who asked, or `by` where it was asked for beside the pages; a reader gets the acts of other units
    without what they only considered (the commitments to it stay and verify). `since` are the numbers of heads somebody holds; `tell` hears what is at what count. Refuses where
    an original is bound by no entry.
    """
    who = reader or SYSTEM
    reading = Reading(
        person_id=who.person_id, person_name=reader.person_name if reader else by[:60], duty_id=who.duty_id,
        unit_id=who.unit_id, case_id=case_id, what="导出证据包", at=clock.now(),
    )  # fmt: skip
    ledger_actions.log_readings([reading])
    with tempfile.TemporaryDirectory(dir=workplace()) as folder:
        return ledger.export_bundle(
            case_id,
            out,
            files=lambda last: _told(_files(case_id, last, Path(folder)), tell),
            since=since,
            opens=lambda entry: reader is None or entry.unit_id == reader.unit_id or entry.act not in INNER,
        )


def _told(files: Iterable[BundleFile], tell: Tell | None) -> Iterator[BundleFile]:
    for done, file in enumerate(files, 1):
        yield file
        if tell is not None:
            tell("文件", done)


def bindings(entries: Sequence[EntryView]) -> tuple[dict[str, Binding], dict[UUID, Binding]]:
    """Return where entries bind what was fixed by a sending, by digest, and originals, by id; the first place counts."""
    fixed: dict[str, Binding] = {}
    originals: dict[UUID, Binding] = {}
    for entry in entries:
        after = entry.after or {}
        for name in FIXED:
            if isinstance(after.get(name), str):
                fixed.setdefault(after[name], Binding(entry=entry.number, pointer=f"/after/{name}"))
        for name, member in (("originals", "id"), ("documents", "original")):
            for index, row in _rows(after.get(name), member):
                binding = Binding(entry=entry.number, pointer=f"/after/{name}/{index}/sha256")
                originals.setdefault(UUID(row[member]), binding)
    return fixed, originals


def _rows(value: Any, member: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the rows of a list that name an original and its digest: documents of a proposal are ids alone."""
    for index, row in enumerate(value if isinstance(value, list) else ()):
        if isinstance(row, dict) and {member, "sha256"} <= set(row):
            yield index, row


def _files(case_id: UUID, last: int, folder: Path) -> Iterator[BundleFile]:
    entries = ledger.entries(case_id, EntryFilter(before=last + 1), most=ALL)
    fixed, originals = bindings(list(reversed(entries)))
    for path, digest, body in _fixed_files(case_id):
        binding = fixed.get(digest.hex())
        if binding is not None:
            yield BundleFile(path=path, content=body, bound_by=binding)
    for original_id, file_name, blob in dossier.originals(case_id):
        binding = originals.get(original_id)
        if binding is None:
            if _later(case_id, last, original_id):
                continue
            raise Refusal(
                f"不能导出：原件“{file_name[:40]}”没有任何留痕记下。",
                code="original-unbound",
                basis=("案通账本规则：每个原件由登记它的留痕固定",),
                remedy="运行 antong audit 查明原因。",
                who="审计管理员",
            )
        target = folder / original_id.hex
        with target.open("wb") as file:
            for chunk in dossier.read_blob(blob):
                file.write(chunk)
        suffix = file_name.rsplit(".", 1)[-1].lower()
        yield BundleFile(path=f"originals/{original_id}.{suffix}", content=target, bound_by=binding)
        target.unlink()


def _fixed_files(case_id: UUID) -> Iterator[tuple[str, bytes, bytes]]:
    for sheet, body in cases.sheet_bodies(case_id):
        yield f"sheets/{sheet.version}-{sheet.digest.hex()[:12]}.json", sheet.digest, body
    for manifest, body in dossier.manifests(case_id):
        yield f"manifests/{manifest.version}-{manifest.digest.hex()[:12]}.json", manifest.digest, body
    sent = Round.objects.filter(handover__case_id=case_id, package_digest__isnull=False)
    for row in sent.order_by("sent_at", "id"):
        path = f"packages/{row.handover_id}-{row.number}.json"
        yield path, bytes(row.package_digest or b""), canonical.dumps(row.package)


def audit(case_id: UUID, *, read: bool) -> Iterator[Fault]:
    """Yield which sheets, manifests, packages and originals of a case are not what its entries bind.

    With `read` every original is decrypted and digested, otherwise its noted digest is compared.
    """
    entries = list(reversed(ledger.entries(case_id, most=ALL)))
    fixed, originals = bindings(entries)
    said = {entry.number: {"before": entry.before, "after": entry.after} for entry in entries}
    yield from _audit_fixed(case_id, fixed)
    for original_id, file_name, blob in dossier.originals(case_id):
        bound = originals.pop(original_id, None)
        where = f"原件 {file_name[:40]}"
        if bound is None:
            yield Fault(where=where, what="没有留痕记下它", chain_id=case_id)
        elif _pointed(said[bound.entry or 0], bound.pointer) != bytes(blob.digest).hex():
            yield Fault(where=where, what=f"摘要与第 {bound.entry} 条留痕不符", chain_id=case_id)
        elif read and not dossier.blob_is_whole(blob):
            yield Fault(where=where, what="存储的内容被改动、截短或不见了", chain_id=case_id)
    for bound in originals.values():
        yield Fault(where=f"第 {bound.entry} 条", what="记下的原件不见了", chain_id=case_id)


def _audit_fixed(case_id: UUID, fixed: Mapping[str, Binding]) -> Iterator[Fault]:
    found = set()
    for path, digest, body in _fixed_files(case_id):
        found.add(digest.hex())
        if hashlib.sha256(body).digest() != digest:
            yield Fault(where=path, what="内容与摘要不符", chain_id=case_id)
        elif digest.hex() not in fixed:
            yield Fault(where=path, what="没有留痕记下它", chain_id=case_id)
    for digest_hex, bound in fixed.items():
        if digest_hex and digest_hex not in found:
            what = bound.pointer.rsplit("/", 1)[1]
            yield Fault(where=f"第 {bound.entry} 条", what=f"记下的 {what} 不见了", chain_id=case_id)


def _pointed(value: Any, pointer: str) -> Any:
    """Return what one of our own pointers leads to."""
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def _later(case_id: UUID, last: int, original_id: UUID) -> bool:
    """Whether an entry written since the bundle was begun binds an original: it belongs to the next bundle."""
    newer = [entry for entry in ledger.entries(case_id, most=ALL) if entry.number > last]
    return original_id in bindings(newer)[1]
