"""The settings of the S3 bucket, read together: set whole, or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from antong.boot.declared import SETTINGS
from antong.dossier.places import Bucket

NAMES = tuple(row.name for row in SETTINGS if row.name.startswith("ANTONG_S3_"))
SECRETS = ("ANTONG_S3_ACCESS_KEY", "ANTONG_S3_SECRET_KEY")


def of(values: Mapping[str, str]) -> Bucket | None:
    """Return the bucket that is set, None where none is; raises ValueError where it is set by half."""
    endpoint = values.get("ANTONG_S3_ENDPOINT", "").rstrip("/")
    given = {name: values.get(name, "") for name in NAMES}
    if not endpoint:
        stray = next((name for name, text in given.items() if text), "")
        if stray:
            raise ValueError(f"{stray} is set without ANTONG_S3_ENDPOINT")
        return None
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", endpoint):
        raise ValueError(f"ANTONG_S3_ENDPOINT is https://host:port, not {endpoint!r}")
    for name in ("ANTONG_S3_BUCKET", "ANTONG_S3_ACCESS_KEY", "ANTONG_S3_SECRET_KEY"):
        if not given[name]:
            raise ValueError(f"{name} is missing: ANTONG_S3_ENDPOINT is set")
    prefix, ca = given["ANTONG_S3_PREFIX"], given["ANTONG_S3_CA"]
    if prefix and not re.fullmatch(r"([A-Za-z0-9._\-]+/)+", prefix):
        raise ValueError(f"ANTONG_S3_PREFIX is words that each end in /, not {prefix!r}")
    if ca and not Path(ca).is_file():
        raise ValueError(f"ANTONG_S3_CA names no file: {ca}")
    return Bucket(
        endpoint=endpoint,
        name=given["ANTONG_S3_BUCKET"],
        region=given["ANTONG_S3_REGION"] or "us-east-1",
        prefix=prefix,
        access=given["ANTONG_S3_ACCESS_KEY"],
        secret=given["ANTONG_S3_SECRET_KEY"],
        ca=Path(ca).absolute() if ca else None,
    )
