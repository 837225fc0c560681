"""Whose hub this is: founded once, read once by each process."""

from __future__ import annotations

import re

from django.db import ProgrammingError
from psycopg.errors import UndefinedTable

from antong.kernel import clock
from antong.kernel.refusal import BadInput, Refusal
from antong.org.models import Instance
from antong.org.types import InstanceView

LETTERS = re.compile(r"[A-Z]{1,8}")
LONGEST_NAME = 40
_read: list[InstanceView] = []
"""What this process has read: the row never changes."""


def instance() -> InstanceView:
    """Return whose hub this is; one statement the first time in a process, none afterwards. Raises Refusal before it is founded."""
    if not _read:
        try:
            row = Instance.objects.first()
        except ProgrammingError as error:
            if not isinstance(error.__cause__, UndefinedTable):
                raise
            row = None
        if row is None:
            raise Refusal(
                "不能办理：这里还没有建立实例。",
                code="no-instance",
                basis=("案通安装规则：先建立实例，再办理",),
                remedy="在服务器上运行 antong init。",
                who="系统管理员",
            )
        _read.append(InstanceView(name=row.name, letters=row.letters))
    return _read[0]


def forget() -> None:
    """Read it anew next time: for a process that changes to another database."""
    _read.clear()


def found(name: str, letters: str) -> None:
    """Enter whose hub this is, in the caller's transaction; one statement. Raises BadInput, naming the field."""
    wrong = {}
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        wrong["region"] = f"必填，不超过 {LONGEST_NAME} 字"
    if not LETTERS.fullmatch(letters):
        wrong["letters"] = "1 至 8 个大写英文字母，如 YL"
    if wrong:
        raise BadInput(
            "不能建立：地区名称或案号字母不对。",
            code="instance-fields",
            basis=("案通登记规则：案号由地区字母、年份和顺序号组成",),
            remedy="；".join(f"{field}：{words}" for field, words in wrong.items()),
            fields=wrong,
        )
    Instance.objects.create(name=name.strip(), letters=letters, made_at=clock.now())
