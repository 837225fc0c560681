"""Every route declares who may take it. A view without a declaration does not exist: a test walks all routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from typing import Any, cast
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from antong.kernel.actor import Actor
from antong.kernel.refusal import NotPermitted
from antong.org import access as org_access
from antong.org import selectors as org
from antong.org.types import Permission, SessionFacts

IDLE_SECONDS = 30 * 60
ABSOLUTE_SECONDS = 12 * 3600
TOUCH_SECONDS = 60
SCREEN = "screen"
"""In a session: that its duty screen was switched on."""
LONGEST_NEXT = 2000
LONGEST_SECRET = 200

View = Callable[..., HttpResponseBase]
TERMINAL = "antong_terminal"
"""The cookie by which a registered terminal proves itself (decision 0015)."""
CERTIFICATE = "certificate"
"""What a session was opened by that needs neither password nor code of a phone."""
OWED = {
    "password": partial(
        NotPermitted,
        "不能办理：口令是别人设的，须先改成自己的。",
        code="password-not-own",
        basis=("案通登录规则：管理员设置的口令，首次登录必须修改",),
        remedy="打开“修改口令”，改好后再办；您填的内容还在。",
    ),
    "factor": partial(
        NotPermitted,
        "不能办理：须先绑定动态口令。",
        code="factor-missing",
        basis=("案通登录规则：本岗位登录须用口令和动态口令",),
        remedy="打开“动态口令”，绑定后再办；您填的内容还在。",
    ),
    "pledge": partial(
        NotPermitted,
        "不能办理：须先签署保密承诺书。",
        code="pledge-missing",
        basis=("案通保密规则：使用平台的人签署保密承诺书，换新版的重新签署",),
        remedy="打开“保密承诺书”，签署后再办；您填的内容还在。",
    ),
}
"""What may be owed before anything else, in this order: the page that settles it, and what refuses all other acts.

Made anew for each: an exception that is raised again holds what every earlier request had in hand.
"""


class ActorRequest(HttpRequest):
    """A request of somebody who is signed in on a duty.

    `own_limits` is how many limits of own cases the page has counted, for the side bar.
    """

    actor: Actor
    own_limits: int


def page(
    permission: Permission,
    *,
    methods: tuple[str, ...] = ("GET",),
    while_owing: bool = False,
    lasting: bool = False,
) -> Callable[[View], View]:
    """Declare a view for signed-in people whose post has `permission`; GET implies HEAD.

    Whoever owes something first (`OWED`: a password of the own, a second factor, a pledge) is led there, but for views `while_owing`.
    A `lasting` view, which shows nobody's name, is still served to an idle session that was switched to be a screen.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
                return HttpResponseNotAllowed(methods)
            actor = _lasting_actor(request) if lasting else actor_of(request)
            if actor is None:
                return _sign_in_first(request)
            if not while_owing and (first := owes(request)):
                return _first(request, first)
            org_access.require_permission(actor, permission)
            known = cast("ActorRequest", request)
            known.actor = actor
            return view(known, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        return guarded

    return declare


def public(why: str, *, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Declare a view for everybody, with the reason."""

    def declare(view: View) -> View:
        @wraps(view)
        def open_(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
                return HttpResponseNotAllowed(methods)
            return view(request, *args, **kwargs)

        open_.public = why  # type: ignore[attr-defined]
        open_.methods = methods  # type: ignore[attr-defined]
        return open_

    return declare


def actor_of(request: HttpRequest) -> Actor | None:
    """Return who is signed in, or None where nobody is, the session is too old, or the duty has ended."""
    if hasattr(request, "_antong_actor"):
        return cast("Actor | None", request._antong_actor)  # noqa: SLF001 - our own cache on the request
    request._antong_actor = _actor(request)  # type: ignore[attr-defined] # noqa: SLF001
    return cast("Actor | None", request._antong_actor)  # type: ignore[attr-defined] # noqa: SLF001


def _lasting_actor(request: HttpRequest) -> Actor | None:
    """Return who is signed in, or was and left a screen on; for this request alone, whatever else it asks."""
    actor = actor_of(request)
    if actor is None and request.session.get(SCREEN):
        actor = request._antong_actor = _actor(request, idle=ABSOLUTE_SECONDS)  # type: ignore[attr-defined] # noqa: SLF001
    return actor


def _actor(request: HttpRequest, *, idle: int = IDLE_SECONDS) -> Actor | None:
    session = request.session
    person, duty = session.get("person"), session.get("duty")
    if not person or not duty:
        return None
    if org.session_since(session, "seen") > idle or org.session_since(session, "began") > ABSOLUTE_SECONDS:
        return None
    found = org.session_for(UUID(person), UUID(duty))
    if found is None or session.get("mark") != found.mark:  # the password was changed or reset since
        return None
    request._antong_owes = _owes(found, session.get("by", ""))  # type: ignore[attr-defined] # noqa: SLF001
    request._antong_preferences = found.preferences  # type: ignore[attr-defined] # noqa: SLF001
    address = str(request.META.get("REMOTE_ADDR", ""))[:64]
    return replace(found.actor, address=address, by=str(session.get("by", "")))


def _owes(found: SessionFacts, by: str) -> str:
    if not by.startswith(CERTIFICATE):
        if found.must_change_password:
            return "password"
        if found.must_enrol:
            return "factor"
    return "pledge" if found.must_pledge else ""


def owes(request: HttpRequest) -> str:
    """Return what whoever is signed in must do before anything else: a key of `OWED`, or nothing."""
    return "" if actor_of(request) is None else str(getattr(request, "_antong_owes", ""))


def preferences(request: HttpRequest) -> dict[str, Any]:
    """Return how whoever is signed in wants pages shown, as it was when the request began."""
    return dict(getattr(request, "_antong_preferences", {})) if actor_of(request) is not None else {}


def remember(request: HttpRequest, actor: Actor, *, by: str) -> None:
    """Begin a session for an actor, under a fresh key, opened `by` what was shown; it ends when password or second factor changes."""
    request.session.flush()
    request.session.cycle_key()
    found = org.session_for(actor.person_id, actor.duty_id)
    at = terminal_at(request)
    request.session.update(
        {
            "person": str(actor.person_id),
            "duty": str(actor.duty_id),
            "address": str(request.META.get("REMOTE_ADDR", ""))[:64],
            "by": by,
            **org.session_stamp("began"),
            **org.session_stamp("seen"),
            "mark": found.mark if found else "",
            **({"terminal": str(at.id), "terminal_name": at.name} if at else {}),
        }
    )


def terminal_at(request: HttpRequest) -> org.TerminalView | None:
    """Return the registered terminal that the browser is, if any; one statement where it says that it is one."""
    return org.terminal_of(request.COOKIES.get(TERMINAL, "")[:LONGEST_SECRET])


def touch(request: HttpRequest) -> None:
    """Note that the person is there; on POST only, so that no GET writes, and once a minute, so that acts stay cheap."""
    if request.session.get("duty") and org.session_since(request.session, "seen") > TOUCH_SECONDS:
        request.session.update(org.session_stamp("seen"))


def form_of(request: HttpRequest) -> str:
    """Return the page whose form was sent too late: what was typed there is kept."""
    back = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        return "/desk"
    parts = urlsplit(back)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _first(request: HttpRequest, owed: str) -> HttpResponse:
    """Lead a page to what is owed first, a key of `OWED`; refuse everything else until it is done."""
    if request.method in {"GET", "HEAD"} and request.headers.get("X-Requested-With") != "fetch":
        return HttpResponseRedirect(f"{reverse(owed)}?{_next(request, request.get_full_path())}")
    refusal = OWED[owed]()
    raise refusal


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    if request.headers.get("X-Requested-With") == "fetch" or request.headers.get("HX-Request"):
        return JsonResponse({"what": "登录已过期。", "remedy": "重新登录，填写的内容会保留。"}, status=401)
    target = request.get_full_path() if request.method == "GET" else form_of(request)
    return HttpResponseRedirect(f"{reverse('login')}?{_next(request, target)}")


def _next(request: HttpRequest, target: str) -> str:
    """Return where to go on afterwards, as a query; of an address that is too long to lead back to, the path alone."""
    return urlencode({"next": target if len(target) <= LONGEST_NEXT else request.path})
