"""Tables of webhooks. Seen from elsewhere through `models`."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from antong.kernel.ids import new_id


class Webhook(models.Model):
    """Where a unit's system is called: `place` is up to where of the ledger it was told, `next_at` when it is called again.

    `secret` is sealed by the master key; `old_secret` signs beside it for a day after it was replaced.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    url = models.CharField(max_length=300)
    types = models.JSONField(default=list)
    secret = models.BinaryField()
    old_secret = models.BinaryField(null=True)
    rotated_at = models.DateTimeField(null=True)
    place = models.BigIntegerField()
    next_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    allowed_at = models.DateTimeField(null=True)
    allowed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    paused_at = models.DateTimeField(null=True)
    paused_why = models.CharField(max_length=120, default="", blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(allowed_by__isnull=True) | ~Q(allowed_by=F("made_by")), name="webhook_by_two"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"],
                name="webhook_due",
                condition=Q(allowed_at__isnull=False, paused_at__isnull=True, ended_at__isnull=True),
            )
        ]


class WebhookCall(models.Model):
    """A call of a webhook with one event, and what the other side said."""

    id = models.BigAutoField(primary_key=True)
    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="calls")
    event_id = models.UUIDField()
    place = models.BigIntegerField()
    type = models.CharField(max_length=40)
    at = models.DateTimeField()
    taken = models.BooleanField()
    said = models.CharField(max_length=120)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["webhook", "-id"], name="webhook_call_newest"),
            models.Index(fields=["at"], name="webhook_call_by_age"),
        ]
