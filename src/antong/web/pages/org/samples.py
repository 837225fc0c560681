"""What the page of all components shows: one example of each, of nobody and of no case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from antong.flow import selectors as flow
from antong.kernel import clock
from antong.kernel.refusal import Refusal

SPANS = (
    (timedelta(minutes=-70), "已过届满"),
    (timedelta(hours=14), "24 小时内"),
    (timedelta(days=2, hours=23), "1–3 天"),
    (timedelta(days=6, hours=23), "4–7 天"),
    (timedelta(days=18, hours=23), "7 天以上"),
)
STATES = ("草稿", "待审批", "已发出", "已送达", "已入件", "已受理", "已办结", "已退回")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """The receipts of one hand-over, as components/receipts.html reads them."""

    left_at: datetime
    arrived_at: datetime
    entered_at: datetime | None
    receive_due: datetime
    accepted_at: datetime | None = None
    accepted_by: str = ""
    returned_at: datetime | None = None
    silent_since: datetime | None = None
    answered_at: datetime | None = None


def facts() -> dict[str, Any]:
    """Return the examples, as of now."""
    now = clock.now()
    minutes = timedelta(minutes=1)
    start = now - timedelta(hours=3)
    return {
        "dues": [(now + span, words) for span, words in SPANS],
        "states": STATES,
        "receipts": [
            Receipts(
                left_at=start, arrived_at=start, entered_at=start + minutes, receive_due=now,
                accepted_at=start + 53 * minutes, accepted_by="沈若宁",
            ),
            Receipts(
                left_at=start, arrived_at=start, entered_at=start + minutes, receive_due=now,
                returned_at=start + 98 * minutes, accepted_by="沈若宁",
            ),
            Receipts(
                left_at=start, arrived_at=start, entered_at=start + minutes,
                receive_due=now - 2 * timedelta(hours=1), silent_since=now - 2 * timedelta(hours=1),
            ),
            Receipts(left_at=start, arrived_at=start, entered_at=start + minutes, receive_due=now + timedelta(hours=4)),
        ],
        "refusal": Refusal(
            "不能受理：案卷材料不齐备。",
            basis=("人民检察院刑事诉讼规则第157条", "指引第14项"),
            remedy="退回补签，或补送；羁押照算",
            who="案管员；争议报部门负责人",
            items=("证据卷 p.88 价格认定结论书缺签名盖章。",),
        ),
        "stale": Refusal(
            "这件移送 09:28 已由林知予改动。",
            code="stale",
            items=("变动：接收单位、证据卷 2 页。你填的内容还在。",),
        ),
        "bad_fields": {"text": "退回理由", "fix_by": "补正期限"},
        "sample_limit": flow.Due(
            name="侦查羁押",
            due_at=now + timedelta(days=18, hours=23),
            articles=("刑事诉讼法第156条",),
            derivation=("01-24 执行逮捕", "二个月", "03-24"),
        ),
    }  # fmt: skip
