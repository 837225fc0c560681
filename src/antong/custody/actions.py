"""Writes of the room: each one transaction, one ledger entry. `bring_in`, `let_go`, `order_release`, `tell` and `untell` join the caller's."""

from __future__ import annotations

from antong.custody._carried import Into, bring_in, let_go, order_release, tell, untell
from antong.custody._door import admit, discharge, enter_paper, interrogate
from antong.custody._erase import erase
from antong.custody._warn import warn
from antong.custody.types import Done

__all__ = [
    "Done",
    "Into",
    "admit",
    "bring_in",
    "discharge",
    "enter_paper",
    "erase",
    "interrogate",
    "let_go",
    "order_release",
    "tell",
    "untell",
    "warn",
]
