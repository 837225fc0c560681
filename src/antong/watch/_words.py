"""What an alarm says to those it calls: what is wrong, since when, by which article, and what ends it."""

from __future__ import annotations

from antong.kernel import clock
from antong.watch.types import AlarmKind, Finding

BASIS = {
    AlarmKind.NO_BASIS: "刑事诉讼法第98条、第99条；看守所条例第43条",
    AlarmKind.RELEASED_HELD: "看守所条例第39条",
    AlarmKind.CONTRADICTION: "看守所条例第9条、第15条",
    AlarmKind.TRANSFER_LATE: "刑事诉讼法第85条第2款、第93条第2款；看守所条例第15条",
    AlarmKind.ENDS_1: "看守所条例第43条；人民检察院刑事诉讼规则第615条",
    AlarmKind.ENDS_3: "看守所条例第43条；人民检察院刑事诉讼规则第615条",
    AlarmKind.ENDS_7: "看守所条例第43条；人民检察院刑事诉讼规则第615条",
}
_WHY = {
    "expired": "羁押依据已于 {until} 届满，没有新的依据",
    "never": "没有在执行、有期限的羁押依据",
    "released": "{since} 起已没有羁押措施，至今没有登记出所",
    "ends": "羁押依据 {until} 届满",
    "two": "同时有两项强制措施在执行",
    "paper": "已签发释放或变更的文书，案件里羁押措施仍在执行",
    "told": "羁押场所被告知的期限已过，案件里期限还在走",
    "on_the_way": "{since} 采取措施，满 24 小时没有收押登记",
    "agency": "办案机关已变更满 24 小时，羁押场所没有收到换押证",
}


def why(found: Finding) -> str:
    """Return what is wrong, in a sentence."""
    return _WHY[found.why].format(
        since=f"{clock.local(found.since):%m-%d %H:%M}",
        until=clock.end(found.until) if found.until is not None else "",
    )
