"""Whatever stands in an address or a form, the answer is a page or a refusal, never a failure."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antong import web
from antong.web.pages.cases import forms
from asking import form_of
from routes import routes
from world import World, address, kept, letter, undone

pytestmark = pytest.mark.xdist_group("everybody")

ROOM = Path(web.__file__).parent
NASTY = (
    "\0", "-1", "0", "9" * 30, "9" * 400, "1e309", "NaN", "None", "２０２６年２月３０日", "9999-12-31 24:00", "0001-01-01", "1900年1月1日", "％",
    "' OR 1=1 --", "%00%ff", "../..", "<script>", "\u202e名", "𠮷" * 30, "01a217ee-31f3-71fd-9952-08ea258bb7c9", "[]", "{}", "\\", "\r\n", "长" * 2000,
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=30), st.integers().map(str), st.datetimes().map(str), st.dates().map(str)
)  # fmt: skip
ASKED = re.compile(r'(?:\bget|getlist|number)\((?:request\.GET, )?"([a-z_]+)"')
WHO = {
    **dict.fromkeys(
        ("custody", "custody-person", "custody-admit", "custody-discharge", "custody-interrogate", "custody-paper", "custody-warn"), "kanshou"
    ),
    "accounts": "anquan", "approvals": "jianchazhang", "audit": "shenji", "read-log": "jianchazhang", "supervision": "jiandu",
    "units": "xitong", "answer-report": "xitong", "approve": "juzhang", "approve-answer": "jianchazhang", "accept": "lian", "return": "lian", "assign": "lian", "duty-hear": "lian",
    **dict.fromkeys(("account", "sessions", "set-active", "reset-password", "lift-pause", "decide-factor-reset", "pledges", "issue-pledge", "register-certificate", "revoke-certificate", "end-sessions", "end-session"), "anquan"),
    **dict.fromkeys(("heads", "head-file"), "shenji"),
    **dict.fromkeys(
        ("assign-duty", "edit-unit", "end-duty", "end-post", "end-unit", "new-post", "new-unit", "pick-any-unit", "pick-people",
         "set-counterparts", "people", "person", "propose-factor-reset", "new-person", "amend-person", "move-person", "leave-service", "import-people", "take-people", "people-template", "pick-posts", "add-shift", "end-shift", "delegate-for", "end-delegation-for", "unit"), "xitong"),
    **dict.fromkeys(("new-terminal", "renew-terminal", "revoke-terminal", "terminal-rules", "terminals"), "xitong"), "set-terminal-rule": "anquan",
    "read-of-ours": "jianchazhang", "readers": "shenji", "looks": "shenji", "set-rotation": "juzhang", "rotations": "jiandu", "tokens": "anquan", "issue-token": "xitong", "allow-token": "anquan", "revoke-token": "xitong",
    **dict.fromkeys(("destructions", "destruction", "destroy", "refuse-destruction"), "juzhang"), **dict.fromkeys(("propose-destruction", "withdraw-destruction"), "anguan"),
    **dict.fromkeys(("webhooks", "webhook", "new-webhook", "rotate-webhook", "change-webhook"), "xitong"), "allow-webhook": "anquan",
}  # fmt: skip
AT_LAST = {
    "accept",
    "add-own-shift",
    "answer-notice",
    "answer-report",
    "assign",
    "batch",
    "drop-phrase",
    "duty-hear",
    "end-own-shift",
    "read-notice",
    "return",
}
"""What is done at the late case; all else at the early one, by who handles it."""
COSTLY = {"login", "pledge", "factor", "password", "bundle", "signed-document", "document-pages"}
"""Where what is typed decides nothing but yes or no, at the cost of a password or of many pages."""


ADDRESS = sorted(
    {"find", "next", "order"}
    | {name for path in ROOM.rglob("*.py") for name in ASKED.findall(path.read_text("utf-8"))}
)
"""What pages ask an address for, as their source says."""
EVERY_FORM = ("version", "shown", "seen", "key", "happened_at", "late_reason")
PARTY = tuple(
    f"p0_{name}" for name in (*forms.TEXTS, "born_on", "aliases", "charge", "kind", *dict(forms.FLAGS))
)
MORE: dict[str, tuple[str, ...]] = {
    "accept": ("handler", "assign_reason"),
    "add-party": PARTY,
    "add-own-shift": ("days", "week"),
    "add-shift": ("days", "week"),
    "pick-people": ("q",),
    "take-people": ("table", "only_right"),
    "amend": (
        "party",
        "receiver",
        "track",
        "note",
        "text.arrest-request.facts",
        "explain.family",
        "field.days",
    ),
    "batch": ("act", "key", "back", "handler", "reason"),
    "check-date": ("timed",),
    "drafts": ("drop",),
    "edit-document": ("field.content", "field.none"),
    "edit-party": PARTY,
    "find": ("to", "stage", "find"),
    "change-webhook": ("act", "place", "reason"),
    "new-webhook": ("unit", "url", "type"),
    "issue-token": ("unit", "system", "acts_as", "permission", "flow", "addresses", "valid_until"),
    "new-case": (*PARTY, "p1_name", "p99_name"),
    "new-document": ("party", "field.content"),
    "return": (
        "fix_by",
        "fix_reason",
        "reason.0.page",
        "reason.0.x",
        "reason.0.y",
        "reason.0.code",
        "reason.999.text",
    ),
    "keep-phrase": ("whose",),
    "set-rotation": ("active", "on_duty", "weight.x", "weight.01a217ee-31f3-71fd-9952-08ea258bb7c9"),
    "same-person": ("id_number", "id_type", "born_on"),
    "submit": ("approver", "party", "receiver", "track", "note"),
    "upload": ("catalogue_key", "title", "entry_id", "replace_page_id"),
    "views": ("drop",),
}
PAGES = sorted(str(one.name) for one in routes() if "GET" in one.callback.methods)  # type: ignore[attr-defined]
ACTS = sorted(
    str(one.name) for one in routes() if "POST" in one.callback.methods and one.name not in COSTLY  # type: ignore[attr-defined]
)  # fmt: skip
FEW = settings(
    max_examples=25 if os.environ.get("TEST_TIER") == "full" else 5, derandomize=True, deadline=None, database=None,
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
@given(data=st.data())
def test_any_form(world: World, name: str, data: st.DataObject) -> None:
    place = world.late if name in AT_LAST else world.early
    client = world.client(WHO.get(name, "anguan" if name in AT_LAST else "zhencha"))
    form = form_of(name, place)
    fields = sorted({*form, *MORE.get(name, ()), *EVERY_FORM} - {"files"})
    typed = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(fields, TEXTS)))
    with undone(), kept(client):
        answer = client.post(address(name, place), {**form, **typed})
    assert answer.status_code < 500


def test_a_long_address_leads_to_sign_in(world: World) -> None:
    answer = world.client("").get("/cases", {"stage": "长" * 3000})
    assert letter(answer) == "l"
    assert answer.headers["Location"] == "/login?next=%2Fcases"
