"""The door: taking somebody in, letting somebody out, what arrives on paper, and whom one lets in to question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from antong.custody import _shown
from antong.custody._basis import BASIS, UNTIL
from antong.custody.access import held_for, require_place
from antong.custody.models import Admission, Interrogation, Told
from antong.custody.types import Done, ToldBy
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import Moment, moment
from antong.kernel.refusal import BadInput, Refusal, Stale
from antong.ledger import actions as ledger
from antong.org import selectors as org
from antong.org.types import UnitKind

LATE = timedelta(hours=24)
"""刑事诉讼法第85条第2款、第93条第2款: to the place within twenty-four hours of the measure."""
OFFICERS = 2
"""看守所条例第19条."""
REASONS = (
    "释放通知书",
    "取保候审、监视居住",
    "送交监狱执行",
    "转押其他羁押场所",
    "刑满释放",
    "死亡",
    "脱逃",
    "其他依法出所",
)
IDENTITIES = ("证件与本人一致", "指纹比对一致", "送押机关确认身份", "身份不明，按自报姓名")


def _found(answer: Any) -> Done:
    return Done(admission_id=UUID(answer["admission"]), version=answer["version"])


@ledger.once("custody.admit", "custody.discharge", "custody.paper", found=_found)
@transaction.atomic
def admit(
    actor: Actor,
    *,
    number: str,
    name: str,
    identity: str,
    cell: str = "",
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Done:
    """Take somebody in on the paper that is shown (收押), the identity verified; refused without one."""
    require_place(actor)
    when = moment(happened_at, late_reason)
    if identity not in IDENTITIES:
        raise BadInput(
            "不能收押：没有核实身份。", code="identity", basis=("看守所条例第9条",), remedy="选身份核实的办法。",
            fields={"identity": "选一项"},
        )  # fmt: skip
    sentenced = actor.unit_kind == UnitKind.PRISON
    whom = _shown.named(number.strip(), name.strip(), sentenced=sentenced)
    if when.happened_at < whom.starts_at:
        raise BadInput(
            f"不能收押：收押时间早于{whom.kind.label}的时间。", code="before-measure", basis=("看守所条例第9条",),
            remedy=f"{whom.kind.label}自 {clock.local(whom.starts_at):%Y-%m-%d %H:%M} 执行；核对时间。",
            fields={"happened_at": "不得早于文书执行的时间"},
        )  # fmt: skip
    held = (
        Admission.objects.select_related("place").filter(party_id=whom.party_id, discharged_at=None).first()
    )
    if held is not None:
        raise Refusal(
            f"不能收押：此人 {clock.local(held.admitted_at):%m-%d %H:%M} 起已羁押在{held.place.name}。",
            code="held-already", basis=("案通羁押规则：一人同时只在一处羁押",),
            remedy="转押的，先由原羁押场所登记出所。", who=held.place.name,
        )  # fmt: skip
    paper = {"detention": "拘留证", "arrest": "逮捕证"}.get(whom.kind.value, "执行通知书")
    made = Admission.objects.create(
        case_id=whom.case_id, party_id=whom.party_id, place_id=actor.unit_id, cell=cell.strip(), identity=identity,
        admitted_at=when.happened_at, recorded_at=when.recorded_at, admitted_name=actor.person_name, paper=paper,
        number=whom.number, agency_id=whom.agency_id, told_until=whom.until, told_at=when.recorded_at,
    )  # fmt: skip
    _tell(made, ToldBy.ADMISSION, when)
    late = when.happened_at - whom.starts_at > LATE
    ledger.record(
        actor, chain_id=whom.case_id, act="custody.admit", moment=when, subjects=[whom.party_id, made.id],
        after={
            "paper": paper, "number": whom.number, "identity": identity, "cell": made.cell, "until": whom.until,
            "late_to_place": late, "late_reason": when.late_reason,
        },
        key=key, answer={"admission": made.id, "version": 1},
    )  # fmt: skip
    return Done(admission_id=made.id, version=1)


def _tell(row: Admission, by: ToldBy, when: Moment, handover_id: UUID | None = None) -> None:
    Told.objects.create(
        admission_id=row.id, by=by, paper=row.paper, number=row.number, agency_id=row.agency_id, until=row.told_until,
        happened_at=when.happened_at, told_at=when.recorded_at, handover_id=handover_id,
    )  # fmt: skip


def _held(actor: Actor, admission_id: UUID, version: int) -> Admission:
    row = held_for(actor, admission_id)
    if row.version != version:
        raise Stale("不能登记：这个人的羁押登记刚有变动。", current_version=row.version)
    return row


@ledger.once("custody.discharge", found=_found)
@transaction.atomic
def discharge(
    actor: Actor,
    *,
    admission_id: UUID,
    version: int,
    reason: str,
    paper: str = "",
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Done:
    """Let somebody out (出所): on which paper, why. Who is still held on a measure does not leave but to another place."""
    require_place(actor)
    when = moment(happened_at, late_reason)
    row = _held(actor, admission_id, version)
    if reason not in REASONS or (not paper.strip() and reason not in {"死亡", "脱逃"}):
        raise BadInput(
            "不能登记出所：须有出所原因和凭证。", code="discharge", basis=("看守所条例第38条", "看守所条例第39条"),
            remedy="选出所原因，填释放通知书、执行通知书等凭证的文号。",
            fields={"reason": "选一项", "paper": "凭证名称和文号"},
        )  # fmt: skip
    if when.happened_at < row.admitted_at:
        raise BadInput(
            "不能登记出所：早于收押时间。", code="before-admission", basis=("案通羁押规则：先收押后出所",),
            remedy="核对时间。", fields={"happened_at": "不早于收押时间"},
        )  # fmt: skip
    _still_held(row, reason)
    version += 1
    Admission.objects.filter(id=row.id).update(
        discharged_at=when.happened_at, discharged_name=actor.person_name, discharge_reason=reason,
        discharge_paper=paper.strip()[:120], version=version,
    )  # fmt: skip
    ledger.record(
        actor, chain_id=row.case_id, act="custody.discharge", moment=when, subjects=[row.party_id, row.id],
        after={"reason": reason, "paper": paper.strip(), "late_reason": when.late_reason},
        key=key, answer={"admission": row.id, "version": version},
    )  # fmt: skip
    return Done(admission_id=row.id, version=version)


FREES = frozenset({"释放通知书", "取保候审、监视居住", "刑满释放"})
"""Reasons for which the measure must have ended first."""


def _still_held(row: Admission, reason: str) -> None:
    basis = _basis(row.id)
    if reason in FREES and basis["holds"]:
        raise Refusal(
            "不能登记释放：办案机关登记的羁押措施还在执行。", code="measure-in-force",
            basis=("看守所条例第39条",),
            remedy="请办案机关先在案件里办理释放或变更强制措施（几分钟）；文书已到而案件未办的，催办案机关。",
            who=basis["agency"],
        )  # fmt: skip


def _basis(admission_id: UUID) -> dict[str, Any]:
    """Return whether and until when the case holds somebody now; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COALESCE(m.holds, false), {UNTIL}, u.name, m.sentence OR COALESCE(l.rests, false) FROM custody_admission a {BASIS}"  # noqa: S608
            " JOIN cases_case c ON c.id = a.case_id JOIN org_unit u ON u.id = c.handling_unit_id WHERE a.id = %s",
            [admission_id],
        )
        holds, until, agency, endless = cursor.fetchone()
    return {"holds": holds, "until": until, "agency": agency, "endless": bool(endless)}


def interrogate(
    actor: Actor,
    *,
    admission_id: UUID,
    version: int,
    agency_id: UUID,
    officers: Sequence[str],
    paper: str,
    key: UUID | None = None,
) -> Done:
    """Let officers in to question somebody held (提讯), or refuse them; both are on the record.

    Refused where no basis is in force any more, or the agency is not the one in charge. The answer says why.
    """
    return _interrogate(
        actor, key=key, admission_id=admission_id, version=version, agency_id=agency_id,
        officers=tuple(dict.fromkeys(one.strip() for one in officers if one.strip())), paper=paper.strip(),
    )  # fmt: skip


def _asked(answer: Any) -> Done:
    return Done(
        admission_id=UUID(answer["admission"]), version=answer["version"], allowed=answer["allowed"],
        reason=answer["reason"],
    )  # fmt: skip


@ledger.once("custody.interrogation", "custody.interrogation-refused", found=_asked)
@transaction.atomic
def _interrogate(
    actor: Actor, *, admission_id: UUID, version: int, agency_id: UUID, officers: tuple[str, ...], paper: str,
    key: UUID | None = None,
) -> Done:  # fmt: skip
    require_place(actor)
    when = moment()
    row = _held(actor, admission_id, version)
    if len(officers) < OFFICERS or not paper:
        raise BadInput(
            "不能提讯：提讯人员不得少于二人，并须持有提讯证或者提票。", code="interrogation", basis=("看守所条例第19条",),
            remedy="填两名以上提讯人员的姓名和提讯证文号。",
            fields={"officers": "两名以上，一行一名", "paper": "提讯证、提票的文号"},
        )  # fmt: skip
    reason = _why_not(row, agency_id)
    Interrogation.objects.create(
        admission_id=row.id, agency_id=agency_id, officers=list(officers), paper=paper[:80], at=when.recorded_at,
        allowed=not reason, reason=reason, recorded_name=actor.person_name,
    )  # fmt: skip
    act = "custody.interrogation-refused" if reason else "custody.interrogation"
    ledger.record(
        actor, chain_id=row.case_id, act=act, moment=when, subjects=[row.party_id, row.id, agency_id],
        after={"officers": list(officers), "paper": paper, "reason": reason}, key=key,
        answer={"admission": row.id, "version": row.version, "allowed": not reason, "reason": reason},
    )  # fmt: skip
    return Done(admission_id=row.id, version=row.version, allowed=not reason, reason=reason)


def _why_not(row: Admission, agency_id: UUID) -> str:
    basis = _basis(row.id)
    if not basis["holds"]:
        return "没有在执行的羁押措施；请释放或提供新的羁押依据（看守所条例第43条）"
    if (basis["until"] is not None and basis["until"] <= clock.now()) or (
        basis["until"] is None and not basis["endless"]
    ):
        return f"羁押期限已于 {clock.end(basis['until'] or clock.now())} 届满；须释放或提供新的羁押依据（看守所条例第43条）"
    if agency_id != row.agency_id:
        told = org.unit(row.agency_id).name
        return f"不是登记的办案机关（登记为{told}）；办案机关变更的，先办换押（看守所条例第15条）"
    return ""


@ledger.once("custody.paper", found=_found)
@transaction.atomic
def enter_paper(
    actor: Actor,
    *,
    admission_id: UUID,
    version: int,
    paper: str,
    number: str,
    agency_id: UUID,
    until: datetime | None,
    happened_at: datetime | None = None,
    late_reason: str = "",
    key: UUID | None = None,
) -> Done:
    """Enter a paper that came by hand (换押证、变更羁押期限通知书): what the place was told, which the case may not know.

    It tells the place; on what somebody is held the case says. Where the two part, the watch calls.
    """
    require_place(actor)
    when = moment(happened_at, late_reason)
    row = _held(actor, admission_id, version)
    if not paper.strip() or not number.strip() or until is None or until <= row.admitted_at:
        raise BadInput(
            "不能登记：须写明文书、文号和羁押至。", code="paper", basis=("看守所条例第15条",),
            remedy="照文书填写。", fields={"number": "文书的文号", "until": "晚于收押时间"},
        )  # fmt: skip
    before = {"number": row.number, "until": row.told_until, "agency": row.agency_id}
    row.paper, row.number, row.agency_id, row.told_until = (
        paper.strip()[:80],
        number.strip()[:80],
        agency_id,
        until,
    )
    row.told_at, row.version = when.recorded_at, row.version + 1
    row.save(update_fields=["paper", "number", "agency_id", "told_until", "told_at", "version"])
    _tell(row, ToldBy.PAPER, when)
    ledger.record(
        actor, chain_id=row.case_id, act="custody.paper", moment=when, subjects=[row.party_id, row.id],
        before=before,
        after={
            "paper": row.paper, "number": row.number, "agency": agency_id, "until": until,
            "late_reason": when.late_reason,
        },
        key=key, answer={"admission": row.id, "version": row.version},
    )  # fmt: skip
    return Done(admission_id=row.id, version=row.version)
