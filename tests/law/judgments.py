"""Reading real judgments: who was held from when to when, what was imposed, which first and last day was printed.

A tool of proof, no part of the program: it takes from the text of a judgment what `antong.law.sentence` is asked with,
and what the court printed itself (自某日起至某日止). What it cannot read it says; it never looks at whether a term fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

_WIDE = str.maketrans("０１２３４５６７８９○Ｏ零", "0123456789〇〇〇")
_CHINESE = {"〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_N = "[0-9〇一二两三四五六七八九十]{1,3}"
_DATE = rf"(?:(?:(?P<y>[0-9]{{4}}|[〇一二三四五六七八九]{{4}})年|(?P<same>同年|当年)|(?P<later>次年|翌年))?(?:(?P<m>{_N})月|(?P<moon>同月|当月|本月)|(?P<after>次月|翌月))(?P<d>{_N})(?:[日号]|(?=[被变经由因取监])))"
_WHEN = re.compile(_DATE + r"|(?P<next>次日|翌日|第二天|第二日(?!起))|(?P<that>当日|同日|当天)")
_SPAN = re.compile(
    r"自\s?(?P<who>[^自至起。；;]{0,14}?)(?P<a>[0-9〇一二三四五六七八九十年月日]{6,14})日?(?:[〈（(〔][^）)〉〕]{0,14}[〉）)〕])?(?:[0-9]{1,2}时)?起?[，,、]?\s*"
    r"至(?P<b>(?:同年)?[0-9〇一二三四五六七八九十年月日]{4,14}?)日?(?:[0-9]{1,2}时)?止"
)  # fmt: skip
_FULL = re.compile(rf"(?P<y>[0-9]{{4}}|[〇一二三四五六七八九]{{4}})年(?P<m>{_N})月(?P<d>{_N})日?")
_SIGNED = re.compile(
    "[二一][〇九][〇一二三四五六七八九]{2}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日"
)
_TERM = re.compile(
    rf"(?P<kind>有期徒刑|拘役|管制)(?=[0-9〇一二两三四五六七八九十])(?:(?P<y>{_N})年{{1,2}})?[〇又]?(?:(?P<m>{_N})个?月)?(?P<half>半)?[〇又]?(?:(?P<d>{_N})[日天])?"
)
_OPERATIVE = re.compile(r"(?:判决|裁判|判处)\s?如下")
_BODY = re.compile(
    r"检察(?:院|机关|员)[^。；]{0,80}(?:起诉书|号)|(?:检察院|公诉机关)[^。；]{0,12}指控|向本院提起公诉|经审理查明|审理终结"
)
_ROLE = re.compile(
    r"(?:指定|委托)?辩护人|法定代理人|诉讼代理人|附带民事诉讼原告|被告单位|公诉机关|翻译|诉讼代表人"
)
_FREE = r"解除(?:留置|羁押|刑事拘留|拘留)|取保候审|监视居住|释放(?!证|人员)|脱逃|潜逃|逃跑"
_HOLD = r"拘留|刑拘|拘押|羁押|关押|收押|逮捕|留置|收监|寄押|被[^，。；]{0,12}限制人身自由"
_SEIZED = r"抓获|捉获|捕获|缉获|截获|擒获|到案|归案|投案|自首|抓捕|扭送|被控制|传唤|拘传|盘问|带至|带到|带回|押解|押回|查获|约束|审查"
_ADMIN = rf"(?:行政|治安|司法)(?:处罚)?拘留(?:处罚)?(?P<n>{_N})?"
_ACT = re.compile(
    rf"(?P<designated>指定[^，。；]{{0,6}}居所[^，。；]{{0,6}}监视居住|监视居住（指定|指定监视居住)|(?P<admin>{_ADMIN})|(?P<free>{_FREE})|(?P<hold>{_HOLD})|(?P<seized>{_SEIZED})"
)
_PRIOR = re.compile(r"刑满|期满|假释|减刑|判处|判决|劳动教养|劳教|收容|缓刑|出狱|服刑|刑罚")
_NOW = re.compile(
    r"现(?:被|已|仍)?(?:临时|依法)?(?:羁押|关押|在押|押|看守|收押|寄押|在[^，。；]{2,20}(?:服刑|羁押))|在押"
)
_DECIDED = re.compile(
    r"(?:批准|决定|提请|签发)[^，。；执]{0,16}(?:逮捕|拘留)|(?:批准|决定)执行(?:逮捕|拘留)|批捕"
)
_AT_LARGE = re.compile(r"追逃|上网|通缉|在逃|未能执行|执行未获|未获|未到案")
_CAME = re.compile(r"到案|归案|投案|自首|传唤|盘问")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a person's liberty on a day: `hold`, `seized`, `free`, `designated`, `admin` (with its days)."""

    day: date
    kind: str
    words: str
    verb: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """What was imposed."""

    kind: str
    years: int
    months: int
    days: int

    @property
    def length(self) -> tuple[int, int, int]:
        """Years, months, days."""
        return self.years, self.months, self.days


@dataclass(slots=True)
class Person:
    """An accused: name, the paragraph about him, what happened before the judgment, what was imposed and printed."""

    name: str
    about: str
    events: list[Event] = field(default_factory=list)
    seen: list[date] = field(default_factory=list)
    held_now: bool = False
    twin: bool = False
    masked: bool = False
    term: Term | None = None
    operative: str = ""
    begins: date | None = None
    ends: date | None = None
    printed: str = ""


@dataclass(slots=True)
class Judgment:
    """A judgment: where it is from, its day, its people."""

    mark: str
    judged: date | None
    people: list[Person]


def number(text: str) -> int:
    """Return a number as written in digits or in Chinese, up to 99 or digit by digit."""
    if text.isascii():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (number(tens) if tens else 1) * 10 + (number(ones) if ones else 0)
    return int("".join(one if one.isdigit() else str(_CHINESE[one]) for one in text))


def full_day(text: str, like: date | None = None) -> date | None:
    """Return a day written in full (or 同年 and the rest), None where it is none."""
    if like is not None and text.startswith("同年"):
        text = f"{like.year}年{text[2:]}"
    match = _FULL.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return date(number(match["y"]), number(match["m"]), number(match["d"]))
    except ValueError:
        return None


def read(mark: str, text: str) -> Judgment:
    """Return what a judgment says of its accused."""
    text = re.sub(r"\s+", "", text.translate(_WIDE)).replace("O", "〇")
    found = _OPERATIVE.search(text)
    head, rest = (text, "") if found is None else (text[: found.start()], text[found.end() :])
    again = _OPERATIVE.search(rest)
    if again is not None and re.search("原审|一审|撤销", rest[: again.start()]):
        rest = rest[again.end() :]
    operative = rest.split("如不服本判决")[0].split("附：")[0].split("附相关")[0]
    people = list(_people(head))
    names = [person.name for person in people]
    for person in people:
        person.twin = names.count(person.name) > 1
    _imposed(people, operative)
    _seizures(people, head)
    return Judgment(mark, _judged(rest), people)


def _judged(rest: str) -> date | None:
    """Return the day under a judgment: the first in Chinese numerals after its judges."""
    judges = re.search("审判[长员]", rest)
    signed = _SIGNED.search(rest, judges.end()) if judges else None
    return full_day(signed[0]) if signed else None


def _people(head: str) -> Iterator[Person]:
    """Yield the accused with the paragraph about each."""
    body = _BODY.search(head, 60)
    part = head[: body.start()] if body else head[:3000]
    starts = [
        one
        for one in re.finditer(
            r"(?:(?:上诉人|抗诉机关|申诉人|再审申请人|原审上诉人)?[（(](?:一审|原审|原审上诉人、原审|二审上诉人、原审)?被告人[）)]|(?:原审)?被告人)[:：]?"
            r"(?P<name>[^，。、,（(：；\d“\"因男女]{1,20}(?:\d(?!\d))?)(?=[，。,（(：、“\"因男女\d]|$)",
            part,
        )
        if not re.match(r"(?:的|及|未|到庭|不|在|与|之|被)", one["name"])
    ]
    kept: list[re.Match[str]] = []
    for one in starts:
        before = part[: one.start()].removesuffix("上诉人")
        if (
            not before
            or before[-1] in "。；;）)"
            or re.search(r"(?:检察院|分院|检察厅|铁路运输检察院)$", before)
        ):
            kept.append(one)
    for number_, one in enumerate(kept):
        stop = kept[number_ + 1].start() if number_ + 1 < len(kept) else len(part)
        about = part[one.start() : stop]
        cut = _ROLE.search(about, 6)
        while cut is not None and about[cut.start() - 1] not in "。；;":
            cut = _ROLE.search(about, cut.end())
        about = about[: cut.start()] if cut else about
        person = Person(one["name"].strip(), about)
        _liberty(person)
        yield person


def _clauses(about: str) -> Iterator[tuple[re.Match[str], str, str]]:
    """Yield each date with what leads to it in its sentence, and what follows it, both up to the next date."""
    found = list(_WHEN.finditer(about))
    for index, one in enumerate(found):
        start = found[index - 1].end() if index else 0
        stop = found[index + 1].start() if index + 1 < len(found) else len(about)
        lead = re.split("[。；;]", about[start : one.start()])[-1]
        yield one, lead, re.split("[。；;]", about[one.end() : stop], maxsplit=1)[0]


def _liberty(person: Person) -> None:
    """Read what happened to somebody's liberty for this case; what belongs to an earlier one is left out."""
    about = person.about
    last: date | None = None
    rows: list[tuple[int, Event]] = []
    prior = -1
    clauses = list(_clauses(about))
    for index, (when, lead, said) in enumerate(clauses):
        dated = when["y"] or when["same"] or when["later"]
        broken = when["m"] and not dated and about[: when.start()].endswith("年")
        day = last = None if broken else _day(when, last)
        if day is None:
            person.masked = person.masked or _ACT.search(said) is not None
            continue
        if re.search("^(?:出?生|[^，。；]{0,4}出生)", said):
            last = None
            continue
        words = _until(said, clauses[index + 1][2] if index + 1 < len(clauses) else "")
        if _PRIOR.search(words) and not _ACT.match(words.split("，")[0]):
            prior = when.start()
            continue
        acts = list(_acts(day, words, lead))
        if not acts and rows and rows[-1][1].kind == "decided" and re.search("执行(?:$|，)", words):
            acts = [Event(day, "hold", words[:60], rows[-1][1].verb)]
        rows += [(when.start(), event) for event in acts]
    person.events = [event for where, event in rows if where > prior]
    person.held_now = _NOW.search(about) is not None


def _until(said: str, following: str) -> str:
    """Return what is said of a day: 羁押 where it begins a span, or stands in a list, of days so spent."""
    listed = said in {"至", "到", "起至", "—", "-", "、"}
    held = re.search(_HOLD, following) and not re.search(_ADMIN, following)
    return "羁押" if listed and held else said


def _day(when: re.Match[str], last: date | None) -> date | None:
    """Return the day a date says, those before it in mind."""
    try:
        if when["next"]:
            return last + DAY if last else None
        if when["that"]:
            return last
        day = number(when["d"])
        month = number(when["m"]) if when["m"] else last.month if last else 0
        year = number(when["y"]) if when["y"] else last.year if last else 0
        if when["later"]:
            year += 1
        if when["after"]:
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return date(year, month, day)
    except ValueError:
        return None


def _acts(day: date, words: str, lead: str) -> Iterator[Event]:
    """Yield what is said to have happened on a day, each kind once."""
    seen: set[str] = set()
    told, words = words, re.sub("（[^（）]*）", "", words)
    for act in _ACT.finditer(words):
        kind = str(act.lastgroup if act.lastgroup != "n" else "admin")
        decided = any(one.start() <= act.start() < one.end() for one in _DECIDED.finditer(words))
        if kind == "hold" and (_AT_LARGE.search(told) or decided):
            kind = "decided"
        if kind in seen:
            continue
        seen.add(kind)
        days = number(act["n"]) if act["admin"] and act["n"] else 0
        yield Event(day, kind, lead[-30:] + words[:60], act[0], days)


def _seizures(people: list[Person], head: str) -> None:
    """Note the days on which the rest of the text says that somebody was seized or came in, by his name."""
    last: date | None = None
    for sentence in re.split("[。；;]", head):
        if not _WHEN.search(sentence):
            continue
        named = [person for person in people if person.name in sentence]
        for when, _, words in _clauses(sentence):
            day = last = _day(when, last)
            if day is None:
                continue
            act = _ACT.search(words)
            if act is None or act.lastgroup not in {"seized", "hold"}:
                continue
            near = [person for person in named if person.name in sentence[: when.end() + act.end()]]
            for person in people if len(people) == 1 else near:
                person.seen.append(day)


def _imposed(people: list[Person], operative: str) -> None:
    """Give each accused what was imposed on him and the days printed for it."""
    names = {person.name: person for person in people}
    if not names:
        return
    if len(people) == 1:
        people[0].operative = operative
    else:
        known = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
        mentions = re.compile(
            f"(?:被告人|上诉人)?(?P<known>{known})|(?:被告人|上诉人)[^，。；犯（]{{1,10}}(?=犯|的刑期|无罪)"
        )
        where = [(one.start(), one["known"]) for one in mentions.finditer(operative)]
        for index, (start, name) in enumerate(where):
            stop = where[index + 1][0] if index + 1 < len(where) else len(operative)
            if name:
                names[name].operative += operative[start:stop]
    for person in people:
        spans = list(_SPAN.finditer(person.operative))
        if len(spans) == 1:
            span = spans[0]
            person.printed = span[0]
            person.begins = full_day(span["a"])
            person.ends = full_day(span["b"], person.begins)
        elif spans:
            person.printed = "several"
        person.term = _term(person.operative.split(person.printed)[0] if person.printed else person.operative)


def _term(text: str) -> Term | None:
    """Return the term to be served: the last one decided as the whole, else the only one of the last crime."""
    if re.search("撤销|维持|改判", text):
        items = [
            one
            for one in re.split(r"(?<=[。；;：:，])[一二三四五六七八九十0-9]{1,3}、", text)
            if _TERM.search(one)
        ]
        text = items[-1][max(items[-1].rfind("判处上诉人"), 0) :] if items else text
    wholes = list(re.finditer(r"(?:决定|合并|并罚)[^。；]{0,30}?执行", text))
    part = text[wholes[-1].end() :] if wholes else text[max(0, text.rfind("犯")) :]
    found = [one for one in _TERM.finditer(part) if one["y"] or one["m"] or one["d"]]
    everywhere = {one[0] for one in _TERM.finditer(text) if one["y"] or one["m"] or one["d"]}
    if not found or (not wholes and len(everywhere) > 1):
        return None
    one = found[0]
    days = (number(one["d"]) if one["d"] else 0) + (15 if one["half"] else 0)
    return Term(one["kind"], number(one["y"]) if one["y"] else 0, number(one["m"]) if one["m"] else 0, days)


_OTHER_ACT = re.compile("吸毒|吸食|嫖娼|卖淫")
"""An administrative detention for one of these is for another act than the crime."""
SHORTLY, LONGEST = 15, 30
"""So many days after somebody came in, or was seized by force, what is told next is still of the same custody."""


def custody_of(person: Person) -> list[dict[str, str]]:
    """Return the measures as `antong.law.sentence` is told them: what the paragraph about the person says, no more.

    Seized and then detained is held from the first, seized and let go the next day was held on both. An administrative
    detention that goes over into custody, or is said to be for this case, is taken for the same act, unless it says
    another. A decision alone holds nobody, where its execution is told as well. A day out of the order of the telling
    is a slip of the judgment and is left out.
    """
    events: list[Event] = []
    for event in person.events:
        late = max((one.day for one in events if one.kind != "admin"), default=event.day)
        brackets = event.kind in {"seized", "hold"} and (late - event.day).days <= SHORTLY
        if event.kind == "admin" or event.day >= late or brackets:
            events.append(event)
    events.sort(key=lambda event: event.day)
    found: list[dict[str, str]] = []
    for index, event in enumerate(events):
        measure, ends = _measure(person, event, events[index + 1 :])
        if measure:
            found.append(
                {"measure": measure, "from": event.day.isoformat()}
                | ({"to": ends.isoformat()} if ends else {})
            )
    return found


def _measure(person: Person, event: Event, after: list[Event]) -> tuple[str, date | None]:
    """Return the measure that an event begins and its last day where it is told, no measure where it begins none."""
    turn = next((one for one in after if one.kind in {"hold", "free", "designated", "admin"}), None)
    measure, ends = "", None
    match event.kind:
        case "free" | "designated":
            told = event.verb == "监视居住" and re.search("指定居所|监视居住[二两]日", person.operative)
            measure = "designated-residence" if told or event.kind == "designated" else "bail"
        case "hold":
            measure = "custody"
        case "decided":
            measure = _decided(person, event, after)
        case "admin":
            measure, ends = _administrative(event, turn)
        case _:
            measure, ends = _seized(person, event, turn)
    return measure, ends


def _decided(person: Person, event: Event, after: list[Event]) -> str:
    """Return custody where a decision is all that is told of it."""
    executed = any(
        one.kind == "seized" or (one.kind == "hold" and ("拘" in one.verb or "拘" not in event.verb))
        for one in after
    )
    stays = "拘" in event.verb and not _AT_LARGE.search(event.words)
    return "custody" if not executed and (stays or person.held_now) else ""


def _seized(person: Person, event: Event, turn: Event | None) -> tuple[str, date | None]:
    """Return custody from the day somebody was seized or came in, if he was kept."""
    if turn is None:
        return ("custody" if person.held_now else ""), None
    away, forced = (turn.day - event.day).days, _CAME.search(event.words) is None
    if away > (LONGEST if forced else SHORTLY) or (
        turn.kind in {"free", "designated"} and not (forced and away)
    ):
        return "", None
    if turn.kind == "admin" and _OTHER_ACT.search(turn.words):
        return ("custody", turn.day) if away else ("", None)
    return "custody", None


def _administrative(event: Event, turn: Event | None) -> tuple[str, date | None]:
    """Return custody where an administrative detention is for the same act."""
    ends = event.day + DAY * (event.days - 1) if event.days else None
    if _OTHER_ACT.search(event.words):
        return "", None
    if turn is not None and turn.kind == "hold" and (turn.day - event.day).days <= (event.days or 20):
        return "custody", turn.day
    return ("custody", ends) if ends and "本案" in event.words else ("", None)
