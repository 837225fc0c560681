"""Values that `ledger` gives to other rooms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from antong.kernel.refusal import Refusal

SYSTEM_CHAIN = UUID("00000000-0000-7000-8000-000000000001")
"""The chain of acts that belong to no case: organisation, sign-in, operation."""


class Altered(Refusal):
    """What is stored is not what the newest head commits to: nothing is signed or proven over it."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"账本停止封签和导出：{what}与已签名的封签对不上。",
            code="ledger-altered",
            basis=("案通账本规则：账本只增不改",),
            remedy="运行 antong audit 找出被改动的地方；从备份恢复前不要继续办理。",
            who="审计管理员",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The entry an act has written: number in its chain (gap-free from 1) and digest."""

    entry_id: UUID
    chain_id: UUID
    number: int
    digest: bytes
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """An entry as pages show it; `before` and `after` are None once destroyed."""

    id: UUID
    number: int
    act: str
    happened_at: datetime
    recorded_at: datetime
    person_id: UUID
    unit_id: UUID
    channel: str
    subject_ids: tuple[UUID, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    law: Any
    digest: bytes
    sequenced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadView:
    """A signed head: it commits to every entry so far and to every chain's last entry."""

    number: int
    tree_size: int
    root: bytes
    map_root: bytes
    made_at: datetime
    prev_digest: bytes
    key_id: str
    signature: bytes
    digest: bytes

    @property
    def root_hex(self) -> str:
        """The root as people compare it."""
        return self.root.hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Somebody has read something: who, which case, what of it, which pages, for which reason.

    With an `id` a reading that is logged a second time counts once.
    """

    person_id: UUID
    person_name: str
    duty_id: UUID
    unit_id: UUID
    case_id: UUID
    what: str
    pages: tuple[str, ...] = ()
    reason: str = ""
    at: datetime
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Why a file of a bundle is believed: its digest stands at `pointer` of an entry or of another file."""

    pointer: str
    entry: int | None = None
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFile:
    """A file to go into a bundle: bytes, or a path to be streamed; `path` is its name in the bundle."""

    path: str
    content: bytes | Path
    bound_by: Binding


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckJob:
    """A job that does not go on by itself, or not yet: `since` is when that began, None where nobody knows."""

    id: int
    name: str
    args: dict[str, Any]
    attempts: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits in a queue: how many jobs that may run now, and since when the first of them may."""

    queue: str
    jobs: int
    oldest: datetime | None
