"""A catalog to plant faults in: the package's own, with one definition changed at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from antong.catalog.loader import Catalog, load
from antong.catalog.schema import DocumentKind, DossierCatalogue, FlowDef


class Bench:
    """Changes copies of definitions as plain data, so that a fault is planted as an author would write it."""

    def __init__(self) -> None:
        self.catalog: Catalog = load()

    def flow(self, key: str, change: Callable[[dict[str, Any]], object], new_key: str = "") -> Catalog:
        plain = copy.deepcopy(self.catalog.flows[key].model_dump(by_alias=True, mode="json"))
        if new_key:
            plain["key"] = new_key
        change(plain)
        flow = FlowDef.model_validate(plain)
        return self.with_versions(flow.key, (flow,))

    def with_versions(self, key: str, flows: tuple[FlowDef, ...]) -> Catalog:
        return replace(
            self.catalog,
            flows={**self.catalog.flows, key: flows[-1]},
            versions={**self.catalog.versions, key: flows},
        )

    def without(self, *keys: str) -> Catalog:
        return replace(
            self.catalog,
            flows={key: flow for key, flow in self.catalog.flows.items() if key not in keys},
            versions={key: flows for key, flows in self.catalog.versions.items() if key not in keys},
        )

    def document(self, key: str, change: Callable[[dict[str, Any]], object], new_key: str = "") -> Catalog:
        plain = copy.deepcopy(self.catalog.documents[key].model_dump(mode="json"))
        if new_key:
            plain["key"] = new_key
        change(plain)
        kind = DocumentKind.model_validate(plain)
        return replace(self.catalog, documents={**self.catalog.documents, kind.key: kind})

    def dossier(self, change: Callable[[dict[str, Any]], object]) -> Catalog:
        plain = copy.deepcopy(self.catalog.dossier.model_dump(mode="json"))
        change(plain)
        return replace(self.catalog, dossier=DossierCatalogue.model_validate(plain))


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()
