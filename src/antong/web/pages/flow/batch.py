"""One act on many hand-overs: each in its own transaction, so that one refusal holds back no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from antong.flow import actions, selectors
from antong.kernel.refusal import BadInput, Refusal
from antong.org.types import Permission
from antong.web import parse
from antong.web.guard import ActorRequest, page
from antong.web.pages.flow.handover import receipt_facts

MOST = 100
PRINT = "print"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How the act went for one hand-over."""

    id: UUID
    name: str
    state: str = ""
    note: str = ""
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A row that was ticked: the hand-over, and the version its row was shown at (none where it does not matter)."""

    id: UUID
    version: int | None
    key: UUID | None


def _accept(request: ActorRequest, picked: Picked, version: int) -> str:
    handler = parse.optional_uuid(request.POST, "handler")
    actions.accept(
        request.actor,
        handover_id=picked.id,
        version=picked.version or version,
        handler_id=handler,
        assign_reason=request.POST.get("reason", ""),
        key=picked.key,
    )
    return "已受理或签收"


def _assign(request: ActorRequest, picked: Picked, version: int) -> str:
    person = parse.optional_uuid(request.POST, "handler")
    actions.assign(
        request.actor, handover_id=picked.id, person_id=person, reason=request.POST.get("reason", "")
    )
    return "已改派"


def _nudge(request: ActorRequest, picked: Picked, version: int) -> str:
    return f"已催办，累计 {actions.nudge(request.actor, handover_id=picked.id, key=picked.key)} 次"


ACTS: dict[str, tuple[str, Callable[[ActorRequest, Picked, int], str]]] = {
    "accept": ("受理、签收", _accept),
    "assign": ("分案", _assign),
    "nudge": ("催办", _nudge),
}


@page(Permission.HANDOVER_NUDGE, methods=("POST",))
def batch(request: ActorRequest) -> HttpResponse:
    """Do one act on every hand-over ticked, and show how each went. The actions ask for their own permission."""
    act = request.POST.get("act", "")
    if act == PRINT:
        return _print(request)
    if act not in ACTS:
        raise BadInput(
            "不能批量办理：没有选办什么。", code="batch-act", remedy="从批量栏中选受理、分案、催办或打印。"
        )
    picked = _picked(request)
    word, run = ACTS[act]
    results = [_one(request, one, run) for one in picked]
    bad = sum(one.refusal is not None for one in results)
    facts = {
        "word": word,
        "results": results,
        "bad": bad,
        "good": len(results) - bad,
        "back": _back(request),
    }
    return render(request, "flow/batch.html", facts)


def _back(request: ActorRequest) -> str:
    """Return the list that the form was sent from."""
    back = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return back if safe else "/desk"


def _print(request: ActorRequest) -> HttpResponse:
    """Show the receipts of every hand-over ticked as papers; what cannot be seen holds back no other."""
    papers, refused = [], []
    for one in _picked(request):
        try:
            papers.append(receipt_facts(request, one.id))
        except Refusal as refusal:
            refused.append(refusal)
    facts = {"papers": papers, "refused": refused, "bad": len(refused), "back": _back(request)}
    return render(request, "flow/receipts.html", facts)


def _picked(request: ActorRequest) -> list[Picked]:
    key = parse.optional_uuid(request.POST, "key")
    found = []
    for text in request.POST.getlist("pick"):
        name, _, version = text.partition(":")
        one = parse.uuid({"pick": name}, "pick")
        shown = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None  # noqa: PLR2004 - a database integer
        found.append(Picked(id=one, version=shown, key=uuid5(key, name) if key else None))
    if not found or len(found) > MOST:
        raise BadInput(
            "不能批量办理：一次选 1 到 100 件。",
            code="batch-size",
            remedy="勾选要办的各件后再办；多于 100 件的分次办。",
        )
    return found


def _one(request: ActorRequest, picked: Picked, run: Callable[[ActorRequest, Picked, int], str]) -> Result:
    name: Any = "没有找到，或无权查看"
    try:
        shown, case, _ = selectors.handover(request.actor, picked.id)
        name = f"{case.name}　{shown.flow_name}"
        note = run(request, picked, shown.version)
        after, _, _ = selectors.handover(request.actor, picked.id)
    except Refusal as refusal:
        return Result(id=picked.id, name=name, refusal=refusal)
    return Result(id=picked.id, name=name, state=after.state.label, note=note)
