"""How the interface answers: conditional reads, problems, keys, odd input; and that its description is the one committed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jsonschema
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.org.types import Permission
from antong.web.api import house, problem
from antong.web.api.urls import api
from routes import operations
from world import only_reading

ROOT = Path(__file__).resolve().parents[3]
NOWHERE = UUID(int=7)
Systems = Callable[..., Any]


@pytest.fixture
def police(system: Systems) -> Any:
    return system("zhencha")


def checked(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is a problem as the description says, and return it."""
    assert answer.status_code == status, answer.content.decode()
    assert answer.headers["Content-Type"] == problem.MEDIA_TYPE
    found: dict[str, Any] = answer.json()
    jsonschema.validate(found, house.PROBLEM)
    assert (found["code"], found["status"]) == (code, status)
    assert all(found[name] for name in ("title", "title_en", "remedy"))
    return found


def test_the_description_is_the_one_committed() -> None:
    committed = (ROOT / "docs" / "openapi.json").read_text("utf-8")
    assert committed == house.described(api), "run: python tools/openapi.py"


def test_the_description_says_of_every_operation_what_it_takes_and_gives(client: Client) -> None:
    found = client.get("/api/v1/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    told = {row["operationId"] for path in found["paths"].values() for row in path.values()}
    assert told == {operation.view_func.__name__ for _, operation in operations()}
    for path, methods in found["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in methods.values():
            assert operation["security"] == [{"Bearer": []}], path
            assert operation["description"], path
            assert "default" in operation["responses"], path
    for schema in found["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_without_a_token_nothing_is_answered(db: None, client: Client) -> None:
    for headers in (
        {},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer atk_x"},
    ):
        answer = client.get("/api/v1/cases", headers=headers)
        checked(answer, 401, "token-unknown")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for _ in range(50):
        answer = client.get("/api/v1/cases")
    checked(answer, 429, "throttled")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_session_of_a_person_opens_nothing(db: None, sign_in: Callable[[str], Client]) -> None:
    checked(sign_in("zhencha").get("/api/v1/cases"), 401, "token-unknown")


def test_what_is_outside_every_operation(police: Any) -> None:
    checked(police.get("nothing-here"), 404, "not-found")
    checked(police.get("cases/no-uuid"), 404, "not-found")
    checked(police.get(f"cases/{NOWHERE}"), 404, "not-found")
    answer = police.client.put("/api/v1/cases", headers=police._headers({}))
    checked(answer, 405, "method")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}
    checked(police.client.get("/api/"), 404, "not-found")


def test_what_was_read_is_not_sent_again(police: Any, new_case: Callable[..., UUID]) -> None:
    case_id = new_case()
    first = police.get(f"cases/{case_id}")
    etag = first.headers["ETag"]
    again = police.get(f"cases/{case_id}", If_None_Match=f'"x", {etag}')
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    amended = police.post(
        f"cases/{case_id}/amend", {"version": first.json()["case"]["version"], "place": "河东路"}
    )
    assert amended.status_code == 200
    changed = police.get(f"cases/{case_id}", If_None_Match=etag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_reading_writes_nothing(police: Any, new_case: Callable[..., UUID]) -> None:
    case_id = new_case()
    for path in (
        "self", "cases", "inbox", "units", "people", "codes", "codes/charges", "codes/case_source", "flows", "flows/filing", "document-kinds",
        "sheet-schema", *(f"cases/{case_id}{part}" for part in ("", "/file", "/documents", "/limits", "/entries", "/handovers")),
    ):  # fmt: skip
        with only_reading():
            answer = police.get(path)
        assert answer.status_code == 200, (path, answer.content.decode())


def test_every_way_to_narrow_a_list(police: Any, new_case: Callable[..., UUID]) -> None:
    case_id = str(new_case())
    for query in (
        {"stage": "registered"}, {"role": "handling"}, {"category": "050200"}, {"due": "none"}, {"held": "no"}, {"order": "number", "size": 1},
    ):  # fmt: skip
        found = police.get("cases", query).json()
        assert case_id in {row["case_id"] for row in found["rows"]}, query
    for query in ({"stage": "trial"}, {"role": "past"}, {"held": "yes"}, {"mine": "true"}):
        assert case_id not in {row["case_id"] for row in police.get("cases", query).json()["rows"]}, query
    for query, wrong in (
        ({"stage": "none"}, "stage"), ({"size": 0}, "size"), ({"size": 101}, "size"), ({"page": "x"}, "page"), ({"page": 10**30}, "page"),
        ({"no": 1}, "no"),
    ):  # fmt: skip
        assert wrong in str(checked(police.get("cases", query), 422, "fields")["fields"]), query
    checked(police.get("cases", {"category": "\0"}), 422, "unreadable")


def body(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "source": "01", "category": "050200", "occurred_at": (clock.now() - timedelta(hours=3)).isoformat(), "place": "河西路", "brief": "盗窃。",
        "secret": False, "parties": [{"kind": "suspect", "name": "纪白"}],
    }  # fmt: skip
    return {**found, **changes}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"place": None}, "place"),
        ({"occurred_at": "2026-01-02 09:30"}, "occurred_at"),
        ({"occurred_at": 1767317400}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+08:00"}, "occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-08:00"}, "occurred_at"),
        ({"parties": [{"kind": "suspect", "nmae": "纪白"}]}, "parties.0.nmae"),
        ({"parties": [{"kind": "robot"}]}, "parties.0.kind"),
        ({"parties": [{"kind": "suspect", "born_on": "2026-02-30"}]}, "parties.0.born_on"),
        ({"brief": "长" * 20_001}, "brief"),
        ({"more": 1}, "more"),
    ],
)
def test_what_cannot_be_read_is_named(police: Any, changes: dict[str, Any], field: str) -> None:
    assert field in checked(police.post("cases", body(**changes)), 422, "fields")["fields"]


def test_what_the_action_refuses_comes_through(police: Any) -> None:
    wrong = checked(
        police.post("cases", body(category="none", parties=[{"kind": "suspect"}])), 422, "case-fields"
    )
    assert {"category", "parties.0.name"} <= set(wrong["fields"])
    assert police.post("cases", body(secret=True)).status_code == 422
    late = body(happened_at="2020-01-02T09:30:00+08:00")
    assert "late_reason" in police.post("cases", late).json()["fields"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"a":' * 3000,
        b'{"text": "\\ud800"}',
        b'{"text": "\\u0000"}',
        b"1e999",
    ],
)
def test_a_body_that_is_none(police: Any, raw: bytes) -> None:
    answer = police.client.post(
        "/api/v1/cases/find", data=raw, content_type="application/json", headers=police._headers({})
    )
    assert answer.status_code in {400, 422}
    checked(answer, answer.status_code, "bad-request" if answer.status_code == 400 else "fields")


def test_a_body_that_is_too_large(police: Any) -> None:
    answer = police.client.post(
        "/api/v1/cases/find",
        data=b" " * (5 << 20),
        content_type="application/json",
        headers=police._headers({}),
    )
    checked(answer, 413, "too-large")
    assert police.client.post(
        f"/api/v1/cases/{NOWHERE}/uploads", data=b"--x", content_type="multipart/form-data", headers=police._headers({})
    ).status_code in {400, 422}  # fmt: skip


def test_one_key_one_act(police: Any, system: Systems) -> None:
    asked = body()
    first = police.post("cases", asked, Idempotency_Key="受案")
    checked(first, 422, "key")
    for key in ("", "a b", "x" * 129):
        checked(police.post("cases", asked, Idempotency_Key=key), 422, "key")
    first = police.post("cases", asked, Idempotency_Key="one")
    again = police.post("cases", asked, Idempotency_Key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = checked(police.post("cases", body(place="河东路"), Idempotency_Key="one"), 422, "key-reused")
    assert "Idempotency-Key" in other["fields"]
    elsewhere = police.post("cases/find", {"text": "某"}, Idempotency_Key="one")
    assert elsewhere.status_code == 200
    new = police.post("cases", asked, Idempotency_Key="two").json()
    assert new["case_id"] != first.json()["case_id"]
    its_own = system("zhencha").post("cases", asked, Idempotency_Key="one").json()
    assert its_own["case_id"] not in {first.json()["case_id"], new["case_id"]}
    assert len(ledger.entries(UUID(first.json()["case_id"]))) == 1


def test_every_act_takes_a_key(client: Client) -> None:
    # they change nothing: a POST keeps a name, or a reading, out of addresses
    reads = {"ask_upload", "find_cases", "read_original", "read_page_image"}
    parts = {"send_part", "end_upload"}  # told apart by their offset; ended once is ended
    found = client.get("/api/v1/openapi.json").json()["paths"]
    acts = {
        row["operationId"]: {one["name"] for one in row.get("parameters", ()) if one["in"] == "header"}
        for methods in found.values()
        for method, row in methods.items()
        if method != "get"
    }
    assert {name for name, headers in acts.items() if "Idempotency-Key" not in headers} == reads | parts


def test_a_key_is_no_way_round_the_permission(system: Systems) -> None:
    poor = system("zhencha", permissions=(Permission.CASE_READ,))
    checked(poor.post("cases", body(), Idempotency_Key="one"), 403, "role-lacks-permission")


def test_flows_and_documents_ask_for_what_they_say(police: Any, new_case: Callable[..., UUID]) -> None:
    case_id = str(new_case())
    asked = {"case_id": case_id, "flow": "filing", "fields": {"none": "x"}}
    assert checked(police.post("handovers", asked), 422, "fields")["fields"] == {"fields.none": "没有这一项"}
    asked = {"case_id": case_id, "flow": "filing", "texts": {"none": {"x": "y"}}}
    assert "texts.none" in checked(police.post("handovers", asked), 422, "fields")["fields"]
    checked(police.post("handovers", {"case_id": case_id, "flow": "none"}), 404, "not-found")
    checked(police.post(f"cases/{case_id}/documents", {"kind": "none"}), 422, "document-kind")
    checked(
        police.post(f"cases/{case_id}/documents", {"kind": "suspect-rights", "fields": {"no": ""}}),
        422,
        "fields",
    )
    checked(police.get("codes/none"), 404, "not-found")
    checked(police.get("flows/none"), 404, "not-found")


def test_a_supervisor_reads_what_was_done_and_not_what_it_says(
    system: Systems, new_case: Callable[..., UUID]
) -> None:
    case_id = new_case()
    eye = system("jiandu", permissions=(Permission.CASE_READ, Permission.LEDGER_READ))
    assert [row["act"] for row in eye.get(f"cases/{case_id}/entries").json()["rows"]] == ["case.register"]
    assert eye.get(f"cases/{case_id}/entries").json()["rows"][0]["after"] is None
    checked(eye.get(f"cases/{case_id}"), 403, "role-lacks-permission")
    assert eye.get(f"cases/{case_id}/limits").status_code == 200


def test_reading_asks_as_many_statements_whatever_there_is(
    police: Any, new_case: Callable[..., UUID]
) -> None:
    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert police.get(path).status_code == 200
        return len(caught)

    one = new_case(("甲一",))
    paths = {"cases": 3, f"cases/{one}": 3, f"cases/{one}/limits": 3, f"cases/{one}/entries": 5}
    assert {path: asked(path) for path in paths} == paths
    for _ in range(3):
        new_case(("甲一", "乙二", "丙三"))
    assert {path: asked(path) for path in paths} == paths


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["\0", "\ud800", str(NOWHERE), "9999-12-31T23:59:59Z", "filing", "x" * 600]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
ACTS = sorted(
    {(path, tuple(operation.models)) for path, operation in operations() if "POST" in operation.methods},
    key=str,
)


def _names(models: Any) -> list[str]:
    """Return the fields that the body of an operation has."""
    schema = json.dumps([model.model_json_schema() for model in models])
    return sorted(
        {
            name
            for part in json.loads(schema)
            for one in part.get("$defs", {}).values()
            for name in one.get("properties", {})
        }
    )


@pytest.mark.parametrize(("path", "models"), ACTS, ids=[path for path, _ in ACTS])
@settings(
    max_examples=12, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_any_body_is_taken_or_refused(police: Any, path: str, models: Any, data: st.DataObject) -> None:
    sent = data.draw(ANY | st.fixed_dictionaries({}, optional=dict.fromkeys(_names(models), ANY)))
    words = json.dumps(sent).encode()
    where = "".join(str(uuid4()) if part.startswith("{") else part for part in _parts(path))
    answer = police.client.post(
        f"/api/v1{where}", data=words, content_type="application/json", headers=police._headers({})
    )
    assert answer.status_code < 500, (where, sent)
    if answer.status_code >= 400:
        jsonschema.validate(answer.json(), house.PROBLEM)


def _parts(path: str) -> list[str]:
    return [
        part
        for piece in path.split("{")
        for part in (("{", piece.partition("}")[2]) if "}" in piece else (piece,))
    ]
