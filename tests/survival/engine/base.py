"""A connection that is at a fail point before each statement that writes, before each commit and after it."""

from __future__ import annotations

from typing import Any

from antong.boot.database import base
from survival.points import COMMIT, COMMITTED, points


class DatabaseWrapper(base.DatabaseWrapper):
    """The house's own, watched."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.execute_wrappers.append(self._at)

    def _at(self, execute: Any, sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        text = sql if isinstance(sql, str) else sql.as_string(None)
        points.statement(text)
        return execute(sql, parameters, many, context)

    def _commit(self) -> None:
        points.reach(COMMIT)
        super()._commit()
        points.reach(COMMITTED)
