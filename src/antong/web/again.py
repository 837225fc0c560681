"""Showing a page again where an act on it is refused: the refusal on top, what was typed still there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect

from antong.kernel.refusal import NotFound, Refusal
from antong.web.guard import ActorRequest


def or_again(
    request: ActorRequest, act: Callable[[], Any], show: Callable[[Refusal], HttpResponse], to: str
) -> HttpResponse:
    """Do `act` and lead to `to`; refused, `show` the page again. Scripts get the refusal alone, and what is not there is not shown."""
    try:
        act()
    except NotFound:
        raise
    except Refusal as refusal:
        if request.headers.get("X-Requested-With") == "fetch":
            raise
        return show(refusal)
    return HttpResponseRedirect(to)
