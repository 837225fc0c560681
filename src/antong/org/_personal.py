"""What a person keeps for himself or herself: how pages look, saved views of lists, unfinished forms.

None of it is an act on a case, so none of it enters the ledger; nobody else ever reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.refusal import BadInput
from antong.org import access
from antong.org.models import FormDraft, Person
from antong.org.types import Permission

MOST_STEPS = 20
PREFERENCES = {
    "density": {"standard", "compact"},
    "type": {"standard", "large"},
    "tour": {"done"} | {f"{left}{step}" for left in ("", "left") for step in range(MOST_STEPS)},
}
MOST_VIEWS, LONGEST_NAME, LONGEST_QUERY = 12, 20, 400
LARGEST_FORM = 60_000
KEPT_DAYS = 30


@transaction.atomic
def set_preferences(actor: Actor, changes: dict[str, str]) -> dict[str, Any]:
    """Remember how a person likes pages shown; unknown names or values are refused."""
    access.require(actor, Permission.SELF_MANAGE)
    wrong = {
        name: "没有这一选项" for name, value in changes.items() if value not in PREFERENCES.get(name, set())
    }
    if wrong:
        raise BadInput("不能保存：没有这一显示选项。", code="preference", fields=wrong)
    return _merge(actor, changes)


@transaction.atomic
def save_view(actor: Actor, *, page: str, name: str, query: str) -> None:
    """Keep a list's filters and order under a name of the person's own; the same name replaces."""
    access.require(actor, Permission.SELF_MANAGE)
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or len(query) > LONGEST_QUERY or not page.startswith("/"):
        raise BadInput(
            "不能存为视图：名称须为 1 到 20 个字。",
            code="view-name",
            basis=("案通视图规则：每个列表至多 12 个视图，名称不超过 20 字",),
            remedy="改短名称后再存。",
            fields={"name": "1 到 20 个字"},
        )
    views = _views(actor)
    rows = [row for row in views.get(page, []) if row[0] != name]
    if len(rows) >= MOST_VIEWS:
        raise BadInput(
            f"不能存为视图：这个列表已有 {MOST_VIEWS} 个视图。",
            code="view-most",
            remedy="先删去不用的视图。",
        )
    _merge(actor, {"views": {**views, page: [*rows, [name, query]]}})


@transaction.atomic
def drop_view(actor: Actor, *, page: str, name: str) -> None:
    """Forget a saved view."""
    access.require(actor, Permission.SELF_MANAGE)
    views = _views(actor)
    _merge(actor, {"views": {**views, page: [row for row in views.get(page, []) if row[0] != name]}})


def _views(actor: Actor) -> dict[str, list[list[str]]]:
    kept = Person.objects.select_for_update().get(id=actor.person_id).preferences
    found: dict[str, list[list[str]]] = kept.get("views", {})
    return found


def _merge(actor: Actor, changes: Mapping[str, Any]) -> dict[str, Any]:
    person = Person.objects.select_for_update().get(id=actor.person_id)
    merged: dict[str, Any] = {**person.preferences, **changes}
    Person.objects.filter(id=person.id).update(preferences=merged)
    return merged


@transaction.atomic
def keep_form(actor: Actor, *, place: str, values: Mapping[str, list[str]]) -> datetime:
    """Keep what somebody has typed in a form so far; returns when. An empty form is forgotten."""
    access.require(actor, Permission.SELF_MANAGE)
    now = clock.now()
    if len(json.dumps(values)) > LARGEST_FORM or len(place) > FormDraft.PLACE_LENGTH:
        raise BadInput(
            "没有自动保存：内容太长。", code="form-too-long", remedy="请分次保存，或先送出已写好的部分。"
        )
    if any(text.strip() for texts in values.values() for text in texts):
        FormDraft.objects.bulk_create(
            [FormDraft(person_id=actor.person_id, place=place, values=dict(values), saved_at=now)],
            update_conflicts=True,
            unique_fields=["person", "place"],
            update_fields=["values", "saved_at"],
        )
    else:
        forget_form(actor, place=place)
    return now


def forget_form(actor: Actor, *, place: str) -> None:
    """Forget an unfinished form, once it has been sent or given up."""
    FormDraft.objects.filter(person_id=actor.person_id, place=place).delete()


def forget_old_forms() -> int:
    """Delete the unfinished forms that nobody has touched for thirty days; return how many."""
    old = clock.now() - timedelta(days=KEPT_DAYS)
    return FormDraft.objects.filter(saved_at__lt=old).delete()[0]
