"""The main job, shown: a theft by two suspects carried from the police station to prison and to community correction.

Through the same actions as the pages. `happened_at` lie in the past months, `recorded_at` is real, one reason for
late entry covers all of it; statutory limits run from the former, limits of receipts from the latter.

Every step carries a key that is the same at every attempt, so a carriage that was cut off goes on where it was: a
step that was done is remembered, one that was done in part gets its first answers again.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from antong.cases import selectors as cases
from antong.cases.access import case_for
from antong.catalog import loader
from antong.custody import actions as custody_actions
from antong.custody import selectors as custody
from antong.demo import papers
from antong.demo.seed import LOGINS
from antong.dossier import actions as dossier_actions
from antong.dossier.types import Upload
from antong.flow import actions as flow_actions
from antong.flow.types import Done, State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.ledger import actions as ledger
from antong.org import selectors as org
from antong.org.types import Permission, Role

LATE = "演示数据补录：试点前已经发生的办案环节"
_KEYS = UUID("6f0c1c5e-6a0d-5b1e-9a55-0a1d5f3a7c10")
"""Where the keys of the carriage are derived from; one database holds one carriage."""
STEP, FINISHED = "demo.step", "demo.carried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of the table that is printed."""

    number: int
    source: str
    target: str
    act: str
    happened_at: datetime
    seconds: float


@dataclass(slots=True)
class Carriage:
    """A carriage under way: who acts, what day it is in the story, what has been done."""

    tell: Callable[[Step], None]
    actors: dict[str, Actor]
    names: dict[str, str]
    day: datetime
    case_id: UUID | None = None
    steps: list[Step] = field(default_factory=list)

    def key(self, part: str) -> UUID:
        """Return the key of a part of the step under way: the same whenever the carriage is tried again."""
        return uuid5(_KEYS, f"{len(self.steps) + 1} {part}")

    def do(
        self, who: str, act: str, days: float, run: Callable[[Actor, datetime], Done | None], to: str = ""
    ) -> Done:
        """Let `who` do something `days` after the step before; time it and tell it."""
        self.day += timedelta(days=days)
        started, actor, key = time.perf_counter(), self.actors[who], self.key("step")
        known = ledger.first_answer(actor, key, STEP)
        if known is None:
            done = run(actor, self.day)
            with transaction.atomic():
                ledger.remember_answer(actor, key, STEP, {"case": self.case_id, "done": _kept(done)})
        else:
            self.case_id, done = UUID(known["case"]), _found(known["done"])
        step = Step(
            number=len(self.steps) + 1,
            source=self.names[who],
            target=self.names.get(to, to),
            act=act,
            happened_at=self.day,
            seconds=time.perf_counter() - started,
        )
        self.steps.append(step)
        self.tell(step)
        return done  # type: ignore[return-value]


def _kept(done: Done | None) -> dict[str, object] | None:
    if done is None:
        return None
    return {
        "handover_id": done.handover_id, "state": done.state, "version": done.version,
        "entry_number": done.entry_number,
    }  # fmt: skip


def _found(kept: dict[str, Any] | None) -> Done | None:
    if kept is None:
        return None
    return Done(
        handover_id=UUID(kept["handover_id"]), state=State(kept["state"]), version=kept["version"],
        entry_number=kept["entry_number"],
    )  # fmt: skip


def actors() -> dict[str, Actor]:
    """Return the people of the story by their login."""
    found = {}
    for username, (_, _, role) in LOGINS.items():
        duty = org.find_duty(username, role=role)
        if duty is not None:
            actor = org.actor_for(duty.person_id, duty.id)
            if actor is not None:
                found[username] = actor
    return found


def carried() -> UUID | None:
    """Return the case that was carried in this database, if one was carried to its end."""
    people = actors()
    if "zhencha" not in people:
        return None
    found = ledger.first_answer(people["zhencha"], uuid5(_KEYS, "carried"), FINISHED)
    return UUID(found["case"]) if found else None


def begun() -> bool:
    """Whether a carriage was begun in this database."""
    people = actors()
    return (
        "zhencha" in people
        and ledger.first_answer(people["zhencha"], uuid5(_KEYS, "1 step"), STEP) is not None
    )


def finish(run: Carriage) -> UUID:
    """Remember that the case was carried to its end; return its id."""
    with transaction.atomic():
        ledger.remember_answer(
            run.actors["zhencha"], uuid5(_KEYS, "carried"), FINISHED, {"case": case_of(run)}
        )
    return case_of(run)


def case_of(run: Carriage) -> UUID:
    """Return the case that is carried."""
    if run.case_id is None:
        raise AssertionError("nothing registered yet")
    return run.case_id


def upload_papers(
    run: Carriage,
    who: str,
    act: str,
    days: float,
    listed: Sequence[papers.Paper],
    scans: Sequence[list[bytes]],
) -> None:
    """Scan papers and put each in its place of the file."""

    def upload(actor: Actor, at: datetime) -> None:
        for number, (paper, pages) in enumerate(zip(listed, scans, strict=True)):
            if pages:
                dossier_actions.upload(
                    actor,
                    case_id=case_of(run),
                    catalogue_key=paper.key,
                    title=paper.title,
                    files=[
                        Upload(file_name=f"{paper.title}-{index:02d}.jpg", content=io.BytesIO(page))
                        for index, page in enumerate(pages, 1)
                    ],
                    happened_at=at,
                    late_reason=LATE,
                    key=run.key(f"paper {number}"),
                )

    run.do(who, f"{act}（{sum(map(len, scans))} 页）", days, upload)


def hand(
    run: Carriage,
    key: str,
    sender: str,
    approver: str,
    receiver: str = "",
    *,
    days: float = 1,
    parties: Sequence[UUID] = (),
    receivers: Sequence[str] = (),
    fields: dict[str, object] | None = None,
    texts: dict[str, dict[str, str]] | None = None,
) -> Done:
    """Draft what a flow carries, compose, send up, approve and send; accept with one receiver, if named."""
    definition = loader.load().flows[key]
    done = _compose(run, key, sender, days, parties, receivers, fields or {}, texts or {})
    if definition.approver is not None:
        done = run.do(
            approver,
            f"审批{definition.name}",
            0.02,
            lambda actor, at: flow_actions.approve(
                actor,
                handover_id=done.handover_id,
                version=done.version,
                happened_at=at,
                late_reason=LATE,
                key=run.key("act"),
            ),
            sender,
        )
    if definition.kind != "act":
        before = done
        done = run.do(
            sender,
            f"发出{definition.name}",
            0.02,
            lambda actor, at: flow_actions.send(
                actor,
                handover_id=before.handover_id,
                version=before.version,
                happened_at=at,
                late_reason=LATE,
                key=run.key("act"),
            ),
            receiver,
        )
    if receiver:
        done = take(run, receiver, done, definition.name, sender)
    return done


def take(run: Carriage, receiver: str, done: Done, name: str, sender: str, days: float = 0.1) -> Done:
    """Accept (or sign for) a hand-over."""
    return run.do(
        receiver,
        f"受理{name}",
        days,
        lambda actor, at: flow_actions.accept(
            actor,
            handover_id=done.handover_id,
            version=done.version,
            happened_at=at,
            late_reason=LATE,
            key=run.key("act"),
        ),
        sender,
    )


def admit(run: Carriage, who: str, parties: Sequence[UUID], days: float) -> None:
    """Have a place of custody take people in on the paper of their measure, one after the other."""
    for index, party_id in enumerate(parties):
        sheet = cases.living_sheet(case_of(run))
        party, measure = sheet.party(party_id), sheet.in_force(party_id)
        name, number = party.name if party else "", measure.document_number if measure else ""
        cell = f"3 区 {11 + index}"
        run.do(who, f"收押{name}", days, partial(_taken, run, name=name, number=number, cell=cell))


def _taken(run: Carriage, actor: Actor, at: datetime, *, name: str, number: str, cell: str) -> None:
    custody_actions.admit(
        actor, number=number, name=name, identity=custody.IDENTITIES[0], cell=cell, happened_at=at, late_reason=LATE,
        key=run.key("act"),
    )  # fmt: skip


def changes_hands(run: Carriage, who: str, parties: Sequence[UUID], moment: str) -> None:
    """Have the agency that has taken the case over tell the place of custody (换押)."""
    hand(
        run, "custody-transfer", who, "", "kanshou", days=0.2, parties=parties, receivers=("kanshou",),
        fields={"moment": moment},
    )  # fmt: skip


def let_out(run: Carriage, who: str, party_id: UUID, reason: str, paper: str, days: float) -> None:
    """Have a place of custody let somebody out."""

    def out(actor: Actor, at: datetime) -> None:
        row = next((one for one in custody.board(actor) if one.party_id == party_id), None)
        if row is None:  # a carriage cut off here had let the person out already
            return
        custody_actions.discharge(
            actor, admission_id=row.id, version=row.version, reason=reason, paper=paper, happened_at=at, late_reason=LATE,
            key=run.key("act"),
        )  # fmt: skip

    run.do(who, "登记出所", days, out)


def issue(
    run: Carriage,
    who: str,
    act: str,
    days: float,
    kind: str,
    whom: Sequence[UUID],
    fields: Callable[[datetime], dict[str, str]] = lambda _: {},
) -> None:
    """Draw up and issue a document that needs no hand-over, one for each person."""

    def make(actor: Actor, at: datetime) -> None:
        for party_id in whom:
            issue_one(actor, case_of(run), kind, party_id, fields(at), at, key=run.key(f"draft {party_id}"))

    run.do(who, act, days, make)


def issue_one(
    actor: Actor, case_id: UUID, kind: str, party_id: UUID, fields: dict[str, str], at: datetime, *, key: UUID | None = None
) -> None:  # fmt: skip
    """Draw up and issue one document about one person; where it was issued already, nothing more is done."""
    draft = flow_actions.draft_document(
        actor, case_id=case_id, kind=kind, party_ids=[party_id], fields=fields, key=key
    )
    if draft.state == "draft":
        flow_actions.issue_document(
            actor, case_id=case_id, document_id=draft.id, version=draft.version, happened_at=at, late_reason=LATE
        )  # fmt: skip


def officers_of(actor: Actor) -> tuple[str, str]:
    """Return the two who question: an investigator and the first colleague of the unit."""
    mates = org.people_of(actor.unit_id, (Role.INVESTIGATOR,))
    return actor.person_name, next(one.person_name for one in mates if one.person_id != actor.person_id)


def questioned(at: datetime, officers: Sequence[str], times: int = 1) -> dict[str, str]:
    """Return what stands in the record of a questioning of an hour that ended at an instant."""
    return {
        "times": str(times),
        "begins_at": clock.local(at - timedelta(hours=1)).isoformat(timespec="minutes")[:16],
        "ends_at": clock.local(at).isoformat(timespec="minutes")[:16],
        "officers": "、".join(officers),
        "dialogue": "问：你的个人情况和家庭情况？\n答：已经如实填写。\n问：你是否有犯罪行为？\n答：有，我愿意如实交代。",
    }


def _compose(
    run: Carriage,
    key: str,
    sender: str,
    days: float,
    parties: Sequence[UUID],
    receivers: Sequence[str],
    fields: dict[str, object],
    texts: dict[str, dict[str, str]],
) -> Done:
    definition = loader.load().flows[key]

    def compose(actor: Actor, at: datetime) -> Done:
        made = flow_actions.compose(
            actor,
            case_id=case_of(run),
            flow=key,
            party_ids=parties,
            texts=texts,
            receiver_ids=[run.actors[name].unit_id for name in receivers],
            fields=fields,
            key=run.key("compose"),
        )
        return flow_actions.submit(
            actor,
            handover_id=made.handover_id,
            version=made.version,
            happened_at=at,
            late_reason=LATE,
            key=run.key("act"),
        )

    return run.do(sender, f"呈报{definition.name}", days, compose)


def number_of(case_id: UUID) -> str:
    """Return the carried case's number."""
    return case_for(actors()["zhencha"], case_id, Permission.CASE_READ).number
