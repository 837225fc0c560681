"""Jobs that have failed for good, queued once more by who runs the house."""

from __future__ import annotations

from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import Refusal
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN
from antong.org import access
from antong.org.types import Permission


@ledger.acted
def run_job_again(actor: Actor, *, job_id: int) -> None:
    """Queue a job that has failed once more, on the record. Raises Refusal where it has not failed, or is gone."""
    access.require(actor, Permission.ORG_MANAGE)
    found = ledger.run_again(job_id)
    if found is None:
        raise Refusal(
            "不能重新运行：这个作业没有失败，或已经重新运行。",
            code="job-not-failed",
            basis=("案通运行规则：失败的作业可以重新运行，不会办两次",),
            remedy="刷新运行页看它现在怎样。",
        )
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.run-job", moment=moment(),
        after={"job": found.id, "name": found.name, "attempts": found.attempts},
    )  # fmt: skip
