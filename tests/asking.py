"""What a form of each route says that is taken, by the name of the route."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from antong.kernel import clock
from antong.web import dates
from world import PAPER, REASON, Place

NEXT_WEEK = dates.words(clock.now() + timedelta(days=7))
PEOPLE = "姓名,编号,单位代码,岗位,AB岗\n褚临川,990101,990121t1,办案民警2,A\n"
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
    "propose-destruction": lambda _: {
        "approval_number": "档销〔2026〕2号", "approved_on": "2026年1月5日", "retention_ended_on": "2025年12月31日", "reason": "保管期满",
    },
    "destroy": lambda _: {"number": "YL2026-00001"},
    "refuse-destruction": lambda _: {"note": "同案人还没有审结"},
    "restore-page": lambda place: {"page_id": place.removed_id},
    **{
        name: lambda place, who=who: {"shift_person": place.house[who], "starts_at": "今天 00:00", "ends_at": "今天 24:00"}  # type: ignore[misc]
        for name, who in (("add-shift", "person_id"), ("add-own-shift", "own_person_id"))
    },
    **{
        name: lambda place, whose=whose: {  # type: ignore[misc]
            "duty": place.house[whose], "to_person": place.house["colleague_id"], "ends_at": NEXT_WEEK, "reason": "学习",
        }
        for name, whose in (("delegate", "own_duty_id"), ("delegate-for", "duty_id"))
    },
    "hand-on": lambda place: {
        "from_person": place.house["own_person_id"], "to_person": place.house["colleague_id"], "reason": "休假",
    },
    "set-active": lambda _: {"active": "no"},
    "amend-person": lambda _: {"name": "卫知更", "staff_number": "990099"},
    "import-people": lambda _: {"file": SimpleUploadedFile("people.csv", PEOPLE.encode())},
    "leave-service": lambda _: {"reason": "退休"},
    "move-person": lambda place: {"post": place.house["post_id"], "rank": "primary"},
    "new-person": lambda place: {"name": "陶见微", "staff_number": "990100", "post": place.house["post_id"]},
    "take-people": lambda _: {"table": json.dumps(list(csv.reader(PEOPLE.splitlines())))},
    "assign-duty": lambda place: {
        "post": place.house["post_id"], "person": place.house["person_id"], "rank": "backup", "valid_from": "今天 08:00",
    },
    "edit-unit": lambda _: {"name": "青岚县公安局河东所", "short_name": "河东", "initials": "青公"},
    "end-duty": lambda _: {"at": ""},
    "new-post": lambda _: {"name": "内勤辅警", "role": "auxiliary"},
    "new-unit": lambda _: {
        "name": "青岚县公安局河南派出所", "short_name": "河南所", "code": "990121t2", "initials": "青公", "kind": "justice",
        "level": "town", "county_code": "990121", "parent": "",
    },
    "set-counterparts": lambda _: {"other": ""},
    "answer-notice": lambda _: {"text": "今日办结"},
    "new-report": lambda _: {"kind": "fault", "text": "转圈"},
    "answer-report": lambda _: {"text": "已修好"},
    "check-date": lambda _: {"text": "昨天"},
    "drafts": lambda _: {"place": "/cases/new", "values": "{}"},
    "revoke-certificate": lambda _: {"certificate_reason": "介质遗失"},
    "issue-pledge": lambda _: {"pledge": "本人承诺只为办理职责内的案件查阅案件信息，不泄露、不带出。"},
    "factor": lambda _: {"begin": "1"},
    "propose-factor-reset": lambda _: {"reset_reason": "手机遗失"},
    "decide-factor-reset": lambda _: {"agree": "yes"},
    "begin-parts": lambda place: {"file_name": "录像.mp4", "size": "9", "entry_id": place.entry_id},
    "find": lambda _: {"to": "/cases", "text": "某"},
    "new-webhook": lambda place: {"unit": place.house["unit_id"], "url": "https://case.example/other"},
    "change-webhook": lambda _: {"act": "pause", "reason": "检修"},
    "alarm-answer": lambda _: {"text": "正在办释放", "done_by": NEXT_WEEK},
    "custody-admit": lambda place: {**place.house["shown"], "identity": "证件与本人一致"},
    "custody-discharge": lambda place: {"version": place.house["held_version"], "reason": "死亡"},
    "custody-interrogate": lambda place: {
        "version": place.house["held_version"], "agency": place.house["unit_id"], "officers": "周序\n秦若", "paper": "提讯证 1 号",
    },
    "custody-paper": lambda place: {
        "version": place.house["held_version"], "agency": place.house["unit_id"], "paper": "换押证", "number": "青检换押〔2025〕1号",
        "until": NEXT_WEEK,
    },
    "custody-warn": lambda place: {"pick": place.house["admission_id"]},
    "new-terminal": lambda place: {
        "unit": place.house["unit_id"], "name": "3 号机", "place": "二楼 204", "users": "内勤", "valid_until": NEXT_WEEK[:-6],
    },
    "renew-terminal": lambda _: {"valid_until": NEXT_WEEK[:-6]},
    "revoke-terminal": lambda _: {"reason": "机器报废"},
    "set-terminal-rule": lambda _: {"only": "yes"},
    "terminal": lambda _: {"code": "AAAA-BBBB-CCCC"},
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
