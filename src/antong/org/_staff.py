"""People: entering, moving, correcting, and those who leave. Done by the system administrator, who sees no case."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from antong.kernel import clock
from antong.kernel.actor import Actor, Rank
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import NotFound, NotPermitted
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import access
from antong.org._duties import in_force
from antong.org._fields import Form, initials, one_at_a_time
from antong.org._people import keep_apart, vacant
from antong.org._plant import spelled_password
from antong.org._values import FirstPassword
from antong.org.models import Delegation, Duty, Person, Post, RosterShift
from antong.org.types import Permission, Role

USERNAME = r"[a-z0-9][a-z0-9._-]{2,59}"
USERNAME_ALLOWED = "3 到 60 位小写字母、数字、点、短横"
NUMBER = r"[0-9A-Za-z-]+"
NUMBER_ALLOWED = "只用数字、字母和短横"
PEOPLE = "案通人员规则：一人一个编号、一个用户名"


def check_person(form: Form, *, name: str, staff_number: str, username: str) -> tuple[str, str, str]:
    """Return name, number and username without spaces around them; note on the form what is wrong with each.

    Whether number and username are free is asked by the caller, for one or for many at once.
    """
    name = form.text("name", name, 60)
    staff_number = form.text("staff_number", staff_number, 24, pattern=NUMBER, allowed=NUMBER_ALLOWED)
    own = username.strip().lower()
    if own or "staff_number" not in form.wrong:  # what is wrong with a number is told once
        own = form.text(
            "username", own or staff_number.lower(), 60, pattern=USERNAME, allowed=USERNAME_ALLOWED
        )
    return name, staff_number, own


@transaction.atomic
def new_person(
    actor: Actor,
    *,
    name: str,
    staff_number: str,
    username: str = "",
    post_id: UUID | None = None,
    rank: Rank = Rank.PRIMARY,
) -> FirstPassword:
    """Enter a person, with a first password that is told once and changed at the first sign-in; with a post where given.

    Without a username the number is one.
    """
    access.require(actor, Permission.ORG_MANAGE)
    one_at_a_time()
    form = Form()
    name, staff_number, username = check_person(form, name=name, staff_number=staff_number, username=username)
    if Person.objects.filter(staff_number=staff_number).exists():
        form.wrong["staff_number"] = "已有人用这个编号"
    if Person.objects.filter(username=username).exists():
        form.wrong["username"] = "已有人用这个用户名"
    form.refuse("不能增加人员：各项不全或不对。", "person-fields", PEOPLE)
    password = spelled_password()
    person = Person.objects.create(
        id=new_id(), name=name, staff_number=staff_number, username=username, pinyin=initials(name)[:60],
        password=make_password(password), must_change_password=True,
    )  # fmt: skip
    duty_id = _give(actor, person.id, post_id, rank) if post_id is not None else None
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.new-person", moment=moment(), subjects=[person.id],
        after={"number": staff_number, "username": username, "post": post_id, "rank": rank, "duty": duty_id},
    )  # fmt: skip
    return FirstPassword(person_id=person.id, name=name, username=username, password=password)


def _give(actor: Actor, person_id: UUID, post_id: UUID, rank: Rank) -> UUID:
    """Give a person a post from now; refuse where it has its A or the posts must stay apart."""
    now = clock.now()
    post = Post.objects.select_for_update().filter(in_force(), id=post_id).first()
    if post is None or (post.unit.valid_until is not None and post.unit.valid_until <= now):
        raise NotFound
    keep_apart(actor, person_id, Role(post.role))
    vacant(post, person_id, rank, now)
    return Duty.objects.create(post=post, person_id=person_id, rank=rank, valid_from=now).id


def _locked(actor: Actor, person_id: UUID, doing: str) -> Person:
    if person_id == actor.person_id:
        raise NotPermitted(
            f"不能{doing}：不得办理自己的任职。",
            code="own-duty",
            basis=("案通三员分立规则：授权人与被授权人分开",),
            remedy="由另一名系统管理员办理。",
            who="本单位另一名系统管理员",
        )
    person = Person.objects.select_for_update().filter(id=person_id, is_active=True).first()
    if person is None:
        raise NotFound
    return person


def _end_all(person_id: UUID, now: datetime) -> dict[str, Any]:
    """End what a person holds and was lent, and the shifts still to come; return what it was."""
    duties = Duty.objects.filter(in_force(), person_id=person_id)
    ended = list(duties.values_list("id", flat=True))
    lent = Delegation.objects.filter(Q(to_person_id=person_id) | Q(duty_id__in=ended), ends_at__gt=now)
    taken = list(lent.values_list("id", flat=True))
    # what would only begin never does
    Delegation.objects.filter(id__in=taken, starts_at__gte=now).delete()
    Delegation.objects.filter(id__in=taken).update(ends_at=now)
    Duty.objects.filter(id__in=ended, valid_from__gte=now).delete()
    Duty.objects.filter(id__in=ended).update(valid_until=now)
    shifts = RosterShift.objects.filter(person_id=person_id, ends_at__gt=now)
    shifts.filter(starts_at__lt=now).update(ends_at=now)
    dropped = shifts.filter(starts_at__gte=now).delete()[0]
    return {"duties": ended, "delegations": taken, "shifts": dropped}


@transaction.atomic
def move_person(actor: Actor, *, person_id: UUID, post_id: UUID, rank: Rank = Rank.PRIMARY) -> Recorded:
    """Move a person to another post, in this unit or another: all duties end, the new one begins; one act.

    The cases stay in the unit: its leader hands them over (`flow.actions.hand_over_cases`).
    """
    access.require(actor, Permission.ORG_MANAGE)
    one_at_a_time()
    _locked(actor, person_id, "调动")
    before = _end_all(person_id, clock.now())
    duty_id = _give(actor, person_id, post_id, rank)
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.move-person", moment=moment(), subjects=[person_id, duty_id],
        before=before, after={"post": post_id, "rank": rank, "duty": duty_id},
    )  # fmt: skip


@transaction.atomic
def leave_service(actor: Actor, *, person_id: UUID, reason: str) -> Recorded:
    """Let a person leave (离任): duties, delegations and shifts end, the account is closed. It is opened by another administrator alone."""
    access.require(actor, Permission.ORG_MANAGE)
    one_at_a_time()
    form = Form()
    reason = form.text("reason", reason, 60)
    form.refuse("不能办理离任：须写明原因。", "leave-reason", "案通人员规则：离任须有原因")
    _locked(actor, person_id, "办理离任")
    before = _end_all(person_id, clock.now())
    Person.objects.filter(id=person_id).update(is_active=False)
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.leave-service", moment=moment(), subjects=[person_id],
        before=before, after={"reason": reason},
    )  # fmt: skip


@transaction.atomic
def amend_person(actor: Actor, *, person_id: UUID, name: str, staff_number: str) -> Recorded:
    """Correct a person's name or number; what was signed keeps what stood there."""
    access.require(actor, Permission.ORG_MANAGE)
    one_at_a_time()
    person = Person.objects.select_for_update().filter(id=person_id).first()
    if person is None:
        raise NotFound
    form = Form()
    name, staff_number, _ = check_person(form, name=name, staff_number=staff_number, username=person.username)
    form.wrong.pop("username", None)
    if Person.objects.filter(staff_number=staff_number).exclude(id=person_id).exists():
        form.wrong["staff_number"] = "已有人用这个编号"
    form.refuse("不能更正：各项不全或不对。", "person-fields", PEOPLE)
    Person.objects.filter(id=person_id).update(
        name=name, staff_number=staff_number, pinyin=initials(name)[:60]
    )
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.amend-person", moment=moment(), subjects=[person_id],
        before={"name": person.name, "number": person.staff_number}, after={"name": name, "number": staff_number},
    )  # fmt: skip
