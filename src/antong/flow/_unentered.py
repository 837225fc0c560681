"""Hand-overs that were sent and have not entered anywhere: on one hub that is one transaction, so there are none."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Min

from antong.flow.models import HandOver
from antong.flow.types import State
from antong.kernel import clock


def not_entered(after: timedelta) -> tuple[int, datetime | None]:
    """Return how many hand-overs were sent longer ago than `after` and have not entered, and the first's time; one statement."""
    rows = HandOver.objects.filter(
        closed_at__isnull=True,
        state__in=[State.SENT.value, State.ARRIVED.value],
        changed_at__lt=clock.now() - after,
    )
    found = rows.aggregate(many=Count("id"), first=Min("changed_at"))
    return found["many"], found["first"]
