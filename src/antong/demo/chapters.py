"""The chapters of the story: investigation, review, trial, execution."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from antong.cases import actions as case_actions
from antong.cases import selectors as cases
from antong.cases.types import NewParty, PartyKind
from antong.catalog import loader
from antong.demo import carriage, papers, story
from antong.demo.carriage import (
    LATE,
    Carriage,
    Step,
    actors,
    admit,
    case_of,
    changes_hands,
    hand,
    issue,
    let_out,
    officers_of,
    questioned,
    take,
    upload_papers,
)
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import Upload
from antong.flow import actions as flow_actions
from antong.flow import selectors as flow
from antong.flow.types import Done, Outcome, Reason, State
from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.law import identity
from antong.org import selectors as org

TERMS = ("有期徒刑一年二个月，并处罚金人民币三千元", "有期徒刑八个月，缓刑一年，并处罚金人民币二千元")
"""What the two are sentenced to."""


def carry(tell: Callable[[Step], None]) -> UUID:
    """Carry the case from its registration to the execution of both sentences; return its id."""
    people = actors()
    units = {name: org.unit(actor.unit_id).short_name for name, actor in people.items()}
    start = (clock.now() - timedelta(days=150)).replace(hour=1, minute=10, second=0, microsecond=0)
    run = Carriage(tell=tell, actors=people, names=units, day=start)
    _register(run)
    first, second = _suspects(run)
    tale = _tale(run)
    _investigate(run, tale, first, second)
    _review(run, tale)
    _trial(run, first, second)
    _execute(run, first, second)
    return carriage.finish(run)


def _number(born: str, tail: str) -> str:
    digits = f"990121{born}{tail}"
    return digits + identity.check_character(digits)


def _register(run: Carriage) -> None:
    charge = loader.load().find_charges("盗窃罪", 1)[0].code
    category = next(code.code for code in loader.load().find_codes("case_category", "盗窃案", 5))
    values: dict[str, Any] = {
        "residence": "云岭州青岚县城关镇",
        "ethnicity": "汉族",
        "occupation": "务工",
        "charge_codes": (charge,),
        "kind": PartyKind.SUSPECT,
    }

    def register(actor: Actor, at: datetime) -> None:
        made = case_actions.register(
            actor,
            source="01",
            category=category,
            occurred_at=at - timedelta(hours=10),
            place="青岚县城关镇河西路云锦小区车棚",
            brief="二人结伙，剪断车棚挂锁盗走电动自行车二辆，连同此前三次共盗窃五辆，经认定价格共计人民币 9,860 元。",
            parties=[
                NewParty(
                    name="韩序舟",
                    sex="男",
                    id_type="resident",
                    id_number=_number("19910614", "101"),
                    **values,
                ),
                NewParty(
                    name="杜明泽",
                    sex="男",
                    id_type="resident",
                    id_number=_number("20031109", "103"),
                    **values,
                ),
                NewParty(kind=PartyKind.VICTIM, name="云若宁", sex="女", residence="云锦小区 7 号楼"),
                NewParty(kind=PartyKind.WITNESS, name="温禾", sex="男"),
            ],
            secret=False,
            happened_at=at,
            late_reason=LATE,
            key=run.key("act"),
        )
        run.case_id = made.case_id

    run.do("zhencha", "登记受案", 0, register, "")


def _suspects(run: Carriage) -> tuple[UUID, UUID]:
    sheet = cases.living_sheet(case_of(run))
    return sheet.suspects[0].id, sheet.suspects[1].id


def _tale(run: Carriage) -> papers.Story:
    people = run.actors
    night = clock.local(run.day - timedelta(hours=10))
    return papers.Story(
        case_number=str(case_of(run)),
        suspect_a="韩序舟",
        suspect_b="杜明泽",
        victim="云若宁",
        witness="温禾",
        unit=people["juzhang"].unit_name,
        squad=people["zhencha"].unit_name,
        officers=officers_of(people["zhencha"]),
        place="城关镇河西路云锦小区",
        night=f"{night.year}年{night.month}月{night.day}日晚",
        goods="蓝色电动自行车一辆、断线钳一把、黑色夹克一件",
        amount=9860,
    )


def _investigate(run: Carriage, tale: papers.Story, first: UUID, second: UUID) -> None:
    hand(run, "filing", "zhencha", "juzhang", days=0.2)
    hand(run, "detention", "zhencha", "juzhang", days=1, fields={"roaming": "是"})
    admit(run, "kanshou", [first, second], 0.05)
    issue(run, "zhencha", "签发拘留通知书，通知家属", 0.1, "detention-notice", [first, second])
    _question(run, tale, "拘留后首次讯问", [first, second], 1)
    listed = [*story.litigation(tale), *story.evidence(tale)]
    scans = papers.scan_all(listed, Path(settings.ANTONG_ASSETS))
    target = next(index for index, paper in enumerate(listed) if paper.title.endswith("讯问笔录 第2次"))
    good = list(scans[target])
    lost = next(index for index, paper in enumerate(listed) if paper.title.startswith("现场勘验"))
    missing = scans[lost][-1]
    scans[target][1], scans[lost] = papers.blur(good[1]), scans[lost][:-1]
    upload_papers(run, "zhencha", "上传扫描卷宗", 3, listed, scans)
    for original_id, _, _ in dossier.originals(case_of(run)):
        dossier_actions.derive_original(original_id)
    asked = hand(run, "arrest-request", "zhencha", "juzhang", "anguan", days=2)
    _answer_arrest(run, asked, first, second)
    run.do("zhencha", "签收审查逮捕决定", 0.01, lambda actor, _: _read(actor, asked))
    hand(
        run, "bail", "zhencha", "juzhang", days=0.02, parties=[second], fields={"guarantor": "其父杜承安担任保证人"}
    )  # fmt: skip
    let_out(run, "kanshou", second, "取保候审、监视居住", "取保候审决定书", 0.01)
    hand(run, "arrest-execution", "zhencha", "juzhang", "anguan", days=0.1, parties=[first])
    hand(
        run,
        "arrest-refusal-receipt",
        "zhencha",
        "",
        "anguan",
        days=0.1,
        parties=[second],
        receivers=("anguan",),
    )
    issue(run, "zhencha", "签发逮捕通知书，通知家属", 0.1, "arrest-notice", [first])
    _question(run, tale, "逮捕后首次讯问", [first], 10)
    _transfer(run, listed[target].title, good[1], listed[lost].title, missing)


def _question(run: Carriage, tale: papers.Story, act: str, whom: Sequence[UUID], times: int) -> None:
    """Question held people within the day, on the platform's own form."""
    for party_id in whom:  # one after the other, each alone
        issue(
            run, "zhencha", act, 0.1, "interrogation-record", [party_id], lambda at: questioned(at, tale.officers, times)
        )  # fmt: skip


def _read(actor: Actor, asked: Done) -> None:
    flow_actions.read_answer(actor, handover_id=asked.handover_id)


def _answer_arrest(run: Carriage, asked: Done, first: UUID, second: UUID) -> None:
    proposed = run.do(
        "anguan",
        "提出审查逮捕决定",
        3,
        lambda actor, at: flow_actions.propose_answer(
            actor,
            handover_id=asked.handover_id,
            version=asked.version,
            outcomes=[
                Outcome(party_id=first, outcome="approved"),
                Outcome(
                    party_id=second,
                    outcome="refused",
                    reason="系从犯，认罪认罚，积极退赔，有固定住所和保证人，采取取保候审足以防止发生社会危险性。",
                ),
            ],
            happened_at=at,
            late_reason=LATE,
            key=run.key("act"),
        ),
        "zhencha",
    )
    run.do(
        "jianchazhang",
        "批准：批捕一人、不批捕一人",
        0.1,
        lambda actor, at: flow_actions.approve_answer(
            actor,
            handover_id=asked.handover_id,
            version=proposed.version,
            happened_at=at,
            late_reason=LATE,
            key=run.key("act"),
        ),
        "zhencha",
    )


def _mend(
    run: Carriage, actor: Actor, at: datetime, returned: Done, scans: tuple[UUID, bytes, UUID, bytes]
) -> Done:
    bad_id, good, gap_id, missing = scans
    dossier_actions.upload(
        actor, case_id=case_of(run), replace_page_id=bad_id, happened_at=at, late_reason=LATE, key=run.key("blurred"),
        files=[Upload(file_name="重扫.jpg", content=io.BytesIO(good))],
    )  # fmt: skip
    dossier_actions.upload(
        actor, case_id=case_of(run), entry_id=gap_id, happened_at=at, late_reason=LATE, key=run.key("missing"),
        files=[Upload(file_name="末页.jpg", content=io.BytesIO(missing))],
    )  # fmt: skip
    for original_id in dossier.originals_waiting(case_of(run)):
        dossier_actions.derive_original(original_id)
    shown, _, _ = flow.handover(actor, returned.handover_id)
    version = shown.version
    if shown.state is State.RETURNED:  # else a carriage cut off here had begun the round already
        version = flow_actions.begin_round(actor, handover_id=shown.id, version=version).version
    for reason in flow.open_reasons(returned.handover_id):
        flow_actions.resolve_reason(
            actor,
            handover_id=returned.handover_id,
            reason_id=reason.id,
            state="fixed",
            resolution="已补扫末页",
        )
    return flow_actions.submit(
        actor, handover_id=shown.id, version=version, happened_at=at, late_reason=LATE, key=run.key("act")
    )


def _transfer(run: Carriage, blurred: str, good: bytes, gap: str, missing: bytes) -> None:
    sent = hand(run, "prosecution-transfer", "zhencha", "juzhang", days=20)
    sheet = dossier.tree(case_of(run))
    entries = {entry.title: entry for volume in sheet.volumes for entry in volume.entries}
    bad = entries[blurred].pages[1]
    returned = run.do(
        "anguan",
        "退回补正：一页不清、缺一页",
        0.2,
        lambda actor, at: flow_actions.return_file(
            actor,
            handover_id=sent.handover_id,
            version=sent.version,
            reasons=[
                Reason(
                    code="blur",
                    text="影像不清，供述内容不能辨认，请按 300 dpi 重扫。",
                    page_id=bad.id,
                    basis="人民检察院刑事诉讼规则第157条",
                ),
                Reason(
                    code="missing",
                    text="缺末页（见证人签名页），请补扫。",
                    entry_id=entries[gap].id,
                    where=gap,
                ),
            ],
            happened_at=at,
            late_reason=LATE,
            key=run.key("act"),
        ),
        "zhencha",
    )

    scans = (bad.id, good, entries[gap].id, missing)
    mended = run.do(
        "zhencha", "补正两页，第 2 轮呈报", 1, lambda actor, at: _mend(run, actor, at, returned, scans)
    )
    approved = run.do(
        "juzhang", "审批第 2 轮", 0.02,
        lambda actor, at: flow_actions.approve(actor, handover_id=mended.handover_id, version=mended.version, happened_at=at, late_reason=LATE, key=run.key("act")),
        "zhencha",
    )  # fmt: skip
    again = run.do(
        "zhencha", "发出第 2 轮（只有变动的页是新的）", 0.02,
        lambda actor, at: flow_actions.send(actor, handover_id=approved.handover_id, version=approved.version, happened_at=at, late_reason=LATE, key=run.key("act")),
        "anguan",
    )  # fmt: skip
    take(run, "anguan", again, "移送审查起诉", "zhencha")
    changes_hands(run, "anguan", _suspects(run)[:1], "侦查终结移送审查起诉")
    issue(run, "anguan", "告知有权委托辩护人", 1, "counsel-rights-notice", _suspects(run))


def _review(run: Carriage, tale: papers.Story) -> None:
    hand(
        run, "supplementary-investigation", "anguan", "jianchazhang", "zhencha", days=15,
        texts={"supplement-outline": {"questions": "一、查清收车人是否明知，调取转账记录。\n二、补充讯问杜明泽，查清分赃数额。"}},
    )  # fmt: skip
    changes_hands(run, "zhencha", _suspects(run)[:1], "退回补充侦查")
    listed = list(story.supplement(tale))
    upload_papers(
        run, "zhencha", "上传补充侦查材料", 10, listed, papers.scan_all(listed, Path(settings.ANTONG_ASSETS))
    )
    for original_id in dossier.originals_waiting(case_of(run)):
        dossier_actions.derive_original(original_id)
    hand(
        run, "re-transfer", "zhencha", "juzhang", "anguan", days=2,
        texts={"supplement-report": {"results": "一、收车人陈述不知系赃物，转账记录已调取附卷。\n二、杜明泽供述分得六百元，与转账记录吻合。"}},
    )  # fmt: skip
    changes_hands(run, "anguan", _suspects(run)[:1], "补充侦查完毕重新移送")


def _trial(run: Carriage, first: UUID, second: UUID) -> None:
    hand(
        run, "prosecution", "anguan", "jianchazhang", "lian", days=14,
        texts={"sentencing-proposal": {"proposal": "建议判处韩序舟有期徒刑一年二个月，并处罚金；判处杜明泽有期徒刑八个月，缓刑一年，并处罚金。"}},
    )  # fmt: skip
    changes_hands(run, "lian", [first], "提起公诉")
    hearing = clock.local(run.day + timedelta(days=12)).strftime("%Y-%m-%dT09:30")
    notice = hand(
        run,
        "hearing-notice",
        "lian",
        "",
        days=3,
        receivers=("anguan", "kanshou"),
        fields={"hearing_at": hearing},
    )
    for name in ("anguan", "kanshou"):
        notice = take(run, name, notice, "开庭通知", "lian", 0.01)
    terms = {first: ("imprisonment", TERMS[0]), second: ("probation", TERMS[1])}
    hand(
        run, "judgment", "lian", "yuanzhang", days=12,
        fields={"outcomes": {str(party): {"outcome": key, "term": term} for party, (key, term) in terms.items()}},
        texts={"judgment": {"decision": f"一、被告人韩序舟犯盗窃罪，判处{TERMS[0]}。\n二、被告人杜明泽犯盗窃罪，判处{TERMS[1]}。"}},
    )  # fmt: skip
    served = hand(
        run,
        "judgment-service",
        "lian",
        "yuanzhang",
        days=0.05,
        receivers=("anguan", "juzhang", "kanshou", "jiaozheng"),
        fields={"received_on": clock.local(run.day).date().isoformat()},
    )
    for name in ("anguan", "juzhang", "kanshou", "jiaozheng"):
        served = take(run, name, served, "送达判决书", "lian", 0.01)


def _execute(run: Carriage, first: UUID, second: UUID) -> None:
    ends = max(
        limit.due_at
        for limit in cases.limits_of(case_of(run))
        if limit.rule == "appeal-judgment-10d"  # closed by now where a carriage that was cut off goes on
    )
    hand(
        run, "judgment-effective", "lian", "yuanzhang", days=(ends - run.day) / timedelta(days=1) + 0.4,
        fields={"appeals": "没有"},
    )  # fmt: skip
    effective = clock.local(ends).date().isoformat()
    hand(
        run, "execution-delivery", "lian", "yuanzhang", "kanshou", days=2, parties=[first],
        texts={"closing-form": {"sentence": f"{TERMS[0]}；刑期折抵先行羁押的日期"}},
    )  # fmt: skip
    hand(run, "execution-receipt", "kanshou", "", "lian", days=0.1, parties=[first], receivers=("lian",))
    hand(
        run, "community-correction", "lian", "yuanzhang", "jiaozheng", days=1, parties=[second],
        fields={"effective_on": effective},
    )  # fmt: skip
    hand(
        run, "community-correction-receipt", "jiaozheng", "", "lian", days=2, parties=[second], receivers=("lian",),
        fields={"reported_on": clock.local(run.day).date().isoformat()},
    )  # fmt: skip
    hand(run, "prison-delivery", "kanshou", "suozhang", "jianyu", days=2, parties=[first])
    hand(run, "prison-receipt", "jianyu", "", "lian", days=0.2, parties=[first], receivers=("lian",))
