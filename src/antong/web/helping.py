"""The help of each screen: what it is for, what one does first, what its words mean, which rule stands behind it.

The texts are data, one file a screen in `help/`, named after the route (`handover.receive.yaml` is a mode of the
route `handover`). The panel beside a page, the guide at `/guide` and `docs/guide` all read them here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from antong.kernel.refusal import NotFound

FOLDER = Path(__file__).parent / "help"
WORDS = "_words"
"""The file of what several screens say with the same words: colours of limits, states, receipts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class English:
    """What the guide in English says of a screen."""

    title: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """The help of one screen: `meanings` are its words with what they mean, `shared` names tables of common words."""

    name: str
    title: str
    purpose: str
    english: English
    first: tuple[str, ...] = ()
    meanings: tuple[tuple[str, str], ...] = ()
    shared: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()

    @property
    def route(self) -> str:
        """Return the route whose screen, or mode of a screen, this is."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Words that several screens share, under one heading."""

    title: str
    english: str
    rows: tuple[tuple[str, str], ...]


@cache
def screens() -> Mapping[str, Screen]:
    """Return the help of every screen by name; read once."""
    return {path.stem: _screen(path) for path in sorted(FOLDER.glob("[a-z]*.yaml"))}


@cache
def tables() -> Mapping[str, Table]:
    """Return the tables of shared words by name; read once."""
    return {
        name: Table(title=one["title"], english=one["english"], rows=_pairs(one["rows"]))
        for name, one in _read(FOLDER / f"{WORDS}.yaml").items()
    }


def screen(name: str) -> Screen:
    """Return the help of a screen; raises NotFound."""
    try:
        return screens()[name]
    except KeyError:
        raise NotFound from None


def shared(one: Screen) -> list[Table]:
    """Return the tables of shared words that a screen uses."""
    return [tables()[name] for name in one.shared]


def of(request: HttpRequest) -> str:
    """Return the screen that a request shows: what the view said (`request.screen`), its route, or what the address stands under.

    A refused act shows the page it was done on, under its own address: `/units/…/edit` shows `unit`.
    """
    said = getattr(request, "screen", "")
    if said in screens():
        return str(said)
    match = request.resolver_match
    if match is not None and match.url_name in screens():
        return str(match.url_name)
    parts = [part for part in request.path.split("/") if part]
    for count in range(len(parts), 0, -1):
        for path in ("/" + "/".join(parts[:count]), "/" + "/".join(parts[:count]) + "/"):
            try:
                name = resolve(path).url_name
            except Resolver404:
                continue
            if name in screens():
                return str(name)
    return ""


def _screen(path: Path) -> Screen:
    said = _read(path)
    return Screen(
        name=path.stem,
        title=said["title"],
        purpose=said["purpose"],
        english=English(**said["english"]),
        first=tuple(said.get("first", ())),
        meanings=_pairs(said.get("meanings", {})),
        shared=tuple(said.get("shared", ())),
        basis=tuple(said.get("basis", ())),
    )


def _pairs(said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(said.items())


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return read
