"""A model moved to another county and day, as formats to be filled in for each copy.

Everything moves by whole days, in columns and in texts alike, so that hours, ends of days and what follows from what
stay as the law put them; holidays and words of a derivation without a year stay as they were.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from antong.demo import prefecture
from antong.demo.bulk.template import Template
from antong.demo.copies import TABLES, name_of
from antong.dossier import actions as dossier_actions
from antong.kernel import clock
from antong.org.selectors import initials

HOME = prefecture.COUNTIES[0]
UNITS = ("xz", "ga", "jc", "fy", "ks", "sf", "zf")
INVESTIGATORS = ("办案民警1", "办案民警2")
SEALS = "公检法司政看"
A_KIND = 4
"""Numbers that a copy may take of one series."""
_DAY = re.compile(r"(?<![0-9])(202[5-9])(-|年)(\d{1,2})(-|月)(\d{1,2})(?!\d)")
Fields = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One copy as rows by table, with what the ledger needs of it."""

    rows: dict[str, str]
    leaves: list[tuple[str, bytes]]
    """Entry id and digest, in order."""
    chain_id: UUID
    grants: list[tuple[str, str, str]]
    """Grant id, unit id, what it is found by."""


@cache
def _places(county: str, colleague: bool) -> dict[str, str]:  # noqa: FBT001 - a key of the cache
    """Return what of the home county stands where in another: ids and names of units, posts, duties and people.

    With `colleague` the squad's two investigators change places.
    """
    made = prefecture.build(clock.local(clock.now()))
    code, name, letter = next(row for row in prefecture.COUNTIES if row[0] == county)
    names = {person.id: person.name for person in made.people}
    by_id = {post.id: post for post in made.posts}
    found = {HOME[1]: name} | {HOME[2] + seal: letter + seal for seal in SEALS}

    def duties(of: str) -> list[tuple[str, str, str, str]]:
        wanted = {prefecture.key(of + suffix) for suffix in UNITS}
        return [
            (str(duty.id), str(duty.post_id), str(duty.person_id), names[duty.person_id])
            for duty in made.duties if by_id[duty.post_id].unit_id in wanted
        ]  # fmt: skip

    for suffix in UNITS:
        found[str(prefecture.key(HOME[0] + suffix))] = str(prefecture.key(code + suffix))
    for ours, theirs in zip(duties(HOME[0]), duties(code), strict=False):
        found.update(zip(ours, theirs, strict=True))
    if colleague:
        one, other = (
            next(row for row in duties(HOME[0]) if row[1] == str(prefecture.key(f"{HOME[0]}xz/{post}")))
            for post in INVESTIGATORS
        )
        for mine, theirs_ in zip(one, other, strict=True):
            found[mine], found[theirs_] = found[theirs_], found[mine]
    return found


class Moved:
    """A template in a county: its texts with that county's ids and names."""

    def __init__(self, template: Template, county: str, *, colleague: bool = False) -> None:
        places = _places(county, colleague)
        pattern = re.compile("|".join(re.escape(word) for word in sorted(places, key=len, reverse=True)))

        def move(text: str) -> str:
            return pattern.sub(lambda found: places[found.group()], text)

        self.template = template
        self.rows = {table: move(rows) for table, rows in template.rows.items()}
        self.fixed = [(one.key, move(one.text)) for one in template.fixed]
        self.acts = [
            (act.number, move(act.text), act.before and move(act.before), act.after and move(act.after))
            for act in template.acts
        ]
        self.seals = {ord(mark): f"%({key})s" for key, mark in template.marks.keys.items()}


class Variant:
    """A moved template on other days, ready to be filled in."""

    def __init__(self, moved: Moved, days: int) -> None:
        self.template, self.days = moved.template, days
        self._seals = moved.seals
        self.rows = {table: self._format(rows) for table, rows in moved.rows.items() if rows}
        self.fixed = [(key, self._format(text)) for key, text in moved.fixed]
        self.acts = [
            (number, self._format(text), before and self._format(before), after and self._format(after))
            for number, text, before, after in moved.acts
        ]
        chain = copied_format(str(self.template.case_id))
        self.chain, self.year = chain, (clock.today() + timedelta(days=days)).year
        self.grants = self._grants()
        self.blobs = [(self._format(blob_id), content) for blob_id, content in self.template.blobs]
        columns = self.template.columns["ledger_entry"]
        at = columns.index("number"), columns.index("id")
        lines = [line.split("\t") for line in self.rows["ledger_entry"].splitlines()]
        self.entries = [row[at[1]] for row in sorted(lines, key=lambda row: int(row[at[0]]))]

    def _format(self, text: str) -> str:
        return _shifted(text, self.days).replace("%", "%%").translate(self._seals)

    def _grants(self) -> list[tuple[str, str, str]]:
        columns = self.template.columns["cases_grant"]
        at = [columns.index(name) for name in ("id", "unit_id", "search")]
        lines = [line.split("\t") for line in self.rows["cases_grant"].splitlines()]
        found = [(row[at[0]], row[at[1]], row[at[2]]) for row in lines]
        return [row for row in found if row[2]]

    def fill(self, number: int) -> Copy:
        """Return the copy of a number (1 to 16,777,215, none twice)."""
        fields: Fields = {"i": f"{number:06x}", "n": f"YL{self.year}-{number:05d}"}
        fields["nl"] = fields["n"].lower()
        for index in range(self.template.names):
            name = name_of(number * 7 + index * 311)
            fields[f"p{index}"], fields[f"q{index}"] = name, _letters(name)
        for key, place in self.template.series:
            fields[key] = str(A_KIND * number + place)
        chain_id = UUID(self.chain % fields)
        blobs = [(UUID(blob_id % fields), content) for blob_id, content in self.blobs]
        fields["w"] = dossier_actions.copied_key(chain_id, blobs).hex()
        for key, text in self.fixed:
            body = text % fields
            fields[key] = hashlib.sha256(body.encode()).hexdigest()
            fields[f"x{key}"] = body.replace("\\", "\\\\")
        digests = [self._act(fields, *act) for act in self.acts]
        return Copy(
            rows={table: rows % fields for table, rows in self.rows.items()},
            leaves=[(entry % fields, digest) for entry, digest in zip(self.entries, digests, strict=True)],
            chain_id=chain_id,
            grants=[
                (grant_id % fields, unit_id, search % fields) for grant_id, unit_id, search in self.grants
            ],
        )

    @staticmethod
    def _act(fields: Fields, number: int, text: str, before: str | None, after: str | None) -> bytes:
        """Compute salt, commitments and digest of an entry into `fields`; return the digest."""
        salt = os.urandom(32)
        fields[f"t{number}"] = salt.hex()
        for letter, format_ in (("b", before), ("a", after)):
            if format_ is not None:
                said = format_ % fields
                fields[f"{letter}{number}"] = hmac.digest(
                    salt, b"antong/commit/1\0" + said.encode(), "sha256"
                ).hex()
                fields[f"{letter.upper()}{number}"] = said.replace("\\", "\\\\")
        digest = hashlib.sha256(b"antong/entry/1\0" + (text % fields).encode()).digest()
        fields[f"e{number}"] = digest.hex()
        return digest


def copied_format(text: str) -> str:
    """Return the format of a copy's id from the model's."""
    return f"{text[:14]}8{text[15:24]}%(i)s{text[30:]}"


def _shifted(text: str, days: int) -> str:
    if days == 0:
        return text
    by = timedelta(days=days)

    @cache
    def moved(year: str, one: str, month: str, two: str, day: str) -> str:
        try:
            then = date(int(year), int(month), int(day)) + by
        except ValueError:
            return f"{year}{one}{month}{two}{day}"
        return f"{then.year}{one}{then.month:0{len(month)}d}{two}{then.day:0{len(day)}d}"

    return _DAY.sub(lambda found: moved(*found.groups()), text)


@cache
def _letters(name: str) -> str:
    return initials(name)


_PAIRS: dict[tuple[str, str], int] = {}


def grams(unit_id: str, words: str) -> str:
    """Return the pairs of letters of what a grant is found by, as the database's `cases_grams` does."""
    found = set()
    for place in range(len(words) - 1):
        pair = words[place : place + 2]
        if pair[0].isspace() or pair[1].isspace():
            continue
        value = _PAIRS.get((unit_id, pair))
        if value is None:
            whole = int(hashlib.md5(f"{unit_id}{pair}".encode(), usedforsecurity=False).hexdigest()[:8], 16)
            value = _PAIRS[unit_id, pair] = whole - (1 << 32) if whole >> 31 else whole
        found.add(value)
    return "{" + ",".join(map(str, sorted(found))) + "}"


def joined(copies: Sequence[Copy]) -> Mapping[str, str]:
    """Return the rows of copies by table, in the order of the tables."""
    return {table: "".join(copy.rows.get(table, "") for copy in copies) for table in TABLES}
