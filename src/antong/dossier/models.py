"""Tables of the room and their constraints.

A foreign key with which another index begins has no index of its own.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from antong.kernel.ids import new_id


class Dossier(models.Model):
    """The file of one case: its key, and a version that every change of content or order raises.

    Lawfully destroyed it has no key any more, and is emptied once its objects are gone from every place.
    """

    case = models.OneToOneField("cases.Case", models.PROTECT, primary_key=True, related_name="+")
    wrapped_key = models.BinaryField()
    version = models.PositiveIntegerField(default=1)
    destroyed_at = models.DateTimeField(null=True)
    emptied_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["destroyed_at"],
                condition=Q(destroyed_at__isnull=False, emptied_at__isnull=True),
                name="dossier_to_empty",
            ),
        ]


class Blob(models.Model):
    """Bytes, written once, encrypted under the case's key; the digest is of the plain bytes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="+", db_index=False)
    digest = models.BinaryField(max_length=32)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["dossier", "digest"], name="blob_once")]


class Original(models.Model):
    """What was uploaded, kept whole: evidence rests on its digest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="originals")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=160)
    page_count = models.PositiveIntegerField()
    uploaded_by = models.UUIDField()
    uploaded_at = models.DateTimeField()


class Incoming(models.Model):
    """A file on its way in by parts: whose, what it is to become, until when it waits, what became of it.

    How far it has come is what its file on disk says (`_incoming_file`), never a column.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    duty_id = models.UUIDField()
    unit_id = models.UUIDField()
    channel = models.CharField(max_length=8)
    token_id = models.UUIDField(null=True)
    file_name = models.CharField(max_length=160)
    size = models.BigIntegerField()
    place = models.JSONField(default=dict)
    state = models.CharField(max_length=8, default="open")
    answer = models.JSONField(default=dict)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(size__gt=0), name="incoming_not_empty")]
        indexes: ClassVar = [
            models.Index(
                fields=["unit_id"], condition=Q(state__in=["open", "taking"]), name="incoming_of_unit"
            ),
            models.Index(fields=["ends_at"], name="incoming_ends"),
        ]


class Page(models.Model):
    """A page is (original, index); its images are derived."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="pages")
    original = models.ForeignKey(Original, models.PROTECT, related_name="pages", db_index=False)
    index = models.PositiveIntegerField()
    image = models.ForeignKey(Blob, models.PROTECT, related_name="+", null=True)
    thumb = models.ForeignKey(Blob, models.PROTECT, related_name="+", null=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    checks = models.JSONField(default=dict)
    doubtful = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default="waiting")
    error = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["original", "index"], name="page_once")]
        indexes: ClassVar = [
            models.Index(fields=["dossier"], condition=Q(state="waiting"), name="page_waiting"),
            models.Index(
                fields=["dossier"], condition=~Q(state="ready") | Q(doubtful=True), name="page_unlike"
            ),
        ]


class Volume(models.Model):
    """A volume (卷) of the file."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="volumes", db_index=False)
    catalogue_key = models.CharField(max_length=40)
    title = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dossier", "position"], name="volume_position_once"),
        ]


class Entry(models.Model):
    """An entry of the catalogue in a volume (目录项): a paper with its pages."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    volume = models.ForeignKey(Volume, models.PROTECT, related_name="entries", db_index=False)
    catalogue_key = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    position = models.PositiveIntegerField()
    document_id = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["volume", "position"], name="entry_order")]


class Placement(models.Model):
    """A page in its place; a replaced or removed one stays, no longer active."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="placements", db_index=False)
    page = models.ForeignKey(Page, models.PROTECT, related_name="placements")
    position = models.PositiveIntegerField()
    rotation = models.PositiveSmallIntegerField(default=0)
    replaces = models.UUIDField(null=True)
    active = models.BooleanField(default=True)
    ended_reason = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rotation__in=[0, 90, 180, 270]), name="rotation_quarter"),
            models.UniqueConstraint(fields=["page"], condition=Q(active=True), name="page_in_one_place"),
        ]
        indexes: ClassVar = [models.Index(fields=["entry", "position"], name="placement_order")]


class Manifest(models.Model):
    """What the file was at one version: canonical JSON of every page and document by digest; immutable.

    Not `whole`: only the documents of one hand-over, with their pages.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="manifests")
    version = models.PositiveIntegerField()
    body = models.TextField()
    digest = models.BinaryField(max_length=32)
    page_count = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    whole = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dossier", "version"], condition=Q(whole=True), name="manifest_version_once"
            ),
            models.UniqueConstraint(
                fields=["dossier", "version", "digest"], condition=Q(whole=False), name="manifest_part_once"
            ),
        ]


class NumberCounter(models.Model):
    """The last number of a unit's series in a year; its row is the lock."""

    id = models.BigAutoField(primary_key=True)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "kind", "year"], name="number_counter_once"),
        ]


class Document(models.Model):
    """A legal document (法律文书): drafted, then issued with its number and typeset parts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="documents", db_index=False)
    kind = models.CharField(max_length=60)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    party_ids = models.JSONField(default=list)
    fields = models.JSONField(default=dict)
    text = models.JSONField(default=dict)
    state = models.CharField(max_length=8, default="draft")
    version = models.PositiveIntegerField(default=1)
    number = models.CharField(max_length=80, default="", blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    seq = models.PositiveIntegerField(null=True)
    issued_at = models.DateTimeField(null=True)
    happened_at = models.DateTimeField(null=True)
    original = models.ForeignKey(Original, models.PROTECT, related_name="+", null=True)
    signed_original = models.ForeignKey(Original, models.PROTECT, related_name="+", null=True)
    drafted_by = models.UUIDField()
    drafted_name = models.CharField(max_length=60)
    drafted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unit", "kind", "year", "seq"],
                condition=Q(seq__isnull=False),
                name="document_number_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["dossier", "kind"], name="document_of_case")]


class Move(models.Model):
    """The originals on their way to another place: since it began, writes go there. `after` is how far it has come.

    A restore that has brought them there is one too, whole when it is written down: `surplus` is how many objects the place
    held then that the backup does not name; null where it was no restore.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    target = models.CharField(max_length=8)
    person_id = models.UUIDField()
    began_at = models.DateTimeField()
    bytes_per_second = models.BigIntegerField(default=0)
    after = models.UUIDField(null=True)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    copied = models.BigIntegerField(default=0)
    copied_bytes = models.BigIntegerField(default=0)
    damaged = models.JSONField(default=list)
    waits = models.CharField(max_length=200, default="")
    seen_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    emptied_at = models.DateTimeField(null=True)
    surplus = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(target__in=["disk", "s3"]), name="move_target"),
            models.UniqueConstraint(
                fields=["target"], condition=Q(finished_at=None), name="move_one_at_once_to"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-began_at"], name="move_newest")]
