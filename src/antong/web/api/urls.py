"""URLs of the interface."""

from __future__ import annotations

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from antong.web.api import cases, catalog, dossier, events, handovers, house, uploads
from antong.web.guard import public

api = house.made()
for router in (cases.router, dossier.router, uploads.router, handovers.router, events.router, catalog.router):
    api.add_router("", router)
_described = cache(house.described)


@public("tells agencies' systems how to call; the same for everybody")
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the description of the interface."""
    return HttpResponse(_described(api), content_type="application/json")


_routes = [one for one in api.urls[0] if getattr(one, "name", "") != "api-root"]
urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{house.PREFIX}openapi.json", openapi, name="openapi"),
    path(house.PREFIX, include((_routes, "api"))),
]
