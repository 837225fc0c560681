"""Tables of signing in: what a person has beside the password. Seen from elsewhere through `models`."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from antong.kernel.ids import new_id


class SecondFactor(models.Model):
    """The secret by which a person's phone makes codes (RFC 6238), sealed by the master key.

    `pending` is one that is being set up and opens nothing yet; `last_step` the newest code that was taken, so that none
    is taken twice.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sealed = models.BinaryField(null=True)
    since = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)
    pending = models.BinaryField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sealed__isnull=True, since__isnull=True)
                | Q(sealed__isnull=False, since__isnull=False),
                name="factor_since_it_is_sealed",
            ),
        ]


class RecoveryCode(models.Model):
    """A code that signs in once where the phone is lost; only its digest is kept."""

    id = models.BigAutoField(primary_key=True)
    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="codes")
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once"),
        ]


class FactorReset(models.Model):
    """That a lost second factor be forgotten: proposed by one administrator, decided by another."""

    REASON_LENGTH = 120
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=REASON_LENGTH)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(decided_at__isnull=True), name="factor_reset_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="factor_reset_by_two",
            ),
        ]
