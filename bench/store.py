"""What it costs to keep an original on disk and in a bucket, in the same run: puts and gets a second.

    python bench/store.py [HOW MANY] [BYTES]

The bucket is that of a real server on this machine (tests/s3server.py), so the network is left out.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

import boto3  # noqa: E402

import s3server  # noqa: E402
from antong.dossier.places import Bucket, Place, s3  # noqa: E402
from antong.dossier.places.disk import Disk  # noqa: E402
from antong.kernel.ids import new_id  # noqa: E402


def rate(many: int, work: Callable[[int], object]) -> float:
    """Return how often a second something is done."""
    began = time.perf_counter()
    for number in range(many):
        work(number)
    return many / (time.perf_counter() - began)


def measured(place: Place, many: int, size: int) -> None:
    """Print the rates of a place."""
    ids, data = [new_id() for _ in range(many)], os.urandom(size)

    def get(number: int) -> None:
        with place.open(ids[number]) as found:
            if len(found.read(size + 1)) != size:
                raise RuntimeError("cut short")

    puts = rate(many, lambda number: place.put(ids[number], [data], size))
    gets = rate(many, get)
    print(f"{place.name:5} {many} of {size:,} bytes: {puts:8.1f} puts/s {gets:8.1f} gets/s")


def main() -> None:
    """Measure both."""
    many, size = (int(word) for word in (*sys.argv[1:], *("100", "300000")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        measured(Disk(Path(folder) / "disk"), many, size)
        if not s3server.is_installed():
            sys.exit(s3server.MISSING)
        with s3server.serving(Path(folder) / "swift") as server:
            own = {"access": s3server.ACCESS, "secret": s3server.SECRET}
            boto3.session.Session().client(
                "s3", endpoint_url=server.endpoint, region_name="us-east-1",
                aws_access_key_id=own["access"], aws_secret_access_key=own["secret"],
            ).create_bucket(Bucket="originals")  # fmt: skip
            measured(s3.place(Bucket(endpoint=server.endpoint, name="originals", **own)), many, size)


if __name__ == "__main__":
    main()
