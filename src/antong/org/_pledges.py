"""The pledge of secrecy (保密承诺书): its versions, who has signed the newest, who has not."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.contrib.auth.hashers import check_password
from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal, Stale
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import access
from antong.org._duties import in_force
from antong.org._guesses import charge, note_pause, succeeded
from antong.org._sign_in import LONGEST_PASSWORD
from antong.org._values import PledgeState, PledgeText, Unsigned
from antong.org.models import Duty, Person, Pledge
from antong.org.models import PledgeText as Text
from antong.org.types import Permission

SHORTEST, LONGEST = 20, 5000
BASIS = ("案通保密规则：使用平台的人签署保密承诺书，换新版的重新签署",)


def pledge_text() -> PledgeText | None:
    """Return the newest version of the pledge, None where none was ever issued; one statement."""
    row = Text.objects.select_related("issued_by").order_by("-version").first()
    return (
        None
        if row is None
        else PledgeText(
            version=row.version, text=row.text, issued_at=row.issued_at, issued_by=row.issued_by.name
        )
    )


def pledge_signed(person_id: UUID) -> tuple[int, str] | None:
    """Return the newest version that a person has signed, and when in words; one statement."""
    row = Pledge.objects.select_related("text").filter(person_id=person_id).order_by("-text__version").first()
    return None if row is None else (row.text.version, f"{clock.local(row.signed_at):%Y年%-m月%-d日 %H:%M}")


def pledge_state() -> PledgeState:
    """Return who of those who hold posts has not signed the newest version, by unit, and how many have; three statements."""
    newest = pledge_text()
    if newest is None:
        return PledgeState(newest=None, signed=0, unsigned=())
    signed = set(Pledge.objects.filter(text__version=newest.version).values_list("person_id", flat=True))
    duties = (
        Duty.objects.filter(in_force(), valid_from__lte=clock.now(), person__is_active=True)
        .exclude(person__password="")
        .exclude(person__password__startswith="!")  # noqa: S106 - what cannot sign in
        .select_related("person", "post__unit")
        .order_by("post__unit__code", "person__name", "id")
    )
    found: dict[UUID, Unsigned] = {}
    holders = set()
    for duty in duties:
        holders.add(duty.person_id)
        if duty.person_id not in signed and duty.person_id not in found:
            found[duty.person_id] = Unsigned(
                name=duty.person.name,
                staff_number=duty.person.staff_number,
                unit=duty.post.unit.name,
                post=duty.post.name,
                last_login=duty.person.last_login,
            )
    return PledgeState(newest=newest, signed=len(holders & signed), unsigned=tuple(found.values()))


@ledger.acted
def issue_pledge(actor: Actor, *, text: str) -> Recorded:
    """Issue a new version of the pledge: everybody signs it before the next act. Raises BadInput, Refusal where nothing changed."""
    access.require(actor, Permission.ACCOUNT_MANAGE)
    said = "\n".join(line.rstrip() for line in text.replace("\0", "").strip().splitlines())
    if not SHORTEST <= len(said) <= LONGEST:
        raise BadInput(
            "没有发布：承诺书太短或太长。",
            code="pledge-text",
            basis=BASIS,
            remedy=f"写明承诺的事项，{SHORTEST} 至 {LONGEST} 字。",
            fields={"pledge": f"{SHORTEST} 至 {LONGEST} 字"},
        )
    newest = Text.objects.select_for_update().order_by("-version").first()
    if newest is not None and newest.text == said:
        raise Refusal(
            "没有发布：与现行版本相同。",
            code="pledge-same",
            basis=BASIS,
            remedy="改动内容后再发布；不改的，无需办理。",
        )
    row = Text.objects.create(
        version=newest.version + 1 if newest else 1,
        text=said,
        issued_by_id=actor.person_id,
        issued_at=clock.now(),
    )
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.issue-pledge", moment=moment(), subjects=[row.id],
        after={"version": row.version, "digest": hashlib.sha256(said.encode()).hexdigest()},
    )  # fmt: skip


def sign_pledge(
    actor: Actor, *, version: int, name: str, password: str | None, address: str = ""
) -> Recorded:
    """Sign the newest version with one's typed name and password; None for the password where a certificate opened the session.

    A wrong password counts as a failed sign-in. Raises BadInput, Stale where there is a newer version, NotFound where it is signed.
    """
    access.require(actor, Permission.SELF_MANAGE)
    person = Person.objects.get(id=actor.person_id)
    row = Text.objects.order_by("-version").first()
    if row is None or Pledge.objects.filter(person=person, text=row).exists():
        raise NotFound
    if row.version != version:
        raise Stale("没有签署：承诺书刚刚换了新版，请看过新版再签。")
    wrong = {}
    if "".join(name.split()) != "".join(person.name.split()):
        wrong["name"] = f"输入您自己的姓名：{person.name}"
    if password is not None:
        address = address.replace("\0", "")[:64]
        attempt = charge(person.username, address)
        if check_password(password[:LONGEST_PASSWORD], person.password):
            succeeded(person.id, person.username, address)
        else:
            note_pause(attempt, person.username, address)
            wrong["password"] = "口令不对"  # noqa: S105 - words
    if wrong:
        raise BadInput(
            "没有签署：姓名或口令不对。",
            code="pledge-sign",
            basis=BASIS,
            remedy="改正标红的各项。",
            fields=wrong,
        )
    with transaction.atomic():  # not around the password: a wrong one stays counted
        made, new = Pledge.objects.get_or_create(
            person=person, text=row, defaults={"name": person.name, "signed_at": clock.now()}
        )
        if not new:
            raise NotFound
        return ledger.record(
            actor, chain_id=SYSTEM_CHAIN, act="org.sign-pledge", moment=moment(), subjects=[made.id],
            after={"version": version, "digest": hashlib.sha256(row.text.encode()).hexdigest()},
        )  # fmt: skip
