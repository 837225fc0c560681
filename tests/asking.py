"""What a form of each route says that is taken, by the name of the route."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from world import PAPER, REASON, Place

Form = Callable[[Place], dict[str, Any]]


def scan(place: Place) -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (300, 400), "white").save(out, "JPEG")
    return {"files": SimpleUploadedFile("签名件.jpg", out.getvalue()), "entry_id": place.entry_id}


def party(place: Place) -> dict[str, Any]:
    return {"p0_kind": "suspect", "p0_name": "闻人澈"}


def own_page(place: Place) -> dict[str, Any]:
    return {"page_id": place.own_ids[0], "entry_id": place.entry_id, "title": "改题", "reason": "扫错了", "step": -1}  # fmt: skip


def paper(place: Place) -> dict[str, Any]:
    return {"kind": PAPER, "reason": "起草有误", "shown": place.draft_version}


def act(place: Place) -> dict[str, Any]:
    """What an act on a hand-over asks for, whichever it is."""
    return {
        "version": place.version, "decision": "yes", "reason": "核对后办理", "handler": place.handler_id, "text": "请尽快",
        "reason.0.text": "缺末页",
        "act": "nudge", "pick": f"{place.handover_id}:{place.version}", "case": place.case_id, "flow": "arrest-request",
    }  # fmt: skip


ACTS = (
    "accept", "amend", "answer", "approve", "approve-answer", "assign", "batch", "compose", "nudge", "read-answer",
    "return", "round", "send", "submit", "withdraw",
)  # fmt: skip
FORMS: dict[str, Form] = {
    **dict.fromkeys(ACTS, act),
    **dict.fromkeys(("upload", "signed-document"), scan),
    **dict.fromkeys(("add-party", "edit-party"), party),
    **dict.fromkeys(("move-pages", "remove-page", "rename-entry", "rotate-page", "shift-entry"), own_page),
    **dict.fromkeys(
        ("new-document", "preview-document", "edit-document", "issue-document", "void-document"), paper
    ),
    "reading": lambda _: {"reason": REASON},
    "edit-case": lambda _: {
        "source": "01",
        "category": "050200",
        "place": "河东路",
        "brief": "改过。",
    },
    "reason": lambda _: {"reason": uuid4(), "state": "fixed", "resolution": "已补"},
    "restore-page": lambda place: {"page_id": place.removed_id},
    "answer-notice": lambda _: {"text": "今日办结"},
    "check-date": lambda _: {"text": "昨天"},
    "drafts": lambda _: {"place": "/cases/new", "values": "{}"},
    "find": lambda _: {"to": "/cases", "text": "某"},
    "issue-token": lambda _: {"system": "对接系统"},
    "keep-phrase": lambda _: {"text": "缺签名"},
    "login": lambda _: {"username": "nobody", "password": "wrong"},
    "new-case": lambda _: {
        "secret": "no", "source": "01", "category": "050200", "occurred_at": "昨天 10:00", "place": "河西路", "brief": "盗窃。",
        "p0_kind": "suspect", "p0_name": "纪白",
    },
    "preferences": lambda _: {"density": "compact"},
    "read-some": lambda place: {"pick": place.notice_id},
    "revoke-token": lambda _: {"reason": "系统下线"},
    "same-person": lambda place: {"name": place.secrets[0]},
    "search": lambda place: {"text": place.secrets[0]},
    "views": lambda _: {"page": "/cases", "name": "我的", "query": "stage=trial"},
}  # fmt: skip


def form_of(name: str, place: Place) -> dict[str, Any]:
    """Return what the form of a route says."""
    return FORMS[name](place) if name in FORMS else {}
