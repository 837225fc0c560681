"""Tables of the room and their constraints."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from antong.kernel.actor import Rank
from antong.kernel.ids import new_id
from antong.org.types import Level, Role, UnitKind


class Instance(models.Model):
    """Whose hub this database is: one row, written when it is founded. `letters` begin its case numbers."""

    ONLY = 1
    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    name = models.CharField(max_length=40)
    letters = models.CharField(max_length=8)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="one_instance"),
        ]


class Unit(models.Model):
    """A unit (单位) of an agency. Stations and squads hang below their bureau."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.label) for kind in UnitKind])
    level = models.CharField(max_length=12, choices=[(level.value, level.value) for level in Level])
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    county_code = models.CharField(max_length=8)
    initials = models.CharField(max_length=12)
    pinyin = models.CharField(max_length=80, default="", blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "county_code"], name="unit_by_kind")]


class Counterpart(models.Model):
    """Which unit of another kind a unit deals with by default (对口单位)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="counterparts")
    other = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "other"], name="counterpart_once"),
        ]


class PersonManager(BaseUserManager["Person"]):
    """People are entered by actions; the manager serves sign-in only."""


class Person(AbstractBaseUser):
    """Somebody who works on the platform."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    pinyin = models.CharField(max_length=60, default="", blank=True)
    staff_number = models.CharField(max_length=24, unique=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    preferences = models.JSONField(default=dict)

    USERNAME_FIELD = "username"
    objects = PersonManager()


class Post(models.Model):
    """A post (岗位) in a unit: what its holders do."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    name = models.CharField(max_length=60)
    role = models.CharField(max_length=30, choices=[(role.value, role.label) for role in Role])
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["unit", "name"], name="post_once")]
        indexes: ClassVar = [models.Index(fields=["unit", "role"], name="post_by_role")]


class Duty(models.Model):
    """A person's holding of a post, A (primary) or B (backup), with its dates."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(Post, models.PROTECT, related_name="duties")
    person = models.ForeignKey(Person, models.PROTECT, related_name="duties")
    rank = models.CharField(max_length=8, choices=[(rank.value, rank.value) for rank in Rank])
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["post"],
                condition=Q(rank="primary", valid_until__isnull=True),
                name="one_primary_per_post",
            ),
            models.UniqueConstraint(
                fields=["post", "person"], condition=Q(valid_until__isnull=True), name="duty_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="duty_ends_after_start",
            ),
        ]


class RosterShift(models.Model):
    """Who is on duty in a unit, by the hour."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="shifts")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start"),
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "starts_at"], name="shift_by_unit")]


class Delegation(models.Model):
    """One person acts for another's duty between two instants."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    duty = models.ForeignKey(Duty, models.PROTECT, related_name="delegations")
    to_person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="delegation_has_span"),
        ]


class Notice(models.Model):
    """Something a unit or a person is told: about what, answer by when, to whom it escalates.

    `escalates` is the notice that was asked first, `duty_name` who was on duty when it came.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    to_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    to_person = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=24)
    title = models.CharField(max_length=160)
    body = models.TextField(default="", blank=True)
    case_id = models.UUIDField(null=True)
    handover_id = models.UUIDField(null=True)
    from_name = models.CharField(max_length=120, default="", blank=True)
    created_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True)
    escalate_to = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True)
    from_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True)
    duty_name = models.CharField(max_length=120, default="", blank=True)
    read_at = models.DateTimeField(null=True)
    read_by = models.UUIDField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    answered_name = models.CharField(max_length=60, default="", blank=True)
    answer = models.CharField(max_length=300, default="", blank=True)
    escalated_at = models.DateTimeField(null=True)
    escalates = models.ForeignKey("self", models.PROTECT, related_name="+", null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["to_unit", "-created_at"], name="notice_by_unit"),
            models.Index(fields=["to_unit"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["case_id"], condition=Q(case_id__isnull=False), name="notice_of_case"),
            models.Index(
                fields=["handover_id"], condition=Q(handover_id__isnull=False), name="notice_of_handover"
            ),
            models.Index(
                fields=["answer_by"],
                condition=Q(answer_by__isnull=False, answered_at__isnull=True, escalated_at__isnull=True),
                name="notice_owed",
            ),
        ]


class FormDraft(models.Model):
    """What somebody has typed in a form and not yet sent; the person's own, deleted when sent."""

    PLACE_LENGTH = 120
    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    place = models.CharField(max_length=PLACE_LENGTH)
    values = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "place"], name="form_draft_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["saved_at"], name="form_draft_by_age")]


class KnownAddress(models.Model):
    """An address from which somebody has signed in: failures made elsewhere do not pause the account there."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    address = models.CharField(max_length=64)
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "address"], name="known_address_once"),
        ]


class SignInAttempt(models.Model):
    """A failed sign-in, counted by account and by address to slow guessing."""

    id = models.BigAutoField(primary_key=True)
    username = models.CharField(max_length=60)
    address = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["username", "at"], name="attempt_by_name"),
            models.Index(fields=["address", "at"], name="attempt_by_address"),
        ]


class Report(models.Model):
    """A fault or a suggestion, as it was reported from a page, and its answer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8)
    text = models.CharField(max_length=1000)
    page = models.CharField(max_length=200, default="", blank=True)
    facts = models.JSONField(default=dict)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=60)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    answer = models.CharField(max_length=500, default="", blank=True)
    answered_name = models.CharField(max_length=60, default="", blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["person", "-created_at"], name="report_by_person"),
            models.Index(fields=["-answered_at", "-created_at"], name="report_by_answer"),
        ]


class SystemToken(models.Model):
    """By which an agency's own system acts: on a duty, with some of its permissions, until a day.

    Of the secret only its digest is kept. `permissions`, `flows` and `addresses` are lists; the last two empty for all.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    duty = models.ForeignKey(Duty, models.PROTECT, related_name="+")
    system = models.CharField(max_length=40)
    own = models.BooleanField()
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.BinaryField(max_length=32)
    permissions = models.JSONField()
    flows = models.JSONField(default=list)
    addresses = models.JSONField(default=list)
    valid_until = models.DateTimeField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    allowed_at = models.DateTimeField(null=True)
    allowed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True)
    revoked_why = models.CharField(max_length=120, default="", blank=True)
    used_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("issued_at")), name="token_ends_after_issue"
            ),
            models.CheckConstraint(
                condition=Q(allowed_by__isnull=True) | ~Q(allowed_by=F("issued_by")), name="token_by_two"
            ),
        ]


class SystemCall(models.Model):
    """An act that a system has asked for under a key of its own, with a digest of what it asked."""

    KEY_LENGTH = 128
    id = models.BigAutoField(primary_key=True)
    token = models.ForeignKey(SystemToken, models.CASCADE, related_name="+")
    key = models.CharField(max_length=KEY_LENGTH)
    asked = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["token", "key"], name="call_once")]
        indexes: ClassVar = [models.Index(fields=["at"], name="call_by_age")]


from antong.org._sign_in_tables import (  # noqa: E402 - they refer to people
    Certificate,
    FactorReset,
    Pledge,
    PledgeText,
    RecoveryCode,
    SecondFactor,
    Terminal,
    TerminalRule,
)
from antong.org._webhook_tables import Webhook, WebhookCall  # noqa: E402 - they refer to units

__all__ = [
    "Certificate", "Counterpart", "Delegation", "Duty", "FactorReset", "FormDraft", "Instance", "KnownAddress", "Notice", "Person", "Pledge", "PledgeText", "Post",
    "RecoveryCode", "Report", "RosterShift", "SecondFactor", "SignInAttempt", "SystemCall", "SystemToken", "Terminal", "TerminalRule", "Unit",
    "Webhook", "WebhookCall",
]  # fmt: skip
