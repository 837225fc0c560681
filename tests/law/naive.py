"""A second counter of time limits, written from the articles: it walks the calendar one day at a time.

It shares nothing with the engine but the notices of rest days. Slow and plain on purpose: `test_naive.py` sets the two
beside each other, `bench/timelimits.py` sets their speed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

NOTICES = Path(__file__).resolve().parents[2] / "src" / "antong" / "law" / "data" / "calendar.json"
DAY = timedelta(days=1)
SATURDAY, FIRST = 5, 1
TABLE = """
arrest-request-3d                          C detained_on              0  3 d4
arrest-request-30d                         C detained_on              0 30
arrest-review-7d                           C request_received_on      0  7
arrest-review-not-detained-15d             C request_received_on      0 15
arrest-review-not-detained-20d             C request_received_on      0 20
self-investigated-arrest-14d               C detained_on              0 14 d3
supervision-case-detention-10d             C detained_on              0 10 d4
nonarrest-reconsideration-request-5d       O decision_received_on     0  5
nonarrest-reconsideration-decision-7d      O request_received_on      0  7
nonarrest-review-request-5d                O decision_received_on     0  5
nonarrest-review-decision-15d              O request_received_on      0 15
coercive-change-application-3d             C application_received_on  0  3
expiry-release-application-3d              C application_received_on  0  3
bail-12m                                   L decided_on              12  0
residential-surveillance-6m                L decided_on               6  0
investigation-custody-2m                   C arrested_on              2  0
investigation-custody-ext-1m               C arrested_on              2  0 m1!
investigation-custody-ext-2m               C arrested_on              2  0 m1! m2!
investigation-custody-ext-2m-10y           C arrested_on              2  0 m1! m2! m2!
ext-request-7d-before                      B term_ends_on             0  7
restart-new-crime                          C discovered_on            2  0 m1 m2 m2
restart-new-crime-approval-5d              C discovered_on            0  5
identity-unknown                           C identity_established_on  2  0 m1 m2 m2
prosecution-review-1m                      C received_on              1  0 d15
prosecution-review-ext-15d                 C received_on              1  0 d15!
prosecution-review-speedy-10d              C received_on              0 10
prosecution-review-speedy-15d              C received_on              0 15
supplementary-investigation-1m             C return_received_on       1  0
review-restart-after-return                C retransferred_on         1  0 d15
counsel-notice-3d                          O received_on              0  3
not-prosecuted-victim-complaint-7d         O decision_received_on     0  7
not-prosecuted-accused-complaint-7d        O decision_received_on     0  7
not-prosecuted-police-reconsideration-7d   O decision_received_on     0  7
not-prosecuted-police-review-7d            O decision_received_on     0  7
not-prosecuted-reconsideration-decision-30d O request_received_on     0 30
conditional-non-prosecution                L decided_on               0  0
court-acceptance-review-7d                 C indictment_received_on   0  7
first-instance-2m                          C accepted_on              2  0
first-instance-3m                          C accepted_on              3  0
first-instance-ext-3m                      C accepted_on              3  0 m3! s3
trial-supplementary-investigation-1m       C postponed_on             1  0
summary-procedure-20d                      C accepted_on              0 20
summary-procedure-45d                      C accepted_on              1 15
speedy-10d                                 C accepted_on              0 10
speedy-15d                                 C accepted_on              0 15
private-prosecution-6m                     C accepted_on              6  0
indictment-service-10d-before-trial        B hearing_on               0 10
hearing-notice-3d-before                   B hearing_on               0  3
legal-aid-notice-15d-before                B hearing_on               0 15
judgment-service-5d                        C pronounced_on            0  5
victim-protest-request-5d                  O judgment_received_on     0  5
victim-protest-decision-5d                 O request_received_on      0  5
appeal-judgment-10d                        O judgment_received_on     0 10
appeal-ruling-5d                           O ruling_received_on       0  5
appeal-transfer-3d                         C appeal_period_ends_on    0  3
missed-deadline-application-5d             O obstacle_ended_on        0  5
second-instance-2m                         C accepted_on              2  0
second-instance-ext-2m                     C accepted_on              2  0 m2!
retrial-3m                                 C retrial_decided_on       3  0
retrial-6m                                 C retrial_decided_on       6  0
retrial-remit-decision-1m                  O protest_accepted_on      1  0
compulsory-medical-1m                      C accepted_on              1  0
execution-delivery-10d                     C effective_on             0 10
prison-delivery-1m                         C documents_received_on    1  0
death-execution-7d                         C order_received_on        0  7
community-correction-notice-5d             O effective_on             0  5
community-correction-documents-10d         O effective_on             0 10
community-correction-report-10d            O effective_on             0 10
revocation-custody-30d                     C arrested_on              0 30
revocation-decision-30d                    C proposal_received_on     0 30
commutation-objection-20d                  O ruling_copy_received_on  0 20
temporary-release-objection-1m             O notice_received_on       1  0
liuzhi-3m                                  L liuzhi_on                3  0
liuzhi-ext-3m                              L liuzhi_on                3  0 m3!
liuzhi-ext-2m-10y                          L liuzhi_on                3  0 m3! m2!
guanhu-7d                                  L guanhu_on                0  7 d3
"""
"""Key, how rest days move the end, start fact, months, days, links: unit and most, `!` where the rule is that link,
`s` where the supreme court grants months."""
REVIEWS = ("prosecution-review-1m", "prosecution-review-ext-15d")
FIRSTS = ("first-instance-2m", "first-instance-3m", "first-instance-ext-3m")
SECONDS = ("second-instance-2m", "second-instance-ext-2m")
SHORT = ("summary-procedure-20d", "summary-procedure-45d")
CUSTODY = ("investigation-custody-2m", "investigation-custody-ext-1m", "investigation-custody-ext-2m")
AFRESH = {
    "jurisdiction-change-restart": ("new_organ_received_on", (*REVIEWS, *FIRSTS)),
    "trial-restart-after-supplement": ("retransferred_to_court_on", FIRSTS),
    "remand-restart": ("remand_received_on", FIRSTS),
    "procedure-conversion-restart": ("conversion_decided_on", (*FIRSTS, *SHORT)),
}
"""What begins another rule's term afresh: from which day, and whose terms."""
WITHIN = {
    "psychiatric-appraisal-exclusion": (*CUSTODY, *REVIEWS, *FIRSTS, *SECONDS),
    "supervision-review-exclusion": REVIEWS,
    "trial-suspension-exclusion": (*FIRSTS, *SECONDS, *SHORT, "speedy-10d", "private-prosecution-6m"),
    "second-instance-file-review-exclusion": SECONDS,
}
"""What leaves days out of another rule's term."""
WIPES = {*AFRESH, "restart-new-crime", "identity-unknown", "review-restart-after-return"}
COUNTED_OUT = {
    "psychiatric-appraisal": ("",),
    "trial-suspension": ("first-", "second-", "summary-", "speedy-", "private-", "retrial-", "compulsory-"),
    "prosecutor-file-review": ("second-", "retrial-"),
    "compulsory-measure-decision": ("prosecution-", "review-"),
}
"""Why days are left out, and of which terms, by how their keys begin."""


class No(Exception):
    """No date may be given."""


@dataclass(frozen=True, slots=True)
class Term:
    """A line of the table."""

    kind: str
    start: str
    months: int
    days: int
    links: tuple[str, ...]


@cache
def terms() -> dict[str, Term]:
    """Return the table by key."""
    found = {}
    for line in TABLE.strip().splitlines():
        key, kind, start, months, days, *links = line.split()
        found[key] = Term(kind, start, int(months), int(days), tuple(links))
    return found


@cache
def notices() -> tuple[frozenset[str], frozenset[str]]:
    """Return rest days and working weekend days, as text."""
    years = json.loads(NOTICES.read_text("utf-8"))["years"].values()
    return (
        frozenset(day for year in years for day in year["rest"]),
        frozenset(day for year in years for day in year["work"]),
    )


def months_after(start: date, months: int) -> date:
    """Walk until so many months begun, then to the same day number, or to the last day (释202.1)."""
    from_last = (start + DAY).day == FIRST
    day, begun = start, 0
    while True:
        day += DAY
        begun += day.day == FIRST
        if begun == months and ((day.day == start.day and not from_last) or (day + DAY).day == FIRST):
            return day


def days_after(start: date, days: int) -> date:
    """Walk so many days; the first is the day after the start (法105.2)."""
    day = start
    for _ in range(days):
        day += DAY
    return day


def at_work(day: date) -> date:
    """Walk to the first day on which work is done (法105.4)."""
    rest, work = notices()
    while day.isoformat() in rest or (day.weekday() >= SATURDAY and day.isoformat() not in work):
        day += DAY
    return day


def due(rule: str, facts: Mapping[str, Any]) -> date:
    """Return the last lawful day; raises No."""
    term = terms().get(rule) or terms()[facts["host_rule"]]
    if term.kind == "B":
        day = date.fromisoformat(facts[term.start])
        for _ in range(term.days):
            day -= DAY
        return day
    end = _walk(rule, term, facts, _begins(rule, term, facts))
    for _ in range(facts.get("travel_days", 0)):
        end += DAY
    if term.kind == "O" or (term.kind == "C" and not facts["in_custody"]):
        return at_work(end)
    return end


def _begins(rule: str, term: Term, facts: Mapping[str, Any]) -> date:
    name = AFRESH[rule][0] if rule in AFRESH else term.start
    if rule.startswith("liuzhi") and "discovered_on" in facts:
        if "earlier_discovered_on" in facts:
            raise No
        name = "discovered_on"
    if len(facts.get("returns", ())) > 2:
        raise No
    if name in {"return_received_on", "retransferred_on"}:
        return date.fromisoformat(facts["returns"][-1][name])
    if name == "effective_on" and name not in facts:
        told = "judgment_received_on" if "judgment_received_on" in facts else "ruling_received_on"
        last = days_after(date.fromisoformat(facts[told]), 10 if told == "judgment_received_on" else 5)
        return at_work(last) + DAY
    return date.fromisoformat(facts[name])


def _length(rule: str, term: Term, facts: Mapping[str, Any]) -> tuple[int, int]:
    if rule == "conditional-non-prosecution":
        if facts["probation_months"] not in range(6, 13):
            raise No
        return facts["probation_months"], 0
    if term is terms()["private-prosecution-6m"] and facts["in_custody"]:
        return 2, 0
    if facts.get("pronounced_in_court") is False:
        return 0, 0
    return term.months, term.days


def _granted(term: Term, facts: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    listed = facts.get("extensions", ())
    if len(listed) > len(term.links) or len(listed) < sum("!" in link for link in term.links):
        raise No
    for one, link in zip(listed, term.links, strict=False):
        unit, most = link[0], int(link[1:].rstrip("!"))
        months, days = one.get("months", 0), one.get("days", 0)
        if unit == "s" and one.get("approved_by") != "最高人民法院":
            raise No
        if bool(days) != (unit == "d") or not 0 < months + days <= most:
            raise No
        yield months, days


def _spans(rule: str, facts: Mapping[str, Any], start: date) -> list[tuple[date, date]]:
    found = []
    for one in facts.get("suspensions", ()):
        if not facts.get("host_rule", rule).startswith(COUNTED_OUT.get(one["reason"], ())):
            continue
        begins, resumes = date.fromisoformat(one["from"]), date.fromisoformat(one["to"])
        if one["reason"] == "prosecutor-file-review":
            resumes = min(resumes, months_after(begins, 1))
        if resumes < begins:
            raise No
        if begins < start:
            if resumes <= start and rule not in WIPES:
                raise No
            begins = start
        if begins <= resumes:
            found.append((begins, resumes))
    if rule == "supervision-review-exclusion" and "compulsory_decided_on" in facts:
        found.append((start, date.fromisoformat(facts["compulsory_decided_on"])))
    return found


def _walk(rule: str, term: Term, facts: Mapping[str, Any], start: date) -> date:
    """Walk from the start; a day left out moves the end by one, an extension begins when the end is reached."""
    months, days = _length(rule, term, facts)
    granted, spans = list(_granted(term, facts)), _spans(rule, facts, start)
    end = days_after(months_after(start, months) if months else start, days)
    anchor, moved, day = start, False, start
    while True:
        if any(begins < day <= resumes for begins, resumes in spans if begins <= end):
            end += DAY
            moved = True
        if day == end and not any(begins <= day < resumes for begins, resumes in spans):
            if not granted:
                break
            more_months, more_days = granted.pop(0)
            if moved:
                anchor, months, days, moved = end, 0, 0, False
            months, days = months + more_months, days + more_days
            end = days_after(months_after(anchor, months) if months else anchor, days)
        day += DAY
    if any(begins > end for begins, _ in spans):
        raise No
    return end
