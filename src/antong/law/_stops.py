"""What does not count: spans by which the end of the term in force moves (K9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from antong.law import articles
from antong.law._count import add_months
from antong.law._facts import as_day, known, refused
from antong.law._work import Work

STOPS = {
    "psychiatric-appraisal": "刑事诉讼法第149条",
    "trial-suspension": "刑事诉讼法第206条第2款",
    "prosecutor-file-review": "刑事诉讼法第235条",
    "compulsory-measure-decision": "刑事诉讼法第170条第2款",
}
"""The reasons for which time does not count; any other appraisal counts (公安机关办理刑事案件程序规定第257条)."""
TRIALS = (
    "first-instance",
    "second-instance",
    "summary-procedure",
    "speedy-",
    "private-",
    "retrial-",
    "compulsory-",
)
_TERMS = {
    "psychiatric-appraisal": ("",),
    "trial-suspension": TRIALS,
    "prosecutor-file-review": ("second-instance", "retrial-"),
    "compulsory-measure-decision": ("prosecution-review", "review-restart"),
}
"""Of which terms each leaves days out, by how their keys begin: a trial is suspended (法206), not an investigation."""


@dataclass(frozen=True, slots=True, order=True)
class Stop:
    """A span that does not count: the day it begins, the day time resumes, why, and whether the law cut it short."""

    begins: date
    resumes: date
    reason: str
    most: bool = False


def stops_of(work: Work, start: date) -> list[Stop]:
    """Return the spans that do not count, in order; no day is in two of them.

    What was over before a restart is dropped with the rest (K12); what had begun when the term began counts from
    there. Raises LimitRefused for a span that ends before it begins, or was over before the term began.
    """
    found: list[Stop] = []
    for one in sorted(_told(work, start)):
        if one.resumes < one.begins or (one.resumes <= start and one.begins < start and not work.restarts):
            raise bad_span(work, one.reason)
        if one.resumes <= start and one.begins < start:
            work.tell("wiped", f"{one.begins} 至 {one.resumes} 在重新计算之前，作废")
            continue
        begins = max(one.begins, start, *(other.resumes for other in found))
        if begins > one.begins:
            work.tell(
                "overlap", f"{one.begins} 至 {one.resumes} 自 {begins} 起扣除：一日不扣两次，期限开始前的不扣"
            )
        if begins <= one.resumes:
            found.append(Stop(begins, one.resumes, one.reason, one.most))
    return found


def _told(work: Work, start: date) -> list[Stop]:
    found: list[Stop] = []
    for one in work.facts.get("suspensions") or ():
        reason = str(one.get("reason", ""))
        if reason not in STOPS:
            work.tell(
                "counted", f"{reason or '未写明理由的期间'}计入期限（法149、公257：只有法定事由不计入）"
            )
            continue
        if not work.term.key.startswith(_TERMS[reason]):
            basis = articles.short(STOPS[reason])
            work.tell("counted", f"{reason}不适用于{work.term.name}，计入期限（{basis}）", article=basis)
            continue
        if one.get("to") is None:
            raise refused(
                work.rule,
                "中止还没有恢复，期限停止计算。",
                "suspension-open",
                (STOPS[reason],),
                "恢复后填写恢复的日期。",
            )
        begins, resumes = as_day(one["from"]), as_day(one["to"])
        most = resumes
        if reason == "prosecutor-file-review" and "file-review-whole" not in work.chosen:
            most = min(resumes, add_months(begins, 1))
        found.append(Stop(begins, most, reason, most < resumes))
    named = work.rule.excludes
    if named is not None:
        begun, ended = (
            next((known(work.facts, name) for name in names if known(work.facts, name) is not None), None)
            for names in (named.since, named.until)
        )
        if begun is not None and ended is not None:
            found.append(Stop(max(as_day(begun), start), as_day(ended), named.reason))
    return found


def bad_span(work: Work, reason: str) -> Exception:
    """Return the refusal of a span that does not lie within the term."""
    return refused(
        work.rule,
        "中止的起止不在期限之内。",
        "suspension-span",
        (STOPS[reason],),
        "核对中止和恢复的日期：恢复不早于中止，中止时期限仍在进行。",
    )


def exclude(work: Work, due: date, stops: list[Stop]) -> date:
    """Return the end moved by the spans that begin in the term in force; they are taken from `stops`."""
    while stops and stops[0].begins <= due:
        one = stops.pop(0)
        moved = (one.resumes - one.begins).days
        if moved and "exclusion-both-days" in work.chosen:
            moved += 1
        due += timedelta(days=moved)
        if not work.telling:
            continue
        basis = articles.short(STOPS[one.reason])
        most = "（以一个月为限）" if one.most else ""
        work.tell(
            "exclusion",
            f"{one.begins} 至 {one.resumes} 不计入 {moved} 日{most}（{basis}）→ {due}",
            due,
            basis,
        )
    return due
