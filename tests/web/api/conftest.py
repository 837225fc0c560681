"""Systems that call: with a token of a unit, through Django's own client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from antong.kernel import clock
from antong.org import actions as org
from antong.org.types import GRANTABLE, ROLE_PERMISSIONS, Permission, Role


@dataclass
class System:
    """An agency's system with its token."""

    secret: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", query or {}, headers=self._headers(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(
            f"/api/v1/{path}",
            data=json.dumps({} if body is None else body, default=str),
            content_type="application/json",
            headers=self._headers(headers),
        )

    def upload(self, path: str, form: dict[str, Any], **headers: str) -> Any:
        return self.client.post(f"/api/v1/{path}", form, headers=self._headers(headers))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.secret}", **named}


@pytest.fixture
def issue(people: dict[str, Any]) -> Callable[..., tuple[Any, str]]:
    """Issues a token for the unit of somebody, in force unless told; returns its id and its secret."""

    def run(
        who: str, *, own: bool = True, allowed: bool = True, permissions: tuple[Permission, ...] | None = None, **more: Any
    ) -> tuple[Any, str]:  # fmt: skip
        actor = people[who]
        may = [one for one in GRANTABLE if one in ROLE_PERMISSIONS[Role(actor.role)]]
        facts: dict[str, Any] = {
            "unit_id": actor.unit_id,
            "system": "执法办案平台",
            "permissions": [one.value for one in (permissions or may)],
            "valid_until": clock.now() + timedelta(days=30),
            "role": actor.role if own else "",
            "duty_id": None if own else actor.duty_id,
            **more,
        }
        made = org.issue_token(people["xitong"], **facts)
        if allowed:
            org.allow_token(people["anquan"], token_id=made.id)
        return made.id, made.secret

    return run


@pytest.fixture
def system(issue: Callable[..., tuple[Any, str]]) -> Callable[..., System]:
    """A system of somebody's unit that may do all that its post may."""

    def run(who: str, **more: Any) -> System:
        return System(issue(who, **more)[1])

    return run


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Let requests keep the connection in whose transaction the test runs, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
