"""Where practice reads the law in two ways: the other readings, by name, which an operator can choose.

Each is an open question of the table of limits. The default is what the interpretation of the Supreme People's Court
or the text itself says; the other reading is computed beside it and shown wherever it gives another day.
"""

from __future__ import annotations

from dataclasses import dataclass

from antong.law._rules import Outside

_DETENTION_TERMS = Outside(
    title="公安机关适用刑事羁押期限规定第四条", number="公通字〔2006〕17号", seen="网页副本四份相互印证", confidence="medium"
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """Another reading: its key, what it is called, what the usual reading is called, and what each rests on.

    `outside` where it rests on a source that is not among the texts.
    """

    key: str
    name: str
    usual: str
    basis: str
    outside: Outside | None = None


_ALL = (
    Convention(
        key="start-hour-not-counted",
        name="开始的时不计入（自下一整时起算）",
        usual="按钟点起算",
        basis="法105.2“期间开始的时……不算在期间以内”；通行按到案钟点起算（检83）",
    ),
    Convention(
        key="start-day-counted",
        name="起算日计入",
        usual="起算日不计入",
        basis="法105.2 起算日不计；公通字〔2006〕17号第四条第二项的对应日算法早一日",
        outside=_DETENTION_TERMS,
    ),
    Convention(
        key="corresponding-day",
        name="按对应日（不取月末）",
        usual="月末起算的到月末",
        basis="释202.1 月末起算至月末；公通字〔2006〕17号第四条第二项为下一个月的对应日",
        outside=_DETENTION_TERMS,
    ),
    Convention(
        key="months-chained",
        name="逐段接算（自前段届满日）",
        usual="连续月数自起点累加",
        basis="释202.1；两个月期限始于 29 至 31 日再延长一个月，有自前段届满日接算的",
    ),
    Convention(
        key="extension-from-shifted-end",
        name="自顺延后的届满日接算延长",
        usual="自法定届满日（未顺延）接算延长",
        basis="法105.4；延长起点有自顺延后之日起算的",
    ),
    Convention(
        key="exclusion-both-days",
        name="不计入的首尾两日都不算",
        usual="不计入的天数为恢复日减开始日",
        basis="释396“自通知后的第二日起”；公通字〔2006〕17号第四条首尾都不算",
        outside=_DETENTION_TERMS,
    ),
    Convention(
        key="extension-before-exclusion",
        name="先加延长，后加不计入的期间",
        usual="不计入的期间加在当时期限之后，延长自移动后的届满日起算",
        basis="法149、206；条文没有写明先后",
    ),
    Convention(
        key="file-review-whole",
        name="阅卷期间全部不计入",
        usual="阅卷不计入的以一个月为限",
        basis="法235“应当在一个月以内查阅完毕”“查阅案卷的时间不计入审理期限”",
    ),
    Convention(
        key="clear-days",
        name="间隔满 N 日",
        usual="该日减 N 日",
        basis="法187“至迟在开庭十日以前”；有按间隔满若干日掌握的",
    ),
    Convention(
        key="liberty-cap-shifted",
        name="届满日遇节假日顺延",
        usual="限制自由的上限不顺延",
        basis="法105.4 只对在押期间写明不延长；按保护性解释不顺延",
    ),
    Convention(
        key="right-in-custody-fixed",
        name="在押的不因节假日顺延",
        usual="当事人的权利期间遇节假日顺延",
        basis="法105.4 但书按字面及于在押人员的一切期间",
    ),
    Convention(
        key="effective-on-last-day",
        name="裁判自上诉期最后一日生效",
        usual="裁判自上诉期满次日生效",
        basis="法230；生效日条文没有写明",
    ),
    Convention(
        key="custody-at-start",
        name="按期限开始时是否在押",
        usual="按末日是否在押",
        basis="法105.4；期限进行中释放或者逮捕的，条文没有写明",
    ),
    Convention(
        key="sentence-same-day",
        name="刑期至对应日的前一日（没有对应日的至月末）",
        usual="刑期月末起算的至月末的前一日（2021-03-01 前的裁判按对应日）",
        basis="释202.2 自 2021-03-01 起施行；此前没有规定，判决书通行按对应日",
    ),
    Convention(
        key="sentence-from-execution",
        name="自判决执行之日起算，再减羁押日数",
        usual="羁押不断至执行的，刑期自羁押之日起",
        basis="刑44、47“从判决执行之日起计算”；判决书通行写明自羁押之日起",
    ),
    Convention(
        key="credit-moves-start",
        name="先行羁押的日数从起日前移",
        usual="先行羁押的日数从终日减去",
        basis="刑44、47 只写明一日折抵一日；大小月使两种写法差一至三日",
    ),
    Convention(
        key="release-day-not-credited",
        name="释放（取保）当日不折抵",
        usual="羁押的首尾两日都折抵",
        basis="刑41、44、47“羁押一日折抵刑期一日”；当日在押的按一日，有按释放日减羁押日计算的",
    ),
    Convention(
        key="residence-odd-day-credited",
        name="指定居所监视居住不足二日的零数折抵一日",
        usual="指定居所监视居住满二日折抵一日，零数不折抵",
        basis="法76“监视居住二日折抵刑期一日”；零数没有写明",
    ),
    Convention(
        key="effect-day-not-counted",
        name="判决确定（主刑执行完毕）的次日起算",
        usual="自判决确定（主刑执行完毕）之日起，当日计入",
        basis="刑58.1、73.3“从……之日起计算”；法105.2 开始的日不算在期间以内",
    ),
)
CONVENTIONS = {one.key: one for one in _ALL}


def named(name: str) -> Convention | None:
    """Return the reading that goes by a name, the other or the usual one of a pair; None: none does."""
    return next((one for one in _ALL if name in {one.name, one.usual}), None)
