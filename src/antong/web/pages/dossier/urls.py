"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.dossier import arrange, documents, parts, views, windows

urlpatterns = [
    path("cases/<uuid:case_id>/reading", views.reading_room, name="reading"),
    path("cases/<uuid:case_id>/reading/pages", windows.room_pages, name="room-pages"),
    path("cases/<uuid:case_id>/reading/doubt", windows.room_doubt, name="room-doubt"),
    path("cases/<uuid:case_id>/papers/<uuid:entry_id>", windows.paper_pages, name="paper-pages"),
    path("cases/<uuid:case_id>/ticket", views.ticket, name="ticket"),
    path("cases/<uuid:case_id>/upload", arrange.upload, name="upload"),
    path("cases/<uuid:case_id>/parts", parts.begin, name="begin-parts"),
    path("parts/<uuid:upload_id>", parts.state, name="parts"),
    path("parts/<uuid:upload_id>/next", parts.part, name="next-part"),
    path("parts/<uuid:upload_id>/end", parts.end, name="end-parts"),
    path("cases/<uuid:case_id>/move", arrange.move, name="move-pages"),
    path("cases/<uuid:case_id>/rotate", arrange.rotate, name="rotate-page"),
    path("cases/<uuid:case_id>/retry", arrange.retry, name="retry-pages"),
    path("cases/<uuid:case_id>/changes", views.changes, name="file-changes"),
    path("cases/<uuid:case_id>/remove", arrange.remove, name="remove-page"),
    path("cases/<uuid:case_id>/pages/<uuid:page_id>/facts", views.page_facts, name="page-facts"),
    path("cases/<uuid:case_id>/pages/<uuid:page_id>/recording", views.recording, name="recording"),
    path("cases/<uuid:case_id>/pages/<uuid:page_id>/<str:size>", views.page_image, name="page-image"),
    path("cases/<uuid:case_id>/originals/<uuid:original_id>", views.original, name="original"),
    path("cases/<uuid:case_id>/restore", arrange.restore, name="restore-page"),
    path("cases/<uuid:case_id>/rename", arrange.rename, name="rename-entry"),
    path("cases/<uuid:case_id>/shift", arrange.shift, name="shift-entry"),
    path("cases/<uuid:case_id>/progress", views.progress, name="progress"),
    path("cases/<uuid:case_id>/documents/new", documents.new, name="new-document"),
    path("cases/<uuid:case_id>/documents/preview", documents.preview, name="preview-document"),
    path("cases/<uuid:case_id>/documents/<uuid:document_id>/", documents.show, name="document"),
    path(
        "cases/<uuid:case_id>/documents/<uuid:document_id>/pages",
        documents.document_pages,
        name="document-pages",
    ),
    path("cases/<uuid:case_id>/documents/<uuid:document_id>/edit", documents.edit, name="edit-document"),
    path("cases/<uuid:case_id>/documents/<uuid:document_id>/issue", documents.issue, name="issue-document"),
    path("cases/<uuid:case_id>/documents/<uuid:document_id>/void", documents.void, name="void-document"),
    path(
        "cases/<uuid:case_id>/documents/<uuid:document_id>/signed", documents.signed, name="signed-document"
    ),
    path("cases/<uuid:case_id>/documents/<uuid:document_id>/place", documents.place, name="place-scan"),
]
