"""OpenTelemetry, off unless ANTONG_OTEL_ENDPOINT is set: spans of requests, acts and jobs, by OTLP over HTTP.

A span says which route, act or job, how long, and whether it failed with which class of error; ids of jobs; nothing
that a person has typed, no address with its query, no message of an error. Nothing of the library is imported while it
is off: it comes with `requirements/otel.txt`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from antong import __name__ as house
from antong.boot.environment import BadSetting
from antong.ledger import spans


def begin(endpoint: str) -> None:
    """Send spans of this process to an endpoint (http://host:4318). Raises BadSetting where the library is missing."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415
    except ImportError as error:
        raise BadSetting(
            "ANTONG_OTEL_ENDPOINT is set, but OpenTelemetry is not installed: pip install -r requirements/otel.txt"
        ) from error
    provider = TracerProvider(resource=Resource({"service.name": house}), shutdown_on_exit=True)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    tracer = provider.get_tracer(house)
    kinds = {"request": SpanKind.SERVER, "job": SpanKind.CONSUMER}

    @contextmanager
    def watched(kind: str, name: str, facts: spans.Facts) -> Iterator[None]:
        with tracer.start_as_current_span(
            f"{kind} {name}", kind=kinds.get(kind, SpanKind.INTERNAL), record_exception=False, set_status_on_exception=False,
        ) as one:  # fmt: skip
            try:
                yield
            except BaseException as error:
                one.set_attribute("error.type", type(error).__name__)
                one.set_status(Status(StatusCode.ERROR))
                raise
            finally:
                if "name" in facts:
                    one.update_name(f"{kind} {facts.pop('name')}")
                one.set_attributes({f"antong.{key}": value for key, value in facts.items()})

    spans.watch(watched)
