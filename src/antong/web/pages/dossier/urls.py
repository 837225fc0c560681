"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.dossier import views

urlpatterns = [
    path("cases/<uuid:case_id>/reading", views.reading_room, name="reading"),
    path("cases/<uuid:case_id>/ticket", views.ticket, name="ticket"),
    path("cases/<uuid:case_id>/upload", views.upload, name="upload"),
    path("cases/<uuid:case_id>/move", views.move, name="move-pages"),
    path("cases/<uuid:case_id>/rotate", views.rotate, name="rotate-page"),
    path("cases/<uuid:case_id>/remove", views.remove, name="remove-page"),
    path("cases/<uuid:case_id>/pages/<uuid:page_id>/<str:size>", views.page_image, name="page-image"),
    path("cases/<uuid:case_id>/originals/<uuid:original_id>", views.original, name="original"),
    path("cases/<uuid:case_id>/documents", views.draft_document, name="draft-document"),
]
