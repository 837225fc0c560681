"""Every URL of the house."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("antong.web.urls"))]
handler404 = "antong.web.middleware.not_found"
handler500 = "antong.web.middleware.server_error"
