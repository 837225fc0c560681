"""Roads that the tests of one module share."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from antong.dossier import actions as dossier_actions
from antong.dossier.types import Upload
from walking import Roads

People = dict[str, Any]


@pytest.fixture(scope="module")
def roads(django_db_setup: None, django_db_blocker: Any, scan: bytes) -> Iterator[Roads]:
    """A case that the tests of a module carry where they need it, each from where the last common step ended."""
    from django.db import transaction

    from antong.demo import carriage

    with django_db_blocker.unblock(), transaction.atomic():
        yield Roads(carriage.actors(), scan)
        transaction.set_rollback(True)


@pytest.fixture
def scanned(people: People, scan: bytes) -> Callable[[UUID], None]:
    """Puts scans where the checks look for them; whether they are legible is not asked here."""

    def fill(case_id: UUID) -> None:
        for key in ("ev-suspect.interrogation", "lit-rights.rights"):
            dossier_actions.upload(
                people["zhencha"],
                case_id=case_id,
                catalogue_key=key,
                files=[Upload(file_name="页.jpg", content=io.BytesIO(scan + key.encode()))],
            )

    return fill


@pytest.fixture
def detained(investigated: UUID) -> UUID:
    """The case of the session, by the name under which custody is asked about."""
    return investigated
