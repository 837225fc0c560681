"""The paper that is shown at the door, and whom it names: nobody is taken in without one (看守所条例第9条)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from antong.cases.types import MeasureKind
from antong.custody._basis import KINDS, latest
from antong.kernel.refusal import Refusal

_NAMED = f"""
SELECT c.id, p.id, p.name, m.kind, m.starts_at, m.document_number, c.handling_unit_id, l.due_at
FROM cases_measure m
JOIN cases_party p ON p.id = m.party_id
JOIN cases_case c ON c.id = m.case_id
{latest("c.id", "p.id")}
WHERE m.ends_at IS NULL AND m.kind IN ({KINDS}) AND m.document_number = %(number)s
  AND (m.kind = 'imprisonment' OR NOT %(sentenced)s) AND (p.name = %(name)s OR p.aliases ? %(name)s)
FOR UPDATE OF c
"""  # noqa: S608 - a wording of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whom a paper names: the person, the measure it rests on, who is in charge, until when."""

    case_id: UUID
    party_id: UUID
    name: str
    kind: MeasureKind
    starts_at: datetime
    number: str
    agency_id: UUID
    until: datetime | None


def named(number: str, name: str, *, sentenced: bool) -> Named:
    """Return whom a paper in force names, the case locked; one statement. Raises Refusal where it names nobody so.

    With `sentenced`, of a prison, only a sentence counts. A wrong number, a wrong name and a measure that has ended are one answer: what cannot be shown is not searched for.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, {"number": number, "name": name, "sentenced": sentenced})
        rows = cursor.fetchall()
    if len(rows) != 1:
        raise Refusal(
            "不能收押：没有找到这份文书记载的在办人员，或凭证记载与登记不符。",
            code="no-paper",
            basis=("看守所条例第9条",),
            remedy="核对拘留证、逮捕证的文号和姓名（文号一字不差）；文书尚未登记的，请送押机关先办理；没有凭证的不予收押。",
            who="送押机关",
            fields={"number": "与拘留证、逮捕证或执行通知书一致", "name": "与文书记载一致"},
        )
    (row,) = rows
    return Named(
        case_id=row[0], party_id=row[1], name=row[2], kind=MeasureKind(row[3]), starts_at=row[4], number=row[5],
        agency_id=row[6], until=row[7],
    )  # fmt: skip
