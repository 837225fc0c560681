"""The ledger with a past that the tests of the verifier forge: written once, rolled back, its bundles kept."""

from __future__ import annotations

from typing import Any

import pytest

from forging import Past, make_past


@pytest.fixture(scope="session")
def past(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Two cases written in turn, with the heads and bundles of several moments."""
    from django.db import transaction

    from antong.demo import carriage

    with django_db_blocker.unblock(), transaction.atomic():
        made = make_past(carriage.actors()["zhencha"], tmp_path_factory.mktemp("past"))
        transaction.set_rollback(True)
    return made
