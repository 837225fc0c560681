"""Heads on a page: the audit administrator takes one away, and the verifier trusts it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client

from antong.kernel.actor import Actor
from antong.kernel.refusal import NotFound, NotPermitted
from antong.ledger import selectors as ledger
from antong.ledger import sequencer
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import actions

SignIn = Callable[[str], Client]


@pytest.fixture
def number(investigated: UUID) -> int:
    """The number of a head over all there is."""
    sequencer.run_once()
    head = ledger.latest_head()
    assert head is not None
    return head.number


def test_a_head_that_was_taken_is_one_of_ours_and_noted(number: int, sign_in: SignIn, tmp_path: Path) -> None:
    client = sign_in("shenji")
    assert f'action="/heads/{number}/file"' in client.get("/heads").content.decode()
    before = ledger.last_number(SYSTEM_CHAIN)
    taken = client.post(f"/heads/{number}/file")
    assert taken.headers["Content-Disposition"] == f'attachment; filename="head-{number}.json"'
    file = tmp_path / "head.json"
    file.write_bytes(taken.content)
    assert ledger.number_of_held(file) == number
    assert json.loads(taken.content)["head"]["number"] == number
    assert ledger.last_number(SYSTEM_CHAIN) == before + 1
    (row,) = [given for head, given in ledger.heads()[0] if head.number == number]
    assert row is not None
    for none in ("999999999999", "9" * 30):
        assert client.post(f"/heads/{none}/file").status_code == 404


def test_nobody_else_takes_one(people: dict[str, Actor], number: int) -> None:
    for who in ("xitong", "anquan", "juzhang", "jiandu"):
        with pytest.raises(NotPermitted):
            actions.give_head(people[who], number=number)
    with pytest.raises(NotFound):
        actions.give_head(people["shenji"], number=number + 99)
