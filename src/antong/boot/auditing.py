"""`antong audit`: the live database looked over against its digests, its signed heads, and a head kept elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from antong.boot.telling import Tell
from antong.cases import selectors as cases
from antong.flow import selectors as flow
from antong.kernel import clock
from antong.ledger import selectors as ledger
from antong.ledger.selectors import Fault
from antong.ledger.types import HeadView


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What an audit found: faults with the number of their case, and as of which head. `held`: the head kept elsewhere."""

    faults: tuple[tuple[str, Fault], ...]
    head: HeadView | None
    held: int

    @property
    def good(self) -> bool:
        """Whether all agrees."""
        return not self.faults


def audit(case_number: str | None, held: Path | None, *, read: bool, tell: Tell) -> Audited:
    """Look over one case, or everything; with `read` every original is decrypted and digested.

    Sees one state of the database throughout. Raises NotFound where there is no such case, Refusal where `held` is
    no head.
    """
    kept = None if held is None else ledger.read_held(held)
    with transaction.atomic():
        if not connection.savepoint_ids:  # the outermost: here it may still be chosen
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if case_number is None:
            names = dict(cases.all_cases())
            faults = [*ledger.audit_all(tell), *_files(names, tell, read=read)]
        else:
            case_id = cases.case_by_number(case_number)
            names = {case_id: case_number}
            faults = [*ledger.audit(case_id), *flow.audit(case_id, read=read)]
        faults += _against(kept)
        named = tuple((names.get(one.chain_id, "") if one.chain_id else "", one) for one in faults)
        return Audited(faults=named, head=ledger.latest_head(), held=kept["number"] if kept else 0)


def _files(names: dict[UUID, str], tell: Tell, *, read: bool) -> Iterator[Fault]:
    for done, case_id in enumerate(names, 1):
        yield from flow.audit(case_id, read=read)
        tell("案件", done)


def _against(kept: dict[str, Any] | None) -> Iterator[Fault]:
    """Yield what a head kept elsewhere says against this ledger: put back to an earlier state, or rewritten."""
    if kept is None or ledger.is_ours(kept):
        return
    newest = ledger.latest_head()
    last = newest.number if newest else 0
    where = f"封签 {kept['number']}"
    if kept["number"] > last:
        yield Fault(where=where, what=f"本账本只到第 {last} 号：数据库被退回到更早的状态")
    else:
        yield Fault(where=where, what="与保存在别处的那一份不同：账本被改写，或不是同一账本")


def as_json(found: Audited) -> str:
    """Return the findings for programs."""
    rows = [
        {"case": number, "chain": str(one.chain_id or ""), "where": one.where, "what": one.what}
        for number, one in found.faults
    ]
    head = found.head.number if found.head else 0
    return json.dumps(
        {"good": found.good, "head": head, "held": found.held, "faults": rows}, ensure_ascii=False, indent=1
    )


def as_text(found: Audited) -> str:
    """Return the findings for people."""
    lines = [f"  {number or one.chain_id or ''} {one.where}：{one.what}" for number, one in found.faults]
    if lines:
        return "\n".join([f"账本核查不通过，{len(lines)} 处不符", *lines])
    if found.head is None:
        return "账本核查通过：还没有封签。"
    asof = f"{clock.local(found.head.made_at):%Y-%m-%d %H:%M:%S}"
    against = (
        f"与保存在别处的第 {found.held} 号封签一致"
        if found.held
        else "没有给定别处保存的封签：数据库若被整体退回，单看它自己看不出来"
    )
    return f"账本核查通过：{found.head.tree_size:,} 片树叶，截至第 {found.head.number} 号封签（{asof}）；{against}。"
