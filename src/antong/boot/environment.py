"""Every setting of the house: parsed strictly, once, documented where it is declared. Secrets may be files."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


class BadSetting(ValueError):
    """A setting that cannot be; the message names it, says what is allowed and how to mend it."""


CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The settings of one process.

    ANTONG_STATE        folder for keys, blobs, logs and the embedded database's password (default `.antong` in the checkout)
    ANTONG_ASSETS       folder of fonts and icons made by set-up (default `assets` in the checkout)
    DATABASE_URL        postgresql://user:password@host:port/name of PostgreSQL 16 or 18 (default: the embedded one)
    ANTONG_SECRET_KEY   key of sessions and tickets, or ANTONG_SECRET_KEY_FILE (default: made once in the state folder)
    ANTONG_DEMO         1: demonstration mode, which prints logins (default 0)
    ANTONG_HOSTS        names the web server answers to, by commas (default 127.0.0.1,localhost)
    ANTONG_TLS          1: pages are served by TLS only: secure cookies and HSTS (default 0)
    ANTONG_TEST_DB      name of the database that tests make (default test_antong)
    """

    state: Path
    assets: Path
    database_url: str
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


def _secret(values: Mapping[str, str], name: str, state: Path) -> str:
    if values.get(name):
        return values[name]
    path = Path(values[f"{name}_FILE"]) if values.get(f"{name}_FILE") else state / "secret-key"
    if not path.exists():
        if values.get(f"{name}_FILE"):
            raise BadSetting(f"{name}_FILE names a file that does not exist: {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass
    text = path.read_text().strip()
    if len(text) < 32:  # noqa: PLR2004 - fewer characters are no secret
        raise BadSetting(f"{path} holds fewer than 32 characters; remove it to have one made")
    return text


def database_url_file(state: Path) -> Path:
    """Return the file in which the embedded database's address stands (mode 0600)."""
    return state / "database-url"


def read(values: Mapping[str, str] | None = None) -> Environment:
    """Return the settings; raises BadSetting naming what is wrong."""
    given = os.environ if values is None else values
    state = Path(given.get("ANTONG_STATE") or CHECKOUT / ".antong")
    url = given.get("DATABASE_URL", "")
    if not url and database_url_file(state).exists():
        url = database_url_file(state).read_text().strip()
    url = url or "postgresql://nobody@127.0.0.1:1/none"
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.lstrip("/"):
        raise BadSetting("DATABASE_URL is postgresql://user:password@host:port/name")
    return Environment(
        state=state,
        assets=Path(given.get("ANTONG_ASSETS") or CHECKOUT / "assets"),
        database_url=url,
        secret_key=_secret(given, "ANTONG_SECRET_KEY", state),
        demo=_flag(given, "ANTONG_DEMO"),
        hosts=tuple(filter(None, given.get("ANTONG_HOSTS", "127.0.0.1,localhost").split(","))),
        tls=_flag(given, "ANTONG_TLS"),
        test_database=given.get("ANTONG_TEST_DB") or "test_antong",
    )
