"""The interface as one thing: how it answers, how it refuses, how it describes itself."""

from __future__ import annotations

import hashlib
import json
from types import MappingProxyType
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation
from ninja.renderers import JSONRenderer

from antong.kernel.refusal import BadInput, Refusal
from antong.web import middleware
from antong.web.api import problem

PREFIX = "api/v1/"
UNREADABLE = (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError)
"""What is raised by a request that cannot be read."""
DESCRIPTION = (
    "案通对接接口：各单位自有系统凭令牌办理，与页面是同一套办理和查询。\n\n"
    "Interface for agencies' own systems: the same acts and reads as the pages, under a token with least privilege "
    "(`Authorization: Bearer atk_…`). Refusals are RFC 9457 problems; `title` is Chinese, `title_en` English, `code` "
    "is stable. Instants are ISO 8601 with an offset. Acts take the `version` that was read; a stale one is refused "
    "(409, `current_version`)."
)
WORDS = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项",
    "uuid_parsing": "编号不对，须为 UUID",
    "uuid_type": "编号不对，须为 UUID",
    "enum": "从允许的值中选",
    "literal_error": "从允许的值中选",
    "string_too_long": "太长",
    "string_too_short": "不能为空",
    "string_type": "须为文字",
    "int_parsing": "须为整数",
    "int_type": "须为整数",
    "less_than_equal": "数太大",
    "greater_than_equal": "数太小",
    "too_long": "项数太多",
    "too_short": "至少一项",
    "timezone_aware": "时间须带时区，例：2026-01-02T09:30:00+08:00",
    "datetime_from_date_parsing": "时间写法不对，例：2026-01-02T09:30:00+08:00",
    "datetime_parsing": "时间写法不对，例：2026-01-02T09:30:00+08:00",
    "datetime_type": "时间写法不对，例：2026-01-02T09:30:00+08:00",
    "date_from_datetime_parsing": "日期写法不对，例：2026-01-02",
    "date_parsing": "日期写法不对，例：2026-01-02",
    "date_type": "日期写法不对，例：2026-01-02",
}
"""What a kind of fault says; kinds that are not listed say that the form is wrong."""


class Renderer(JSONRenderer):
    """JSON that a person can read: Chinese as it is."""

    json_dumps_params = MappingProxyType({"ensure_ascii": False})


class Interface(NinjaAPI):
    """NinjaAPI with conditional answers and short names of operations."""

    def create_response(
        self,
        request: HttpRequest,
        data: Any,
        *,
        status: int | None = None,
        temporal_response: HttpResponse | None = None,
    ) -> HttpResponse:
        """Answer; what was read carries an ETag, and is not sent again to who has it."""
        response = super().create_response(request, data, status=status, temporal_response=temporal_response)
        if request.method != "GET" or response.status_code != 200:  # noqa: PLR2004 - what was read
            return response
        etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        known = {text.strip() for text in request.headers.get("If-None-Match", "").split(",")}
        if known & {etag, f"W/{etag}"}:
            response = HttpResponse(status=304)
        response.headers["ETag"] = etag
        return response

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        """Refuse or fail in the one form there is, whatever was raised."""
        if isinstance(exc, Refusal):
            return problem.answer(exc)
        if isinstance(exc, ValidationError):
            return _fields(exc)
        status = exc.status_code if isinstance(exc, HttpError) else _status(exc)
        if status:
            return problem.answer(problem.outside(status), status=status)
        return middleware.failed(request, exc)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the name of the function that runs it."""
        return str(operation.view_func.__name__)


def _status(exc: Exception) -> int:
    """Return how a request is refused that could not be read, or 0 for a failure of our own."""
    if isinstance(exc, RequestDataTooBig):
        return 413
    if isinstance(exc, Http404):
        return 404
    return 400 if isinstance(exc, UNREADABLE) else 0


def _fields(error: ValidationError) -> HttpResponse:
    wrong: dict[str, str] = {}
    for fault in error.errors:
        place = [str(part) for part in fault["loc"][1:]]
        if place and fault["loc"][0] in {"body", "form", "query", "file"} and len(place) > 1:
            place = place[1:] if place[0] in {"body", "given", "form", "where"} else place
        name = ".".join(place)[:200].encode(errors="replace").decode() or "body"
        wrong[name] = str(fault.get("ctx", {}).get("error", "")) or WORDS.get(fault["type"], "写法不对")
    refusal = BadInput(
        f"没有办成：有 {len(wrong)} 处写得不对。",
        code="fields",
        basis=problem.BASIS,
        remedy="按接口说明改正这些项后重试。",
        fields=wrong,
    )
    return problem.answer(refusal)


def made() -> Interface:
    """Return the interface, without pages of its own."""
    return Interface(
        title="案通 Antong", version="1", description=DESCRIPTION, openapi_url=None, docs_url=None,
        urls_namespace="api", renderer=Renderer(),
    )  # fmt: skip


def described(api: NinjaAPI) -> str:
    """Return the description of the interface as JSON, the same on every machine."""
    found = json.loads(json.dumps(api.get_openapi_schema(path_prefix=PREFIX)))
    found["components"]["schemas"]["Problem"] = PROBLEM
    answer = {
        "description": "Refused: an RFC 9457 problem.",
        "content": {problem.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = answer
            if "requestBody" not in operation and not operation["parameters"]:
                del operation["parameters"]
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "title_en", "status", "code", "basis", "remedy", "who", "fields", "items"],
    "properties": {
        "type": _TEXT,
        "title": {**_TEXT, "description": "What cannot be done, in Chinese."},
        "title_en": _TEXT,
        "status": {"type": "integer"},
        "code": {**_TEXT, "description": "Stable name for machines."},
        "basis": {**_TEXTS, "description": "Articles or rules."},
        "remedy": {**_TEXT, "description": "How to mend it."},
        "who": {**_TEXT, "description": "Who can decide."},
        "fields": {"type": "object", "additionalProperties": _TEXT},
        "items": _TEXTS,
        "current_version": {"type": "integer", "description": "With code `stale`: the version there is now."},
    },
    "example": {
        "type": "urn:antong:problem:stale",
        "title": "不能送审批：这件移送在您打开后已有变动。",
        "title_en": "It was changed since you read it. Read it again and go on from there.",
        "status": 409,
        "code": "stale",
        "basis": [],
        "remedy": "您填的内容还在；看过变动后，在新版上继续。",
        "who": "",
        "fields": {},
        "items": ["现在的状态：草稿，第 1 轮，01-02 09:30 变动"],
        "current_version": 3,
    },
}
