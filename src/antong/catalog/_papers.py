"""Documents and the dossier catalogue: every kind used, every text fillable, every place known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from antong.catalog import vocabulary as words
from antong.catalog._findings import Finding, unknown
from antong.catalog.loader import Catalog
from antong.catalog.schema import DocumentKind

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SERIES = frozenset({"initials", "year", "seq"})


def check(catalog: Catalog, article_exists: Callable[[str], bool]) -> Iterator[Finding]:
    """Yield what is wrong with documents and with the catalogue of the file."""
    yield from _catalogue(catalog)
    carried = {document.kind for flow in catalog.flows.values() for document in flow.carried()}
    asked = _flow_fields(catalog)
    for kind in catalog.documents.values():
        where = f"document {kind.key}"
        if kind.key not in carried and not kind.drafted_in:
            yield Finding("document-unused", where, "is carried by no flow, and drawn up in no stage")
        yield from _references(catalog, kind, where)
        missing = [article for article in kind.articles if not article_exists(article)]
        yield from unknown("article-not-found", where, "cites what the texts do not contain:", missing, ())
        yield from _signing(kind, where)
        yield from _text(kind, asked.get(kind.key, set()), where)
    yield from _twice(catalog)


def _references(catalog: Catalog, kind: DocumentKind, where: str) -> Iterator[Finding]:
    places = [entry.key for entry in catalog.dossier.entries()]
    yield from unknown("unknown-entry", where, "is filed at", [kind.place], places)
    yield from unknown("unknown-unit-kind", where, "is issued by", kind.issuers, words.UNIT_KINDS)
    yield from unknown("unknown-stage", where, "is drawn up in stage", kind.drafted_in, words.STAGES)


def _signing(kind: DocumentKind, where: str) -> Iterator[Finding]:
    yield from unknown("wrong-signing", where, "is signed by", kind.signers, words.SIGNERS)
    if kind.fingerprint and not kind.hand_signed:
        yield Finding("wrong-signing", where, "takes a finger print, and yet no signed scan comes back")
    if kind.hand_signed and not kind.signers:
        yield Finding("wrong-signing", where, "comes back signed, by nobody named")


def _text(kind: DocumentKind, from_flows: set[str], where: str) -> Iterator[Finding]:
    for name in sorted({field.key for field in kind.fields} & from_flows):
        yield Finding(
            "field-twice",
            where,
            f"asks for {name}, which the flow that carries it asks for: one entry, many uses",
        )
    known = words.PLACEHOLDERS | {field.key for field in kind.fields} | from_flows
    texts = (*kind.body, kind.addressee, kind.closing, *(part.tail for part in kind.parts))
    texts += tuple(field.default for field in kind.fields)
    for name in sorted({name for text in texts for name in _PLACEHOLDER.findall(text)} - known):
        yield Finding("unknown-placeholder", where, f"names {{{name}}}, which nothing fills")
    named = set(_PLACEHOLDER.findall(kind.series))
    if kind.series and named != _SERIES:
        yield Finding(
            "wrong-series", where, f"has the number pattern {kind.series}: it needs initials, year and seq"
        )
    for key, count in Counter(part.key for part in kind.parts).items():
        if count > 1:
            yield Finding("part-twice", where, f"has {count} parts {key}")
    for field in kind.fields:
        if (field.type == "choice") != bool(field.choices):
            yield Finding("wrong-choices", where, f"field {field.key} is a choice of nothing, or no choice")


def _flow_fields(catalog: Catalog) -> dict[str, set[str]]:
    """Return, for each document kind, the fields that the flows carrying it ask for."""
    found: dict[str, set[str]] = {}
    for flow in catalog.flows.values():
        own = {field.key for field in flow.fields}
        for document in flow.carries.documents:
            found.setdefault(document.kind, set()).update(own)
        for outcome in (*flow.outcomes, *(flow.answer.outcomes if flow.answer else ())):
            for document in (*outcome.documents, *flow.carries.documents):
                found.setdefault(document.kind, set()).update(own | {field.key for field in outcome.fields})
    return found


def _catalogue(catalog: Catalog) -> Iterator[Finding]:
    keys = Counter(entry.key for entry in catalog.dossier.entries())
    for key, count in keys.items():
        if count > 1:
            yield Finding("entry-twice", "dossier", f"has {count} entries {key}")
    for volume in catalog.dossier.volumes:
        says = f"volume {volume.key} is ordered by"
        yield from unknown("unknown-unit-kind", "dossier", says, volume.owners, words.UNIT_KINDS)
    for entry in catalog.dossier.entries():
        if entry.from_stage and entry.from_stage not in words.STAGES:
            yield Finding("unknown-stage", "dossier", f"entry {entry.key} begins in stage {entry.from_stage}")
        if entry.need == "required" and not entry.from_stage:
            yield Finding("no-stage", "dossier", f"entry {entry.key} is required, and does not say from when")
    for entry in catalog.dossier.excluded:
        if not entry.reason:
            yield Finding("no-reason", "dossier", f"{entry.key} is excluded without a reason")


def _twice(catalog: Catalog) -> Iterator[Finding]:
    names = Counter((kind.name, kind.issuers) for kind in catalog.documents.values())
    for (name, issuers), count in names.items():
        if count > 1:
            yield Finding(
                "document-twice", f"document {name}", f"{count} kinds of that name by {'、'.join(issuers)}"
            )
