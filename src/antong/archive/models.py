"""Tables of the room."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from antong.archive.types import DestructionState
from antong.kernel.ids import new_id


class Destruction(models.Model):
    """The lawful destruction of one case's file: proposed by one person, carried out by another; kept for ever.

    It holds no name of a party. `seen_by` are the units that had the case when it was proposed: they are told, may
    object, and find it in their register. `again_at` is when a restored database carried it out once more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case_id = models.UUIDField()
    number = models.CharField(max_length=32)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    seen_by = ArrayField(models.UUIDField())
    state = models.CharField(
        max_length=12, choices=[(state.value, state.label) for state in DestructionState]
    )
    approval_number = models.CharField(max_length=80)
    approved_on = models.DateField()
    retention_ended_on = models.DateField()
    reason = models.CharField(max_length=200)
    held = models.JSONField(default=dict)
    proposed_by = models.UUIDField()
    proposed_name = models.CharField(max_length=60)
    proposed_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_name = models.CharField(max_length=60, default="", blank=True)
    decided_unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, default="", blank=True)
    entry_number = models.PositiveIntegerField(null=True)
    entry_digest = models.BinaryField(max_length=32, null=True)
    again_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case_id"], condition=Q(state__in=["proposed", "done"]), name="destruction_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="destruction_by_two",
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["seen_by"], name="destruction_of_unit"),
            models.Index(fields=["-proposed_at"], name="destruction_newest"),
        ]
