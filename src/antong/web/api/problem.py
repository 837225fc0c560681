"""Refusals as RFC 9457 problems: the four parts that people read, a code for machines, and the title in English."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

from antong.kernel.refusal import BadInput, Refusal, Stale

ROOT = "/api/"
MEDIA_TYPE = "application/problem+json"
ENGLISH = {
    "alone": "Another hand-over of this kind is open.",
    "approver": "Choose who approves.",
    "bad-request": "The request cannot be read.",
    "case-fields": "Some facts of the case are missing or wrong.",
    "case-missing": "The case is not known.",
    "checks": "What the law demands is missing from the hand-over.",
    "database-away": "The database is away. Nothing was saved; send the same again.",
    "decision": "Say whether it is approved.",
    "disk-full": "The disk is full. What was confirmed is kept; send the same again once there is space.",
    "document-dates": "Some dates cannot be read.",
    "document-fields": "Some fields of the document are missing.",
    "document-in-use": "A hand-over rests on this document.",
    "document-kind": "There is no such kind of document.",
    "duty-ended": "The duty has ended.",
    "extension": "The name of the file is not one that is taken.",
    "fields": "Some fields are missing or wrong.",
    "form": "A time cannot be read.",
    "future": "The time of the act lies in the future.",
    "incident": "Something failed. Nothing was saved; send the same again.",
    "issued-with-handover": "This document is issued with its hand-over.",
    "key": "The Idempotency-Key is too long or has characters that are not taken.",
    "key-reused": "This Idempotency-Key was used for another request.",
    "key-used": "This was done already.",
    "late-without-reason": "A late entry needs a reason.",
    "long-ago": "The year of the act is wrong.",
    "measure-before-current": "The act is earlier than the measure in force.",
    "method": "This method is not taken here.",
    "no-files": "No file was sent.",
    "not-answerable": "This hand-over is not answered this way.",
    "not-found": "Not found, or not yours to see.",
    "not-handling": "Your unit does not handle the case.",
    "not-receiver": "Your unit is not the receiver.",
    "not-sender": "Your unit is not the sender.",
    "nothing-owed": "Nobody owes anything here.",
    "part-length": "Say how long the part is (Content-Length).",
    "part-type": "A part is application/offset+octet-stream.",
    "outcomes": "Each person needs an outcome, and a refusal its reason.",
    "own-work": "Nobody approves what they made.",
    "party-fields": "Some facts of the parties are missing or wrong.",
    "register": "Some facts of the case are missing or wrong.",
    "resolution": "Say how it was mended, or why it cannot be.",
    "role-lacks-permission": "The token does not have this permission.",
    "secret": "Secret cases never enter.",
    "stale": "It was changed since you read it. Read it again and go on from there.",
    "store-away": "The store of originals does not answer. Nothing was saved; send the same again.",
    "throttled": "Too many failures from this address. Try again later.",
    "token-address": "The token is not used from this address.",
    "token-duty-ended": "The duty the token acts on has ended.",
    "token-ended": "The token has ended.",
    "token-flow": "The token does not cover this flow.",
    "token-revoked": "The token was revoked.",
    "token-unknown": "No token, or a wrong one.",
    "token-waiting": "The token is not yet in force.",
    "too-large": "The request is too large.",
    "tus-version": "Only tus 1.0.0 is spoken here.",
    "upload-algorithm": "Upload-Checksum takes sha1 or sha256 with a base64 value.",
    "upload-busy": "Somebody else is sending this file.",
    "upload-checksum": "The part is not what its checksum says; send it again.",
    "upload-gone": "This upload has ended.",
    "upload-metadata": "Upload-Metadata cannot be read.",
    "upload-offset": "The upload has come to another offset; ask by HEAD and go on from there.",
    "upload-quota": "The unit has too much under way.",
    "upload-too-large": "Larger than what is taken, or than was announced.",
    "unreadable": "The request has characters that are not taken.",
    "withdraw-accepted": "It was accepted already.",
    "withdraw-reason": "A withdrawal needs a reason.",
    "wrong-state": "The hand-over is not in a state for this act.",
}
"""What a code says in English; a code that is not listed says what its status says."""
BY_STATUS = {
    400: "The request cannot be read.",
    401: "Not recognised.",
    403: "Not permitted.",
    404: "Not found, or not yours to see.",
    405: "This method is not taken here.",
    409: "Refused as things stand.",
    413: "The request is too large.",
    422: "The request cannot be taken as it is.",
    429: "Too many failures from this address. Try again later.",
    500: "Something failed. Nothing was saved.",
    503: "Not available now. Nothing was saved.",
    507: "The disk is full. Nothing was saved.",
}
OUTSIDE = {
    400: ("请求读不懂", "bad-request", "按接口说明改正请求。"),
    403: ("请求被拒绝", "refused", "按接口说明调用。"),
    404: ("没有这个接口", "not-found", "核对地址；接口清单见 openapi.json。"),
    405: ("这个地址不接受这种方法", "method", "按接口说明换用允许的方法。"),
    413: ("请求太大", "too-large", "分次提交。"),
}
"""What is answered outside every operation: what, code, remedy."""
BASIS = ("案通对接规则：按接口说明调用",)


def body(refusal: Refusal, status: int) -> dict[str, Any]:
    """Return a refusal as the members of a problem."""
    found: dict[str, Any] = {
        "type": f"urn:antong:problem:{refusal.code}",
        "title": refusal.what,
        "title_en": ENGLISH.get(refusal.code) or BY_STATUS.get(status, "Refused."),
        "status": status,
        "code": refusal.code,
        "basis": list(refusal.basis),
        "remedy": refusal.remedy,
        "who": refusal.who,
        "fields": refusal.fields,
        "items": list(refusal.items),
    }
    if isinstance(refusal, Stale):
        found["current_version"] = refusal.current_version
    return found


def answer(refusal: Refusal, *, status: int | None = None) -> HttpResponse:
    """Return a refusal as a problem; with what HTTP asks for beside it."""
    code = status or refusal.status
    response = HttpResponse(
        json.dumps(body(refusal, code), ensure_ascii=False), status=code, content_type=MEDIA_TYPE
    )
    if code == 401:  # noqa: PLR2004 - RFC 9110 asks for the challenge
        response.headers["WWW-Authenticate"] = 'Bearer realm="antong"'
    again_in = getattr(refusal, "again_in", 0)
    if again_in:
        response.headers["Retry-After"] = str(again_in)
    return response


def outside(status: int) -> Refusal:
    """Return what is said where no operation was reached, or none could read what was sent."""
    what, code, remedy = OUTSIDE.get(status, OUTSIDE[400])
    return BadInput(f"没有办成：{what}。", code=code, basis=BASIS, remedy=remedy)


def plain(response: HttpResponse) -> HttpResponse:
    """Return the answer of the framework as a problem, where it refused something by itself."""
    kind = response.headers.get("Content-Type", "")
    if response.status_code < 400 or kind.startswith(MEDIA_TYPE):  # noqa: PLR2004 - it was taken
        return response
    said = answer(outside(response.status_code), status=response.status_code)
    if "Allow" in response.headers:
        said.headers["Allow"] = response.headers["Allow"]
    return said
