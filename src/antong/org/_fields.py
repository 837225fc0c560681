"""Checking what administrators type: every fault of a form at once, each beside its field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection
from pypinyin import Style, lazy_pinyin

from antong.kernel.refusal import BadInput
from antong.kernel.worded import Worded

_STRUCTURE = (4103, 0)
"""Advisory lock of the organisation."""
_HIDDEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Characters that nobody sees and that make two equal names differ, or a name read backwards."""


def initials(text: str) -> str:
    """Return the pinyin initials of a name, by which pickers find it."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()


def one_at_a_time() -> None:
    """Let changes of the organisation follow each other until the transaction ends; one statement.

    They are rare, and each looks at others before it writes: a code that is free, a post without an A.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", list(_STRUCTURE))


@dataclass(slots=True)
class Form:
    """The fields of a form as they are looked at, and what is wrong with each."""

    wrong: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, value: str, most: int, *, pattern: str = "", allowed: str = "") -> str:
        """Return a text without spaces around it; note where it is missing, too long or not of `pattern`."""
        found = " ".join(value.split())
        if not found:
            self.wrong[name] = "必填"
        elif len(found) > most:
            self.wrong[name] = f"不超过 {most} 字"
        elif _HIDDEN.search(found):
            self.wrong[name] = "有看不见的字符，请重新输入，不要粘贴"
        elif pattern and not re.fullmatch(pattern, found):
            self.wrong[name] = allowed
        return found

    def choice(self, name: str, value: str, among: Iterable[Worded]) -> str:
        """Return the value of the chosen word, or note that it is none."""
        if value not in {word.value for word in among}:
            self.wrong[name] = "从列表中选一项"
        return value

    def refuse(self, what: str, code: str, basis: str) -> None:
        """Refuse where anything is wrong."""
        if self.wrong:
            raise BadInput(what, code=code, basis=(basis,), remedy="改正标红的各项。", fields=self.wrong)
