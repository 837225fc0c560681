"""The contract that both places keep: what is put is there whole, under a name that is never used twice."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from antong.dossier.places import DISK, Place
from antong.dossier.places.s3 import PART, S3Place
from antong.kernel.ids import new_id


def kept(place: Place, data: bytes, blob_id: UUID | None = None) -> UUID:
    blob_id = blob_id or new_id()
    assert place.put(blob_id, [data[:100], data[100:]], len(data))
    return blob_id


def read(place: Place, blob_id: UUID, start: int = 0, end: int | None = None) -> bytes:
    with place.open(blob_id, start, end) as found:
        return b"".join(iter(lambda: found.read(70_000), b""))


def test_what_is_put_is_read_whole_and_by_ranges(place: Place) -> None:
    data = os.urandom(300_000)
    own = kept(place, data)
    assert place.size(own) == len(data)
    assert read(place, own) == data
    assert read(place, own, 299_990) == data[299_990:]
    assert read(place, own, 100_000, 100_007) == data[100_000:100_007]
    with place.open(own, 100_000, 100_007) as found:
        assert found.total == len(data)


def test_a_name_is_used_once(place: Place) -> None:
    own = kept(place, b"a" * 500)
    assert not place.put(own, [b"b" * 500], 500)
    assert read(place, own) == b"a" * 500


def test_of_many_that_put_one_name_at_once_one_wins(place: Place) -> None:
    """On S3 the server decides: Swift looks and then writes, so that several may hear yes; what is there is one, whole."""
    own, said = new_id(), []

    def put(letter: int) -> None:
        said.append(place.put(own, [bytes([letter]) * 20_000], 20_000))

    threads = [threading.Thread(target=put, args=(letter,)) for letter in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert said.count(True) == 1 if place.name == DISK else True in said
    assert len(set(read(place, own))) == 1


def test_what_breaks_off_leaves_nothing(place: Place) -> None:
    own = new_id()

    def breaks() -> Iterator[bytes]:
        yield b"x" * (PART + 1)  # by parts, where there are parts
        raise ValueError("the source ended")

    with pytest.raises(ValueError, match="the source ended"):
        place.put(own, breaks(), PART * 2)
    assert place.size(own) is None
    assert list(place.names()) == []
    assert place.sweep(timedelta(0)) == 0, "something half was left"


def test_names_are_listed_by_their_end(place: Place) -> None:
    ids = {kept(place, b"x" * (n + 1)) for n in range(5)}
    assert {row.id for row in place.names()} == ids
    one = next(iter(ids))
    assert one in {row.id for row in place.names(one.hex[-2:])} <= ids
    assert list(place.names("zz")) == []
    assert all(row.size and row.at_ns > 1e18 for row in place.names())


def test_removing_is_for_good_and_may_be_repeated(place: Place) -> None:
    own = kept(place, b"x")
    place.remove(own)
    place.remove(own)
    assert place.size(own) is None
    with pytest.raises(FileNotFoundError), place.open(own):
        pass


def test_a_check_leaves_nothing(place: Place) -> None:
    place.check()
    assert list(place.names()) == []


@pytest.mark.full
@pytest.mark.xdist_group("s3")
def test_a_large_object_goes_by_parts_and_comes_back(bucket: object) -> None:
    place = S3Place(bucket)  # type: ignore[arg-type]
    data = os.urandom(PART * 2 + 12_345)
    own = new_id()
    assert place.put(own, (data[at : at + 1_000_003] for at in range(0, len(data), 1_000_003)), len(data))
    assert not place.put(own, iter([data]), len(data))
    assert read(place, own) == data
    assert read(place, own, PART - 5, PART + 5) == data[PART - 5 : PART + 5]
