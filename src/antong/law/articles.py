"""The texts that rules and flows cite: an article that is not in its text cannot be cited.

Texts are package data, made from the official texts by tools/convert_law.py.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_CITED = re.compile(
    r"^(?P<name>.+?)第(?P<number>\d+)条(?:之(?P<sub>\d+))?(?:第(?P<paragraph>\d+)款)?(?:第\d+项)?$"
)
_SHORT = re.compile(r"^(?P<name>[法公检释社监刑看狱援])(?P<number>\d+)(?:\.(?P<paragraph>\d+))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statute:
    """A statute: its full and short name, the day it took effect, article number -> paragraphs."""

    name: str
    short: str
    since: str
    articles: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A cited article or paragraph with its text."""

    full: str
    short: str
    text: str


class NoSuchArticle(LookupError):
    """A citation that the texts do not contain."""


@cache
def statutes() -> dict[str, Statute]:
    """Return the statutes by full and by short name."""
    found: dict[str, Statute] = {}
    for file in files("antong.law").joinpath("data", "statutes").iterdir():
        data = json.loads(file.read_text("utf-8"))
        statute = Statute(
            name=data["name"],
            short=data["short"],
            since=data["since"],
            articles={key: tuple(paragraphs) for key, paragraphs in data["articles"].items()},
        )
        found[statute.name] = found[statute.short] = statute
    return found


@cache
def find(citation: str) -> Article:
    """Return the text of 刑事诉讼法第172条第1款 (or 法172.1); raises NoSuchArticle."""
    match = _CITED.match(citation) or _SHORT.match(citation)
    if match is None:
        raise NoSuchArticle(citation)
    parts = match.groupdict()
    statute = statutes().get(parts["name"])
    key = parts["number"] + (f"-{parts['sub']}" if parts.get("sub") else "")
    paragraphs = statute.articles.get(key) if statute else None
    wanted = int(parts["paragraph"]) if parts["paragraph"] else 0
    if statute is None or paragraphs is None or wanted > len(paragraphs):
        raise NoSuchArticle(citation)
    sub = f"之{parts['sub']}" if parts.get("sub") else ""
    tail = f"第{wanted}款" if wanted else ""
    return Article(
        full=f"{statute.name}第{parts['number']}条{sub}{tail}",
        short=f"{statute.short}{parts['number']}" + (f".{wanted}" if wanted else ""),
        text=paragraphs[wanted - 1] if wanted else "\n".join(paragraphs),
    )


def exists(citation: str) -> bool:
    """Whether the texts contain what is cited."""
    try:
        find(citation)
    except NoSuchArticle:
        return False
    return True


def short(citation: str) -> str:
    """Return the short form for tables (法172.1); what is no citation stays as it is."""
    try:
        return find(citation).short
    except NoSuchArticle:
        return citation
