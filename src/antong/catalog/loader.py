"""Loading the definitions once per process, with one hash over all of them."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from antong.catalog.schema import (
    Charge,
    Code,
    DocumentKind,
    DossierCatalogue,
    FlowDef,
    ReturnReasonDef,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Every definition. `flows` has the newest version of each, `versions` all of them."""

    flows: Mapping[str, FlowDef]
    versions: Mapping[str, tuple[FlowDef, ...]]
    documents: Mapping[str, DocumentKind]
    dossier: DossierCatalogue
    codes: Mapping[str, Mapping[str, Code]]
    charges: Mapping[str, Charge]
    return_reasons: Mapping[str, ReturnReasonDef]
    return_basis: Mapping[str, str]
    version_hash: str

    def flow(self, key: str, version: int | None = None) -> FlowDef | None:
        """The flow of that key: the newest, or the version a case runs under."""
        if version is None:
            return self.flows.get(key)
        return next((flow for flow in self.versions.get(key, ()) if flow.version == version), None)

    def flow_on(self, key: str, day: date) -> FlowDef | None:
        """The version of a flow in force on a day; None where none is."""
        text = day.isoformat()
        return next(
            (
                flow
                for flow in self.versions.get(key, ())
                if flow.valid_from <= text and (not flow.valid_until or text <= flow.valid_until)
            ),
            None,
        )

    def document(self, key: str) -> DocumentKind | None:
        """The document kind of that key."""
        return self.documents.get(key)

    def kinds_at(self, place: str) -> tuple[DocumentKind, ...]:
        """The document kinds filed at a place of the dossier catalogue."""
        return tuple(kind for kind in self.documents.values() if kind.place == place)

    def drafts(self, unit_kind: str, stage: str) -> tuple[DocumentKind, ...]:
        """The document kinds that a unit of that kind draws up in a stage without a hand-over."""
        return tuple(
            kind for kind in self.documents.values() if stage in kind.drafted_in and kind.may_draft(unit_kind)
        )

    def ending(self, rule: str) -> tuple[DocumentKind, ...]:
        """The document kinds whose issue ends a time limit of that rule."""
        return tuple(kind for kind in self.documents.values() if rule in kind.meets)

    def charge(self, code: str) -> Charge | None:
        """The charge of that code."""
        return self.charges.get(code)

    def has_code(self, table: str, code: str) -> bool:
        """Whether a code table has that code."""
        return code in self.codes.get(table, {})

    def code_name(self, table: str, code: str) -> str:
        """The name of a code, or the code itself."""
        found = self.codes.get(table, {}).get(code)
        return found.name if found else code

    def find_charges(self, text: str, most: int = 20) -> list[Charge]:
        """Charges by part of their name or pinyin initials (dq -> 盗窃罪), best first."""
        return _find(list(self.charges.values()), text, most)

    def find_codes(self, table: str, text: str, most: int = 20) -> list[Code]:
        """Codes of a table by part of their name or pinyin initials, best first."""
        return _find(list(self.codes.get(table, {}).values()), text, most)


class MalformedCatalogError(ValueError):
    """Definitions that contradict each other before any of them can be used."""


def _find(rows: list[Any], text: str, most: int) -> list[Any]:
    wanted = text.strip().lower()
    if not wanted:
        return rows[:most]
    ranked = []
    for row in rows:
        name, initials = row.name, row.initials
        if wanted in {row.code.lower(), name, initials}:
            ranked.append((0, len(name), row.code, row))
        elif name.startswith(wanted) or initials.startswith(wanted):
            ranked.append((1, len(name), row.code, row))
        elif wanted in name or wanted in initials:
            ranked.append((2, len(name), row.code, row))
    return [row for *_, row in sorted(ranked, key=lambda item: item[:3])[:most]]


class _Reader:
    """Reads files and adds each to the digest, by name and content."""

    def __init__(self, root: Traversable) -> None:
        self.root = root
        self._digest = hashlib.sha256()

    def text(self, node: Traversable) -> str:
        data = node.read_bytes()
        self._digest.update(node.name.encode() + b"\0" + hashlib.sha256(data).digest())
        return data.decode("utf-8")

    def yaml(self, node: Traversable) -> Any:
        return yaml.load(self.text(node), Loader=_LOADER)  # noqa: S506 - the safe loader, in C where there is one

    def folder(self, name: str, suffix: str) -> Iterator[Traversable]:
        for node in sorted(self.root.joinpath(name).iterdir(), key=lambda node: node.name):
            if node.name.endswith(suffix):
                yield node

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(root: Traversable) -> Catalog:
    """Return the catalog of a folder of definitions.

    Raises pydantic's ValidationError on a malformed definition, MalformedCatalogError on two of one name.
    """
    reader = _Reader(root)
    versions = _flows(reader)
    kinds: dict[str, DocumentKind] = {}
    for node in reader.folder("documents", ".yaml"):
        for row in reader.yaml(node):
            kind = DocumentKind.model_validate(row)
            if kind.key in kinds:
                raise MalformedCatalogError(f"two document kinds {kind.key}")
            kinds[kind.key] = kind
    dossier = DossierCatalogue.model_validate(reader.yaml(root.joinpath("dossier.yaml")))
    codes, charges = _codes(reader)
    reasons = [
        ReturnReasonDef.model_validate(row) for row in reader.yaml(root.joinpath("return_reasons.yaml"))
    ]
    return Catalog(
        flows={key: flows[-1] for key, flows in versions.items()},
        versions=versions,
        documents=kinds,
        dossier=dossier,
        codes=codes,
        charges=charges,
        return_reasons={reason.key: reason for reason in reasons},
        return_basis=reader.yaml(root.joinpath("return_basis.yaml")),
        version_hash=reader.hexdigest(),
    )


def _flows(reader: _Reader) -> dict[str, tuple[FlowDef, ...]]:
    found: dict[str, list[FlowDef]] = defaultdict(list)
    for node in reader.folder("flows", ".yaml"):
        flow = FlowDef.model_validate(reader.yaml(node))
        if any(other.version == flow.version for other in found[flow.key]):
            raise MalformedCatalogError(f"two definitions of {flow.key} version {flow.version}")
        found[flow.key].append(flow)
    return {key: tuple(sorted(flows, key=lambda flow: flow.version)) for key, flows in found.items()}


def _codes(reader: _Reader) -> tuple[dict[str, dict[str, Code]], dict[str, Charge]]:
    codes: dict[str, dict[str, Code]] = {}
    charges: dict[str, Charge] = {}
    for node in reader.folder("codes", ".csv"):
        table = node.name.removesuffix(".csv")
        rows = list(csv.DictReader(io.StringIO(reader.text(node))))
        if table == "charges":
            charges = {row["code"]: Charge(**row) for row in rows}
        else:
            codes[table] = {row["code"]: Code(**row) for row in rows}
    return codes, charges


@cache
def load() -> Catalog:
    """Return the catalog of the package data, read once per process; raises as `read` does."""
    return read(files("antong.catalog").joinpath("data"))
