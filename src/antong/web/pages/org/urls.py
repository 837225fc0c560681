"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.org import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login", views.login, name="login"),
    path("password", views.password, name="password"),
    path("logout", views.logout, name="logout"),
    path("healthz", views.health, name="health"),
    path("counts", views.counts, name="counts"),
    path("present", views.present, name="present"),
    path("preferences", views.preferences, name="preferences"),
    path("views", views.views, name="views"),
    path("drafts", views.drafts, name="drafts"),
    path("notices/read-all", views.read_all, name="read-all"),
    path("notices", views.notices, name="notices"),
    path("notices/<uuid:notice_id>/read", views.read_notice, name="read-notice"),
    path("notices/<uuid:notice_id>/answer", views.answer_notice, name="answer-notice"),
    path("readlog", views.read_log, name="read-log"),
    path("operations", views.operations, name="operations"),
    path("components", views.components, name="components"),
]
