"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.org import account, admin, notices, people, search, system, units

urlpatterns = [
    path("", account.home, name="home"),
    path("login", account.login, name="login"),
    path("logout", account.logout, name="logout"),
    path("password", account.password, name="password"),
    path("present", account.present, name="present"),
    path("preferences", account.preferences, name="preferences"),
    path("views", account.views, name="views"),
    path("drafts", account.drafts, name="drafts"),
    path("find", account.look_for, name="find"),
    path("search", search.search, name="search"),
    path("notices", notices.notices, name="notices"),
    path("notices/read", notices.read_some, name="read-some"),
    path("notices/read-all", notices.read_all, name="read-all"),
    path("notices/<uuid:notice_id>/read", notices.read_notice, name="read-notice"),
    path("notices/<uuid:notice_id>/answer", notices.answer_notice, name="answer-notice"),
    path("readlog", notices.read_log, name="read-log"),
    path("units", admin.units, name="units"),
    path("units/new", units.new_unit, name="new-unit"),
    path("units/<uuid:unit_id>/", units.unit, name="unit"),
    path("units/<uuid:unit_id>/edit", units.edit_unit, name="edit-unit"),
    path("units/<uuid:unit_id>/end", units.end_unit, name="end-unit"),
    path("units/<uuid:unit_id>/posts", units.new_post, name="new-post"),
    path("units/<uuid:unit_id>/posts/<uuid:post_id>/end", units.end_post, name="end-post"),
    path("units/<uuid:unit_id>/duties", units.assign_duty, name="assign-duty"),
    path("units/<uuid:unit_id>/duties/<uuid:duty_id>/end", units.end_duty, name="end-duty"),
    path("units/<uuid:unit_id>/counterparts", units.set_counterparts, name="set-counterparts"),
    path("people", people.people, name="people"),
    path("people/new", people.new_person, name="new-person"),
    path("people/import", people.import_people, name="import-people"),
    path("people/import/take", people.take_people, name="take-people"),
    path("people/template.xlsx", people.people_template, name="people-template"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/amend", people.amend_person, name="amend-person"),
    path("people/<uuid:person_id>/move", people.move_person, name="move-person"),
    path("people/<uuid:person_id>/leave", people.leave_service, name="leave-service"),
    path("pick/posts", people.pick_posts, name="pick-posts"),
    path("pick/people", units.pick_people, name="pick-people"),
    path("pick/any-unit", units.pick_any_unit, name="pick-any-unit"),
    path("accounts", admin.accounts, name="accounts"),
    path("audit", admin.audit, name="audit"),
    path("healthz", system.health, name="health"),
    path("counts", system.counts, name="counts"),
    path("operations", system.operations, name="operations"),
    path("components", system.components, name="components"),
]
