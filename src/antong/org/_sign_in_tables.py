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


class Certificate(models.Model):
    """A certificate that a person signs in by, as administrators have registered it; known by its SHA-256."""

    REASON_LENGTH = 120
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    fingerprint = models.BinaryField(max_length=32)
    subject = models.CharField(max_length=300)
    issuer = models.CharField(max_length=300)
    serial = models.CharField(max_length=64)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_why = models.CharField(max_length=REASON_LENGTH, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fingerprint"], name="certificate_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["person"], name="certificate_by_person")]


class PledgeText(models.Model):
    """A version of the pledge of secrecy (保密承诺书) that everybody signs; the newest is the one that is asked for."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()


class Pledge(models.Model):
    """That a person has signed a version of the pledge, and as whom: never changed, never deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.ForeignKey(PledgeText, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    signed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "text"], name="pledge_signed_once"),
        ]


class Terminal(models.Model):
    """A machine that a unit works at (固定设备): where it stands, who uses it, and by what it proves itself (decision 0015).

    Of the code that is read out and of what the browser keeps only digests are held; both are of one machine.
    """

    NAME_LENGTH = 40
    TEXT_LENGTH = 100
    REASON_LENGTH = 120
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    name = models.CharField(max_length=NAME_LENGTH)
    place = models.CharField(max_length=TEXT_LENGTH)
    users = models.CharField(max_length=TEXT_LENGTH)
    code = models.BinaryField(max_length=32, null=True)
    code_until = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=32, null=True)
    enrolled_at = models.DateTimeField(null=True)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_why = models.CharField(max_length=REASON_LENGTH, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], name="terminal_code_once"),
            models.UniqueConstraint(fields=["digest"], name="terminal_digest_once"),
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(revoked_at__isnull=True), name="terminal_name_once"
            ),
            models.CheckConstraint(
                condition=Q(code__isnull=True, code_until__isnull=True)
                | Q(code__isnull=False, code_until__isnull=False, digest__isnull=True),
                name="terminal_code_or_digest",
            ),
        ]


class TerminalRule(models.Model):
    """That a unit's people sign in at its registered terminals alone, for as long as the row stands."""

    unit = models.OneToOneField("org.Unit", models.PROTECT, primary_key=True, related_name="+")
    since = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
