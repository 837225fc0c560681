"""Every page, and the interface for systems."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("antong.web.api.urls")),
    path("", include("antong.web.pages.org.urls")),
    path("", include("antong.web.pages.flow.urls")),
    path("", include("antong.web.pages.cases.urls")),
    path("", include("antong.web.pages.dossier.urls")),
    path("", include("antong.web.pages.custody.urls")),
    path("", include("antong.web.pages.archive.urls")),
]
