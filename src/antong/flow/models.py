"""Tables of the room: hand-overs, rounds, subjects, obligations, reasons, approvals, answers, tasks.

A foreign key with which another index begins has no index of its own.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from antong.flow.types import APPROVALS, DATED, WAITING, Kind, State, TaskKind
from antong.kernel.ids import new_id


class HandOver(models.Model):
    """One hand-over (移送). `from_unit` does the work, `office` is the organ in whose name it is done.

    `first_sent_at` and `last_act_at` are when the first sending and the last act happened.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="+", db_index=False)
    flow = models.CharField(max_length=60)
    flow_version = models.PositiveSmallIntegerField()
    catalog_hash = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in Kind])
    state = models.CharField(max_length=12, choices=[(state.value, state.label) for state in State])
    round = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    from_unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    office = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    to_unit_ids = models.JSONField(default=list)
    document_ids = models.JSONField(default=list)
    composed_by = models.UUIDField()
    composed_name = models.CharField(max_length=60)
    maker_ids = models.JSONField(
        default=list
    )  # who composed, amended or sent up, and for whom: none may approve
    track = models.CharField(max_length=8, default="single")
    statement = models.BooleanField(default=False)
    fields = models.JSONField(default=dict)
    step = models.PositiveSmallIntegerField(default=0)
    answers_id = models.UUIDField(null=True)
    happened_at = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)
    last_act_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(round__gte=1), name="handover_round_positive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["case", "created_at"], name="handover_of_case"),
            models.Index(fields=["from_unit", "state", "changed_at"], name="handover_of_sender"),
            models.Index(fields=["from_unit", "-changed_at"], name="handover_by_change"),
            models.Index(
                fields=["from_unit", "changed_at"],
                condition=Q(closed_at__isnull=True, state__in=[state.value for state in WAITING]),
                name="handover_waiting",
            ),
            models.Index(
                fields=["changed_at"], condition=Q(closed_at__isnull=True), name="handover_under_way"
            ),
        ]


class Round(models.Model):
    """One sending of a hand-over. Immutable once sent: sheet, manifest and package are digested."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="rounds", db_index=False)
    number = models.PositiveSmallIntegerField()
    sheet_id = models.UUIDField(null=True)
    manifest_id = models.UUIDField(null=True)
    package = models.JSONField(default=dict)
    package_digest = models.BinaryField(max_length=32, null=True)
    findings = models.JSONField(default=list)
    explanations = models.JSONField(default=dict)
    submitted_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    fix_by = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, default="", blank=True)
    moved = models.JSONField(default=dict)  # party -> [stage, state] before and after, where sending moved it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handover", "number"], name="round_once"),
        ]


class Subject(models.Model):
    """A person the hand-over is about, answered apart from the others."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="subjects", db_index=False)
    party_id = models.UUIDField()
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=40, default="", blank=True)
    reason = models.TextField(default="", blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handover", "party_id"], name="subject_once"),
        ]


class Obligation(models.Model):
    """What one receiver owes for one round: staged receipts, then acceptance, then the answer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="obligations", db_index=False)
    round = models.PositiveSmallIntegerField()
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=[(state.value, state.label) for state in State])
    left_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.UUIDField(null=True)
    accepted_name = models.CharField(max_length=60, default="", blank=True)
    returned_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    receive_due = models.DateTimeField(null=True)
    answer_due = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    silent_since = models.DateTimeField(null=True)
    handler_id = models.UUIDField(null=True)
    handler_name = models.CharField(max_length=60, default="", blank=True)
    heard_at = models.DateTimeField(null=True)  # by the duty room: no receipt, the limit runs on
    heard_name = models.CharField(max_length=60, default="", blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handover", "round", "unit"], name="obligation_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "state", "receive_due"], name="obligation_of_unit"),
            models.Index(fields=["unit", "-entered_at"], name="obligation_by_entry"),
            models.Index(
                fields=["handover"], condition=Q(silent_since__isnull=False), name="obligation_kept_silent"
            ),
            models.Index(
                fields=["receive_due"],
                condition=Q(accepted_at__isnull=True, returned_at__isnull=True, silent_since__isnull=True),
                name="obligation_silent",
            ),
        ]


class ReturnReason(models.Model):
    """A reason pinned to a page, an entry or the file, and how the next round met it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="reasons", db_index=False)
    round = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    page_id = models.UUIDField(null=True)
    entry_id = models.UUIDField(null=True)
    place = models.CharField(max_length=160, default="", blank=True)
    code = models.CharField(max_length=40)
    text = models.CharField(max_length=500)
    basis = models.CharField(max_length=200, default="", blank=True)
    x = models.PositiveSmallIntegerField(null=True)
    y = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=12, default="open")
    resolution = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handover", "round", "position"], name="reason_position_once"),
            models.CheckConstraint(
                condition=Q(x__isnull=True, y__isnull=True) | Q(x__lte=1000, y__lte=1000),
                name="pin_within_page",
            ),
        ]


class Approval(models.Model):
    """A decision of a leader on a round or on an answer; never one's own work."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="approvals")
    round = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField()
    of_answer = models.UUIDField(null=True)
    person_id = models.UUIDField()
    person_name = models.CharField(max_length=60)
    post_name = models.CharField(max_length=60)
    rank = models.CharField(max_length=8)
    approved = models.BooleanField()
    comment = models.CharField(max_length=500, default="", blank=True)
    at = models.DateTimeField()


class Answer(models.Model):
    """A decision proposed by the receiver, in force once approved."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="answers")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    outcomes = models.JSONField(default=list)
    document_ids = models.JSONField(default=list)
    fields = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default="proposed")
    proposed_by = models.UUIDField()
    proposed_name = models.CharField(max_length=60)
    maker_ids = models.JSONField(default=list)
    proposed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["handover"], condition=Q(state="proposed"), name="one_answer_proposed"
            ),
        ]


class Task(models.Model):
    """What a unit, a role in it or one person owes: the desk reads only this."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=30, default="", blank=True)
    person_id = models.UUIDField(null=True)
    case_id = models.UUIDField()
    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="+", null=True, db_index=False)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.label) for kind in TaskKind])
    title = models.CharField(max_length=120)
    from_unit = models.CharField(max_length=80, default="", blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["handover", "unit", "kind"],
                condition=Q(closed_at__isnull=True),
                name="task_open_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["unit", "due_at", "opened_at"],
                condition=Q(closed_at__isnull=True),
                name="task_waiting",
            ),
            models.Index(
                fields=["closed_by", "-closed_at"], condition=Q(closed_by__isnull=False), name="task_closed"
            ),
            models.Index(
                fields=["case_id"],
                condition=Q(closed_at__isnull=True, kind=TaskKind.EXECUTE.value),
                name="task_to_execute",
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(closed_at__isnull=True, kind__in=[kind.value for kind in DATED]),
                name="task_dated",
            ),
            models.Index(
                fields=["opened_at"],
                condition=Q(closed_at__isnull=True, kind__in=[kind.value for kind in APPROVALS]),
                name="task_to_approve",
            ),
        ]


class Nudge(models.Model):
    """A reminder (催办): recorded and counted, within a unit and between units."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="nudges")
    from_unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    to_unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    text = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()


class Phrase(models.Model):
    """A wording that a unit, or in it one `person`, uses again and again: reasons, comments, texts (常用语)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    person = models.ForeignKey("org.Person", models.PROTECT, related_name="+", null=True)
    text = models.CharField(max_length=300)
    added_name = models.CharField(max_length=60)
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unit", "text"], condition=Q(person__isnull=True), name="phrase_of_unit_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "person", "text"],
                condition=Q(person__isnull=False),
                name="phrase_of_person_once",
            ),
        ]


class Rotation(models.Model):
    """The list by which a unit assigns what it receives (轮案): in force or not, whether only those on duty are on it now."""

    unit = models.OneToOneField("org.Unit", models.PROTECT, primary_key=True, related_name="+")
    active = models.BooleanField(default=False)
    on_duty_only = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    changed_name = models.CharField(max_length=60, default="", blank=True)


class Seat(models.Model):
    """Somebody on a rotation's list: place, weight (0 pauses), and how many cases the list has given."""

    id = models.BigAutoField(primary_key=True)
    rotation = models.ForeignKey(Rotation, models.PROTECT, related_name="seats")
    person = models.ForeignKey("org.Person", models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    weight = models.PositiveSmallIntegerField()
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rotation", "person"], name="seat_once"),
        ]


class Turn(models.Model):
    """An assignment in a unit that rotates: by turn, kept by who handled the case, or appointed against the turn."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    handover = models.ForeignKey(HandOver, models.PROTECT, related_name="+")
    case_id = models.UUIDField()
    how = models.CharField(max_length=10, choices=[(how, how) for how in ("turn", "kept", "appointed")])
    person_id = models.UUIDField()
    person_name = models.CharField(max_length=60)
    proposed_id = models.UUIDField(null=True)
    proposed_name = models.CharField(max_length=60, default="", blank=True)
    reason = models.CharField(max_length=120, default="", blank=True)
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(how="appointed") | ~Q(reason=""), name="turn_appointed_with_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "-at"], name="turn_by_unit"),
            models.Index(fields=["-at"], name="turn_by_time"),
        ]


class Overdue(models.Model):
    """What was found past its day (a limit, a task): told once to who owes it, then once to those above."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case_id = models.UUIDField()
    what = models.CharField(max_length=8, choices=[("limit", "limit"), ("task", "task")])
    ref_id = models.UUIDField()
    told_at = models.DateTimeField()
    raised_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["what", "ref_id"], name="overdue_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["told_at"], condition=Q(raised_at__isnull=True), name="overdue_to_raise"),
            models.Index(fields=["case_id"], name="overdue_of_case"),
        ]
