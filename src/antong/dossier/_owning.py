"""Whose a volume or a document is: who orders the one, who changes the pages of the other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from antong.catalog import loader
from antong.dossier.models import Document
from antong.kernel.actor import Actor
from antong.kernel.refusal import NotPermitted
from antong.org import selectors as org


def may_order(actor: Actor, catalogue_keys: Collection[str]) -> None:
    """Refuse a unit that orders none of these kinds of volume (卷); no statement."""
    for volume in loader.load().dossier.volumes:
        if volume.key in catalogue_keys and volume.owners and actor.unit_kind not in volume.owners:
            raise NotPermitted(
                f"不能整理：{volume.title}不由本单位整理。",
                code="volume-of-others",
                basis=("电子卷宗目录：各卷由制作单位整理",),
                remedy="本单位的材料放进本单位的卷；这一卷有误的，退回移送单位补正。",
            )


def issued_by(actor: Actor, row: Document) -> bool:
    """Whether a document is of the actor's unit, or of the bureau it works for; one statement at most."""
    return actor.unit_id == row.unit_id or org.bureau_of(actor.unit_id).id == row.unit_id


def refuse_others(actor: Actor, document_ids: Sequence[UUID | None]) -> None:
    """Refuse to take pages of a document out of its place to a unit that has not made it."""
    wanted = {one for one in document_ids if one is not None}
    for row in Document.objects.filter(id__in=wanted):
        if not issued_by(actor, row):
            raise NotPermitted(
                "不能改动这几页：它们属于其他单位制作的文书。",
                code="not-issuer",
                basis=("案通文书规则：文书的页面由制作单位改动",),
                remedy="请制作单位作废或更正。",
                who=org.unit(row.unit_id).name,
            )
