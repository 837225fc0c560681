"""The routes of the house, as the URL configuration has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def routes(patterns: Any = None) -> Iterator[URLPattern]:
    """Yield every route of pages; those of the interface for systems are `operations`."""
    for item in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(item, URLResolver):
            if item.namespace != "api":
                yield from routes(item.url_patterns)
        else:
            yield item


def operations() -> Iterator[tuple[str, Any]]:
    """Yield every operation of the interface for systems with its path."""
    from antong.web.api.urls import api

    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                yield path, operation


def interface_routes(patterns: Any = None) -> list[URLPattern]:
    """Return the routes of the interface as the URL configuration has them."""
    found: list[URLPattern] = []
    for item in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(item, URLResolver):
            found += item.url_patterns if item.namespace == "api" else interface_routes(item.url_patterns)
    return found
