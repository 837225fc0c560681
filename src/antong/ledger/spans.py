"""Where requests, acts and jobs begin and end, for whoever watches; nobody does unless `watch` is called.

The watcher is `boot/tracing.py`. What it is told are names and ids of ours, never what a form or a row says.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Facts = dict[str, str | int]
Watcher = Callable[[str, str, Facts], AbstractContextManager[object]]
_watcher: list[Watcher] = []


def watch(watcher: Watcher) -> None:
    """Have a watcher told of every span from now on: its kind, its name, and facts that are filled until it ends."""
    _watcher[:] = [watcher]


def span(kind: str, name: str, facts: Facts) -> AbstractContextManager[object]:
    """Return what surrounds a request, an act or a job; `facts` may be filled until it ends."""
    return _watcher[0](kind, name, facts) if _watcher else nullcontext()
