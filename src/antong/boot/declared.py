"""Every setting of the house, documented where it is declared; `environment.py` parses them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting as it is declared: its name, what it is without being set, what it says.

    A `secret` may stand in a file that NAME_FILE names, and is never printed.
    """

    name: str
    default: str
    what: str
    secret: bool = False


SETTINGS = (
    Setting(
        name="ANTONG_STATE",
        default="state beside the releases, or .antong in the checkout",
        what="folder of keys, blobs, logs and the embedded database's password",
    ),
    Setting(
        name="ANTONG_KEYS",
        default="keys in the state folder",
        what="folder of the key that signs heads and the one that wraps case keys, apart from the database and its backups",
    ),
    Setting(
        name="ANTONG_ASSETS",
        default="assets of the release, or in the checkout",
        what="folder of fonts and icons made by set-up",
    ),
    Setting(
        name="DATABASE_URL",
        default="the embedded one",
        what="postgresql://user:password@host:port/name of PostgreSQL 16 or 18",
        secret=True,
    ),
    Setting(
        name="ANTONG_PG", default="18", what="18 or 16: which embedded PostgreSQL a new state folder gets"
    ),
    Setting(
        name="ANTONG_SECRET_KEY",
        default="made once in the state folder",
        what="key of sessions and tickets, 32 characters at least",
        secret=True,
    ),
    Setting(name="ANTONG_DEMO", default="0", what="1: demonstration mode, which prints logins"),
    Setting(
        name="ANTONG_HOSTS",
        default="127.0.0.1,localhost",
        what="names the web server answers to, by commas",
    ),
    Setting(
        name="ANTONG_TLS",
        default="0",
        what="1: pages are reached by TLS only: secure cookies and HSTS",
    ),
    Setting(
        name="ANTONG_TLS_CERT",
        default="none: plain HTTP, for a proxy before us",
        what="file of the certificate, with what it hangs from, to serve TLS without a proxy; sets ANTONG_TLS",
    ),
    Setting(name="ANTONG_TLS_KEY", default="none", what="file of that certificate's key"),
    Setting(
        name="ANTONG_CLIENT_CA",
        default="none: nobody signs in by certificate",
        what="file of the authorities (PEM, roots and what hangs from them) whose certificates people sign in by",
    ),
    Setting(
        name="ANTONG_CLIENT_CRL",
        default="none: what an authority has revoked is not asked",
        what="file of those authorities' revocation lists (PEM); one that is missing or out of date refuses its certificates",
    ),
    Setting(
        name="ANTONG_CERTIFICATE_PORT",
        default="none",
        what="port at which browsers show certificates, ours or that of the proxy before us",
    ),
    Setting(
        name="ANTONG_PAGES_PORT",
        default="443, or where TLS is served without a proxy",
        what="port at which browsers reach the pages",
    ),
    Setting(
        name="ANTONG_SECOND_FACTOR",
        default="admins; off in demonstration mode",
        what="off, admins or all: who must sign in with a code of the phone beside the password",
    ),
    Setting(
        name="ANTONG_PROXIES",
        default="none",
        what="addresses of the proxies before us, by commas: only they are believed who asks, and whether by TLS",
    ),
    Setting(
        name="ANTONG_METRICS_TOKEN",
        default="none: from this machine alone",
        what="token with which /metrics is read from elsewhere, 32 characters at least",
        secret=True,
    ),
    Setting(
        name="ANTONG_BACKUP_KEY",
        default="none: given by --key",
        what="file of the key that backups are sealed with, kept apart from them",
    ),
    Setting(
        name="ANTONG_OTEL_ENDPOINT",
        default="none: off",
        what="http(s)://host:port of an OpenTelemetry collector that is sent spans by OTLP (requirements/otel.txt)",
    ),
    Setting(
        name="ANTONG_LOG",
        default="plain",
        what="plain or json: how the processes write their logs, a line each",
    ),
    Setting(
        name="ANTONG_WEBHOOK_HOSTS",
        default="none: only hosts of the public network, by https",
        what="hosts of the closed network that webhooks may call, by commas",
    ),
    Setting(
        name="ANTONG_CONVENTIONS",
        default="none: the usual readings",
        what="other readings by which limits are computed, by commas (antong timelimit --conventions)",
    ),
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
    Setting(name="ANTONG_TEST_DB", default="test_antong", what="name of the database that tests make"),
)
KNOWN = frozenset(
    name for row in SETTINGS for name in (row.name, *([f"{row.name}_FILE"] if row.secret else []))
)
