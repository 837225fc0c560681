"""Refusals: what cannot be done, by which rule, how to mend it, who can decide.

Every refusal a person reads has these four parts (pages/README, Wording). Text is Chinese, ready to show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """An act that is refused. Nothing was changed.

    `what`    不能……：什么不行
    `basis`   依据: articles or rules, e.g. ("刑事诉讼法第175条第3款",)
    `remedy`  怎样补
    `who`     谁能定 (may be empty)
    `fields`  form field -> what is wrong with it and what is allowed
    `items`   several findings, one line each
    `code`    stable machine name, kebab-case
    """

    status = 409

    def __init__(
        self,
        what: str,
        *,
        code: str = "refused",
        basis: Sequence[str] = (),
        remedy: str = "",
        who: str = "",
        fields: Mapping[str, str] | None = None,
        items: Sequence[str] = (),
    ) -> None:
        super().__init__(what)
        self.what = what
        self.code = code
        self.basis = tuple(basis)
        self.remedy = remedy
        self.who = who
        self.fields = dict(fields or {})
        self.items = tuple(items)


class BadInput(Refusal):
    """What was typed or uploaded cannot be taken."""

    status = 422


class NotPermitted(Refusal):
    """The actor is known, sees the thing, but may not do this act."""

    status = 403


class NotFound(Refusal):
    """Missing and forbidden look the same from outside."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "没有找到，或无权查看。", code="not-found", remedy="核对编号，或请持有该案的单位移送、共享。"
        )


class Stale(Refusal):
    """Somebody else changed it since it was shown. `items` say what changed, by whom, when."""

    status = 409

    def __init__(self, what: str, *, items: Sequence[str] = (), current_version: int = 0) -> None:
        super().__init__(what, code="stale", items=items, remedy="您填的内容还在；看过变动后，在新版上继续。")
        self.current_version = current_version
