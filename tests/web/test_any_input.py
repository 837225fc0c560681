"""Whatever stands in an address or a form, the answer is a page or a refusal, never a failure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antong import web
from antong.web.pages.cases import forms
from asking import form_of
from routes import routes
from world import World, address, kept, undone

ROOM = Path(web.__file__).parent
NASTY = (
    "\0", "-1", "0", "9" * 30, "9" * 400, "1e309", "NaN", "None", "２０２６年２月３０日", "9999-12-31 24:00", "0001-01-01", "1900年1月1日", "％",
    "' OR 1=1 --", "%00%ff", "../..", "<script>", "\u202e名", "𠮷" * 30, "01a217ee-31f3-71fd-9952-08ea258bb7c9", "[]", "{}", "\\", "\r\n", "长" * 2000,
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=30), st.integers().map(str), st.datetimes().map(str), st.dates().map(str)
)  # fmt: skip
ASKED = re.compile(r'(?:\bget|getlist|number|instant|uuid|uuids)\((?:[a-zA-Z.]+, )?"([a-z_]+)"')
IN_FORMS = re.compile(r'\bname="([A-Za-z_.0-9]+)"')
WHO = {
    "accounts": "anquan", "approvals": "jianchazhang", "audit": "shenji", "read-log": "jianchazhang", "supervision": "jiandu",
    "units": "xitong", "approve": "juzhang", "approve-answer": "jianchazhang", "accept": "lian", "return": "lian", "assign": "lian",
}  # fmt: skip
AT_LAST = {"accept", "return", "assign", "answer-notice", "read-notice", "drop-phrase", "batch"}
"""What is done at the late case; all else at the early one, by who handles it."""
COSTLY = {"login", "password", "bundle", "signed-document", "document-pages"}
"""Where what is typed decides nothing but yes or no, at the cost of a password or of many pages."""


def names_in(pattern: re.Pattern[str], places: str) -> set[str]:
    """Return what pages ask an address or a form for, as their source says."""
    return {name for path in ROOM.rglob(places) for name in pattern.findall(path.read_text("utf-8"))}


ADDRESS = sorted({"find", "next", "order"} | names_in(ASKED, "*.py"))
FIELDS = sorted(
    names_in(ASKED, "*.py")
    | names_in(IN_FORMS, "*.html")
    | {f"p0_{name}" for name in (*forms.TEXTS, "born_on", "aliases", "charge", "kind")}
    | {f"p0_{flag}" for flag, _ in forms.FLAGS}
    | {
        "field.content",
        "text.arrest-request.facts",
        "explain.family",
        "reason.0.text",
        "reason.0.page",
        "reason.0.x",
    }
)
PAGES = sorted(str(one.name) for one in routes() if "GET" in one.callback.methods)  # type: ignore[attr-defined]
ACTS = sorted(
    str(one.name) for one in routes() if "POST" in one.callback.methods and one.name not in COSTLY  # type: ignore[attr-defined]
)  # fmt: skip
FEW = settings(
    max_examples=12, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
@FEW
@given(asked=st.fixed_dictionaries({}, optional=dict.fromkeys(ADDRESS, TEXTS)))
def test_any_address(world: World, name: str, asked: dict[str, str]) -> None:
    client = world.client(WHO.get(name, "zhencha"))
    with undone():
        answer = client.get(address(name, world.early), asked)
    assert answer.status_code < 500


@pytest.mark.parametrize("name", ACTS)
@FEW
@given(typed=st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, TEXTS)))
def test_any_form(world: World, name: str, typed: dict[str, Any]) -> None:
    place = world.late if name in AT_LAST else world.early
    client = world.client(WHO.get(name, "anguan" if name in AT_LAST else "zhencha"))
    with undone(), kept(client):
        answer = client.post(address(name, place), {**form_of(name, place), **typed})
    assert answer.status_code < 500
