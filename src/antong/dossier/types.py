"""Values that `dossier` gives to other rooms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID


class StoreAway(OSError):
    """A place does not answer, or not to us; `why` says it to an operator. What was asked is not half done."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to be taken in: its name as given, its bytes as a seekable file."""

    file_name: str
    content: BinaryIO
    blob_id: UUID | None = None
    """Where its bytes are stored before the act begins, so that a heavy one holds no lock meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingView:
    """A file on its way in by parts: `offset` bytes are on disk; `state` is open, taking, taken or refused."""

    id: UUID
    case_id: UUID
    file_name: str
    size: int
    offset: int
    state: str
    ends_at: datetime
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """What an upload became: originals in order with their pages."""

    entry_id: UUID
    original_ids: tuple[UUID, ...]
    page_ids: tuple[UUID, ...]
    version: int
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page in its place. `number` counts within the volume."""

    id: UUID
    number: int
    rotation: int
    state: str
    doubtful: bool
    findings: tuple[str, ...]
    original_id: UUID
    index: int
    replaced: bool = False
    media: str = ""
    """What it plays, where it stands for a recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """An entry of a volume with its pages."""

    id: UUID
    catalogue_key: str
    title: str
    document_id: UUID | None
    pages: tuple[PageView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeView:
    """A volume with its entries."""

    id: UUID
    catalogue_key: str
    title: str
    entries: tuple[EntryView, ...]

    @property
    def page_count(self) -> int:
        """How many pages it has."""
        return sum(len(entry.pages) for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A file, living or as it was sent."""

    volumes: tuple[VolumeView, ...]
    version: int
    snapshot: bool

    @property
    def page_count(self) -> int:
        """How many pages it has."""
        return sum(volume.page_count for volume in self.volumes)

    @property
    def doubtful(self) -> tuple[PageView, ...]:
        """The pages that the machine doubts."""
        return tuple(
            page
            for volume in self.volumes
            for entry in volume.entries
            for page in entry.pages
            if page.doubtful
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOutline:
    """A paper without its pages: how many, the number of the first in its volume, its place in the whole file from 0 on."""

    id: UUID
    catalogue_key: str
    title: str
    document_id: UUID | None
    pages: int
    number: int
    first: int

    @property
    def last(self) -> int:
        """The number of its last page in its volume."""
        return self.number + self.pages - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeOutline:
    """A volume with its papers, without their pages."""

    id: UUID
    catalogue_key: str
    title: str
    entries: tuple[EntryOutline, ...]

    @property
    def page_count(self) -> int:
        """How many pages it has."""
        return sum(entry.pages for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOutline:
    """A file without its pages, living or as it was sent: what is in it, and how many pages somebody has to look at.

    `failed` and `waiting` are of a living file.
    """

    volumes: tuple[VolumeOutline, ...]
    version: int
    snapshot: bool
    doubtful: int = 0
    failed: int = 0
    waiting: int = 0

    @property
    def page_count(self) -> int:
        """How many pages it has."""
        return sum(volume.page_count for volume in self.volumes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRef:
    """An immutable snapshot of a file."""

    id: UUID
    digest: bytes
    page_count: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that differs between two snapshots: added, replaced, removed, moved or turned."""

    kind: str
    page_id: UUID
    where: str
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """A legal document."""

    id: UUID
    case_id: UUID
    kind: str
    name: str
    unit_id: UUID
    party_ids: tuple[UUID, ...]
    state: str
    version: int
    number: str
    issued_at: datetime | None
    happened_at: datetime | None
    drafted_by: UUID
    drafted_name: str
    drafted_at: datetime
    has_pdf: bool
    signed: bool
    fields: Mapping[str, Any] = field(default_factory=dict)
    original_id: UUID | None = None
    signed_original_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDocument:
    """An issued document found by its number, and the case it belongs to."""

    case_id: UUID
    case_number: str
    name: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundScan:
    """A scan whose code names an issued document of the case: it waits to be put in its place."""

    document: DocumentView
    original_ids: tuple[UUID, ...]
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedPage:
    """A page that was taken out of the file: where it stood, and why it went."""

    id: UUID
    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How full a file is: pages by catalogue entry and by volume, doubtful and waiting pages."""

    by_entry: Mapping[str, int]
    by_volume: Mapping[str, int]
    doubtful: tuple[tuple[UUID, str], ...]
    waiting: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFacts:
    """What a document's text takes from the case, given by the caller: placeholder -> text."""

    values: Mapping[str, str]
    initials: str
    unit_name: str
    issue_unit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCounts:
    """How much a file holds: pages, originals, documents, and the bytes of all of it."""

    pages: int
    originals: int
    documents: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveView:
    """The newest move of originals to another place: how far it has come, and why it waits where it does.

    `surplus` tells a restore that has brought them there: how many objects of that place its backup does not name.
    """

    id: UUID
    target: str
    began_at: datetime
    seen_at: datetime
    total: int
    done: int
    copied: int
    copied_bytes: int
    damaged: tuple[str, ...]
    waits: str
    finished_at: datetime | None
    emptied_at: datetime | None
    surplus: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreView:
    """Where originals are written now: the kind of place and its word, its bucket where it has one, what is wrong or nothing.

    `move` is the newest one, which has brought them there; None where they never left the disk.
    """

    place: str
    word: str
    bucket: str
    fault: str
    move: MoveView | None
