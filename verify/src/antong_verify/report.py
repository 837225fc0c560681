"""What a check has found, for people and for machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class Malformed(Exception):
    """What was given cannot be read as what it should be; the text says why."""


@dataclass(slots=True)
class Report:
    """What was found. `faults` empty: the bundle is sound, complete as of head `head` of `as_of`."""

    faults: list[str] = field(default_factory=list)
    entries: int = 0
    opened: int = 0
    withheld: int = 0
    files: int = 0
    bytes: int = 0
    head: int = 0
    as_of: str = ""
    key_id: str = ""
    anchors: tuple[int, ...] = ()
    trusted: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def lines(self) -> list[str]:
        """The answer for people."""
        if not self.ok:
            more = [f"  （另有 {len(self.faults) - 50} 处）"] if len(self.faults) > 50 else []  # noqa: PLR2004 - a screen
            return ["验证不通过", *(f"  {fault}" for fault in self.faults[:50]), *more]
        opened = f"明文 {self.opened} 条与承诺一致"
        if self.withheld:
            opened += f"，另有 {self.withheld} 条明文不在包内（已依法销毁或被去除）"
        if self.trusted == self.head:
            against = "它就是您信任的那一号"
        elif self.trusted:
            against = f"自您信任的第 {self.trusted} 号起只增不改"
        else:
            against = "没有给定封签，只能证明到包内封签为止，之后是否另有留痕不能证明"
        return [
            "验证通过",
            f"  留痕 {self.entries} 条，序号连续、前后相扣；{opened}",
            f"  文件 {self.files} 个，{self.bytes:,} 字节，摘要逐级相扣，留痕记下的一个不缺",
            f"  截至第 {self.head} 号封签（{self.as_of}）完整；{against}",
            f"  签名密钥 {self.key_id[:16]}…",
        ]

    def as_json(self) -> dict[str, Any]:
        """The answer for machines."""
        return {
            "ok": self.ok,
            "faults": self.faults,
            "entries": self.entries,
            "opened": self.opened,
            "withheld": self.withheld,
            "files": self.files,
            "head": self.head,
            "as_of": self.as_of,
            "key_id": self.key_id,
            "anchors": list(self.anchors),
            "trusted": self.trusted,
        }
