"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.cases import entry, views

urlpatterns = [
    path("cases", views.case_list, name="cases"),
    path("cases/export", views.export_list, name="export-cases"),
    path("cases/new", entry.new_case, name="new-case"),
    path("cases/<uuid:case_id>/", views.case_page, name="case"),
    path("cases/<uuid:case_id>/edit", entry.edit_case, name="edit-case"),
    path("cases/<uuid:case_id>/sheet.json", views.sheet_json, name="sheet"),
    path("cases/<uuid:case_id>/print/index", views.print_index, name="print-index"),
    path("cases/<uuid:case_id>/parties", entry.add_party, name="add-party"),
    path("cases/<uuid:case_id>/parties/<uuid:party_id>", entry.edit_party, name="edit-party"),
    path("pick/charges", entry.pick_charges, name="pick-charges"),
    path("pick/categories", entry.pick_categories, name="pick-categories"),
    path("pick/same-person", entry.same_person, name="same-person"),
]
