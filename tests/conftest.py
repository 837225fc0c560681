"""What all tests share: no road out of the machine, and the model prefecture planted once a session."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

SHARED = Path(os.environ.get("TEST_SHARED") or Path(__file__).resolve().parents[2] / "shared")
"""Real data, beside the repository; a work tree that lies elsewhere names it by TEST_SHARED."""
LOCAL = {"127.0.0.1", "localhost", "::1", ""}


LONG = (
    "web/test_story.py", "boot/test_backup.py", "boot/test_run.py", "flow/test_walk_flows.py", "web/test_crawl.py", "everybody/test_access_battery.py",
    "everybody/test_get_writes_nothing.py", "everybody/test_any_input.py", "everybody/test_handover_battery.py",
    "web/test_query_counts.py", "boot/test_auditing.py",
)  # fmt: skip
"""Begun first: what runs for a minute or more must not be what all others wait for at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first."""

    def place(item: pytest.Item) -> int:
        return next((index for index, name in enumerate(LONG) if item.path.match(name)), len(LONG))

    items.sort(key=place)


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every address outside the machine."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if host not in LOCAL:
            raise AssertionError(f"a test reached out to {host}")
        real(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = real  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Plant the model prefecture in the test database, with keys and blobs in a folder of the session.

    Made whatever a test asks for: pytest-django's own makes it only where one asks for `db`, and those that work
    on a copy of the database, or in a transaction longer than a test, do not.
    """
    from django.conf import settings
    from django.test.utils import setup_databases, teardown_databases

    from antong.demo import seed
    from antong.ledger import keys
    from antong.org import selectors as org

    state = tmp_path_factory.mktemp("state")
    settings.ANTONG_STATE = state
    settings.ANTONG_BLOBS = state / "blobs"
    settings.ANTONG_MASTER_KEY = state / "keys" / "master"
    settings.ANTONG_HEAD_KEY = state / "keys" / "head.pem"
    settings.ANTONG_SPOOL = state / "spool"
    settings.ANTONG_INCOMING = state / "incoming"
    settings.ANTONG_DEMO = True
    keys.ensure_key(settings.ANTONG_HEAD_KEY)
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
        seed.plant()
        org.instance()  # read once by each process: no test's first page pays for it
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture
def apart(_prepared: UUID, django_db_blocker: Any) -> Iterator[UUID]:
    """A copy of the database where acts are really committed, also by threads at once; the prepared case in it.

    The threads of a test close their own connections (`meeting.at_once` does).
    """
    import psycopg
    from django.db import connection

    db = connection.settings_dict
    planted, copy = db["NAME"], f"{db['NAME']}_copy"
    address = {"host": db["HOST"], "port": db["PORT"], "user": db["USER"], "password": db["PASSWORD"]}
    with (
        django_db_blocker.unblock(),
        psycopg.connect(dbname="postgres", autocommit=True, **address) as keeper,
    ):
        connection.close()
        keeper.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')  # type: ignore[arg-type]
        keeper.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{planted}"')  # type: ignore[arg-type]
        db["NAME"] = copy
        try:
            yield _prepared
        finally:
            connection.close()
            db["NAME"] = planted
            keeper.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')  # type: ignore[arg-type]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    import subprocess

    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def people(db: None) -> dict[str, Any]:
    """The people of the story by their login."""
    from antong.demo import carriage

    return carriage.actors()


@pytest.fixture
def passwords(db: None) -> dict[str, str]:
    """The demonstration's passwords by login."""
    from antong.demo import seed

    return {login.username: login.password for login in seed.logins()}


@pytest.fixture(scope="session")
def scan() -> bytes:
    """One small scanned page."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (1654, 2339), "white")
    draw = ImageDraw.Draw(picture)
    for row in range(40):
        draw.rectangle((200, 200 + row * 48, 1400, 214 + row * 48), fill="black")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=60, dpi=(200, 200))
    return out.getvalue()


@pytest.fixture
def new_case(people: dict[str, Any]) -> Callable[..., UUID]:
    """Registers a theft by two suspects."""
    from walking import theft

    def register(suspects: tuple[str, ...] = ("韩序舟", "杜明泽"), who: str = "zhencha") -> UUID:
        return theft(people, suspects, who)

    return register


@pytest.fixture
def filled(people: dict[str, Any], scan: bytes) -> Callable[[UUID], None]:
    """Puts into a file what the checks of the hand-overs ask for, and derives its pages."""
    from antong.dossier import actions, selectors
    from walking import fill_file

    def fill(case_id: UUID) -> None:
        fill_file(people["zhencha"], case_id, scan)
        for original_id in selectors.originals_waiting(case_id):
            actions.derive_original(original_id)

    return fill


@pytest.fixture(scope="session")
def _prepared(django_db_setup: None, django_db_blocker: Any, scan: bytes) -> UUID:
    from antong.demo import carriage
    from antong.dossier import actions, selectors
    from walking import fill_file, hand_over, theft

    with django_db_blocker.unblock():
        people = carriage.actors()
        case_id = theft(people, ("韩序舟", "杜明泽"))
        hand_over(people, case_id, "filing")
        hand_over(people, case_id, "detention", fields={"roaming": "是"})
        fill_file(people["zhencha"], case_id, scan)
        for original_id in selectors.originals_waiting(case_id):
            actions.derive_original(original_id)
    return case_id


@pytest.fixture
def investigated(_prepared: UUID, db: None) -> UUID:
    """A case of two suspects, filed and detained, with the papers that the checks ask for.

    It is there once for the session, and as it was for every test: each undoes what it did.
    """
    return _prepared
