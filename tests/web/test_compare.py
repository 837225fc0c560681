"""Two rounds side by side: every page of both once, in order, and what became of it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import EntryView, PageView, Tree, Upload, VolumeView
from antong.flow import actions
from antong.flow.types import Reason
from antong.web.pages.flow.compare import pairs
from walking import hand_over

VOLUME, ENTRY, OTHER = uuid4(), uuid4(), uuid4()


def leaf(own: UUID, number: int, rotation: int = 0) -> PageView:
    return PageView(
        id=own, number=number, rotation=rotation, state="ready", doubtful=False, findings=(), original_id=own, index=0
    )  # fmt: skip


def tree(*entries: list[UUID], turned: tuple[UUID, ...] = ()) -> Tree:
    made = [
        EntryView(
            id=entry, catalogue_key="", title="笔录", document_id=None,
            pages=tuple(leaf(own, at + 1, 90 if own in turned else 0) for at, own in enumerate(pages)),
        )
        for entry, pages in zip((ENTRY, OTHER), entries, strict=False)
    ]  # fmt: skip
    volume = VolumeView(id=VOLUME, catalogue_key="", title="证据材料卷", entries=tuple(made))
    return Tree(volumes=(volume,), version=1, snapshot=True)


def kinds(old: Tree, new: Tree, replaced: dict[UUID, UUID]) -> list[str]:
    return [one.kind for one in pairs(old, new, replaced)]


A, B, C, D, E = (uuid4() for _ in range(5))


def test_what_became_of_each_page() -> None:
    assert kinds(tree([A, B, C]), tree([A, B, C]), {}) == ["same"] * 3
    assert kinds(tree([A, B, C]), tree([A, C, D]), {}) == ["same", "removed", "same", "added"]
    assert kinds(tree([A, B]), tree([D, B]), {D: A}) == ["replaced", "same"]
    assert kinds(tree([A]), tree([E]), {E: D, D: A}) == ["replaced"]
    assert kinds(tree([A, B, C]), tree([C, A, B]), {}) == ["moved", "same", "same"]
    assert kinds(tree([A, B], [C]), tree([A], [C, B]), {}) == ["same", "same", "moved"]
    assert kinds(tree([A, B]), tree([A, B], turned=(B,)), {}) == ["same", "turned"]
    assert kinds(tree([A]), tree([D]), {D: E, E: D}) == ["removed", "added"]


@given(st.permutations(range(6)), st.integers(0, 6), st.integers(0, 6))
def test_every_page_of_both_stands_there_once(order: list[int], kept: int, more: int) -> None:
    ids = [uuid4() for _ in range(6)]
    after = [ids[at] for at in order[:kept]] + [uuid4() for _ in range(more)]
    found = pairs(tree(ids), tree(after), {})
    assert sorted(one.old.page.id for one in found if one.old) == sorted(ids)
    assert [one.new.page.id for one in found if one.new] == after
    assert sum(one.kind == "removed" for one in found) == 6 - kept
    assert sum(one.kind == "added" for one in found) == more


def test_a_mended_file_beside_the_one_that_came_back(
    people: dict[str, Any], investigated: UUID, scan: bytes, sign_in: Callable[[str], Client]
) -> None:
    police, office = people["zhencha"], people["anguan"]
    sent = hand_over(people, investigated, "prosecution-transfer")
    once = sign_in("anguan").get(f"/handovers/{sent.handover_id}/compare").content.decode()
    assert "只发出过 1 轮" in once
    back = actions.return_file(
        office, handover_id=sent.handover_id, version=sent.version, reasons=[Reason(text="缺末页")]
    )
    done = actions.begin_round(police, handover_id=back.handover_id, version=back.version)
    first = dossier.tree(investigated).volumes[0].entries[0].pages[0]
    dossier_actions.rotate_page(police, case_id=investigated, page_id=first.id, quarter_turns=1)
    files = [Upload(file_name="末页.jpg", content=io.BytesIO(scan + b"new"))]
    added = dossier_actions.upload(
        police, case_id=investigated, catalogue_key="ev-suspect.interrogation", files=files
    )
    for reason in _reasons(people, done.handover_id):
        done = actions.resolve_reason(
            police, handover_id=done.handover_id, reason_id=reason, state="fixed", resolution="已补"
        )
    done = actions.submit(police, handover_id=done.handover_id, version=done.version)
    done = actions.approve(people["juzhang"], handover_id=done.handover_id, version=done.version)
    actions.send(police, handover_id=done.handover_id, version=done.version)
    page = sign_in("anguan").get(f"/handovers/{sent.handover_id}/compare").content.decode()
    (said,) = re.findall(r'<script id="compare-pairs" type="application/json">(.*?)</script>', page)
    rows = json.loads(said)
    assert [row["new"]["page"] for row in rows if row["kind"] == "added"] == [
        str(one) for one in added.page_ids
    ]
    assert [row["old"]["page"] for row in rows if row["kind"] == "turned"] == [str(first.id)]
    assert "＋ 新增 1 页" in page
    same = sign_in("anguan").get(f"/handovers/{sent.handover_id}/compare?from=2&to=2").content.decode()
    assert "＋ 新增" not in same


def _reasons(people: dict[str, Any], handover_id: UUID) -> list[UUID]:
    from antong.flow import selectors

    shown, _, _ = selectors.handover(people["zhencha"], handover_id)
    return [reason.id for reason in shown.reasons if reason.state == "open"]
