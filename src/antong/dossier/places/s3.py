"""Originals in an S3 bucket, by boto3, which is imported where a bucket is set and nowhere else.

Every request has time limits and is tried again by the client, waiting longer each time; a bucket that did not answer
is left alone for a few seconds, so that it holds up nobody but those who need it. At most one part is in memory.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from antong.dossier.places import PROBE, S3, Bucket, Opened, Stored, key_of
from antong.dossier.types import StoreAway
from antong.kernel import clock
from antong.kernel.ids import new_id

PART = 8 << 20
"""What is longer goes by parts of this size, larger where there would be too many."""
MOST_PARTS = 9000
PIECE = 256 << 10
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 15, 3
REST_SECONDS = 5.0
PATIENCE, LEAST_RATE = 30.0, 64 << 10
"""A read may take half a minute, and beyond that as long as this many bytes a second need."""
WHY = {
    "SignatureDoesNotMatch": "密钥不对，核对 ANTONG_S3_SECRET_KEY",
    "InvalidAccessKeyId": "没有这个账号，核对 ANTONG_S3_ACCESS_KEY",
    "AccessDenied": "这个账号没有读写这个桶的权限",
    "403": "这个账号没有读写这个桶的权限，或密钥不对",
    "NoSuchBucket": "没有这个桶，核对 ANTONG_S3_BUCKET",
    "RequestTimeTooSkewed": "本机时钟与存储相差太多，先校时",
}
UNTRUSTED = "的 TLS 连接不能建立：证书不受信任、到期或名称不符，核对 ANTONG_S3_CA 和 ANTONG_S3_ENDPOINT"
NO_AUTHORITY = "的 TLS 连接不能建立：ANTONG_S3_CA 里没有证书（PEM）"
BROKEN = "的 TLS 握手没有完成：核对 ANTONG_S3_ENDPOINT 的端口和 https，看那台服务器"
ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
TAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})
FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507"})


@lru_cache(maxsize=4)
def place(bucket: Bucket) -> S3Place:
    """Return the place of a bucket, one for each process."""
    return S3Place(bucket)


class S3Place:
    """Objects of a bucket below a prefix."""

    name = S3

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._lock = threading.Lock()
        self._made: tuple[int, Any] = (0, None)
        self._rests_until, self._why = 0.0, ""

    def _client(self) -> Any:
        with self._lock:
            if self._made[0] != os.getpid():  # connections are not shared over a fork
                self._made = (os.getpid(), _client(self.bucket))
            return self._made[1]

    def _key(self, blob_id: UUID) -> str:
        return f"{self.bucket.prefix}{key_of(blob_id)}"

    def _named(self, blob_id: UUID) -> dict[str, str]:
        return {"Bucket": self.bucket.name, "Key": self._key(blob_id)}

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """Yield the client; what goes wrong becomes FileNotFoundError, FileExistsError, a full disk, or StoreAway."""
        from botocore.exceptions import BotoCoreError, ClientError, SSLError  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        if time.monotonic() < self._rests_until:
            raise StoreAway(self._why)
        try:
            yield self._client()
        except ClientError as error:
            raise self._refused(error) from error
        except (BotoCoreError, HTTPError) as error:
            silent = (
                _tls(str(error)) if isinstance(error, SSLError) else f"没有应答（{type(error).__name__}）"
            )
            self._why = f"S3 存储 {self.bucket.endpoint} {silent}"
            self._rests_until = time.monotonic() + REST_SECONDS
            raise StoreAway(self._why) from error

    def _refused(self, error: Any) -> OSError:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in ABSENT:
            return FileNotFoundError(errno.ENOENT, "no such object")
        if code in TAKEN:
            return FileExistsError(errno.EEXIST, "the name is taken")
        if code in FULL:
            return OSError(errno.ENOSPC, "the bucket is full")
        return StoreAway(f"S3 存储 {self.bucket.endpoint} 的桶 {self.bucket.name}：{WHY.get(code, code)}")

    def put(self, blob_id: UUID, pieces: Iterable[bytes], size: int) -> bool:
        """Put in one request, or by parts that appear together; each carries its digest, and the name must be free."""
        try:
            with self._asking() as client:
                if size <= PART:
                    body = b"".join(pieces)
                    client.put_object(
                        **self._named(blob_id), Body=body, ContentMD5=_md5(body), IfNoneMatch="*"
                    )
                elif self.size(blob_id) is not None:
                    return False
                else:
                    self._put_parts(client, blob_id, pieces, max(PART, -(-size // MOST_PARTS)))
        except FileExistsError:
            return False
        return True

    def _put_parts(self, client: Any, blob_id: UUID, pieces: Iterable[bytes], part: int) -> None:
        own = {
            **self._named(blob_id),
            "UploadId": client.create_multipart_upload(**self._named(blob_id))["UploadId"],
        }
        try:
            sent = [
                {
                    "PartNumber": number,
                    "ETag": client.upload_part(**own, PartNumber=number, Body=body, ContentMD5=_md5(body))[
                        "ETag"
                    ],
                }
                for number, body in enumerate(_parts(pieces, part), 1)
            ]
            client.complete_multipart_upload(**own, MultipartUpload={"Parts": sent}, IfNoneMatch="*")
        except BaseException:
            with suppress(Exception):  # what is left there, `sweep` ends
                client.abort_multipart_upload(**own)
            raise

    @contextmanager
    def open(self, blob_id: UUID, start: int = 0, end: int | None = None) -> Iterator[Opened]:
        """Ask for a range; a line that breaks is taken up where it broke."""
        body = _Body(self, blob_id, start, end)
        try:
            yield body
        finally:
            body.close()

    def ask(self, blob_id: UUID, start: int, end: int | None) -> tuple[Any, int]:
        """Return the stream of a range, and the size of the whole."""
        with self._asking() as client:
            given = client.get_object(
                **self._named(blob_id), Range=f"bytes={start}-{'' if end is None else end - 1}"
            )
            return given["Body"], int(given["ContentRange"].rsplit("/", 1)[1])

    def size(self, blob_id: UUID) -> int | None:
        """Return the length of an object."""
        try:
            with self._asking() as client:
                return int(client.head_object(**self._named(blob_id))["ContentLength"])
        except FileNotFoundError:
            return None

    def names(self, shard: str = "") -> Iterator[Stored]:
        """Yield the objects, a thousand a request."""
        with self._asking() as client:
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket.name, Prefix=f"{self.bucket.prefix}{shard}"
            )
            for page in pages:
                for row in page.get("Contents", ()):
                    with suppress(ValueError):  # none of ours
                        at = int(row["LastModified"].timestamp() * 1e9)
                        yield Stored(id=UUID(row["Key"].rsplit("/", 1)[-1]), size=row["Size"], at_ns=at)

    def remove(self, blob_id: UUID) -> None:
        """Delete an object; that there is none is no fault."""
        with suppress(FileNotFoundError), self._asking() as client:
            client.delete_object(**self._named(blob_id))

    def sweep(self, older: timedelta) -> int:
        """End uploads by parts that nobody ended."""
        removed, before = 0, clock.now() - older
        with self._asking() as client:
            listed = client.list_multipart_uploads(Bucket=self.bucket.name, Prefix=self.bucket.prefix)
            for row in listed.get("Uploads", ()):
                if row["Initiated"] < before:
                    client.abort_multipart_upload(
                        Bucket=self.bucket.name, Key=row["Key"], UploadId=row["UploadId"]
                    )
                    removed += 1
        return removed

    def check(self) -> None:
        """Put a probe, read it back, delete it; a rest that was taken is not waited for."""
        probe, self._rests_until = new_id(), 0.0
        self.put(probe, [PROBE], len(PROBE))
        with self.open(probe) as found:
            if found.read(len(PROBE) + 1) != PROBE:
                raise StoreAway(f"S3 存储 {self.bucket.endpoint} 读回的与写入的不同")
        self.remove(probe)


class _Body:
    """The bytes of a range, asked for again from where a line broke."""

    def __init__(self, of: S3Place, blob_id: UUID, start: int, end: int | None) -> None:
        self._place, self._id, self._at, self._end = of, blob_id, start, end
        self._body, self.total = of.ask(blob_id, start, end)
        self._broken, self._spent, self._came = 0, 0.0, 0

    def read(self, most: int, /) -> bytes:
        found = bytearray()
        while len(found) < most and (piece := self._piece(min(PIECE, most - len(found)))):
            found += piece
        return bytes(found)

    def _piece(self, most: int) -> bytes:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        while True:
            began = time.monotonic()
            try:
                piece: bytes = self._body.read(most)
            except (BotoCoreError, HTTPError, OSError) as error:
                self._broken += 1
                if self._broken >= ATTEMPTS:
                    raise StoreAway(f"S3 存储 {self._place.bucket.endpoint} 读到一半中断") from error
                self._body, _ = self._place.ask(self._id, self._at, self._end)
                continue
            self._spent += time.monotonic() - began
            self._at += len(piece)
            self._came += len(piece)
            if self._spent > PATIENCE + self._came / LEAST_RATE:
                raise StoreAway(f"S3 存储 {self._place.bucket.endpoint} 太慢")
            return piece

    def close(self) -> None:
        self._body.close()


def _client(bucket: Bucket) -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    return boto3.session.Session().client(
        "s3",
        endpoint_url=bucket.endpoint,
        region_name=bucket.region,
        aws_access_key_id=bucket.access,
        aws_secret_access_key=bucket.secret,
        verify=str(bucket.ca) if bucket.ca else True,
        config=Config(
            s3={"addressing_style": "path"},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=16,
            # bytes carry a digest of ours; servers of operators do not all know the newer sums of the client
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _tls(said: str) -> str:
    """Return in words why TLS did not come about, of what the library says."""
    if (
        "CERTIFICATE_VERIFY_FAILED" in said or "doesn't match" in said
    ):  # a name that the client has compared itself
        return UNTRUSTED
    return NO_AUTHORITY if "NO_CERTIFICATE_OR_CRL_FOUND" in said else BROKEN


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _parts(pieces: Iterable[bytes], part: int) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= part:
            yield bytes(held[:part])
            del held[:part]
    if held:
        yield bytes(held)
