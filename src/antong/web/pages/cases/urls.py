"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.cases import views

urlpatterns = [
    path("cases", views.case_list, name="cases"),
    path("cases/export", views.export_list, name="export-cases"),
    path("cases/new", views.new_case, name="new-case"),
    path("cases/<uuid:case_id>/", views.case_page, name="case"),
    path("cases/<uuid:case_id>/parties", views.add_party, name="add-party"),
    path("cases/<uuid:case_id>/parties/<uuid:party_id>", views.edit_party, name="edit-party"),
    path("pick/charges", views.pick_charges, name="pick-charges"),
    path("pick/categories", views.pick_categories, name="pick-categories"),
]
