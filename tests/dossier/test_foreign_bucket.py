"""Originals are not moved into a bucket that another living instance writes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace as Made
from typing import Any
from uuid import UUID, uuid4

import pytest

from antong.boot import founding
from antong.dossier import _move, _where, actions
from antong.dossier.models import Blob, Move
from antong.kernel.refusal import Refusal

People = dict[str, Any]


class Bucket:
    """A bucket that holds some objects, given by id."""

    def __init__(self, held: list[UUID]) -> None:
        self.held = held

    def check(self) -> None:
        """It answers."""

    def names(self) -> Iterator[Any]:
        yield from (Made(id=one, size=4096) for one in self.held)
        yield Made(id=uuid4(), size=len(_move.PROBE))  # what a killed process has left


@pytest.fixture
def into(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[UUID]], None]:
    """Move the originals into a bucket that holds these objects."""

    def move(held: list[UUID]) -> None:
        monkeypatch.setattr(_where, "named", lambda _target: Bucket(held))
        actions.move_originals(founding.operator(), target="s3")

    return move


def test_a_bucket_of_another_instance_is_refused(
    people: People, new_case: Any, filled: Any, into: Callable[[list[UUID]], None]
) -> None:
    filled(new_case())
    ours = list(Blob.objects.values_list("id", flat=True)[:3])
    with pytest.raises(Refusal, match="可能另有实例在用") as refused:
        into([uuid4() for _ in range(5)] + ours[:1])
    assert "ANTONG_S3_PREFIX" in refused.value.remedy
    assert not Move.objects.filter(target="s3").exists(), "and nothing was begun"
    into([*ours, uuid4()])
    assert Move.objects.filter(target="s3", finished_at=None).exists(), (
        "one that was ours before is taken again"
    )
    into([uuid4() for _ in range(9)])  # what is under way goes on


def test_an_empty_bucket_is_taken(
    people: People, new_case: Any, filled: Any, into: Callable[[list[UUID]], None]
) -> None:
    filled(new_case())
    into([])
    assert Move.objects.filter(target="s3", finished_at=None).exists()
