"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.archive import views

urlpatterns = [
    path("destructions", views.destructions, name="destructions"),
    path("destructions/<uuid:destruction_id>/", views.destruction, name="destruction"),
    path("destructions/<uuid:destruction_id>/destroy", views.destroy, name="destroy"),
    path("destructions/<uuid:destruction_id>/refuse", views.refuse, name="refuse-destruction"),
    path("destructions/<uuid:destruction_id>/withdraw", views.withdraw, name="withdraw-destruction"),
    path("cases/<uuid:case_id>/destroy", views.propose, name="propose-destruction"),
]
