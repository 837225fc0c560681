"""What an act of `flow` means for those held: joined to its transaction, by the effects of its definition.

The act's own ledger entry covers it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from antong.custody._basis import BASIS, UNTIL
from antong.custody.models import Admission
from antong.custody.types import Paper
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import Moment
from antong.org import actions as org_actions
from antong.org import selectors as org

_TELL = f"""
WITH now AS (
  SELECT a.id, COALESCE(%(until)s::timestamptz, {UNTIL}) AS until, m.holds, a.agency_id FROM custody_admission a {BASIS}
  WHERE a.party_id = ANY(%(people)s) AND a.discharged_at IS NULL
), told AS (
  INSERT INTO custody_told (id, admission_id, by, paper, number, agency_id, until, happened_at, told_at, handover_id)
  SELECT gen_random_uuid(), now.id, %(by)s, %(paper)s, %(number)s, COALESCE(%(agency)s::uuid, now.agency_id), now.until, %(happened)s, %(at)s,
    %(handover)s FROM now
)
UPDATE custody_admission a SET paper = CASE WHEN %(keeps)s THEN a.paper ELSE %(paper)s END,
  number = CASE WHEN %(keeps)s THEN a.number ELSE %(number)s END, agency_id = COALESCE(%(agency)s::uuid, a.agency_id), told_until = now.until,
  told_at = %(at)s, version = a.version + 1,
  release_ordered_at = CASE WHEN now.holds THEN NULL ELSE a.release_ordered_at END,
  release_paper = CASE WHEN now.holds THEN '' ELSE a.release_paper END
FROM now WHERE now.id = a.id
"""  # noqa: S608 - a wording of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Into:
    """Whom an act brings into a place, and which."""

    case_id: UUID
    party_id: UUID
    place_id: UUID


def tell(people: Sequence[UUID], paper: Paper, when: Moment) -> None:
    """Have the places of these people know on what, by whom and until when they are held; one statement.

    Until when is what the case says now, or what the paper says where it is a sentence's end.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TELL,
            {
                "people": list(people), "by": paper.by, "paper": paper.name, "number": paper.number,
                "agency": paper.agency_id, "until": paper.until, "happened": when.happened_at, "at": when.recorded_at,
                "handover": paper.handover_id,
                "keeps": paper.keeps,
            },
        )  # fmt: skip


def bring_in(actor: Actor, into: Sequence[Into], paper: Paper, when: Moment) -> None:
    """Have people be in a place from now on: out of where they were, told anew where they are there; four statements at most."""
    people = [one.party_id for one in into]
    place = into[0].place_id
    _out(actor, _inside(people).exclude(place_id=place), "送交执行", paper, when)
    there = set(_inside(people).values_list("party_id", flat=True))
    Admission.objects.bulk_create(
        [
            Admission(
                id=new_id(), case_id=one.case_id, party_id=one.party_id, place_id=place, identity="随执行文书交接",
                admitted_at=when.happened_at, recorded_at=when.recorded_at, admitted_name=actor.person_name,
                paper=paper.name, number=paper.number, agency_id=paper.agency_id or actor.unit_id, told_until=paper.until,
                told_at=when.recorded_at,
            )
            for one in into
            if one.party_id not in there
        ]
    )  # fmt: skip
    tell(people, paper, when)


def let_go(actor: Actor, people: Collection[UUID], *, reason: str, paper: Paper, when: Moment) -> None:
    """Have people be out of where they are; one statement."""
    _out(actor, _inside(people), reason, paper, when)


def _inside(people: Collection[UUID]) -> QuerySet[Admission]:
    return Admission.objects.filter(party_id__in=people, discharged_at__isnull=True)


def _out(actor: Actor, rows: QuerySet[Admission], reason: str, paper: Paper, when: Moment) -> None:
    rows.filter(admitted_at__lte=when.happened_at).update(
        discharged_at=when.happened_at, discharged_name=actor.person_name, discharge_reason=reason,
        discharge_paper=f"{paper.name} {paper.number}".strip()[:120],
    )  # fmt: skip


def order_release(
    actor: Actor, people: Sequence[UUID], *, case_id: UUID, paper: str, handover_id: UUID, when: Moment
) -> None:
    """Tell the places of these people that nothing holds them any more: they are let out at once; one statement, two where any is held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE custody_admission SET release_ordered_at = %s, release_paper = %s, version = version + 1"
            " WHERE party_id = ANY(%s) AND discharged_at IS NULL RETURNING place_id",
            [when.happened_at, paper[:120], list(people)],
        )
        places = sorted({place for (place,) in cursor.fetchall()})
    for place in places:
        org_actions.notify(
            actor, to_units=[place], kind="release", title=f"立即释放：{paper}",
            body="羁押依据已经终止；请核对文书，办理出所并登记。", case_id=case_id, handover_id=handover_id,
            duty_name="、".join(name for _, name in org.on_duty(place)),
        )  # fmt: skip


def untell(handover_id: UUID) -> None:
    """Have places know again what they knew before a hand-over that was taken back told them; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE custody_admission a SET paper = t.paper, number = t.number, agency_id = t.agency_id,"
            " told_until = t.until, told_at = t.told_at, version = a.version + 1"
            " FROM (SELECT DISTINCT ON (o.admission_id) o.* FROM custody_told o"
            "   WHERE o.admission_id IN (SELECT admission_id FROM custody_told WHERE handover_id = %(handover)s)"
            "   AND o.handover_id IS DISTINCT FROM %(handover)s ORDER BY o.admission_id, o.told_at DESC) t"
            " WHERE t.admission_id = a.id AND a.discharged_at IS NULL",
            {"handover": handover_id},
        )
