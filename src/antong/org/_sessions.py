"""Who is signed in: the open sessions, ended by the security administrator. The web room writes what a session says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.crypto import salted_hmac

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import NotFound
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import access
from antong.org._values import SessionView
from antong.org.models import Duty, Person, SignInAttempt
from antong.org.types import Permission

IDLE = timedelta(minutes=30)
MOST = 5000


def _mark(key: str) -> str:
    """Return what names a session on a page: its key would open it."""
    return salted_hmac("antong.session-mark", key, algorithm="sha256").hexdigest()[:32]


def _open() -> list[tuple[str, dict[str, Any]]]:
    """Return keys and contents of the sessions that somebody is signed in with and has used within half an hour.

    Those of duty screens are open for all their time.
    """
    rows = Session.objects.filter(expire_date__gt=clock.now()).order_by("-expire_date")[:MOST]
    found = [(row.session_key, row.get_decoded()) for row in rows]
    return [
        (key, said)
        for key, said in found
        if said.get("duty") and (since(said, "seen") <= IDLE.total_seconds() or said.get("screen"))
    ]


def since(said: Mapping[str, Any] | SessionBase, what: str) -> float:
    """Return how many seconds ago a session "began" or was last "seen": never fewer because a clock was set back."""
    return clock.passed([said.get(what, 0), *said.get(f"{what}_by", ())])


def stamp(what: str) -> dict[str, Any]:
    """Return what a session keeps of the present moment: when it "began", or was "seen"."""
    at, *by = clock.mark()
    return {what: at, f"{what}_by": by}


def open_sessions(person_id: UUID | None = None) -> list[SessionView]:
    """Return who is signed in, on which duty, since when and from where, the latest first; two statements."""
    rows = [(key, said) for key, said in _open() if person_id is None or said.get("person") == str(person_id)]
    duties = Duty.objects.filter(id__in={UUID(said["duty"]) for _, said in rows})
    held = {str(duty.id): duty for duty in duties.select_related("post__unit", "person")}
    people = Person.objects.filter(id__in={UUID(said["person"]) for _, said in rows})
    names = {str(row.id): row for row in people}
    views = [
        SessionView(
            mark=_mark(key),
            person_id=names[said["person"]].id,
            person_name=names[said["person"]].name,
            username=names[said["person"]].username,
            unit_name=held[said["duty"]].post.unit.name,
            post_name=held[said["duty"]].post.name,
            on_behalf=held[said["duty"]].person.name
            if str(held[said["duty"]].person_id) != said["person"]
            else "",
            address=str(said.get("address", "")),
            terminal=str(said.get("terminal_name", "")),
            began=datetime.fromtimestamp(said.get("began", 0), UTC),
            seen=datetime.fromtimestamp(said.get("seen", 0), UTC),
        )
        for key, said in rows
        if said["duty"] in held and said["person"] in names
    ]
    return sorted(views, key=lambda one: one.began, reverse=True)


@transaction.atomic
def end_session(actor: Actor, *, mark: str) -> Recorded:
    """End an open session: its next request leads to sign in. NotFound where it has ended."""
    access.require(actor, Permission.ACCOUNT_MANAGE)
    found = next(((key, said) for key, said in _open() if _mark(key) == mark), None)
    if found is None or Session.objects.filter(session_key=found[0]).delete()[0] != 1:
        raise NotFound
    person_id = UUID(found[1]["person"])
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.end-session", moment=moment(), subjects=[person_id],
        after={"duty": found[1]["duty"], "address": found[1].get("address", "")},
    )  # fmt: skip


@transaction.atomic
def end_sessions(actor: Actor, *, person_id: UUID) -> int:
    """End all open sessions of a person in one act; return how many there were, NotFound where none."""
    access.require(actor, Permission.ACCOUNT_MANAGE)
    keys = [key for key, said in _open() if said.get("person") == str(person_id)]
    ended = Session.objects.filter(session_key__in=keys).delete()[0]
    if not ended:
        raise NotFound
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.end-session", moment=moment(), subjects=[person_id], after={"sessions": ended}
    )  # fmt: skip
    return ended


def end_opened_by(person_id: UUID, by: str) -> int:
    """End a person's sessions that were opened by something, within the caller's act; return how many there were."""
    keys = [key for key, said in _open() if said.get("person") == str(person_id) and said.get("by") == by]
    return Session.objects.filter(session_key__in=keys).delete()[0]


def end_at_terminal(terminal_id: UUID) -> int:
    """End the sessions that were opened at a registered terminal, within the caller's act; return how many there were."""
    keys = [key for key, said in _open() if said.get("terminal") == str(terminal_id)]
    return Session.objects.filter(session_key__in=keys).delete()[0]


@transaction.atomic
def lift_pause(actor: Actor, *, person_id: UUID) -> Recorded:
    """Let somebody who mistyped the password try again at once, with the password as it is; NotFound where none pauses."""
    access.require(actor, Permission.ACCOUNT_MANAGE)
    person = Person.objects.filter(id=person_id).exclude(id=actor.person_id).first()
    if person is None or not SignInAttempt.objects.filter(username=person.username).delete()[0]:
        raise NotFound
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.lift-pause", moment=moment(), subjects=[person_id]
    )
