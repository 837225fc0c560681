"""Reading real judgments: who was held from when to when, what was imposed, which first and last day was printed.

A tool of proof, no part of the program: it takes from the text of a judgment what `antong.law.sentence` is asked with,
and what the court printed itself (自某日起至某日止). What it cannot read it says (`Person.why`); it never looks at
whether a term fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

_DIGITS = str.maketrans("０１２３４５６７８９〇○Ｏ零", "0123456789〇〇〇〇")
_CHINESE = {"〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMBER = "[0-9〇一二两三四五六七八九十]{1,4}"
_DATE = (
    rf"(?:(?:(?P<y{{0}}>[0-9]{{{{4}}}}|[〇一二三四五六七八九O]{{{{4}}}})年|(?P<same{{0}}>同年|当年|次年)"
    rf"(?:的)?)?(?:(?P<m{{0}}>{_NUMBER})月|(?P<moon{{0}}>同月|当月|本月|次月))(?P<d{{0}}>{_NUMBER})日)"
)
_WHEN = re.compile(
    _DATE.format("")
    + r"|(?P<next>次日|翌日|第二天|第二日(?!起))|(?P<that>(?<![如判])当日|同日|当天|同一天)"
)
_SPAN = re.compile(
    r"自(?:[^自。；;（(]{0,12}?)?" + _DATE.format("1") + r"日?(?:[〈（(〔][^）)〉〕]{0,12}[〉）)〕])?(?:[0-9]{1,2}时)?起?[，,、]?\s*(?:计算)?[，,]?至"
    + _DATE.format("2").replace("[0-9]{4}|", "[0-9]{4}|", 1) + r"日?(?:[0-9]{1,2}时)?[止]"
)  # fmt: skip
_TERM = re.compile(
    rf"(?P<kind>有期徒刑|拘役|管制)(?:(?P<y>{_NUMBER})年)?[零〇又]?(?:零)?(?:(?P<m>{_NUMBER})个?月)?(?P<half>半)?[零〇又]?(?:(?P<d>{_NUMBER})[日天])?"
)
_ACCUSED = re.compile(r"(?:原审)?被告人(?:（[^）]{1,20}）|\([^)]{1,20}\))?[:：]?")
"""Where a paragraph about somebody begins; what follows up to the next is about him."""
_OPERATIVE = re.compile(r"(?:判决|裁判|判处|判决结果)\s?如下\s?[：:;；，,]?")
_INDICTED = re.compile(
    r"(?:检察院|检察厅)\s?(?:于[^。]{0,20})?以[^。]{0,60}(?:起诉书|号|指控)|检察院指控|提起公诉|公诉机关指控"
)
_HELD = re.compile(
    r"(?P<free>取保候审|监视居住|予以释放|被释放|释放(?!证)|逃脱|脱逃|潜逃)|(?P<detained>刑事拘留|刑拘|拘留|拘押|羁押|关押|收押|逮捕|留置|收监|临时寄押|寄押)"
    r"|(?P<seized>抓获|捉获|查获|捕获|缉获|截获|擒获|到案|归案|投案|自首|抓捕|扭送|控制|传唤|拘传|盘问|带至|带到|带回|押解|移交|约束)"
)
_ADMIN = re.compile(
    rf"行政拘留(?:处罚)?(?P<n>{_NUMBER})?[日天]?|治安拘留(?P<n2>{_NUMBER})?[日天]?|司法拘留(?P<n3>{_NUMBER})?[日天]?"
)
_PRIOR = re.compile(
    r"刑满|假释|减刑|判处|判决|强制隔离戒毒|强制戒毒|社区戒毒|劳动教养|收容教育|收容教养|缓刑|出狱|服刑|余刑"
)
_NOW = re.compile(r"现(?:被|已)?(?:临时)?(?:羁押|关押|在押|押|看守|收押|寄押)(?:于|在)?|现羁押|现押|在押")


def number(text: str) -> int:
    """Return a number as written in digits or in Chinese, up to 99 or digit by digit."""
    text = text.translate(_DIGITS)
    if text.isascii():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (number(tens) if tens else 1) * 10 + (number(ones.strip("〇")) if ones.strip("〇") else 0)
    return int("".join(one if one.isdigit() else str(_CHINESE[one]) for one in text))
