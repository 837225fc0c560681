"""Loading the definitions once per process, with one hash over all of them."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from antong.catalog.schema import Charge, Code, DocumentKind, DossierCatalogue, FlowDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Every definition of one version."""

    flows: Mapping[str, FlowDef]
    documents: Mapping[str, DocumentKind]
    dossier: DossierCatalogue
    codes: Mapping[str, Mapping[str, Code]]
    charges: Mapping[str, Charge]
    version_hash: str

    def flow(self, key: str) -> FlowDef | None:
        """The flow of that key."""
        return self.flows.get(key)

    def document(self, key: str) -> DocumentKind | None:
        """The document kind of that key."""
        return self.documents.get(key)

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


def _find(rows: list[Any], text: str, most: int) -> list[Any]:
    wanted = text.strip().lower()
    if not wanted:
        return rows[:most]
    ranked = []
    for row in rows:
        name, initials = row.name, row.initials
        if name.startswith(wanted) or initials.startswith(wanted):
            ranked.append((0, len(name), row.code, row))
        elif wanted in name or wanted in initials:
            ranked.append((1, len(name), row.code, row))
    return [row for *_, row in sorted(ranked, key=lambda item: item[:3])[:most]]


@cache
def load() -> Catalog:
    """Return the catalog of the package data; raises pydantic's error on a malformed definition."""
    root = files("antong.catalog").joinpath("data")
    digest = hashlib.sha256()

    def text(node: Traversable) -> str:
        data = node.read_bytes()
        digest.update(node.name.encode() + b"\0" + hashlib.sha256(data).digest())
        return data.decode("utf-8")

    flows = {}
    for node in sorted(root.joinpath("flows").iterdir(), key=lambda node: node.name):
        flow = FlowDef.model_validate(yaml.safe_load(text(node)))
        flows[flow.key] = flow
    kinds = [DocumentKind.model_validate(row) for row in yaml.safe_load(text(root.joinpath("documents.yaml")))]
    dossier = DossierCatalogue.model_validate(yaml.safe_load(text(root.joinpath("dossier.yaml"))))
    codes: dict[str, dict[str, Code]] = {}
    charges: dict[str, Charge] = {}
    for node in sorted(root.joinpath("codes").iterdir(), key=lambda node: node.name):
        table = node.name.removesuffix(".csv")
        rows = list(csv.DictReader(io.StringIO(text(node))))
        if table == "charges":
            charges = {row["code"]: Charge(**row) for row in rows}
        else:
            codes[table] = {row["code"]: Code(**row) for row in rows}
    return Catalog(
        flows=flows,
        documents={kind.key: kind for kind in kinds},
        dossier=dossier,
        codes=codes,
        charges=charges,
        version_hash=digest.hexdigest(),
    )
