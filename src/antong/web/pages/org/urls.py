"""URLs of the room's pages."""

from __future__ import annotations

from django.urls import path

from antong.web.pages.org import account, admin, notices, search, system, tokens

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
    path("accounts", admin.accounts, name="accounts"),
    path("tokens", tokens.tokens, name="tokens"),
    path("tokens/new", tokens.issue_token, name="issue-token"),
    path("tokens/<uuid:token_id>/allow", tokens.allow_token, name="allow-token"),
    path("tokens/<uuid:token_id>/revoke", tokens.revoke_token, name="revoke-token"),
    path("audit", admin.audit, name="audit"),
    path("healthz", system.health, name="health"),
    path("counts", system.counts, name="counts"),
    path("operations", system.operations, name="operations"),
    path("components", system.components, name="components"),
]
