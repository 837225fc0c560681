"""Logs of real processes through a case that goes wrong in every way: each line is JSON, and none says who or what."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.conf import settings

from antong.cases.models import Case
from antong.kernel import clock
from survival.ground import Ground, System, eventually, free_port, multipart, serves
from visiting import Visitor
from walking import hand_over

SECRET = "韩序舟 330521199001012318 13905720001"
NAMES = (
    "SELECT name FROM cases_party UNION SELECT id_number FROM cases_party UNION SELECT phone FROM cases_party"
    " UNION SELECT number FROM cases_case UNION SELECT name FROM cases_case UNION SELECT place FROM cases_case"
    " UNION SELECT name FROM org_person UNION SELECT username FROM org_person UNION SELECT file_name FROM dossier_original"
)
EVERYDAY = {"", "web", "admin", "page"}


def needles(ground: Ground) -> set[str]:
    found = {str(row[0]) for row in ground.ask(NAMES) if row[0] and len(str(row[0])) > 1}
    return (found | set(SECRET.split()) | {"河西路 8 号", "geheim-口令", "讯问韩", "纪白"}) - EVERYDAY


@pytest.fixture
def house(ground: Ground, settings: Any) -> Iterator[str]:
    """Web server, worker and sequencer as they are installed, writing JSON."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        for command in (("web", "--port", str(port), "--workers", "1"), ("worker",), ("sequencer",)):
            stack.enter_context(ground.running(*command, ANTONG_LOG="json", ANTONG_DEMO="1"))
        assert eventually(lambda: serves(base)), (ground.notes / "web.log").read_text()
        yield base


def go_wrong(
    base: str, people: dict[str, Any], case_id: UUID, password: str, sent: Any, system: System
) -> None:
    """Do what people do, and all that goes wrong with it."""
    visitor = Visitor(base)
    for name in ("韩序舟", "zhencha"):
        assert visitor.post("/login", username=name, password="geheim-口令")[0] == 422
    assert visitor.post("/login", username="zhencha", password=password)[:2] == (200, "/desk")
    for tab in ("people", "dossier", "documents", "handovers", "limits", "ledger"):
        assert "韩序舟" in visitor.get(f"/cases/{case_id}/?tab={tab}")[2]
    visitor.post("/desk", to="/cases", text="韩序舟", at="/find")
    assert visitor.get(f"/cases/{case_id}/{quote('韩序舟')}?text={quote(SECRET)}")[0] == 404
    body = {
        "source": "01", "category": "050200", "occurred_at": (clock.now() - timedelta(hours=3)).isoformat(), "place": "河西路 8 号",
        "brief": SECRET, "secret": False, "parties": [{"kind": "suspect", "name": "纪白", "phone": "13905720001"}],
    }  # fmt: skip
    for at in range(1, 6):  # a failure that quotes what it was about, at one write after another
        status, said, _ = system.call(base, "cases", body, f"k{at}", at, Fail_With=quote(SECRET))
        assert (status, said["code"]) == (500, "incident"), said
    assert system.call(base, "cases", {**body, "secret": True}, "s")[0] in {409, 422}
    assert system.call(base, "cases", {**body, "source": SECRET}, "t")[0] == 422
    assert system.call(base, "cases", body, "k-last")[0] == 201
    for name, content in (("讯问韩.jpg", b"no picture"), (f"{'讯问韩' * 80}.jpg", b"x")):
        bad, kind = multipart(name, content, catalogue_key="ev-victim.victim")
        assert system.call(base, f"cases/{case_id}/uploads", bad, "", None, kind)[0] == 422
    assert system.call(base, f"handovers/{sent.handover_id}/accept", {"version": sent.version})[0] in {
        403,
        404,
        409,
    }
    assert system.call(base, f"cases/{UUID(int=5)}/parties", {"version": 1, "parties": []})[0] in {404, 422}


def test_whatever_goes_wrong_logs_say_where_and_never_who_or_what(
    crowd: dict[str, Any], apart: UUID, ground: Ground, house: str
) -> None:
    from antong.demo import seed

    errors = Path(settings.ANTONG_STATE) / "log" / "errors.jsonl"
    errors.unlink(missing_ok=True)
    password = next(one.password for one in seed.logins() if one.username == "zhencha")
    sent = hand_over(crowd, apart, "arrest-request")
    go_wrong(house, crowd, apart, password, sent, System(crowd, "zhencha"))
    assert Case.objects.filter(place="河西路 8 号").count() >= 1
    assert eventually(errors.exists)
    words = needles(ground)
    assert len(words) > 60
    assert {"韩序舟", "云怀屿", "zhencha"} <= words
    told = errors.read_text("utf-8")
    assert told.count("incident") >= 5
    assert "ValueError at points.py" in told
    for path in (errors, *(ground.notes / f"{name}.log" for name in ("web", "worker", "sequencer"))):
        text = path.read_text("utf-8")
        found = sorted(word for word in words if word in text)
        assert found == [], (path.name, found)
        assert not re.search(r"\d{17}[\dXx]|1[3-9]\d{9}", text), path.name
        for line in text.splitlines():
            row = json.loads(line)
            assert {"at", "level", "logger", "what", "pid"} <= set(row), line
            assert row["pid"] != os.getpid()
