"""A request says by a header at which of its writes the process is to end; the answer says how many there were."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse

from survival.points import points, watch_files


class Arm:
    """The outermost layer of the tests' web processes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        watch_files()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        at = request.headers.get("Die-At")
        if at is None:
            return self.get_response(request)
        points.arm(int(at), unquote(request.headers.get("Fail-With", "")))
        response = self.get_response(request)
        response.headers["Writes"] = json.dumps(points.disarm())
        return response
