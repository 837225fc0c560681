"""OpenTelemetry: a collector sees what an act took, and nothing of what it was about; off, nothing of it is there."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from survival.ground import Ground, System, eventually, free_port, serves
from survival.test_logs import needles
from walking import hand_over

pytestmark = pytest.mark.full
SHORT = {"OTEL_BSP_SCHEDULE_DELAY": "200"}


class Collector:
    """Takes what is sent by OTLP over HTTP, whoever sends it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/v1/traces"
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Any]:
        found = []
        for body in self.bodies:
            request = ExportTraceServiceRequest.FromString(body)
            found += [
                span for one in request.resource_spans for scope in one.scope_spans for span in scope.spans
            ]
        return found

    def named(self, name: str) -> list[Any]:
        return [span for span in self.spans() if span.name == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


def facts(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_spans_of_an_act_reach_a_collector_and_name_nobody(
    crowd: dict[str, Any], apart: UUID, ground: Ground, collector: Collector
) -> None:
    sent = hand_over(crowd, apart, "arrest-request")
    system = System(crowd, "anguan")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = ("web", "--port", str(port), "--workers", "1")
    with ground.running(*command, ANTONG_OTEL_ENDPOINT=collector.address, **SHORT):
        assert eventually(lambda: serves(base))
        path = f"handovers/{sent.handover_id}/accept"
        assert system.call(base, path, {"version": sent.version}, "once")[0] == 200
        assert system.call(base, path, {"version": 1}, "other")[0] == 409
        assert eventually(lambda: len(collector.named("act flow.accept")) == 2)
        assert eventually(lambda: len(collector.named("request POST accept")) == 2)
    done, refused = collector.named("request POST accept")
    act, failed = collector.named("act flow.accept")
    assert (act.trace_id, act.parent_span_id) == (done.trace_id, done.span_id)
    assert act.end_time_unix_nano > act.start_time_unix_nano
    assert facts(done) == {"antong.route": "accept", "antong.status": 200}
    assert facts(refused)["antong.status"] == 409
    assert facts(failed)["error.type"] in {"Stale", "Refusal"}
    whole = b"".join(collector.bodies).decode("utf-8", "replace")
    assert [word for word in needles(ground) if word in whole] == []
    assert str(apart) not in whole
    assert system.secret not in whole


def test_a_collector_that_is_away_stops_no_act(crowd: dict[str, Any], apart: UUID, ground: Ground) -> None:
    sent = hand_over(crowd, apart, "arrest-request")
    system, port = System(crowd, "anguan"), free_port()
    base, nowhere = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
    with ground.running("web", "--port", str(port), "--workers", "1", ANTONG_OTEL_ENDPOINT=nowhere, **SHORT):
        assert eventually(lambda: serves(base))
        assert (
            system.call(base, f"handovers/{sent.handover_id}/accept", {"version": sent.version}, "k")[0]
            == 200
        )


def run(ground: Ground, code: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=ground.environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )


LOADED = """
import sys, django
django.setup()
import antong.boot.wsgi
print([name for name in sys.modules if name.startswith(("opentelemetry", "google.protobuf"))])
"""


def test_off_nothing_of_it_is_loaded_and_without_the_library_it_is_refused_in_words(ground: Ground) -> None:
    off = run(ground, LOADED)
    assert off.stdout.strip() == "[]", off.stderr
    without = run(
        ground,
        f"import sys; sys.modules['opentelemetry'] = None\n{LOADED}",
        ANTONG_OTEL_ENDPOINT="http://127.0.0.1:1",
    )
    assert "requirements/otel.txt" in without.stderr
