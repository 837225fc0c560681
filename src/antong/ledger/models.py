"""Tables of the room. Entries, leaves, heads and readings are append-only by trigger (migration 0002).

A foreign key with which another index begins has no index of its own.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

from antong.ledger.types import SYSTEM_CHAIN

_HOUSE = Q(chain=SYSTEM_CHAIN)
"""Of the house's own chain, which its auditors look through."""


class Chain(models.Model):
    """The last entry of each case; its row is the lock that makes numbers gap-free."""

    chain_id = models.UUIDField(primary_key=True)
    last_number = models.PositiveBigIntegerField()
    last_digest = models.BinaryField(max_length=32)
    last_at = models.DateTimeField()


class Entry(models.Model):
    """One act: no personal data, only commitments to what it changed."""

    id = models.UUIDField(primary_key=True)
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveBigIntegerField()
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    person_id = models.UUIDField()
    duty_id = models.UUIDField()
    post_id = models.UUIDField()
    unit_id = models.UUIDField()
    rank = models.CharField(max_length=8)
    on_behalf_of = models.UUIDField(null=True)
    channel = models.CharField(max_length=10)
    act = models.CharField(max_length=60)
    subject_ids = ArrayField(models.UUIDField(), default=list)
    before = models.BinaryField(max_length=32, null=True)
    after = models.BinaryField(max_length=32, null=True)
    law = models.JSONField(null=True)
    prev_digest = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "number"], name="entry_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="entry_number_positive"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit_id", "-recorded_at"], name="entry_by_unit"),
            models.Index(fields=["act", "number"], name="house_by_act", condition=_HOUSE),
            models.Index(fields=["person_id", "number"], name="house_by_person", condition=_HOUSE),
            GinIndex(fields=["subject_ids"], name="house_by_subject", condition=_HOUSE),
            models.Index(fields=["recorded_at", "number"], name="house_by_time", condition=_HOUSE),
        ]


class Opening(models.Model):
    """What an entry's commitments commit to, with their salt; destroyed alone, leaving the proof."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="opening")
    salt = models.BinaryField(max_length=32)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)


class Queue(models.Model):
    """Entries that wait for the tree, written in the transaction of their act."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+", db_constraint=False)
    chain_id = models.UUIDField()
    number = models.PositiveBigIntegerField()
    digest = models.BinaryField(max_length=32)


class Leaf(models.Model):
    """A leaf of the tree: the digest of an entry or of a batch of readings."""

    index = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=8)
    ref_id = models.UUIDField(unique=True)
    digest = models.BinaryField(max_length=32)


class Node(models.Model):
    """The hash of a complete subtree: `level` 0 are leaf hashes, `index` counts subtrees of that level."""

    id = models.BigAutoField(primary_key=True)
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["level", "index"], name="node_once")]


class MapLeaf(models.Model):
    """The last entry of a chain as the newest head commits to it."""

    chain_id = models.UUIDField(primary_key=True)
    bucket = models.PositiveIntegerField(db_index=True)
    key = models.BinaryField(max_length=32)
    number = models.PositiveBigIntegerField()
    digest = models.BinaryField(max_length=32)


class MapNode(models.Model):
    """A node of the map's trie that is not an empty subtree's."""

    id = models.BigAutoField(primary_key=True)
    level = models.PositiveSmallIntegerField()
    index = models.PositiveIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["level", "index"], name="map_node_once")]


class Head(models.Model):
    """A signed commitment to the whole ledger."""

    number = models.PositiveBigIntegerField(primary_key=True)
    tree_size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    map_root = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    prev_digest = models.BinaryField(max_length=32)
    key_id = models.CharField(max_length=64)
    signature = models.BinaryField(max_length=64)
    digest = models.BinaryField(max_length=32)


class GivenHead(models.Model):
    """A head that left the house, in a file or a bundle: somebody may hold it against us."""

    head = models.OneToOneField(Head, models.PROTECT, primary_key=True, related_name="+")
    given_at = models.DateTimeField()


class ReadLog(models.Model):
    """Who has read what: append-only, digested into the tree in batches."""

    id = models.UUIDField(primary_key=True)
    person_id = models.UUIDField()
    person_name = models.CharField(max_length=60)
    duty_id = models.UUIDField()
    unit_id = models.UUIDField()
    case_id = models.UUIDField()
    what = models.CharField(max_length=40)
    pages = ArrayField(models.CharField(max_length=64), default=list)
    reason = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["case_id", "-at"], name="reading_of_case"),
            models.Index(fields=["unit_id", "-at"], name="reading_by_unit"),
            models.Index(fields=["-at"], name="reading_by_time"),
        ]


class ReadQueue(models.Model):
    """Readings that wait to be digested."""

    reading = models.OneToOneField(ReadLog, models.PROTECT, primary_key=True, related_name="+")


class ReadBatch(models.Model):
    """A digested batch of readings: a leaf of the tree."""

    id = models.UUIDField(primary_key=True)
    reading_ids = ArrayField(models.UUIDField())
    digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()


class Command(models.Model):
    """The first answer to a command, by its idempotency key and person."""

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField()
    person_id = models.UUIDField()
    act = models.CharField(max_length=60)
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "person_id"], name="command_once")]
        indexes: ClassVar = [
            models.Index(
                KeyTextTransform("case_id", "answer"),
                condition=Q(answer__has_key="case_id"),
                name="command_of_case",
            ),
        ]
