"""Reads for the administrators of the house: units with their people, accounts with how they sign in. No case in them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

from django.db.models import Count

from antong.kernel import clock
from antong.org._duties import in_force
from antong.org.models import Duty, Person, Post, SignInAttempt
from antong.org.types import Account

MOST_BY_NAME = 5
"""Failures of one account after which it pauses; at an address known to be the person's, failures made there alone."""
MEMORY = timedelta(hours=24)
"""How long a failure of an account is remembered."""
UNUSABLE = "!"


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
    failures = Counter(
        dict(
            SignInAttempt.objects.filter(at__gt=now - MEMORY)
            .values("username")
            .annotate(times=Count("id"))
            .values_list("username", "times")
        )
    )
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
            paused=failures[row.username] >= MOST_BY_NAME,
            first=row.must_change_password,
            off=not row.is_active,
        )
        for row in rows.order_by("name")[:most]
    ]
    words = text.lower().split()
    return [
        one for one in made if all(word in f"{one.name} {one.username} {one.unit}".lower() for word in words)
    ]


def is_paused(username: str) -> bool:
    """Whether an account pauses after wrong passwords, somewhere at least; one statement."""
    since = clock.now() - MEMORY
    return SignInAttempt.objects.filter(username=username, at__gt=since).count() >= MOST_BY_NAME
