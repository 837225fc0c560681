"""A file by its catalogue: volumes, groups, papers, and among them the places that should hold one and do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from antong.catalog import loader
from antong.dossier.selectors import Gap
from antong.dossier.types import EntryOutline, FileOutline, VolumeOutline


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of the outline: a paper, or a gap."""

    entry: EntryOutline | None
    gap: Gap | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of the catalogue within a volume."""

    title: str
    items: tuple[Item, ...]

    @property
    def page_count(self) -> int:
        """How many pages its papers have."""
        return sum(item.entry.pages for item in self.items if item.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A volume with its groups, those that hold or miss something."""

    volume: VolumeOutline
    groups: tuple[Group, ...]

    @property
    def entries(self) -> tuple[EntryOutline, ...]:
        """Its papers that have pages."""
        return tuple(entry for entry in self.volume.entries if entry.pages)


def outline(file: FileOutline, gaps: Sequence[Gap] = ()) -> list[Shelf]:
    """Return a file by its catalogue; papers keep the order of the file, gaps stand where their paper would."""
    place = {
        entry.key: (index, group.title)
        for volume in loader.load().dossier.volumes
        for group in volume.groups
        for index, entry in enumerate(group.entries)
    }
    shelves = []
    for volume in file.volumes:
        rows: list[tuple[str, int, Item]] = []
        for entry in volume.entries:
            if entry.pages:
                index, group = place.get(entry.catalogue_key, (0, ""))
                rows.append((group, index, Item(entry=entry, gap=None)))
        for gap in gaps:
            if gap.volume_key == volume.catalogue_key:
                index, group = place[gap.key]
                at = next((i for i, row in enumerate(rows) if row[0] == group and row[1] > index), len(rows))
                rows.insert(at, (group, index, Item(entry=None, gap=gap)))
        if rows:
            groups = dict.fromkeys(group for group, _, _ in rows)
            shelves.append(
                Shelf(
                    volume=volume,
                    groups=tuple(
                        Group(title=title, items=tuple(item for group, _, item in rows if group == title))
                        for title in groups
                    ),
                )
            )
    return shelves
