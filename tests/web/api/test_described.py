"""The interface against its own description: whatever it allows is answered as it says, and what it does not is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

FEW, MANY = 2, 10
"""Calls of each operation in every run, and where there are minutes for it."""
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
LEFT_OUT = [
    positive_data_acceptance,  # law and rights refuse what is well formed
    ignored_auth,  # every wrong token counts against the address: test_answers asks it
]


@pytest.fixture
def known(new_case: Callable[..., UUID]) -> str:
    """A case that is there."""
    return str(new_case())


def _is_id(value: Any) -> bool:
    try:
        return bool(UUID(value))
    except (ValueError, TypeError, AttributeError):
        return False


def _called(most: int) -> settings:
    return settings(
        max_examples=most,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def _keeps_to_it(case: Any, system: Callable[..., Any], known: str) -> None:
    police = system("zhencha")
    if _is_id((case.path_parameters or {}).get("case_id")):  # what is no id stays: it must be refused
        case.path_parameters["case_id"] = known
    case.call_and_validate(headers={"Authorization": f"Bearer {police.secret}"}, excluded_checks=LEFT_OUT)


@schema.parametrize()
@_called(FEW)
def test_it_keeps_to_its_description(
    case: Any, system: Callable[..., Any], known: str, one_connection: None
) -> None:
    _keeps_to_it(case, system, known)


@pytest.mark.full
@schema.parametrize()
@_called(MANY)
def test_it_keeps_to_its_description_however_it_is_called(
    case: Any, system: Callable[..., Any], known: str, one_connection: None
) -> None:
    _keeps_to_it(case, system, known)
