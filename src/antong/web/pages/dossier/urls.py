"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.dossier import documents, views

urlpatterns = [
    path("cases/<uuid:case_id>/reading", views.reading_room, name="reading"),
    path("cases/<uuid:case_id>/ticket", views.ticket, name="ticket"),
    path("cases/<uuid:case_id>/upload", views.upload, name="upload"),
    path("cases/<uuid:case_id>/move", views.move, name="move-pages"),
    path("cases/<uuid:case_id>/rotate", views.rotate, name="rotate-page"),
    path("cases/<uuid:case_id>/remove", views.remove, name="remove-page"),
    path("cases/<uuid:case_id>/pages/<uuid:page_id>/facts", views.page_facts, name="page-facts"),
    path("cases/<uuid:case_id>/pages/<uuid:page_id>/<str:size>", views.page_image, name="page-image"),
    path("cases/<uuid:case_id>/originals/<uuid:original_id>", views.original, name="original"),
    path("cases/<uuid:case_id>/restore", views.restore, name="restore-page"),
    path("cases/<uuid:case_id>/rename", views.rename, name="rename-entry"),
    path("cases/<uuid:case_id>/shift", views.shift, name="shift-entry"),
    path("cases/<uuid:case_id>/progress", views.progress, name="progress"),
    path("cases/<uuid:case_id>/documents/new", documents.new, name="new-document"),
    path("cases/<uuid:case_id>/documents/<uuid:document_id>/edit", documents.edit, name="edit-document"),
    path("cases/<uuid:case_id>/documents/<uuid:document_id>/issue", documents.issue, name="issue-document"),
    path("cases/<uuid:case_id>/documents/<uuid:document_id>/void", documents.void, name="void-document"),
    path(
        "cases/<uuid:case_id>/documents/<uuid:document_id>/signed", documents.signed, name="signed-document"
    ),
    path("cases/<uuid:case_id>/documents/<uuid:document_id>/place", documents.place, name="place-scan"),
]
