"""How a setting is declared, and those of the S3 bucket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from antong.dossier.places import Bucket


class BadSetting(ValueError):
    """A setting that cannot be; the message names it, says what is allowed and how to mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting as it is declared: its name, what it is without being set, what it says.

    A `secret` may stand in a file that NAME_FILE names, and is never printed.
    """

    name: str
    default: str
    what: str
    secret: bool = False


S3_SETTINGS = (
    Setting(
        name="ANTONG_S3_ENDPOINT",
        default="none: originals lie on the disk of the state folder",
        what="https://host:port of an S3 server that originals can be moved to (antong store move)",
    ),
    Setting(name="ANTONG_S3_BUCKET", default="none", what="its bucket, which must be there"),
    Setting(name="ANTONG_S3_REGION", default="us-east-1", what="its region, as requests are signed for"),
    Setting(name="ANTONG_S3_PREFIX", default="none", what="what names of objects begin with, ending in /"),
    Setting(name="ANTONG_S3_ACCESS_KEY", default="none", what="the account", secret=True),
    Setting(name="ANTONG_S3_SECRET_KEY", default="none", what="its key", secret=True),
    Setting(
        name="ANTONG_S3_CA",
        default="the authorities of this machine",
        what="file of the authority (PEM) that the server's certificate hangs from",
    ),
)


def named(values: Mapping[str, str], name: str) -> str:
    """Return a setting from its variable, or from the file that NAME_FILE names."""
    file = values.get(f"{name}_FILE")
    if not file:
        return values.get(name, "")
    if values.get(name):
        raise BadSetting(f"{name} and {name}_FILE are both set: keep one")
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise BadSetting(f"{name}_FILE names a file that cannot be read: {file}: {error.strerror}") from error


def bucket(values: Mapping[str, str]) -> Bucket | None:
    """Return the bucket that is set, None where none is; raises BadSetting where it is set by half."""
    endpoint = values.get("ANTONG_S3_ENDPOINT", "").rstrip("/")
    given = {
        row.name: named(values, row.name) if row.secret else values.get(row.name, "") for row in S3_SETTINGS
    }
    if not endpoint:
        stray = next((name for name, text in given.items() if text), "")
        if stray:
            raise BadSetting(f"{stray} is set without ANTONG_S3_ENDPOINT")
        return None
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", endpoint):
        raise BadSetting(f"ANTONG_S3_ENDPOINT is https://host:port, not {endpoint!r}")
    for name in ("ANTONG_S3_BUCKET", "ANTONG_S3_ACCESS_KEY", "ANTONG_S3_SECRET_KEY"):
        if not given[name]:
            raise BadSetting(f"{name} is missing: ANTONG_S3_ENDPOINT is set")
    prefix, ca = given["ANTONG_S3_PREFIX"], given["ANTONG_S3_CA"]
    if prefix and not re.fullmatch(r"([A-Za-z0-9._\-]+/)+", prefix):
        raise BadSetting(f"ANTONG_S3_PREFIX is words that each end in /, not {prefix!r}")
    if ca and not Path(ca).is_file():
        raise BadSetting(f"ANTONG_S3_CA names no file: {ca}")
    return Bucket(
        endpoint=endpoint,
        name=given["ANTONG_S3_BUCKET"],
        region=given["ANTONG_S3_REGION"] or "us-east-1",
        prefix=prefix,
        access=given["ANTONG_S3_ACCESS_KEY"],
        secret=given["ANTONG_S3_SECRET_KEY"],
        ca=Path(ca).absolute() if ca else None,
    )
