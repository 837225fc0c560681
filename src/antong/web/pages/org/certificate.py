"""Signing in by certificate, on the port that asks for one; and the certificates of an account."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from antong.kernel.refusal import NotFound, Refusal
from antong.org import actions, selectors
from antong.org.types import Permission
from antong.web import reading
from antong.web.again import or_again
from antong.web.guard import ActorRequest, page, public
from antong.web.pages.org import accounts, signing

SHOWN = "antong.certificate"
"""Where the server that asks for certificates puts what was shown; elsewhere there is none."""
LARGEST = 64 << 10


def _at(request: HttpRequest, port: int, path: str) -> str:
    """Return an address of this house by its own name, at another port."""
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    name = f"[{host}]" if ":" in host else host
    return f"https://{name}{'' if port == 443 else f':{port}'}{path}"  # noqa: PLR2004 - what https needs not say


@public("signing in by certificate", methods=("GET", "POST"))
def certificate(request: HttpRequest) -> HttpResponse:
    """Show what was shown and whom it signs in; sign in. Elsewhere lead to the port that asks for certificates, or to the password."""
    target = signing.target_of(request, "/")
    if settings.ANTONG_CERTIFICATE_PORT is None:
        return HttpResponseRedirect("/login")
    if SHOWN not in request.META:
        query = urlencode({"next": target})
        return HttpResponseRedirect(_at(request, settings.ANTONG_CERTIFICATE_PORT, f"/certificate?{query}"))
    facts: dict[str, Any] = {
        "next": target,
        "by_password": _at(request, settings.ANTONG_PAGES_PORT, f"/login?{urlencode({'next': target})}"),
    }
    try:
        if request.method == "POST" and request.POST.get("duty"):
            return _onward(request, signing.with_duty(request, target))
        signed = actions.sign_in_by_certificate(request.META[SHOWN])
    except NotFound:
        raise
    except Refusal as refusal:
        _note_refused(request, refusal)
        return render(request, "org/certificate.html", {**facts, "refusal": refusal}, status=refusal.status)
    if request.method != "POST":
        return render(request, "org/certificate.html", {**facts, "signed": signed})
    by = actions.note_certificate(request.META[SHOWN])
    return _onward(request, signing.choose(request, signed.person_id, signed.duties, target, by=by))


def _note_refused(request: HttpRequest, refusal: Refusal) -> None:
    """Note where a certificate of somebody's was refused as such; what a stranger shows leaves no trace."""
    if refusal.code.startswith("certificate-"):
        known = selectors.registered_certificate(request.META[SHOWN])
        if known is not None:
            reading.spool_refused(known, refusal.code, signing.address_of(request)[:64])


def _onward(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Lead on to the pages' own port by a page: a form may not lead to another port itself."""
    if not isinstance(answer, HttpResponseRedirect):
        return answer
    to = _at(request, settings.ANTONG_PAGES_PORT, answer.url)
    return render(request, "org/certificate_done.html", {"to": to})


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def register(request: ActorRequest, person_id: UUID) -> HttpResponse:
    """Register a certificate of somebody, from a file or as text."""
    given = request.FILES.get("certificate")
    content = given.read(LARGEST) if given is not None else request.POST.get("pem", "").encode()
    return or_again(
        request,
        lambda: actions.register_certificate(request.actor, person_id=person_id, content=content),
        partial(accounts.show, request, person_id),
        f"/accounts/{person_id}/",
    )


@page(Permission.ACCOUNT_MANAGE, methods=("POST",))
def revoke(request: ActorRequest, person_id: UUID, certificate_id: UUID) -> HttpResponse:
    """Take a certificate back."""
    reason = request.POST.get("certificate_reason", "")
    return or_again(
        request,
        lambda: actions.revoke_certificate(request.actor, certificate_id=certificate_id, reason=reason),
        partial(accounts.show, request, person_id),
        f"/accounts/{person_id}/",
    )
