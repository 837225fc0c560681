"""A machine beside that of the tests, into which a backup is restored: an empty database, a state folder, keys of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from antong.boot import environment
from antong.boot.environment import Environment


def quiet(stage: str, done: int) -> None:
    pass


@contextmanager
def empty_database() -> Iterator[str]:
    """An empty database beside the one that is backed up."""
    db = connection.settings_dict
    name = f"{db['NAME']}_restored"
    address = {"host": db["HOST"], "port": db["PORT"], "user": db["USER"], "password": db["PASSWORD"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **address) as keeper:
        keeper.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
        keeper.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')  # type: ignore[arg-type]
        yield name
        connection.close()
        keeper.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]


def machine(state: Path, database: str, **more: Any) -> Environment:
    """The settings of a machine with a state folder, on a database of this server."""
    db = connection.settings_dict
    url = f"postgresql://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{database}"
    given = {"state": state, "keys": state / "keys", "database_url": url, "external": True}
    return replace(environment.read(), **given | more)


@contextmanager
def standing_on(target: Environment, database: str, settings: Any) -> Iterator[None]:
    """Have this process work on another machine, as one that was started there does."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DATABASE_URL", os.environ.get("DATABASE_URL", ""))
        named, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], database
        connection.close()
        settings.ANTONG_BLOBS, settings.ANTONG_S3 = target.state / "blobs", target.s3
        settings.ANTONG_MASTER_KEY, settings.ANTONG_HEAD_KEY = (
            target.keys / "master",
            target.keys / "head.pem",
        )
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = named
