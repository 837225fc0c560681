"""Every setting of the house: parsed strictly, once, documented where it is declared. Secrets may be files."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote, urlsplit


class BadSetting(ValueError):
    """A setting that cannot be; the message names it, says what is allowed and how to mend it."""


CHECKOUT = Path(__file__).resolve().parents[3]
SECRET_LENGTH = 32
DATABASE = "antong"
KNOWN = frozenset(
    f"ANTONG_{name}"
    for name in (
        "STATE",
        "KEYS",
        "ASSETS",
        "PG",
        "SECRET_KEY",
        "SECRET_KEY_FILE",
        "DEMO",
        "HOSTS",
        "TLS",
        "TEST_DB",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The settings of one process.

    ANTONG_STATE        folder for keys, blobs, logs and the embedded database's password (default `.antong` in the checkout)
    ANTONG_KEYS         folder of the key that signs heads and the one that wraps case keys, apart from the database and
                        its backups (default `keys` in the state folder)
    ANTONG_ASSETS       folder of fonts and icons made by set-up (default `assets` in the checkout)
    DATABASE_URL        postgresql://user:password@host:port/name of PostgreSQL 16 or 18, or DATABASE_URL_FILE
                        (default: the embedded one)
    ANTONG_PG           18 or 16: which embedded PostgreSQL a new state folder gets (default 18)
    ANTONG_SECRET_KEY   key of sessions and tickets, or ANTONG_SECRET_KEY_FILE (default: made once in the state folder)
    ANTONG_DEMO         1: demonstration mode, which prints logins (default 0)
    ANTONG_HOSTS        names the web server answers to, by commas (default 127.0.0.1,localhost)
    ANTONG_TLS          1: pages are served by TLS only: secure cookies and HSTS (default 0)
    ANTONG_TEST_DB      name of the database that tests make (default test_antong)
    """

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


def _known(values: Mapping[str, str]) -> None:
    """Refuse a misspelt setting: one silently ignored is worse than one refused."""
    for name in values:
        if name.startswith("ANTONG_") and name not in KNOWN:
            near = get_close_matches(name, KNOWN, n=1)
            raise BadSetting(f"no such setting: {name}" + (f"; did you mean {near[0]}?" if near else ""))


def _secret(values: Mapping[str, str], name: str, state: Path) -> str:
    given = _named(values, name)
    if given:
        if len(given) < SECRET_LENGTH:
            raise BadSetting(f"{name} has fewer than {SECRET_LENGTH} characters")
        return given
    path = state / "secret-key"
    if not path.exists():
        keep_once(path, secrets.token_urlsafe(48))
    text = path.read_text().strip()
    if len(text) < SECRET_LENGTH:
        raise BadSetting(f"{path} holds fewer than {SECRET_LENGTH} characters; remove it to have one made")
    return text


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
    return Path(given.get("ANTONG_STATE") or CHECKOUT / ".antong").absolute()


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
        assets=Path(given.get("ANTONG_ASSETS") or CHECKOUT / "assets"),
        database_url=url,
        external=external,
        postgres=_one_of(given, "ANTONG_PG", ("18", "16")),
        secret_key=_secret(given, "ANTONG_SECRET_KEY", state),
        demo=_flag(given, "ANTONG_DEMO"),
        hosts=tuple(filter(None, given.get("ANTONG_HOSTS", "127.0.0.1,localhost").split(","))),
        tls=_flag(given, "ANTONG_TLS"),
        test_database=given.get("ANTONG_TEST_DB") or "test_antong",
    )
