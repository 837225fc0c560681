"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.cases import entry, moved, printing, views

urlpatterns = [
    path("cases", views.case_list, name="cases"),
    path("cases/export", views.export_list, name="export-cases"),
    path("cases/new", entry.new_case, name="new-case"),
    path("cases/<uuid:case_id>/", views.case_page, name="case"),
    path("cases/<uuid:case_id>/edit", entry.edit_case, name="edit-case"),
    path("cases/<uuid:case_id>/sheet.json", printing.sheet_json, name="sheet"),
    path("cases/<uuid:case_id>/bundle", printing.bundle, name="bundle"),
    path("cases/<uuid:case_id>/print/summary", printing.print_summary, name="print-summary"),
    path("cases/<uuid:case_id>/print/sheet", printing.print_sheet, name="print-sheet"),
    path("cases/<uuid:case_id>/print/index", printing.print_index, name="print-index"),
    path("cases/<uuid:case_id>/parties", entry.add_party, name="add-party"),
    path("cases/<uuid:case_id>/parties/<uuid:party_id>", entry.edit_party, name="edit-party"),
    path("limits/moved", moved.moved_limits, name="moved-limits"),
    path("pick/charges", entry.pick_charges, name="pick-charges"),
    path("pick/categories", entry.pick_categories, name="pick-categories"),
    path("pick/check-date", entry.check_date, name="check-date"),
    path("pick/same-person", entry.same_person, name="same-person"),
]
