"""The case sheet (案卡): canonical JSON of all a case says about itself, immutable once sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from django.db import connection

from antong.cases.models import Sheet
from antong.cases.types import ChargeView, MeasureKind, MeasureView, PartyKind, PartyView, SheetRef, Stage
from antong.kernel import canonical, clock
from antong.kernel.ids import new_id


@cache
def _sql(name: str) -> str:
    return files("antong.cases").joinpath("sql", name).read_text("utf-8")


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON Schema (2020-12) of a case sheet, version 1."""
    text = files("antong.cases").joinpath("schema", "case-sheet-1.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def build(case_id: UUID) -> tuple[dict[str, Any], int]:
    """Return the living sheet of a case as plain JSON values, and the case's version; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_sql("sheet.sql"), [case_id])
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"no case {case_id}")
    body = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    return body, row[1]


def keep(
    case_id: UUID,
    about: Collection[UUID] | None = None,
    *,
    read: tuple[dict[str, Any], int] | None = None,
) -> tuple[SheetRef, dict[str, Any]]:
    """Keep the sheet of the case's present version for ever; two statements. The same version is kept once.

    `about` reduces it to what a notice about these people says of them (see `reduced`). `read` is the living sheet
    and its version where the caller, under the lock of the case, has read it and changed nothing since; then one
    statement.
    """
    body, version = read or build(case_id)
    if about is not None:
        body = reduced(body, about)
    data = canonical.written(body)
    digest = hashlib.sha256(data).digest()
    once = "(case_id, version) WHERE whole" if about is None else "(case_id, version, digest) WHERE NOT whole"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_sheet (id, case_id, version, body, digest, made_at, whole)"  # noqa: S608 - `once` is ours
            f" VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT {once}"
            " DO UPDATE SET version = EXCLUDED.version RETURNING id, digest",
            [new_id(), case_id, version, data.decode(), digest, clock.now(), about is None],
        )
        sheet_id, stored = cursor.fetchone()
    if bytes(stored) != digest:
        raise AssertionError(f"case {case_id} changed without a new version")
    return SheetRef(id=sheet_id, version=version, digest=digest), body


KEPT = (
    "id", "position", "kind", "name", "sex", "born_on", "nationality", "identity_unknown", "foreigner", "minor",
    "absconded", "deputy", "stage", "state", "version", "charges",
)  # fmt: skip
"""What a reduced sheet says of a person: who, since when of age, charged with what, where the matter stands."""


def reduced(body: Mapping[str, Any], about: Collection[UUID] | None = None) -> dict[str, Any]:
    """Return a sheet with only what a notice is about: the people pursued (those of `about`), charges, measures.

    No victim or witness, no identity number, no phone, no address, no facts of the case.
    """
    wanted = None if about is None else {str(party_id) for party_id in about}
    people = [
        {
            name: value if name in KEPT else [] if isinstance(value, list) else False if value in {True, False} else ""
            for name, value in party.items()
        }
        for party in body["parties"]
        if PartyKind(party["kind"]).is_suspect and (wanted is None or party["id"] in wanted)
    ]  # fmt: skip
    shown = {party["id"] for party in people}
    return {
        **body,
        "case": {**body["case"], "place": "", "brief": "", "source": ""},
        "parties": people,
        "measures": [
            {**measure, "guarantor": ""} for measure in body["measures"] if measure["party_id"] in shown
        ],
        "property": [],
    }


def stored(sheet_id: UUID) -> tuple[dict[str, Any], int, datetime]:
    """Return a kept sheet as plain JSON values, the case's version it shows, and when it was fixed; one statement."""
    row = Sheet.objects.values_list("body", "version", "made_at").get(id=sheet_id)
    body: dict[str, Any] = json.loads(row[0])
    return body, row[1], row[2]


def parties(body: Mapping[str, Any]) -> tuple[PartyView, ...]:
    """Return the parties of a sheet, in order."""
    return tuple(_party(row) for row in body["parties"])


def _party(row: Mapping[str, Any]) -> PartyView:
    values = dict(row)
    values["id"] = UUID(values["id"])
    values["kind"] = PartyKind(values["kind"])
    values["stage"] = Stage(values["stage"])
    values["aliases"] = tuple(values["aliases"])
    values["born_on"] = date.fromisoformat(values["born_on"]) if values["born_on"] else None
    values["charges"] = tuple(ChargeView(**charge) for charge in values["charges"])
    return PartyView(**values)


def measures(body: Mapping[str, Any]) -> tuple[MeasureView, ...]:
    """Return the measures of a sheet, in order of their start."""
    return tuple(
        MeasureView(
            id=UUID(row["id"]),
            party_id=UUID(row["party_id"]),
            kind=MeasureKind(row["kind"]),
            starts_at=datetime.fromisoformat(row["starts_at"]),
            ends_at=datetime.fromisoformat(row["ends_at"]) if row["ends_at"] else None,
            articles=tuple(row["articles"]),
            document_id=UUID(row["document_id"]) if row["document_id"] else None,
            document_number=row["document_number"],
            decided_by_id=UUID(row["decided_by"]),
            executed_by_id=UUID(row["executed_by"]) if row["executed_by"] else None,
            place=row["place"],
            guarantor=row["guarantor"],
            end_reason=row["end_reason"],
        )
        for row in body["measures"]
    )
