"""On what the case holds somebody now: read where it stands, in `cases`, never kept here."""

from __future__ import annotations

from antong.cases.types import HOLDING, MeasureKind

KINDS = ", ".join(f"'{kind.value}'" for kind in sorted(HOLDING))


def latest(case: str, party: str) -> str:
    """Return a join of the latest limit of custody `l` of a case and a person, which an SQL expression each names.

    One that rests (中止审理, 精神病鉴定) is a basis without an end, for its time does not run: `due_at` is null.
    """
    return f"""
LEFT JOIN LATERAL (
  SELECT CASE WHEN l.state = 'running' THEN l.due_at END AS due_at, l.state = 'suspended' AS rests, l.name, l.articles,
    l.derivation FROM cases_limit l
  WHERE l.case_id = {case} AND l.party_id = {party} AND l.state IN ('running', 'suspended') AND l.in_custody
  ORDER BY l.state = 'suspended' DESC, l.due_at DESC LIMIT 1
) l ON true
"""  # noqa: S608 - a wording of our own


BASIS = f"""
LEFT JOIN LATERAL (
  SELECT m.kind, m.kind IN ({KINDS}) AS holds, m.kind = '{MeasureKind.IMPRISONMENT.value}' AS sentence, m.starts_at
  FROM cases_measure m WHERE m.party_id = a.party_id AND m.ends_at IS NULL
) m ON true
{latest("a.case_id", "a.party_id")}"""  # noqa: S608 - a wording of our own
"""Joins that say of an admission `a` which measure `m` is in force, and until when by its latest limit `l` of custody."""

UNTIL = "CASE WHEN m.sentence THEN a.told_until ELSE l.due_at END"
"""Until when somebody is held lawfully: a sentence runs to the day its notice told the place."""
