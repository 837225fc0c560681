"""Reading judgments: made-up ones here; the real ones where they lie beside the checkout."""

from __future__ import annotations

from datetime import date
from itertools import islice

import pytest

from conftest import SHARED
from law import causes
from law.judgments import custody_of, read
from law.proof import EXACT, MISS, result, results, texts

HEAD = "某市某区人民法院刑事判决书（2019）某刑初1号公诉机关某市某区人民检察院。"
TAIL = "某市某区人民检察院以某检刑诉（2019）1号起诉书指控被告人犯盗窃罪，于2019年6月1日向本院提起公诉。现已审理终结。判决如下："
TERM = "（刑期从判决执行之日起计算。判决执行以前先行羁押的，羁押一日折抵刑期一日，即自{}起至{}止。）"
END = "如不服本判决，可上诉。审判员某某二〇一九年七月一日"


def judgment(about: str, operative: str) -> str:
    """Return a text in the form of a judgment."""
    return f"{HEAD}{about}{TAIL}{operative}{END}"


@pytest.mark.parametrize(
    ("about", "custody"),
    [
        ("2019年3月1日被刑事拘留，同月15日被逮捕。", "2019-03-01 custody, 2019-03-15 custody"),
        ("2019年3月1日被抓获，次日被刑事拘留。", "2019-03-01 custody, 2019-03-02 custody"),
        ("2018年2月7日被刑事拘留，3月8日被取保候审，2019年5月22日经本院决定逮捕，次日被执行逮捕。",
         "2018-02-07 custody, 2018-03-08 bail, 2019-05-23 custody"),
        ("2012年5月1日因犯盗窃罪被判处有期徒刑一年，2013年4月30日刑满释放。2019年3月1日被刑事拘留。", "2019-03-01 custody"),
        ("2019年3月1日被指定居所监视居住，同年4月1日被逮捕。", "2019-03-01 designated-residence, 2019-04-01 custody"),
        ("2019年3月1日因吸毒被行政拘留十日，同月11日被刑事拘留。", "2019-03-11 custody"),
        ("2019年3月1日因殴打他人被行政拘留十日，同月11日被刑事拘留。", "2019-03-01 custody, 2019-03-11 custody"),
        ("2019年1月7日经某市公安局决定刑事拘留（在逃），同年2月3日被抓获，同日被刑事拘留。", "2019-02-03 custody, 2019-02-03 custody"),
        ("2018年12月25日被刑事拘留，次月24日被取保候审。", "2018-12-25 custody, 2019-01-24 bail"),
    ],
)  # fmt: skip
def test_what_is_told_of_custody(about: str, custody: str) -> None:
    text = judgment(f"被告人张三，男，1990年1月1日出生。{about}", "被告人张三犯盗窃罪，判处有期徒刑一年。")
    person = read("made-up", text).people[0]
    assert ", ".join(f"{one['from']} {one['measure']}" for one in custody_of(person)) == custody


def test_two_accused_their_terms_and_days() -> None:
    text = judgment(
        "被告人张三，男。2019年3月1日被刑事拘留。现羁押于某看守所。辩护人李某，某律师事务所律师。被告人张某甲，女。2019年3月2日被刑事拘留。",
        "一、被告人张三犯盗窃罪，判处有期徒刑二年；犯诈骗罪，判处有期徒刑三年；决定执行有期徒刑四年六个月"
        + TERM.format("2019年3月1日", "2023年8月31日")
        + "二、被告人张某甲犯盗窃罪，判处拘役五个月"
        + TERM.format("二〇一九年三月二日", "同年8月1日"),
    )
    found = read("made-up", text)
    first, second = found.people
    assert found.judged == date(2019, 7, 1)
    assert (first.name, second.name) == ("张三", "张某甲")
    assert first.term is not None
    assert second.term is not None
    assert (first.term.length, second.term.kind, second.term.length) == ((4, 6, 0), "拘役", (0, 5, 0))
    assert (first.begins, first.ends) == (date(2019, 3, 1), date(2023, 8, 31))
    assert (second.begins, second.ends) == (date(2019, 3, 2), date(2019, 8, 1))
    assert [result(found, person).outcome for person in found.people] == [EXACT, EXACT]


@pytest.mark.parametrize(
    ("told", "printed", "whose"),
    [
        ("2019年3月1日被刑事拘留。", ("2019年3月1日", "2020年3月1日"), causes.ERROR),
        ("2019年3月1日被刑事拘留。", ("2019年3月1日", "2021年2月28日"), causes.ERROR),
        ("2019年3月1日被刑事拘留。", ("2019年2月28日", "2020年2月27日"), causes.UNTOLD),
        ("2018年3月1日被刑事拘留，同月10日被取保候审，2019年3月1日被逮捕。", ("2019年3月1日", "2020年2月29日"), causes.ERROR),
        ("2018年3月1日被刑事拘留，同月10日被取保候审，2019年3月1日被逮捕。", ("2019年3月1日", "2020年2月20日"), causes.RULE),
        ("2019年1月20日被监视居住，同年3月1日被逮捕。", ("2019年1月20日", "2020年1月19日"), causes.ERROR),
    ],
)  # fmt: skip
def test_why_printed_days_are_others(told: str, printed: tuple[str, str], whose: str) -> None:
    operative = "被告人张三犯盗窃罪，判处有期徒刑一年" + TERM.format(*printed)
    found = read("made-up", judgment(f"被告人张三，男。{told}现羁押于某看守所。", operative))
    outcome = result(found, found.people[0])
    assert outcome.outcome == MISS
    assert outcome.cause is not None
    assert outcome.cause.whose == whose, outcome.cause


@pytest.mark.skipif(
    not (SHARED / "data" / "judge_judgments").is_dir(), reason="no judgments beside the checkout"
)
def test_the_judgments_of_one_collection() -> None:
    judgments = [read(mark, text) for mark, text in islice(texts(SHARED), 169)]
    found = [result(one, person) for one in judgments for person in one.people]
    asked = [one for one in found if one.outcome in {EXACT, MISS}]
    assert len(asked) > 90
    assert sum(one.outcome == EXACT for one in asked) / len(asked) > 0.85


@pytest.mark.full
@pytest.mark.skipif(not (SHARED / "data" / "lecard").is_dir(), reason="no judgments beside the checkout")
def test_all_judgments() -> None:
    asked = [one for one in results(SHARED) if one.outcome in {EXACT, MISS}]
    assert len(asked) > 4_000
    assert sum(one.outcome == EXACT for one in asked) / len(asked) > 0.88
    assert sum(one.cause is not None and one.cause.whose == causes.PARSE for one in asked) < 25
