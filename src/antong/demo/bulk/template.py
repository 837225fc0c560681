"""A case as text: its rows as COPY writes them, with a mark in the place of everything that is its own.

Marks are characters of Unicode's private area, each standing for a value that a copy computes anew: the end of its ids,
its number, its people's names, the numbers of its documents, and every digest, commitment and salt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from antong.demo.copies import TABLES, copied, own_ids, table_columns
from antong.dossier import selectors as dossier
from antong.kernel import canonical
from antong.ledger import selectors as ledger

HEX = re.compile(r"[0-9a-f]{64}")
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
FIRST_MARK = 0xE000
NULL = r"\N"
PAGED = ("dossier_blob", "dossier_original", "dossier_page", "dossier_placement", "dossier_entry")
"""Tables of which a copy has the rows of kept originals alone."""


_KEPT = (
    ("s", "SELECT digest, body FROM cases_sheet WHERE case_id = %s ORDER BY id"),
    ("m", "SELECT digest, body FROM dossier_manifest WHERE dossier_id = %s ORDER BY id"),
    ("k", """
SELECT r.package_digest, r.package::text FROM flow_round r JOIN flow_handover h ON h.id = r.handover_id
WHERE h.case_id = %s AND r.package_digest IS NOT NULL ORDER BY r.id"""),
)  # fmt: skip
"""What is kept with its digest, in the order in which it names each other."""


@dataclass(slots=True)
class Marks:
    """Which character stands for which value: `key` names it, as `i` the id, `s0` the first sheet's digest."""

    keys: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        return self.keys.setdefault(key, chr(FIRST_MARK + len(self.keys)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A text that is kept with its digest, with marks; `key` names the digest."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An entry: its canonical text and its openings' with marks, and by which keys its digests go."""

    number: int
    text: str
    before: str | None
    after: str | None


@dataclass(slots=True, kw_only=True)
class Template:
    """A model: rows by table as COPY text with marks, and what is digested."""

    case_id: UUID
    until: str
    marks: Marks
    columns: dict[str, list[str]]
    rows: dict[str, str]
    fixed: list[Fixed]
    acts: list[Act]
    series: list[tuple[str, int]]
    """Document numbers: key of the mark, and the how-manieth of its kind in the case."""
    names: int
    blobs: list[tuple[str, bytes]]
    """Kept bytes: the blob's id with its mark, and what it holds."""

    @property
    def handovers(self) -> int:
        """How many hand-overs the case has."""
        return self.rows["flow_handover"].count("\n")


def read(case_id: UUID, until: str, *, pages: bool) -> Template:
    """Return a case as a template, with its uploaded pages or without any."""
    return _Reader(case_id, pages=pages).read(until)


class _Reader:
    """Reads one case; everything that is its own is known before the first row is marked."""

    def __init__(self, case_id: UUID, *, pages: bool) -> None:
        self.case_id, self.marks = case_id, Marks()
        self.own = own_ids(case_id)
        self.hexes: dict[str, str] = {}
        self.texts: list[tuple[str, str]] = []
        rows = self._query(
            "SELECT original_id, signed_original_id FROM dossier_document WHERE dossier_id = %s"
        )
        made = {one for row in rows for one in row if one}
        self.kept = {
            str(original_id)
            for original_id, _, _ in dossier.originals(case_id)
            if pages and original_id not in made
        }
        self._know_names()
        self.series = self._know_numbers()

    def _query(self, text: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(text, [self.case_id])
            return list(cursor.fetchall())

    def _know_names(self) -> None:
        ((number,),) = self._query("SELECT number FROM cases_case WHERE id = %s")
        self.texts += [(number, self.marks["n"]), (number.lower(), self.marks["nl"])]
        found = self._query("SELECT name, initials FROM cases_party WHERE case_id = %s ORDER BY position")
        self.names = len(found)
        for index, (name, initials) in enumerate(found):
            mark, short = self.marks[f"p{index}"], self.marks[f"q{index}"]
            self.texts += [
                (f"{name} {initials}", f"{mark} {short}"), (f"{name}\t{initials}", f"{mark}\t{short}"),
                (f'"initials":"{initials}"', f'"initials":"{short}"'), (name, mark),
            ]  # fmt: skip

    def _know_numbers(self) -> list[tuple[str, int]]:
        rows = self._query(
            "SELECT kind, number, seq FROM dossier_document WHERE dossier_id = %s AND seq IS NOT NULL ORDER BY kind, seq"
        )
        series, seen = [], dict[str, int]()
        for index, (kind, number, seq) in enumerate(rows):
            place = seen[kind] = seen.get(kind, -1) + 1
            mark = self.marks[f"d{index}"]
            before, found, after = number.rpartition(str(seq))
            if not found:
                raise AssertionError("a document's number does not hold its place in the series")
            self.texts.append((number, f"{before}{mark}{after}"))
            series.append((f"d{index}", place))
        return series

    def marked(self, text: str) -> str:
        """Return a text with marks in the place of what is the case's own."""
        text = IDS.sub(lambda found: self._id(found.group()), text)
        text = HEX.sub(lambda found: self.hexes.get(found.group(), found.group()), text)
        for own, mark in self.texts:
            text = text.replace(own, mark)
        return text

    def _id(self, text: str) -> str:
        return copied(text, self.marks["i"]) if text in self.own else text

    def read(self, until: str) -> Template:
        """Read everything."""
        fixed = self._fixed()
        acts = self._acts()
        columns = {table: table_columns(table) for table in TABLES}
        rows = {table: self._rows(table, columns[table]) for table in TABLES}
        return Template(
            case_id=self.case_id, until=until, marks=self.marks, columns=columns, rows=rows, fixed=fixed, acts=acts,
            series=self.series, names=self.names, blobs=self._blobs(),
        )  # fmt: skip

    def _fixed(self) -> list[Fixed]:
        """Read sheets, manifests and packages in the order in which they name each other."""
        found: list[Fixed] = []
        for letter, query in _KEPT:
            for index, (digest, text) in enumerate(self._query(query)):
                key, value = f"{letter}{index}", json.loads(text)
                if letter == "m":
                    self._without_papers(value)
                elif letter == "k":
                    value["pages"] = len(self.kept)
                found.append(Fixed(key=key, text=self.marked(canonical.dumps(value).decode())))
                self.hexes[bytes(digest).hex()] = self.marks[key]
        return found

    def _without_papers(self, manifest: dict[str, Any]) -> None:
        manifest["originals"] = [row for row in manifest["originals"] if row["id"] in self.kept]
        for document in manifest["documents"]:
            document |= {"original": None, "signed": None}
        for volume in manifest["volumes"]:
            for entry in volume["entries"]:
                entry["pages"] = [page for page in entry["pages"] if page["original"] in self.kept]
            volume["entries"] = [entry for entry in volume["entries"] if entry["pages"]]

    def _acts(self) -> list[Act]:
        rows = self._query(
            "SELECT e.number, e.digest, e.before, e.after, o.salt, o.before::text, o.after::text"
            " FROM ledger_entry e LEFT JOIN ledger_opening o ON o.entry_id = e.id WHERE e.chain_id = %s ORDER BY e.number"
        )
        acts = []
        bodies = {body["number"]: body for body in ledger.entry_bodies(self.case_id)}
        for number, digest, before, after, salt, was, said in rows:
            for key, value in (("e", digest), ("b", before), ("a", after), ("t", salt)):
                if value is not None:
                    self.hexes[bytes(value).hex()] = self.marks[f"{key}{number}"]
            text = self.marked(canonical.written(bodies[number]).decode())
            acts.append(Act(number=number, text=text, before=self._opening(was), after=self._opening(said)))
        return acts

    def _opening(self, text: str | None) -> str | None:
        if text is None:
            return None
        value = json.loads(text)
        if isinstance(value.get("originals"), list):
            value["originals"] = [row for row in value["originals"] if row["id"] in self.kept]
        for row in value.get("documents") or ():
            if isinstance(row, dict) and row.get("original") not in self.kept:
                row.pop("original", None)
                row.pop("sha256", None)
        if "pages" in value:
            value["pages"] = len(self.kept)
        return self.marked(canonical.dumps(value).decode())

    def _rows(self, table: str, columns: Sequence[str]) -> str:
        wanted = ", ".join(f'"{column}"' for column in columns)
        where = TABLES[table].replace("%s", f"'{self.case_id}'")
        with (
            connection.cursor() as cursor,
            cursor.cursor.copy(f"COPY (SELECT {wanted} FROM {table} WHERE {where}) TO STDOUT") as out,  # noqa: S608
        ):
            text = b"".join(bytes(part) for part in out).decode()
        rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in text.splitlines()]
        rows = [row for row in rows if self._stays(table, row)]
        for row in rows:
            self._mend(table, row)
        return "".join(self.marked("\t".join(row.values())) + "\n" for row in rows)

    def _stays(self, table: str, row: Mapping[str, str]) -> bool:
        if table not in PAGED:
            return True
        column = {"dossier_original": "id", "dossier_page": "original_id"}.get(table)
        if column is not None:
            return row[column] in self.kept
        places = {
            "dossier_blob": "SELECT blob_id FROM dossier_original WHERE id = ANY(%s) UNION"
            " SELECT unnest(ARRAY[image_id, thumb_id]) FROM dossier_page WHERE original_id = ANY(%s)",
            "dossier_placement": "SELECT l.id FROM dossier_placement l JOIN dossier_page p ON p.id = l.page_id"
            " WHERE p.original_id = ANY(%s)",
            "dossier_entry": "SELECT l.entry_id FROM dossier_placement l JOIN dossier_page p ON p.id = l.page_id"
            " WHERE p.original_id = ANY(%s)",
        }
        query = places[table]
        with connection.cursor() as cursor:
            cursor.execute(query, [[UUID(one) for one in self.kept]] * query.count("%s"))
            return row["id"] in {str(one) for (one,) in cursor.fetchall()}

    def _mend(self, table: str, row: dict[str, str]) -> None:
        """Let a row name nothing that the copies do not have, and hold what is computed anew."""
        if table == "dossier_document":
            row |= {"original_id": NULL, "signed_original_id": NULL}
            if row["seq"] != NULL:
                row["seq"] = self._seq(row)
        elif table == "flow_returnreason":
            row |= {"page_id": NULL, "entry_id": NULL, "x": NULL, "y": NULL}
        elif table == "dossier_dossier":
            row["wrapped_key"] = r"\\x" + self.marks["w"]
        elif table == "dossier_manifest":
            row["page_count"] = str(len(self.kept))
            row["body"] = self._escaped(row["digest"])
        elif table == "cases_sheet" or (table == "flow_round" and row["package_digest"] != NULL):
            name = "body" if table == "cases_sheet" else "package"
            row[name] = self._escaped(row["digest" if name == "body" else "package_digest"])
        elif table == "ledger_opening":
            number = next(
                number for number, entry_id in self._query("SELECT number, id FROM ledger_entry WHERE chain_id = %s")
                if str(entry_id) == row["entry_id"]
            )  # fmt: skip
            row |= {
                name: self.marks[f"{name[0].upper()}{number}"]
                for name in ("before", "after")
                if row[name] != NULL
            }

    def _seq(self, row: Mapping[str, str]) -> str:
        marked = self.marked(row["number"])
        return next(self.marks[key] for key, _ in self.series if self.marks[key] in marked)

    def _escaped(self, digest: str) -> str:
        """Return the mark of a kept text as COPY wants it, by its digest."""
        mark = self.hexes[digest.removeprefix(r"\\x")]
        key = next(key for key, value in self.marks.keys.items() if value == mark)
        return self.marks[f"x{key}"]

    def _blobs(self) -> list[tuple[str, bytes]]:
        if not self.kept:
            return []
        return [
            (self._id(str(blob_id)), content)
            for blob_id, content in dossier.plain_blobs(self.case_id, [UUID(one) for one in self.kept])
        ]
