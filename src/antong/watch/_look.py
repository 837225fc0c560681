"""The watch's own SQL: what is wrong with everybody held, from its three views alone.

Held is who is in a place of custody, and who is under a measure that holds without being in one. What the case says
(measures, with the end of their latest limit), what the place knows (admissions) and what was issued (documents) are
held against each other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from antong.watch.types import AlarmKind, Finding

RELEASE = timedelta(hours=2)
"""How long the door may take after a release on paper."""
TRANSFER = timedelta(hours=24)
"""How long the way to the place, or the notice of another agency, may take (刑事诉讼法第85条第2款、第93条第2款)."""

LOOK = """
WITH inside AS (
  SELECT * FROM watch_admissions
  WHERE admitted_at <= %(now)s AND (discharged_at IS NULL OR discharged_at > %(now)s)
), people AS (
  SELECT party_id, case_id FROM inside
  UNION
  SELECT party_id, case_id FROM watch_measures WHERE ends_at IS NULL AND kind IN ('detention', 'arrest') AND starts_at <= %(now)s
), spans AS (
  SELECT m.* FROM people e JOIN watch_measures m ON m.party_id = e.party_id WHERE m.starts_at <= %(now)s
), law AS (
  SELECT party_id,
    count(*) FILTER (WHERE ends_at IS NULL OR ends_at > %(now)s) AS running,
    bool_or(holds) FILTER (WHERE ends_at IS NULL OR ends_at > %(now)s) AS holds,
    bool_or(sentence) FILTER (WHERE ends_at IS NULL OR ends_at > %(now)s) AS sentence,
    bool_or(rests) FILTER (WHERE holds AND (ends_at IS NULL OR ends_at > %(now)s)) AS rests,
    max(until_at) FILTER (WHERE holds AND (ends_at IS NULL OR ends_at > %(now)s)) AS until_at,
    max(until_since) FILTER (WHERE holds AND (ends_at IS NULL OR ends_at > %(now)s)) AS until_since,
    max(starts_at) FILTER (WHERE ends_at IS NULL OR ends_at > %(now)s) AS starts_at,
    max(ends_at) FILTER (WHERE holds AND ends_at <= %(now)s AND ends_at > starts_at) AS released_at,
    (array_agg(agency_side_id ORDER BY starts_at DESC))[1] AS side_id,
    (array_agg(agency_id ORDER BY starts_at DESC))[1] AS agency_id,
    (array_agg(handler_id ORDER BY starts_at DESC))[1] AS handler_id,
    min(case_number) AS case_number, min(person) AS person
  FROM spans GROUP BY party_id
), held AS (
  SELECT e.party_id, e.case_id, i.place_id, i.admitted_at, i.told_side_id, i.told_until, i.release_ordered_at,
    COALESCE(w.running, 0) AS running, COALESCE(w.holds, false) AS holds, COALESCE(w.sentence, false) AS sentence,
    COALESCE(w.rests, false) AS rests, CASE WHEN w.sentence THEN i.told_until ELSE w.until_at END AS until_at,
    w.until_since, w.starts_at, w.side_id,
    COALESCE(w.agency_id, i.agency_id) AS agency_id, w.handler_id, COALESCE(i.case_number, w.case_number) AS case_number,
    COALESCE(i.person, w.person) AS person, i.party_id IS NOT NULL AS inside,
    CASE WHEN COALESCE(w.holds, false) THEN NULL
      ELSE GREATEST(w.released_at, i.release_ordered_at, i.admitted_at) END AS freed_at,
    w.released_at IS NOT NULL OR i.release_ordered_at IS NOT NULL AS was_held
  FROM people e LEFT JOIN inside i ON i.party_id = e.party_id LEFT JOIN law w ON w.party_id = e.party_id
), bare AS (
  SELECT h.*, CASE
    WHEN NOT inside AND NOT holds THEN false
    WHEN holds AND sentence THEN until_at IS NOT NULL AND until_at <= %(now)s
    WHEN holds THEN NOT rests AND (until_at IS NULL OR until_at <= %(now)s)
    ELSE NOT was_held END AS none FROM held h
), wrong AS (
  SELECT 'no_basis' AS kind, CASE WHEN until_at IS NOT NULL AND holds THEN 'expired' ELSE 'never' END AS why,
    COALESCE(CASE WHEN holds THEN until_at END, starts_at, admitted_at) AS since, until_at AS ends, b.*
  FROM bare b WHERE none
  UNION ALL
  SELECT 'released_held', 'released', freed_at, NULL, b.* FROM bare b
  WHERE inside AND NOT holds AND was_held AND freed_at <= %(now)s - %(release)s
  UNION ALL
  SELECT CASE WHEN until_at <= %(now)s + interval '1 day' THEN 'ends_1' WHEN until_at <= %(now)s + interval '3 days'
      THEN 'ends_3' ELSE 'ends_7' END, 'ends', until_at, until_at, b.* FROM bare b
  WHERE holds AND NOT none AND (sentence OR NOT rests) AND until_at <= %(now)s + interval '7 days'
  UNION ALL
  SELECT 'contradiction', CASE
      WHEN running > 1 THEN 'two'
      WHEN EXISTS (SELECT 1 FROM watch_documents d WHERE d.case_id = b.case_id AND d.party_id = b.party_id
        AND d.kind = ANY(%(freeing)s) AND d.issued_at > b.starts_at AND d.issued_at <= %(now)s - %(release)s) THEN 'paper'
      ELSE 'told' END, COALESCE(starts_at, admitted_at), until_at, b.* FROM bare b
  WHERE running > 1
    OR (holds AND EXISTS (SELECT 1 FROM watch_documents d WHERE d.case_id = b.case_id AND d.party_id = b.party_id
        AND d.kind = ANY(%(freeing)s) AND d.issued_at > b.starts_at AND d.issued_at <= %(now)s - %(release)s))
    OR (inside AND holds AND NOT none AND NOT sentence AND told_until <= %(now)s AND (rests OR until_at > %(now)s))
  UNION ALL
  SELECT 'transfer_late', CASE WHEN inside THEN 'agency' ELSE 'on_the_way' END,
    CASE WHEN NOT inside THEN starts_at ELSE until_since END, until_at, b.* FROM bare b
  WHERE (NOT inside AND holds AND NOT sentence AND starts_at <= %(now)s - %(transfer)s AND starts_at >= %(began)s)
    OR (inside AND holds AND NOT sentence AND until_since <= %(now)s - %(transfer)s AND told_side_id <> side_id)
)
SELECT kind, why, case_id, case_number, party_id, person, agency_id, handler_id, place_id, since, ends FROM wrong
"""
COUNT = """
SELECT count(*) FROM (
  SELECT party_id FROM watch_admissions WHERE admitted_at <= %(now)s AND (discharged_at IS NULL OR discharged_at > %(now)s)
  UNION SELECT party_id FROM watch_measures WHERE ends_at IS NULL AND kind IN ('detention', 'arrest') AND starts_at <= %(now)s
) held
"""
FREEING = (
    "release-notice", "release-notice-court", "release-certificate", "bail-decision", "bail-decision-court",
    "bail-decision-procuratorate", "surveillance-decision", "non-prosecution-decision",
)  # fmt: skip
"""Papers after which nobody is held any more."""


def look(now: datetime, *, began: datetime) -> list[Finding]:
    """Return all that is wrong with anybody held at an instant; one statement.

    Who was on the way to a place before the watch began is not looked for: nobody had written admissions then.
    """
    values: dict[str, Any] = {
        "now": now,
        "began": began,
        "release": RELEASE,
        "transfer": TRANSFER,
        "freeing": list(FREEING),
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK, values)
        rows = cursor.fetchall()
    return [
        Finding(
            kind=AlarmKind(row[0]), why=row[1], case_id=row[2], case_number=row[3], party_id=row[4], person=row[5],
            agency_id=row[6], handler_id=row[7], place_id=row[8], since=row[9], until=row[10],
        )
        for row in rows
    ]  # fmt: skip


def count(now: datetime) -> int:
    """Return how many people are held at an instant; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"now": now})
        return int(cursor.fetchone()[0])
