"""Tables of the room and their constraints; no rule lives here.

A foreign key with which another index begins has no index of its own.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from antong.cases.types import GrantRole, MeasureKind, PartyKind, Stage
from antong.kernel.ids import new_id


def _choices(values: type[Stage | PartyKind | MeasureKind | GrantRole]) -> list[tuple[str, str]]:
    return [(item.value, item.label) for item in values]


class Case(models.Model):
    """One criminal case, the same for every agency."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=16)
    source = models.CharField(max_length=16)
    happened_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    place = models.CharField(max_length=200)
    brief = models.TextField()
    stage = models.CharField(max_length=24, choices=_choices(Stage), default=Stage.REGISTERED)
    version = models.PositiveIntegerField(default=1)
    registered_unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    handling_unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    registered_by = models.UUIDField()
    registered_at = models.DateTimeField()
    investigator_name = models.CharField(max_length=60, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(version__gte=1), name="case_version_positive"),
        ]


class NumberSeries(models.Model):
    """The next case number of a region and year; locked while one is taken."""

    region = models.CharField(max_length=8)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["region", "year"], name="number_series_once"),
        ]


class Party(models.Model):
    """A person or unit in the case."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="parties", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=_choices(PartyKind))
    name = models.CharField(max_length=100)
    initials = models.CharField(max_length=100, default="")
    aliases = models.JSONField(default=list)
    sex = models.CharField(max_length=4, default="", blank=True)
    born_on = models.DateField(null=True)
    id_type = models.CharField(max_length=16, default="", blank=True)
    id_number = models.CharField(max_length=40, default="", blank=True, db_index=True)
    id_warning = models.CharField(max_length=200, default="", blank=True)
    nationality = models.CharField(max_length=40, default="", blank=True)
    ethnicity = models.CharField(max_length=40, default="", blank=True)
    education = models.CharField(max_length=40, default="", blank=True)
    occupation = models.CharField(max_length=100, default="", blank=True)
    residence = models.CharField(max_length=200, default="", blank=True)
    phone = models.CharField(max_length=40, default="", blank=True)
    role_in_case = models.CharField(max_length=40, default="", blank=True)
    legal_representative = models.CharField(max_length=60, default="", blank=True)
    identity_unknown = models.BooleanField(default=False)
    foreigner = models.BooleanField(default=False)
    minor = models.BooleanField(default=False)
    absconded = models.BooleanField(default=False)
    handled_elsewhere = models.BooleanField(default=False)
    elsewhere_reason = models.CharField(max_length=200, default="", blank=True)
    deputy = models.BooleanField(default=False)
    stage = models.CharField(max_length=24, choices=_choices(Stage), default=Stage.REGISTERED)
    state = models.CharField(max_length=24, default="", blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "position"], name="party_position_once"),
            models.CheckConstraint(
                condition=Q(identity_unknown=True) | ~Q(name=""), name="party_has_name_or_unknown"
            ),
        ]


class Charge(models.Model):
    """A charge against one suspect, as the stage in which it was laid sees it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="charges", db_index=False)
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=120)
    article = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["party", "code"], name="charge_once_per_party"),
        ]


class Measure(models.Model):
    """A compulsory measure or sentence on a party, with its document and basis."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="measures", db_index=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="measures")
    kind = models.CharField(max_length=24, choices=_choices(MeasureKind))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    articles = models.JSONField(default=list)
    document_id = models.UUIDField(null=True)
    document_number = models.CharField(max_length=80, default="", blank=True)
    decided_by = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    executed_by = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", null=True)
    place = models.CharField(max_length=120, default="", blank=True)
    guarantor = models.CharField(max_length=120, default="", blank=True)
    end_reason = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=models.F("starts_at")),
                name="measure_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["party"], condition=Q(ends_at__isnull=True), name="one_measure_in_force"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "party", "starts_at"], name="measure_of_case")]


class CaseNumber(models.Model):
    """A number that an agency gave the case."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="numbers")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    text = models.CharField(max_length=80)
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "kind", "text"], name="case_number_once_per_unit"),
        ]
        indexes: ClassVar = [models.Index(fields=["text"], name="case_number_text")]


class Sheet(models.Model):
    """An immutable version of the case sheet (案卡): canonical JSON as text, with its digest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="sheets")
    version = models.PositiveIntegerField()
    body = models.TextField()
    digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    whole = models.BooleanField(default=True)
    """False: reduced to what a notice is about."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "version"], condition=Q(whole=True), name="sheet_version_once"
            ),
            models.UniqueConstraint(
                fields=["case", "version", "digest"], condition=Q(whole=False), name="sheet_part_once"
            ),
        ]


class Limit(models.Model):
    """A time limit: what `law` answered from which facts, who owes it, whether it runs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="limits", db_index=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", null=True)
    rule = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    facts = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    in_custody = models.BooleanField(default=False)
    articles = models.JSONField(default=list)
    derivation = models.JSONField(default=list)
    alternatives = models.JSONField(default=list)
    table_version = models.CharField(max_length=40, default="", blank=True)
    state = models.CharField(max_length=12, default="running")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "party", "rule", "unit"],
                condition=Q(state="running"),
                nulls_distinct=False,
                name="limit_runs_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "due_at"], condition=Q(state="running"), name="limit_due_by_unit"),
            models.Index(fields=["case", "state"], name="limit_of_case"),
            models.Index(fields=["due_at"], condition=Q(state="running"), name="limit_running"),
        ]


class CalendarNotice(models.Model):
    """A year's rest days as an operator brought them: the notice with its number and date."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    number = models.CharField(max_length=40)
    issued_on = models.DateField()
    rest = models.JSONField()
    work = models.JSONField()
    brought_at = models.DateTimeField()
    brought_by = models.CharField(max_length=60)


class Recount(models.Model):
    """One recomputation of all running limits: by what, how far it is, what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.CharField(max_length=40)
    before = models.CharField(max_length=40, default="", blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    reached_due = models.DateTimeField(null=True)
    reached_id = models.UUIDField(null=True)
    """The last limit seen in the order of the ends; none at the beginning of a pass."""
    seen = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="recount_newest")]


class LimitMove(models.Model):
    """A running limit whose end became another one without an act that started it anew: why, from when to when."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    limit = models.ForeignKey(Limit, models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", null=True, db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    was_due_at = models.DateTimeField()
    due_at = models.DateTimeField()
    why = models.CharField(max_length=160)
    moved_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-moved_at", "id"], name="limit_move_newest")]


class Grant(models.Model):
    """The right of one unit to one case, carrying every column that lists sort and filter by (design §8)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="grants", db_index=False)
    role = models.CharField(max_length=16, choices=_choices(GrantRole))
    basis = models.CharField(max_length=120)
    handover_id = models.UUIDField(null=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="+", null=True)
    manifest_id = models.UUIDField(null=True)
    part_ids = models.JSONField(default=list)
    """Manifests of papers that came by notices afterwards, beside the file of `manifest_id`."""
    former = models.JSONField(null=True)
    """What the grant was before the hand-over under `handover_id`, for when that is withdrawn."""
    sealed = models.BooleanField(default=False)
    handler_id = models.UUIDField(null=True)
    stage = models.CharField(max_length=24, choices=_choices(Stage))
    next_due = models.DateTimeField(null=True)
    next_due_name = models.CharField(max_length=80, default="", blank=True)
    number = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    search = models.CharField(max_length=600, default="", blank=True)
    category = models.CharField(max_length=16)
    charge = models.CharField(max_length=120, default="", blank=True)
    in_custody = models.PositiveSmallIntegerField(default=0)
    handling_unit = models.CharField(max_length=80, default="", blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "case"], name="grant_once"),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gte=models.F("from_at")),
                name="grant_ends_after_start",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "next_due", "case"], condition=Q(sealed=False), name="grant_by_due"),
            models.Index(fields=["unit", "handler_id", "next_due"], name="grant_by_handler"),
            models.Index(fields=["unit", "-updated_at", "case"], name="grant_by_change"),
            models.Index(fields=["unit", "stage", "next_due"], name="grant_by_stage"),
            models.Index(fields=["unit", "number"], name="grant_by_number"),
            models.Index(fields=["case"], name="grant_of_case"),
            models.Index(
                fields=["unit", "case"], condition=Q(in_custody__gt=0, sealed=False), name="grant_held"
            ),
        ]


class GrantSearch(models.Model):
    """What finds a grant: pairs of letters of its `search`, each as a number of unit and pair; kept by triggers.

    A table of its own, because the grant changes at every act and these only with names and numbers.
    """

    grant = models.OneToOneField(Grant, models.CASCADE, primary_key=True, related_name="+")
    grams = ArrayField(models.IntegerField())

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["grams"], name="grant_search")]
