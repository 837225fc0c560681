"""Tables of the room and their constraints; the three views it reads are in its migrations (docs/watch.md)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from antong.kernel.ids import new_id
from antong.watch.types import AlarmKind, Step


class Alarm(models.Model):
    """Something wrong with somebody held: raised, told step by step until it is answered, cleared when it is no more so."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16, choices=[(one.value, one.label) for one in AlarmKind])
    why = models.CharField(max_length=200)
    case_id = models.UUIDField()
    case_number = models.CharField(max_length=32)
    party_id = models.UUIDField()
    person = models.CharField(max_length=100, blank=True)
    agency = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    handler_id = models.UUIDField(null=True)
    place = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", null=True, db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    raised_at = models.DateTimeField()
    step = models.CharField(
        max_length=1, choices=[(one.value, one.label) for one in Step], default=Step.HANDLER
    )
    stepped_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    answered_name = models.CharField(max_length=60, default="", blank=True)
    answer = models.CharField(max_length=300, default="", blank=True)
    answer_until = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party_id", "kind"], condition=Q(cleared_at__isnull=True), name="alarm_stands_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["case_id"], condition=Q(cleared_at__isnull=True), name="alarm_of_case"),
            models.Index(fields=["agency"], condition=Q(cleared_at__isnull=True), name="alarm_of_agency"),
            models.Index(fields=["place"], condition=Q(cleared_at__isnull=True), name="alarm_of_place"),
        ]


class Addressed(models.Model):
    """Who was told of an alarm: a unit, or one person of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    alarm = models.ForeignKey(Alarm, models.PROTECT, related_name="addressed")
    step = models.CharField(max_length=1, choices=[(one.value, one.label) for one in Step])
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    person_id = models.UUIDField(null=True)
    person = models.CharField(max_length=60, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["unit", "alarm"], name="addressed_unit")]


class Beat(models.Model):
    """One row: when the watch began, and last looked. `silent_at`: since when its silence is on the record."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    began_at = models.DateTimeField()
    at = models.DateTimeField()
    number = models.BigIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    alarms = models.PositiveIntegerField(default=0)
    silent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_beat")]
