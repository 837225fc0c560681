"""The place's own duties: it tells the agency in charge before the end, and the procuratorate once it is passed (看守所条例第43条)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from antong.custody import selectors
from antong.custody.access import require_place
from antong.custody.types import Held, Nearness
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound
from antong.ledger import actions as ledger
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.org.types import UnitKind

BASIS = ("看守所条例第43条", "人民检察院刑事诉讼规则第615条")


@ledger.acted
def warn(actor: Actor, *, admission_ids: Sequence[UUID]) -> int:
    """Tell the agencies in charge that the basis of these people ends, or has ended; return of how many.

    Of whom it has ended the procuratorate of the county is told too. Several persons are one act, each on the record
    of the own case. Who serves a sentence, and who has more than seven days left, is left out.
    """
    require_place(actor)
    rows = {row.id: row for row in selectors.board(actor, place_ids=[actor.unit_id])}
    picked = [rows[one] for one in dict.fromkeys(admission_ids) if one in rows]
    if len(picked) != len(set(admission_ids)):
        raise NotFound
    due = [row for row in picked if row.nearness not in {Nearness.MORE, Nearness.SENTENCE}]
    if not due:
        raise BadInput(
            "不能催告：所选的人羁押期限都在七天以上。", code="nothing-ends", basis=BASIS,
            remedy="勾选七天内届满或已没有有效依据的人。", fields={"pick": "勾选七天内届满的人"},
        )  # fmt: skip
    over = any(row.nearness is Nearness.NONE for row in due)
    prosecutors = _prosecutors(actor) if over else []
    for row in sorted(due, key=lambda one: one.case_id):
        _one(actor, row, prosecutors)
    return len(due)


def _prosecutors(actor: Actor) -> list[UUID]:
    """Return the procuratorates of the place's county."""
    county = org.unit(actor.unit_id).county_code
    every = org.find_units(kinds=(UnitKind.PROCURATORATE,), most=1000)
    return [one.id for one in every if one.county_code == county]


def _one(actor: Actor, row: Held, prosecutors: Sequence[UUID]) -> None:
    over = row.nearness is Nearness.NONE
    until = clock.end(row.until) if row.until else "没有登记"
    told = [row.agency_id, *(prosecutors if over else ())]
    org_actions.notify(
        actor, to_units=told, kind="custody",
        title=f"{'超过羁押期限' if over else '羁押期限即将届满'}：{row.name}（{row.case_number}）",
        body=f"羁押期限 {until}。请{'立即释放或提供新的依据' if over else '在期限内审结或依法变更'}（看守所条例第43条）。",
        case_id=row.case_id, duty_name="、".join(name for _, name in org.on_duty(row.agency_id)),
    )  # fmt: skip
    ledger.record(
        actor, chain_id=row.case_id, act="custody.warn", moment=moment(), subjects=[row.party_id, row.id],
        after={"until": row.until, "over": over, "told": told},
    )  # fmt: skip
