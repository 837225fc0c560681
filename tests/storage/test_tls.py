"""A bucket reached by TLS with an authority of the operator's own: trusted by its file, refused in words without it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

import s3server
import tlsrelay
from antong.boot import bucket as settings_of
from antong.dossier.places import Bucket
from antong.dossier.places.s3 import PART, S3Place
from antong.dossier.types import StoreAway
from antong.kernel.ids import new_id
from issuing import Issued, issue

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("s3")]
SERVER = ExtendedKeyUsageOID.SERVER_AUTH


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("政法专网根", authority=True)


@pytest.fixture
def ca(root: Issued, tmp_path: Path) -> Path:
    """The file of the authority, with what it has issued below it."""
    path = tmp_path / "authority.pem"
    path.write_bytes(root.pem)
    return path


@pytest.fixture
def port(server: s3server.Server, root: Issued, tmp_path: Path) -> Iterator[int]:
    cert, key = issue("s3.zheng.fa", root, host="localhost", use=SERVER).kept(tmp_path, "server")
    with tlsrelay.before(server.port, cert, key) as number:
        yield number


def test_with_the_authority_it_is_a_place_like_any_other(bucket: Bucket, port: int, ca: Path) -> None:
    given = settings_of.of(
        {
            "ANTONG_S3_ENDPOINT": f"https://localhost:{port}", "ANTONG_S3_BUCKET": bucket.name,
            "ANTONG_S3_PREFIX": bucket.prefix, "ANTONG_S3_ACCESS_KEY": bucket.access,
            "ANTONG_S3_SECRET_KEY": bucket.secret, "ANTONG_S3_CA": str(ca),
        }
    )  # fmt: skip
    assert given is not None
    place = S3Place(given)
    place.check()
    for size in (1, 300_000, PART + 12_345):
        own, data = new_id(), os.urandom(size)
        assert place.put(own, [data], size)
        assert not place.put(own, [data], size)
        with place.open(own) as found:
            assert found.read(size + 1) == data
        with S3Place(bucket).open(own) as found:
            assert found.read(size + 1) == data, "the same object without TLS"
    assert len(list(place.names())) == 3


def test_without_it_or_with_another_nothing_is_sent(
    bucket: Bucket, port: int, ca: Path, tmp_path: Path
) -> None:
    other, nonsense = tmp_path / "other.pem", tmp_path / "nonsense.pem"
    other.write_bytes(issue("政法专网根", authority=True).pem)
    nonsense.write_text("not a certificate")
    by_tls = replace(bucket, endpoint=f"https://localhost:{port}")
    for wrong in (
        by_tls,  # the machine's own authorities do not know it
        replace(by_tls, ca=other),
        replace(by_tls, ca=nonsense),
        replace(by_tls, ca=ca, endpoint=f"https://127.0.0.1:{port}"),  # the certificate names localhost
    ):
        with pytest.raises(StoreAway, match="ANTONG_S3_CA"):
            S3Place(wrong).check()
    assert list(S3Place(bucket).names()) == []


def test_a_certificate_that_has_ended_is_refused(
    bucket: Bucket, server: s3server.Server, root: Issued, ca: Path, tmp_path: Path
) -> None:
    cert, key = issue("s3", root, host="localhost", use=SERVER, days=(-20, -1)).kept(tmp_path, "ended")
    with tlsrelay.before(server.port, cert, key) as number:
        ended = replace(bucket, endpoint=f"https://localhost:{number}", ca=ca)
        with pytest.raises(StoreAway, match="到期"):
            S3Place(ended).check()


def test_tls_to_a_server_that_speaks_none(bucket: Bucket, server: s3server.Server, ca: Path) -> None:
    with pytest.raises(StoreAway, match=r"握手没有完成.*ANTONG_S3_ENDPOINT") as refused:
        S3Place(replace(bucket, endpoint=f"https://localhost:{server.port}", ca=ca)).check()
    assert "证书" not in refused.value.why, "no certificate was shown"
