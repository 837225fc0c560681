"""Tables of the room and their constraints; no rule lives here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from antong.custody.types import ToldBy
from antong.kernel.ids import new_id


class Admission(models.Model):
    """A person in a place of custody, from the door in to the door out (收押、出所).

    `paper`, `number`, `agency`, `told_until`, `told_at` are what the place was told last: on which paper, by which
    agency in charge (办案机关), until when; `Told` keeps all of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+")
    party = models.ForeignKey("cases.Party", models.PROTECT, related_name="+")
    place = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    cell = models.CharField(max_length=40, default="", blank=True)
    identity = models.CharField(max_length=120)
    admitted_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    admitted_name = models.CharField(max_length=60)
    paper = models.CharField(max_length=80)
    number = models.CharField(max_length=80, default="", blank=True)
    agency = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    told_until = models.DateTimeField(null=True)
    told_at = models.DateTimeField()
    release_ordered_at = models.DateTimeField(null=True)
    release_paper = models.CharField(max_length=120, default="", blank=True)
    discharged_at = models.DateTimeField(null=True)
    discharged_name = models.CharField(max_length=60, default="", blank=True)
    discharge_reason = models.CharField(max_length=120, default="", blank=True)
    discharge_paper = models.CharField(max_length=120, default="", blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party"], condition=Q(discharged_at__isnull=True), name="admission_open_once"
            ),
            models.CheckConstraint(
                condition=Q(discharged_at__isnull=True) | Q(discharged_at__gte=F("admitted_at")),
                name="discharged_after_admitted",
            ),
            models.CheckConstraint(
                condition=Q(discharged_at__isnull=True) | ~Q(discharge_reason=""), name="discharge_has_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["place", "admitted_at"], condition=Q(discharged_at__isnull=True), name="held_by_place"
            ),
            models.Index(fields=["place", "-discharged_at"], name="discharged_by_place"),
        ]


class Told(models.Model):
    """What a place was told of somebody it holds: never changed, each on the paper that said it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    admission = models.ForeignKey(Admission, models.PROTECT, related_name="told", db_index=False)
    by = models.CharField(max_length=12, choices=[(one.value, one.label) for one in ToldBy])
    paper = models.CharField(max_length=80)
    number = models.CharField(max_length=80, default="", blank=True)
    agency = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    until = models.DateTimeField(null=True)
    happened_at = models.DateTimeField()
    told_at = models.DateTimeField()
    handover_id = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["admission", "told_at"], name="told_of_admission")]


class Interrogation(models.Model):
    """A request to question somebody held (提讯): let in, or refused and why."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    admission = models.ForeignKey(Admission, models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    officers = models.JSONField(default=list)
    paper = models.CharField(max_length=80)
    at = models.DateTimeField()
    allowed = models.BooleanField()
    reason = models.CharField(max_length=200, default="", blank=True)
    recorded_name = models.CharField(max_length=60)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["admission", "-at"], name="interrogation_of")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(allowed=True) | ~Q(reason=""), name="interrogation_refused_why"
            ),
        ]
