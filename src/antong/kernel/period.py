"""Half-open spans of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` until just before `end`; no `end` means still running."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError("a period ends before it begins")

    def covers(self, instant: datetime) -> bool:
        """Whether `instant` lies within."""
        return self.start <= instant and (self.end is None or instant < self.end)
