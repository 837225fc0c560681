"""Guessing is slow: failures are counted by account and by address, and a pause that they begin is on record, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from antong.kernel import clock
from antong.kernel.moment import moment
from antong.kernel.refusal import NotPermitted
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org._house import HOUSE
from antong.org._rosters import MEMORY, MOST_BY_NAME, pause_of
from antong.org.models import KnownAddress, Person, SignInAttempt

MOST_BY_ADDRESS = 50
"""Failures of one address within ADDRESS_WINDOW after which it pauses, whatever the accounts."""
ADDRESS_WINDOW = timedelta(minutes=15)
ADDRESS_MEMORY = timedelta(days=30)
"""How long an address stays known as a person's."""
_LOCK_SPACES = (4101, 4102)  # of advisory locks: account, address


def charge(username: str, address: str) -> int:
    """Count an attempt and return its id, or refuse it while the account or the address pauses. Attempts of one account queue up."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for space, value in zip(_LOCK_SPACES, (username, address), strict=True):
                cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [space, value])
        now = clock.latest()
        # counted by a clock that was set back since: a pause may not last longer for it
        ahead = SignInAttempt.objects.filter(at__gt=now + clock.APART)
        ahead.filter(Q(username=username) | Q(address=address)).update(at=now)
        until = max(_name_paused_until(username, address, now), _address_paused_until(address, now))
        if until <= now:
            return SignInAttempt.objects.create(username=username, address=address, at=now).id
    raise NotPermitted(
        "不能登录：错误次数过多，已暂停。",
        code="throttled",
        basis=("案通登录规则：连续错误后暂停，防止猜测口令",),
        remedy=f"{minute_after(until):%H:%M} 后再试；忘记口令的，请本单位安全管理员重设。",
        who="本单位安全管理员",
    )


def minute_after(until: datetime) -> datetime:
    """Return a minute to show, of our day, that is over when a pause is."""
    return clock.local(clock.now() + (until - clock.latest()) + timedelta(seconds=59))


def _of_name(username: str, address: str, now: datetime) -> list[tuple[int, datetime]]:
    """Return the failures that count against an account at an address, the newest first."""
    rows = SignInAttempt.objects.filter(username=username, at__gt=now - MEMORY)
    known = KnownAddress.objects.filter(
        person__username=username, address=address, last_at__gt=now - ADDRESS_MEMORY
    )
    if known.exists():  # a stranger who guesses elsewhere does not lock the officer out
        rows = rows.filter(address=address)
    return _newest(rows, MOST_BY_NAME + 10)


def _newest(rows: QuerySet[SignInAttempt], most: int) -> list[tuple[int, datetime]]:
    return list(rows.order_by("-at", "-id").values_list("id", "at")[:most])


def _name_paused_until(username: str, address: str, now: datetime) -> datetime:
    return _name_pause(_of_name(username, address, now)) or now


def _name_pause(failures: list[tuple[int, datetime]]) -> datetime | None:
    """Return until when so many failures pause an account, None where they are too few."""
    return pause_of(len(failures), failures[0][1] if failures else None)


def _address_paused_until(address: str, now: datetime) -> datetime:
    rows = SignInAttempt.objects.filter(address=address, at__gt=now - ADDRESS_WINDOW)
    failures = _newest(rows, MOST_BY_ADDRESS)
    return failures[-1][1] + ADDRESS_WINDOW if len(failures) >= MOST_BY_ADDRESS else now


def succeeded(person_id: UUID, username: str, address: str) -> None:
    """Forget the failures that a right password makes harmless; remember the address.

    Those made elsewhere stay: somebody else may be guessing there.
    """
    now = clock.latest()
    SignInAttempt.objects.filter(Q(username=username, address=address) | Q(at__lt=now - MEMORY)).delete()
    KnownAddress.objects.bulk_create(
        [KnownAddress(person_id=person_id, address=address, last_at=now)],
        update_conflicts=True,
        unique_fields=["person", "address"],
        update_fields=["last_at"],
    )


@transaction.atomic
def note_pause(attempt: int, username: str, address: str) -> datetime | None:
    """Put on record that a failed attempt has begun a pause, where it has: of an account, of an address.

    Returns until when it pauses the account, whether anybody has it or not; None where it does not. One entry a pause,
    however many try: while it lasts nobody is counted, and only the newest failure begins one. Names that no account has
    are never written down, for one may be a password typed into the wrong field: that somebody tries them at an address is
    noted once for as long as that goes on, as are pauses of an address that follow on one another, so that nobody fills
    the ledger by guessing.
    """
    now = clock.latest()
    by_name = _of_name(username, address, now) if username else []
    until = _name_pause(by_name)
    person_id = Person.objects.filter(username=username).values_list("id", flat=True).first()
    if username and person_id is None:
        _note_unknown(attempt, address, now)
    if until and person_id and by_name[0][0] == attempt:
        _record([person_id], {"of": "account", "failures": len(by_name), "until": until, "address": address})
    rows = SignInAttempt.objects.filter(address=address, at__gt=now - 2 * ADDRESS_WINDOW)
    by_address = _newest(rows, MOST_BY_ADDRESS + 1)
    if _begins(by_address, attempt, MOST_BY_ADDRESS):
        ends = by_address[MOST_BY_ADDRESS - 1][1] + ADDRESS_WINDOW
        _record([], {"of": "address", "failures": MOST_BY_ADDRESS, "until": ends, "address": address})
    return until


def _note_unknown(attempt: int, address: str, now: datetime) -> None:
    """Put on record that names which no account has are tried at an address, without them."""
    rows = SignInAttempt.objects.filter(address=address, at__gt=now - 2 * ADDRESS_WINDOW).exclude(
        Q(username="") | Exists(Person.objects.filter(username=OuterRef("username")))
    )
    if _begins(_newest(rows, MOST_BY_NAME + 1), attempt, MOST_BY_NAME):
        _record([], {"of": "unknown", "failures": MOST_BY_NAME, "address": address})


def _begins(failures: list[tuple[int, datetime]], attempt: int, most: int) -> bool:
    """Whether with this attempt so many failures have come to fall into one window, and with the one before had not."""
    return _full(failures[:most], most) and failures[0][0] == attempt and not _full(failures[1:], most)


def _full(failures: list[tuple[int, datetime]], most: int) -> bool:
    """Whether so many failures fall into one window."""
    return len(failures) >= most and failures[most - 1][1] > failures[0][1] - ADDRESS_WINDOW


def _record(subjects: list[UUID], after: dict[str, object]) -> None:
    ledger.record(
        HOUSE, chain_id=SYSTEM_CHAIN, act="org.pause-sign-in", moment=moment(), subjects=subjects, after=after
    )
