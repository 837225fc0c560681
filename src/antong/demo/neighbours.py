"""Other cases beside the one that is carried, each left where somebody has to act, so that every desk is alive.

They are few pages each, and go through the same actions. Nothing in them is waited for by the carried case.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.types import NewParty, PartyKind
from antong.catalog import loader
from antong.demo import papers
from antong.demo.carriage import LATE, actors, issue_one, officers_of, questioned
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import Upload
from antong.flow import actions as flow_actions
from antong.flow.types import Done, Reason
from antong.kernel import clock
from antong.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A case in a few words: whom, what, where, how many days ago it began, and where it is left."""

    suspects: tuple[str, ...]
    victim: str
    charge: str
    category: str
    place: str
    brief: str
    days: float
    until: str


LEFT_AT = (
    "registered", "filing-sent-up", "investigated", "detained", "arrest-sent-up", "arrest-sent", "arrest-accepted",
    "transfer-draft", "transfer-sent", "transfer-returned", "transfer-accepted", "prosecuted",
)  # fmt: skip
"""Where a case may be left, in the order of its road."""

CASES = (
    Neighbour(suspects=("邵望舒",), victim="梁知遥", charge="故意伤害罪", category="故意伤害案", place="青岚县石桥镇农贸市场",
              brief="因摊位纠纷发生争执，持木凳将被害人头部打伤，经鉴定为轻伤二级。", days=26, until="transfer-sent"),
    Neighbour(suspects=("程牧野",), victim="许映川", charge="盗窃罪", category="盗窃案", place="青岚县城关镇北门市场",
              brief="撬开店铺卷帘门盗走香烟、现金，价值人民币 6,400 元。", days=24, until="transfer-returned"),
    Neighbour(suspects=("谭既白", "吕闻歌"), victim="苏砚青", charge="诈骗罪", category="诈骗案", place="青岚县城关镇振兴路",
              brief="以代办贷款为名收取手续费，先后骗得四人共计人民币 38,000 元。", days=5, until="arrest-sent"),
    Neighbour(suspects=("秦霁",), victim="乔安序", charge="非法拘禁罪", category="非法拘禁案", place="青岚县雾川镇",
              brief="因索要债务，将被害人扣留在租住处二十余小时。", days=6, until="arrest-accepted"),
    Neighbour(suspects=("裴南乔",), victim="谢临渊", charge="交通肇事罪", category="交通肇事案", place="青岚县环城北路",
              brief="驾车未按规定让行，致一人死亡，负事故主要责任。", days=20, until="transfer-accepted"),
    Neighbour(suspects=("冯既望", "廖青棠"), victim="", charge="走私、贩卖、运输、制造毒品罪", category="贩卖毒品案", place="青岚县城关镇车站旁",
              brief="多次向他人贩卖少量毒品，当场查获。", days=0.6, until="detained"),
    Neighbour(suspects=("蒲云深",), victim="石砚冰", charge="寻衅滋事罪", category="寻衅滋事案", place="青岚县洛汀镇夜市",
              brief="酒后随意殴打他人，致二人轻微伤。", days=4, until="arrest-sent-up"),
    Neighbour(suspects=("顾延舟",), victim="温若禾", charge="合同诈骗罪", category="合同诈骗案", place="青岚县工业园区",
              brief="隐瞒设备已抵押的事实签订转让合同，骗取定金人民币 120,000 元。", days=40, until="transfer-accepted"),
    Neighbour(suspects=("黎砚秋",), victim="", charge="职务侵占罪", category="职务侵占案", place="青岚县城关镇",
              brief="利用担任出纳的便利，侵占单位货款人民币 96,000 元。", days=12, until="investigated"),
    Neighbour(suspects=("俞临川",), victim="", charge="危险驾驶罪", category="危险驾驶案", place="青岚县城关镇滨河路",
              brief="血液酒精含量每百毫升 176 毫克，驾驶小型客车被当场查获。", days=45, until="prosecuted"),
    Neighbour(suspects=("柯远帆",), victim="", charge="危险驾驶罪", category="危险驾驶案", place="青岚县石渡镇省道",
              brief="血液酒精含量每百毫升 143 毫克，驾驶摩托车与护栏相撞。", days=18, until="transfer-draft"),
    Neighbour(suspects=("苗静澜",), victim="方砺锋", charge="故意毁坏财物罪", category="故意毁坏财物案", place="青岚县城关镇锦绣家园",
              brief="因停车纠纷，划损他人车辆，损失人民币 7,200 元。", days=1.5, until="filing-sent-up"),
    Neighbour(suspects=("卢霜柏",), victim="韩望亭", charge="抢夺罪", category="抢夺案", place="青岚县城关镇河西路",
              brief="骑摩托车夺走被害人手提包，内有现金、手机，价值人民币 5,100 元。", days=0.3, until="registered"),
    Neighbour(suspects=("温既明",), victim="云知节", charge="盗窃罪", category="盗窃案", place="青岚县雾川镇工地",
              brief="夜间潜入工地盗走电缆，价值人民币 3,900 元。", days=0.6, until="registered"),
)  # fmt: skip


def plant(tell: Callable[[str], None]) -> int:
    """Carry every neighbour that is not there yet to where it is left; return how many. Scans are made at once."""
    people = actors()
    wanted = [case for case in CASES if not _there(people["zhencha"], case)]
    if not wanted:
        return 0
    listed = [papers_of(case, people["zhencha"]) for case in wanted]
    flat = [paper for group in listed for paper in group]
    scans = papers.scan_all(flat, Path(settings.ANTONG_ASSETS))
    at = 0
    for case, group in zip(wanted, listed, strict=True):
        Road(people, case).go(list(zip(group, scans[at : at + len(group)], strict=True)))
        at += len(group)
    tell(f"另有 {len(wanted)} 件案件停在各单位手上，供各岗位办理。")
    return len(wanted)


def _there(officer: Actor, case: Neighbour) -> bool:
    return cases.list_cases(officer, cases.CaseFilter(text=case.suspects[0]), size=1).total > 0


def papers_of(case: Neighbour, officer: Actor) -> list[papers.Paper]:
    """Return the papers that are scanned into a case's file; none where it is not carried so far."""
    if LEFT_AT.index(case.until) < LEFT_AT.index("arrest-sent-up"):
        return []
    who = case.suspects[0]
    lines = (
        f"被讯问人：{who}",
        "问：你因为什么事到公安机关？",
        f"答：{case.brief}",
        "问：以上讲的是否属实？",
        "答：属实。",
    )
    rights = ("你有权用本民族语言文字进行诉讼，有权申请回避，有权委托辩护人，有权核对笔录。",) * 3
    first = papers.Paper(
        key="ev-suspect.interrogation", title=f"{who} 讯问笔录 第2次", lines=lines, signed=who
    )
    told = papers.Paper(
        key="lit-rights.rights", title="犯罪嫌疑人诉讼权利义务告知书", lines=rights, signed=who
    )
    proof = papers.Paper(
        key="ev-source.call", title="接处警登记", kind="table", signed=officer.person_name,
        lines=(f"报警内容｜{case.brief}", f"地点｜{case.place}", "处理结果｜受案"),
    )  # fmt: skip
    return [first, told, proof]


class Road:
    """One neighbour on its way: who acts, and what day it is."""

    def __init__(self, people: dict[str, Actor], case: Neighbour) -> None:
        self.people, self.case = people, case
        self.day = clock.now() - timedelta(days=case.days)
        self.end = LEFT_AT.index(case.until)
        self.case_id: UUID | None = None

    def reaches(self, mark: str) -> bool:
        """Whether the case goes as far as a mark."""
        return self.end >= LEFT_AT.index(mark)

    def at(self, days: float = 0.0) -> datetime:
        """Move on by some days, never past now."""
        self.day = min(self.day + timedelta(days=days), clock.now() - timedelta(minutes=1))
        return self.day

    def go(self, scans: list[tuple[papers.Paper, list[bytes]]]) -> None:
        """Carry the case as far as it goes."""
        self.register()
        if not self.reaches("filing-sent-up"):
            return
        self.hand("filing", "zhencha", "juzhang", approve=self.reaches("investigated"))
        if self.case.until in {"filing-sent-up", "investigated"}:
            return
        held = self.case.charge not in {"危险驾驶罪", "交通肇事罪"}
        if held:
            self.hand("detention", "zhencha", "juzhang", fields={"roaming": "否"})
        if self.case.until == "detained":
            return
        if held:
            self.tell_and_question()
        self.upload(scans)
        if held and self.case.days < 10:  # noqa: PLR2004 - the others are past the request for arrest
            self.arrest()
            return
        if held:
            self.hand("bail", "zhencha", "juzhang", fields={"guarantor": "其家属担任保证人"})
        self.transfer()

    def tell_and_question(self) -> None:
        """Tell the families and question, both within the day that the law gives."""
        police = self.people["zhencha"]
        for party in cases.living_sheet(self.id()).suspects:
            issue_one(police, self.id(), "detention-notice", party.id, {}, self.at(0.02))
            at = self.at(0.1)
            issue_one(
                police, self.id(), "interrogation-record", party.id, questioned(at, officers_of(police)), at
            )  # fmt: skip

    def register(self) -> None:
        """Register the case."""
        case, catalog = self.case, loader.load()
        charge = catalog.find_charges(case.charge, 1)[0].code
        category = catalog.find_codes("case_category", case.category, 1)[0].code
        suspects = [
            NewParty(kind=PartyKind.SUSPECT, name=name, sex="男", charge_codes=(charge,))
            for name in case.suspects
        ]
        victims = [NewParty(kind=PartyKind.VICTIM, name=case.victim)] if case.victim else []
        made = case_actions.register(
            self.people["zhencha"], source="01", category=category, occurred_at=self.day - timedelta(hours=3),
            place=case.place, brief=case.brief, parties=[*suspects, *victims], secret=False, happened_at=self.at(), late_reason=LATE,
        )  # fmt: skip
        self.case_id = made.case_id

    def id(self) -> UUID:
        """Return the case's id."""
        if self.case_id is None:
            raise AssertionError("not registered yet")
        return self.case_id

    def upload(self, scans: list[tuple[papers.Paper, list[bytes]]]) -> None:
        """Scan the papers in."""
        for paper, pages in scans:
            files = [
                Upload(file_name=f"{paper.title}-{index}.jpg", content=io.BytesIO(page))
                for index, page in enumerate(pages, 1)
            ]
            dossier_actions.upload(
                self.people["zhencha"], case_id=self.id(), catalogue_key=paper.key, title=paper.title, files=files,
                happened_at=self.at(0.01), late_reason=LATE,
            )  # fmt: skip
        for original_id in dossier.originals_waiting(self.id()):
            dossier_actions.derive_original(original_id)

    def hand(
        self,
        key: str,
        sender: str,
        approver: str = "",
        receiver: str = "",
        *,
        submit: bool = True,
        approve: bool = True,
        accept: bool = True,
        fields: dict[str, object] | None = None,
    ) -> Done:
        """Take a hand-over as far as asked: composed, sent up, approved, sent, accepted."""
        actor, definition = self.people[sender], loader.load().flows[key]
        done = flow_actions.compose(actor, case_id=self.id(), flow=key, fields=fields or {})
        if not submit:
            return done
        late = {"late_reason": LATE}
        done = flow_actions.submit(
            actor, handover_id=done.handover_id, version=done.version, happened_at=self.at(0.02), **late
        )
        if definition.approver is not None:
            if not approve:
                return done
            done = flow_actions.approve(
                self.people[approver], handover_id=done.handover_id, version=done.version, happened_at=self.at(0.02), **late
            )  # fmt: skip
        if definition.kind == "act":
            return done
        done = flow_actions.send(
            actor, handover_id=done.handover_id, version=done.version, happened_at=self.at(0.02), **late
        )
        if not receiver or not accept:
            return done
        return flow_actions.accept(
            self.people[receiver], handover_id=done.handover_id, version=done.version, happened_at=self.at(0.05), **late
        )  # fmt: skip

    def arrest(self) -> None:
        """Ask for the arrest."""
        self.at(1.5)
        self.hand(
            "arrest-request", "zhencha", "juzhang", "anguan",
            approve=self.reaches("arrest-sent"), accept=self.reaches("arrest-accepted"),
        )  # fmt: skip

    def transfer(self) -> None:
        """Transfer for prosecution; return it, accept it, or go on to court."""
        self.at(6)
        until = self.case.until
        done = self.hand(
            "prosecution-transfer", "zhencha", "juzhang", "anguan",
            submit=until != "transfer-draft", accept=self.reaches("transfer-accepted"),
        )  # fmt: skip
        if until == "transfer-returned":
            self.give_back(done)
        if until == "prosecuted":
            self.at(8)
            self.hand("prosecution", "anguan", "jianchazhang", "lian", accept=False)

    def give_back(self, done: Done) -> None:
        """Return the file with a reason pinned to its first page of evidence."""
        shown = dossier.tree(self.id())
        page = next(
            page
            for volume in shown.volumes
            for entry in volume.entries
            for page in entry.pages
            if "讯问" in entry.title
        )
        reason = Reason(
            text="讯问笔录末尾缺侦查人员签名，请补签后替换本页。", code="unsigned", basis="人民检察院刑事诉讼规则第158条第2款",
            page_id=page.id, x=620, y=880,
        )  # fmt: skip
        flow_actions.return_file(
            self.people["anguan"], handover_id=done.handover_id, version=done.version, reasons=[reason]
        )
