"""The settings of the house (`declared.py`) parsed, strictly and once. Secrets may be files."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import TypedDict
from urllib.parse import unquote, urlsplit

from antong.boot import bucket
from antong.boot.declared import KNOWN, SETTINGS
from antong.dossier.places import Bucket
from antong.law.conventions import CONVENTIONS


class BadSetting(ValueError):
    """A setting that cannot be; the message names it, says what is allowed and how to mend it."""


CHECKOUT = Path(__file__).resolve().parents[3]
_PREFIX = Path(sys.prefix).parent
RELEASE = _PREFIX if (_PREFIX / "release.json").is_file() else None
"""The release that this program was installed as, from a package (boot/installing.py); None in a checkout."""
STATE = RELEASE.parent.parent / "state" if RELEASE else CHECKOUT / ".antong"
ASSETS = (RELEASE or CHECKOUT) / "assets"
SECRET_LENGTH = 32
HTTPS_PORT, HIGHEST_PORT = 443, 65535
DATABASE = "antong"
HOST = re.compile(r"[A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\]|\*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The settings of one process; what each says stands in `SETTINGS`."""

    state: Path
    keys: Path
    assets: Path
    database_url: str
    external: bool
    postgres: str
    secret_key: str
    demo: bool
    hosts: tuple[str, ...]
    tls: bool
    tls_cert: Path | None
    tls_key: Path | None
    client_ca: Path | None
    client_crl: Path | None
    certificate_port: int | None
    pages_port: int
    second_factor: str
    proxies: tuple[str, ...]
    metrics_token: str
    backup_key: Path | None
    s3: Bucket | None
    log: str
    otel_endpoint: str
    webhook_hosts: tuple[str, ...]
    conventions: frozenset[str]
    test_database: str

    def database(self) -> dict[str, str]:
        """The parts of the database's address, as Django names them."""
        parts = urlsplit(self.database_url)
        return {
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or 5432),
        }


def _flag(values: Mapping[str, str], name: str) -> bool:
    text = values.get(name, "0")
    if text not in {"0", "1", ""}:
        raise BadSetting(f"{name} is 0 or 1, not {text!r}")
    return text == "1"


def _one_of(values: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    text = values.get(name) or allowed[0]
    if text not in allowed:
        raise BadSetting(f"{name} is {' or '.join(allowed)}, not {text!r}")
    return text


def _named(values: Mapping[str, str], name: str) -> str:
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


def _address_of(values: Mapping[str, str], name: str) -> str:
    text = values.get(name, "").rstrip("/")
    if text and not (re.fullmatch(r"https?://[^\s/?#@]+", text) and urlsplit(text).hostname):
        raise BadSetting(f"{name} is http://host:port or https://host:port, not {text!r}")
    return text


def _bucket(values: Mapping[str, str]) -> Bucket | None:
    try:
        return bucket.of({**values, **{name: _named(values, name) for name in bucket.SECRETS}})
    except ValueError as error:
        raise BadSetting(str(error)) from error


def _known(values: Mapping[str, str]) -> None:
    """Refuse a misspelt setting: one silently ignored is worse than one refused."""
    for name in values:
        if name.startswith("ANTONG_") and name not in KNOWN:
            near = get_close_matches(name, KNOWN, n=1)
            raise BadSetting(f"no such setting: {name}" + (f"; did you mean {near[0]}?" if near else ""))


def _given_secret(values: Mapping[str, str], name: str) -> str:
    given = _named(values, name)
    if given and len(given) < SECRET_LENGTH:
        raise BadSetting(f"{name} has fewer than {SECRET_LENGTH} characters")
    return given


def _secret(values: Mapping[str, str], name: str, state: Path) -> str:
    given = _given_secret(values, name)
    if given:
        return given
    path = state / "secret-key"
    if not path.exists():
        keep_once(path, secrets.token_urlsafe(48))
    text = path.read_text().strip()
    if len(text) < SECRET_LENGTH:
        raise BadSetting(f"{path} holds fewer than {SECRET_LENGTH} characters; remove it to have one made")
    return text


def conventions(text: str) -> frozenset[str]:
    """Return the readings of the law that a setting names; raises BadSetting."""
    named = frozenset(part.strip() for part in text.split(",") if part.strip())
    if unknown := sorted(named - set(CONVENTIONS)):
        raise BadSetting(
            f"ANTONG_CONVENTIONS names {unknown[0]!r}, which is none of {', '.join(CONVENTIONS)}"
        )
    return named


def _hosts(text: str, name: str = "ANTONG_HOSTS") -> tuple[str, ...]:
    hosts = tuple(part.strip() for part in text.split(",") if part.strip())
    for host in hosts:
        if not HOST.fullmatch(host):
            raise BadSetting(f"{name} names hosts by commas, without scheme or port, not {host!r}")
    return hosts


def _proxies(text: str) -> tuple[str, ...]:
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(str(ip_address(part)))
        except ValueError:
            raise BadSetting(f"ANTONG_PROXIES names IP addresses by commas, not {part!r}") from None
    return tuple(found)


class _Tls(TypedDict):
    tls_cert: Path | None
    tls_key: Path | None
    client_ca: Path | None
    client_crl: Path | None
    certificate_port: int | None
    pages_port: int


def _port(values: Mapping[str, str], name: str) -> int | None:
    text = values.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= HIGHEST_PORT:
        raise BadSetting(f"{name} is a port, 1 to {HIGHEST_PORT}, not {text!r}")
    return int(text)


def _tls(values: Mapping[str, str]) -> _Tls:
    """Return what concerns certificates: each whole or not at all, and every file there."""
    files = {}
    for name in ("ANTONG_TLS_CERT", "ANTONG_TLS_KEY", "ANTONG_CLIENT_CA", "ANTONG_CLIENT_CRL"):
        files[name] = Path(values[name]).absolute() if values.get(name) else None
    if (files["ANTONG_TLS_CERT"] is None) != (files["ANTONG_TLS_KEY"] is None):
        raise BadSetting("ANTONG_TLS_CERT and ANTONG_TLS_KEY are set together or not at all")
    port = _port(values, "ANTONG_CERTIFICATE_PORT")
    if (files["ANTONG_CLIENT_CA"] is None) != (port is None):
        raise BadSetting("ANTONG_CLIENT_CA and ANTONG_CERTIFICATE_PORT are set together or not at all")
    if files["ANTONG_CLIENT_CRL"] is not None and port is None:
        raise BadSetting("ANTONG_CLIENT_CRL says nothing without ANTONG_CLIENT_CA")
    if port is not None and files["ANTONG_TLS_CERT"] is None and not values.get("ANTONG_PROXIES"):
        raise BadSetting(
            "ANTONG_CLIENT_CA needs TLS: set ANTONG_TLS_CERT and ANTONG_TLS_KEY, or ANTONG_PROXIES with a proxy that asks for certificates"
        )
    return {
        "tls_cert": files["ANTONG_TLS_CERT"],
        "tls_key": files["ANTONG_TLS_KEY"],
        "client_ca": files["ANTONG_CLIENT_CA"],
        "client_crl": files["ANTONG_CLIENT_CRL"],
        "certificate_port": port,
        "pages_port": _port(values, "ANTONG_PAGES_PORT") or HTTPS_PORT,
    }


def keep_once(path: Path, text: str) -> None:
    """Write a secret file whole (mode 0600) unless it is there already; of several at once one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def database_url_file(state: Path) -> Path:
    """Return the file in which the embedded database's address stands (mode 0600)."""
    return state / "database-url"


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"postgresql", "postgres"} and parts.path.lstrip("/") and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise BadSetting("DATABASE_URL is postgresql://user:password@host:port/name")


def state_folder(values: Mapping[str, str] | None = None) -> Path:
    """Return the folder of the state."""
    given = os.environ if values is None else values
    return Path(given.get("ANTONG_STATE") or STATE).absolute()


def read(values: Mapping[str, str] | None = None) -> Environment:
    """Return the settings; raises BadSetting naming what is wrong."""
    given = os.environ if values is None else values
    _known(given)
    state = state_folder(given)
    url = _named(given, "DATABASE_URL")
    external = bool(url)
    if (
        not url and database_url_file(state).exists()
    ):  # the cluster's address; ours is a database of its own in it
        url = urlsplit(database_url_file(state).read_text().strip())._replace(path=f"/{DATABASE}").geturl()
    url = url or "postgresql://nobody@127.0.0.1:1/none"
    _check_address(url)
    return Environment(
        state=state,
        keys=Path(given.get("ANTONG_KEYS") or state / "keys").absolute(),
        assets=Path(given.get("ANTONG_ASSETS") or ASSETS),
        database_url=url,
        external=external,
        postgres=_one_of(given, "ANTONG_PG", ("18", "16")),
        secret_key=_secret(given, "ANTONG_SECRET_KEY", state),
        demo=_flag(given, "ANTONG_DEMO"),
        hosts=_hosts(given.get("ANTONG_HOSTS") or "127.0.0.1,localhost"),
        tls=_flag(given, "ANTONG_TLS") or bool(given.get("ANTONG_TLS_CERT")),
        **_tls(given),
        second_factor=_one_of(
            given,
            "ANTONG_SECOND_FACTOR",
            ("off", "admins", "all") if _flag(given, "ANTONG_DEMO") else ("admins", "all", "off"),
        ),
        proxies=_proxies(given.get("ANTONG_PROXIES", "")),
        metrics_token=_given_secret(given, "ANTONG_METRICS_TOKEN"),
        backup_key=Path(given["ANTONG_BACKUP_KEY"]).absolute() if given.get("ANTONG_BACKUP_KEY") else None,
        otel_endpoint=_address_of(given, "ANTONG_OTEL_ENDPOINT"),
        log=_one_of(given, "ANTONG_LOG", ("plain", "json")),
        webhook_hosts=_hosts(given.get("ANTONG_WEBHOOK_HOSTS", ""), "ANTONG_WEBHOOK_HOSTS"),
        conventions=conventions(given.get("ANTONG_CONVENTIONS", "")),
        s3=_bucket(given),
        test_database=given.get("ANTONG_TEST_DB") or "test_antong",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A setting as `antong config` prints it; a secret is never more than set or not."""

    name: str
    value: str
    source: str
    what: str


def shown(values: Mapping[str, str] | None = None) -> list[Shown]:
    """Return every setting with its value and where that comes from, without secrets. Raises BadSetting as `read` does."""
    given = os.environ if values is None else values
    read(given)
    rows = []
    for row in SETTINGS:
        source, value = "default", row.default
        if given.get(row.name):
            source, value = "environment", "(set)" if row.secret else given[row.name]
        elif row.secret and given.get(f"{row.name}_FILE"):
            source, value = "file", given[f"{row.name}_FILE"]
        rows.append(Shown(name=row.name, value=value, source=source, what=row.what))
    return rows
