"""Reads for the administrators of the house: units with their people, accounts with how they sign in. No case in them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max

from antong.kernel import clock
from antong.org._duties import in_force
from antong.org.models import Duty, Person, Post, SignInAttempt
from antong.org.types import Account

MOST_BY_NAME = 5
"""Failures of one account after which it pauses; at an address known to be the person's, failures made there alone."""
MEMORY = timedelta(hours=24)
"""How long a failure of an account is remembered."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
UNUSABLE = "!"


def pause_of(failures: int, newest: datetime | None) -> datetime | None:
    """Return until when so many failures pause an account, the newest then; None where they are too few."""
    if failures < MOST_BY_NAME or newest is None:
        return None
    pause: timedelta = FIRST_PAUSE * 2 ** min(failures - MOST_BY_NAME, 10)
    return newest + min(pause, LONGEST_PAUSE)


def posts_by_unit() -> dict[UUID, int]:
    """Return by unit how many posts are in force there, whether anybody holds them or not; one statement."""
    rows = Post.objects.filter(in_force()).values("unit_id").annotate(posts=Count("id"))
    return {row["unit_id"]: row["posts"] for row in rows}


def held_by_unit() -> dict[UUID, tuple[int, int]]:
    """Return by unit how many posts are held there, and by how many people; one statement."""
    now = clock.now()
    rows = (
        Duty.objects.filter(in_force(), valid_from__lte=now, person__is_active=True)
        .values("post__unit_id")
        .annotate(posts=Count("post_id", distinct=True), people=Count("person_id", distinct=True))
    )
    return {row["post__unit_id"]: (row["posts"], row["people"]) for row in rows}


def accounts(text: str = "", *, most: int = 1000) -> list[Account]:
    """Return the accounts that can sign in, by name, account or unit; three statements."""
    now = clock.now()
    rows = Person.objects.exclude(password="").exclude(password__startswith=UNUSABLE)
    held: dict[object, list[Duty]] = {}
    duties = Duty.objects.filter(in_force(), valid_from__lte=now).select_related("post", "post__unit")
    for duty in duties.order_by("-rank", "post__name"):
        held.setdefault(duty.person_id, []).append(duty)
    counted = SignInAttempt.objects.filter(at__gt=now - MEMORY).values("username")
    failures = {
        name: (times, pause_of(times, newest))
        for name, times, newest in counted.annotate(times=Count("id"), newest=Max("at")).values_list(
            "username", "times", "newest"
        )
    }
    made = [
        Account(
            id=row.id,
            name=row.name,
            username=row.username,
            unit=held[row.id][0].post.unit.name if row.id in held else "",
            posts="、".join(
                f"{one.post.name}（{'A' if one.rank == 'primary' else 'B'}岗）"
                for one in held.get(row.id, [])
            ),
            last_login=row.last_login,
            failures=failures.get(row.username, (0, None))[0],
            paused_until=_lasting(failures.get(row.username, (0, None))[1], now),
            first=row.must_change_password,
            off=not row.is_active,
        )
        for row in rows.order_by("name")[:most]
    ]
    words = text.lower().split()
    return [
        one for one in made if all(word in f"{one.name} {one.username} {one.unit}".lower() for word in words)
    ]


def _lasting(until: datetime | None, now: datetime) -> datetime | None:
    return until if until is not None and until > now else None


def pause(username: str) -> tuple[int, datetime | None]:
    """Return how often an account's password was wrong within a day, and until when it pauses if it does; one statement."""
    now = clock.now()
    found = SignInAttempt.objects.filter(username=username, at__gt=now - MEMORY).aggregate(
        times=Count("id"), newest=Max("at")
    )
    return found["times"], _lasting(pause_of(found["times"], found["newest"]), now)
