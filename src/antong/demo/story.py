"""What the papers of the demonstration case say: one theft of electric bicycles, told by everybody in turn."""

from __future__ import annotations

from collections.abc import Iterator

from antong.demo.papers import Paper, Story

_TOPICS = (
    ("你的基本情况？", "我叫{me}，平时打零工，租住在城关镇。"),
    ("是否收到权利义务告知书，是否申请回避、委托辩护人？", "收到了，看清楚了，不申请回避，辩护人的事听家里安排。"),
    ("你因为什么事到公安机关？", "因为偷电动自行车的事。"),
    ("把{night}的经过讲一遍。", "那天晚上我和{other}骑一辆黑色电动车到{place}，我用自带的断线钳剪断车棚里的挂锁，{other}在路口望风，我们推走了两辆电动自行车。"),
    ("断线钳从哪里来？", "是我在五金店买的，用了三十五元，白色手柄。"),
    ("断线钳现在在哪里？", "第二天扔在河西路桥下的草丛里，后来带民警去找到了。"),
    ("两辆车怎么处理的？", "一辆卖给收旧车的人，得了一千二百元；另一辆放在租的房子里，被扣押了。"),
    ("钱怎么分的？", "我们一人六百元，吃饭上网花掉了。"),
    ("收车的人知不知道是偷来的？", "他没有问，我们也没有说。"),
    ("除了这一次，还有没有？", "还有三次，都在河西路和北门市场附近，一共五辆。"),
    ("另外三次的时间、地点讲清楚。", "第一次是上个月中旬，在北门市场东侧停车处；第二次隔了一周，在河西路小学后面；第三次是月底，在车站旁边的巷子里。"),
    ("每次谁剪锁、谁望风？", "都是我剪锁，{other}望风，说好的钱平分。"),
    ("车子的特征？", "有一辆是红色的，后座装了儿童椅；另一辆是蓝色的，车把缠了胶布。"),
    ("作案时穿什么衣服？", "我穿灰色带帽上衣，{other}穿黑色夹克，都戴了口罩。"),
    ("有没有人看见？", "出小区的时候碰见一个遛狗的老人，他看了我们一眼。"),
    ("你对自己的行为怎么认识？", "我知道错了，愿意认罪认罚，愿意退赔。"),
    ("以上讲的是否属实？", "属实。"),
    ("有没有刑讯逼供、诱供？", "没有，民警给了饭和水，也休息了。"),
)  # fmt: skip


def _talk(story: Story, me: str, other: str, rounds: int) -> tuple[str, ...]:
    lines = [
        f"时间：{story.night}之后第 {rounds + 1} 日 9 时 12 分至 10 时 47 分",
        f"地点：{story.unit}执法办案管理中心讯问室",
        f"讯问人：{'、'.join(story.officers)}　记录人：{story.officers[1]}",
        f"被讯问人：{me}",
    ]
    values = {"me": me, "other": other, "night": story.night, "place": story.place}
    order = _TOPICS[rounds * 2 % 5 :] + _TOPICS[: rounds * 2 % 5]
    for question, answer in order:
        lines.append("问：" + question.format(**values))
        lines.append(
            "答：" + answer.format(**values) + (f"前面第 {rounds} 次讲过，这次补充说清楚。" if rounds else "")
        )
    lines.append("以上笔录我看过，和我说的一样。")
    return tuple(lines)


def _asked(story: Story, name: str, facts: tuple[str, ...], rounds: int) -> tuple[str, ...]:
    lines = [f"地点：{story.squad}", f"询问人：{'、'.join(story.officers)}", f"被询问人：{name}"]
    for index, fact in enumerate(facts * (1 + rounds)):
        lines.append(f"问：（第 {index + 1} 个问题）请把你知道的情况如实讲清楚。")
        lines.append("答：" + fact)
    lines.append("以上笔录我看过，和我说的一样。")
    return tuple(lines)


def litigation(story: Story) -> Iterator[Paper]:
    """The papers of 诉讼文书卷 that come on paper."""
    both = (story.suspect_a, story.suspect_b)
    yield Paper(
        key="lit-filing.case-intake", title="受案登记表", kind="table", signed=story.officers[0],
        lines=("案件来源｜110 报警", f"报案人｜{story.victim}", f"发案地点｜{story.place}", f"发案时间｜{story.night}",
               f"简要案情｜{story.place}车棚内两辆电动自行车被盗，价值约 {story.amount} 元", "受案意见｜属本单位管辖，受理"),
    )  # fmt: skip
    yield Paper(
        key="lit-filing.intake-receipt",
        title="受案回执",
        lines=(f"{story.victim}：你报称的电动自行车被盗一案我单位已受理。",),
    )
    yield Paper(
        key="lit-filing.arrival", title="到案经过", signed="、".join(story.officers),
        lines=tuple(f"民警经调取{story.place}周边监控，锁定{name}，在城关镇出租屋将其传唤到案，到案时未反抗。" for name in both) * 4,
    )  # fmt: skip
    for name in both:
        yield Paper(
            key="lit-rights.rights", title="犯罪嫌疑人诉讼权利义务告知书", signed=name,
            lines=("你在侦查阶段有下列诉讼权利：有权用本民族语言文字进行诉讼；有权申请回避；有权自行辩护和委托辩护人；有权申请变更强制措施；有权核对笔录；有权申请鉴定。",
                   "你在侦查阶段有下列诉讼义务：遵守法律规定的强制措施；对侦查人员的提问如实回答；接受搜查、勘验、检查、辨认和扣押。") * 5,
        )  # fmt: skip
    yield Paper(
        key="lit-search.search",
        title="搜查证",
        lines=(f"兹派侦查人员对{story.suspect_a}的租住处进行搜查。",),
        signed=story.suspect_a,
    )
    yield Paper(
        key="lit-search.seizure",
        title="扣押决定书",
        lines=(f"决定扣押：{story.goods}。",),
        signed=story.suspect_a,
    )
    yield Paper(
        key="lit-search.appraisal-notice",
        title="鉴定意见通知书",
        lines=(f"涉案车辆经认定价格共计 {story.amount} 元，特此告知。",),
        signed=story.suspect_b,
    )
    yield Paper(
        key="lit-rights.victim-rights",
        title="被害人诉讼权利义务告知书",
        lines=("你有权申请回避、委托诉讼代理人、提起附带民事诉讼。",) * 6,
        signed=story.victim,
    )


def evidence(story: Story) -> Iterator[Paper]:
    """The papers of 证据材料卷."""
    yield from _told(story)
    yield from _found(story)
    yield from _proven(story)


def _told(story: Story) -> Iterator[Paper]:
    a, b = story.suspect_a, story.suspect_b
    yield Paper(
        key="ev-source.call", title="接处警登记", kind="table",
        lines=(f"报警人｜{story.victim}", f"报警内容｜{story.place}车棚电动车被盗", "处警情况｜民警到场查看，挂锁被剪断，提取断锁一把", "处理结果｜受案"),
    )  # fmt: skip
    yield Paper(
        key="ev-source.report",
        title="报案笔录",
        lines=_asked(story, story.victim, _victim(story), 0),
        signed=story.victim,
    )
    for index in range(8):  # the first is made on the platform
        yield Paper(
            key="ev-suspect.interrogation",
            title=f"{a} 讯问笔录 第{index + 2}次",
            lines=_talk(story, a, b, index),
            signed=a,
        )
        yield Paper(
            key="ev-suspect.interrogation",
            title=f"{b} 讯问笔录 第{index + 2}次",
            lines=_talk(story, b, a, index),
            signed=b,
        )
    for index in range(2):
        yield Paper(
            key="ev-victim.victim",
            title=f"{story.victim} 询问笔录 第{index + 1}次",
            lines=_asked(story, story.victim, _victim(story), index + 1),
            signed=story.victim,
        )
        yield Paper(
            key="ev-witness.witness",
            title=f"{story.witness} 询问笔录 第{index + 1}次",
            lines=_asked(story, story.witness, _witness(story), index + 1),
            signed=story.witness,
        )


def _found(story: Story) -> Iterator[Paper]:
    a = story.suspect_a
    yield Paper(
        key="ev-scene.scene", title="现场勘验笔录", signed="、".join(story.officers),
        lines=(f"现场位于{story.place}车棚，坐北朝南，长十二米，宽四米，棚内停放电动自行车二十三辆。", "车棚东侧第三、四车位空置，地面有被剪断的挂锁一把，断口新鲜。",
               "距断锁一点二米处提取鞋印一枚，长二十六厘米。", "车棚北侧墙上有摄像头一个，朝向车棚入口。") * 7,
    )  # fmt: skip
    for index in range(8):
        yield Paper(
            key="ev-scene.scene-photos",
            title=f"现场照片（{index + 1}）",
            kind="photos",
            lines=(f"照片 {2 * index + 1}：车棚概貌", f"照片 {2 * index + 2}：断锁及地面痕迹"),
        )
    yield Paper(
        key="ev-things.seizure-list",
        title="扣押清单",
        kind="table",
        lines=("1｜电动自行车一辆，蓝色", "2｜断线钳一把，白色手柄", "3｜黑色夹克一件", "见证人｜在场"),
        signed=a,
    )
    yield Paper(
        key="ev-things.ownership",
        title="购车发票",
        kind="table",
        lines=(f"购车人｜{story.victim}", "品名｜电动自行车", "价款｜2380.00 元"),
    )


def _proven(story: Story) -> Iterator[Paper]:
    a, b = story.suspect_a, story.suspect_b
    yield Paper(
        key="ev-opinions.price",
        title="价格认定结论书",
        lines=(
            "依据价格认定规定，采用市场法，对涉案物品进行价格认定。",
            f"涉案电动自行车五辆，认定价格共计人民币 {story.amount} 元。",
            "本结论仅供办理本案使用。",
        )
        * 4,
        signed="认定人员",
    )
    for name in (a, b):
        yield Paper(
            key="ev-scene.identification",
            title=f"{name} 辨认笔录",
            lines=(
                f"将十二张不同男性免冠照片混杂排列，由{story.witness}辨认。",
                f"经仔细辨认，{story.witness}指出其中一人即为当晚所见的人，经核实为{name}。",
            )
            * 6,
            signed=story.witness,
        )
        yield Paper(
            key="ev-scene.site-identification",
            title=f"{name} 指认现场笔录",
            lines=(f"{name}带领民警到{story.place}，指认作案地点、路线和丢弃工具的地点。",) * 10,
            signed=name,
        )
        yield Paper(
            key="ev-scene.site-identification",
            title=f"{name} 指认照片",
            kind="photos",
            lines=(f"{name}指认车棚", f"{name}指认丢弃断线钳处"),
        )
        yield Paper(
            key="ev-person.identity",
            title=f"{name} 户籍证明",
            kind="table",
            lines=(f"姓名｜{name}", "性别｜男", "户籍地｜云岭州青岚县城关镇", "现状｜正常"),
        )
        yield Paper(
            key="ev-person.record",
            title=f"{name} 违法犯罪经历查询",
            lines=(f"经查询，{name}此前无违法犯罪记录。",) * 3,
        )
    yield Paper(
        key="ev-data.video",
        title="监控视频说明",
        lines=(
            "调取监控视频四段，时长共三十一分钟，画面时间经校准。",
            "22 时 51 分，两名男子骑黑色电动车进入小区；23 时 17 分，两人各推一辆电动自行车离开。",
        )
        * 6,
        signed=story.officers[0],
    )
    for index in range(4):
        yield Paper(
            key="ev-data.video",
            title=f"监控截图（{index + 1}）",
            kind="photos",
            lines=(f"画面 {2 * index + 1}", f"画面 {2 * index + 2}"),
        )
    yield Paper(
        key="ev-person.restitution",
        title="退赔收条",
        lines=(f"今收到{a}、{b}家属退赔款，{story.victim}表示谅解。",) * 2,
        signed=story.victim,
    )


def supplement(story: Story) -> Iterator[Paper]:
    """What the supplementary investigation adds."""
    yield Paper(
        key="ev-witness.witness", title="收车人 询问笔录", signed="收车人",
        lines=_asked(story, "收车人", ("那天有两个年轻人推来一辆红色电动车，说不用了要卖，我给了一千二百元。", "我留了转账记录，可以提供。"), 2),
    )  # fmt: skip
    yield Paper(
        key="ev-things.bank",
        title="转账记录",
        kind="table",
        lines=("收款人｜" + story.suspect_a, "金额｜1200.00 元", "用途｜旧车"),
    )
    yield Paper(
        key="ev-suspect.interrogation",
        title=f"{story.suspect_b} 讯问笔录 第10次",
        lines=_talk(story, story.suspect_b, story.suspect_a, 5),
        signed=story.suspect_b,
    )


def _victim(story: Story) -> tuple[str, ...]:
    return (
        f"我住在{story.place}，{story.night}把电动车停在车棚里，锁了挂锁。", "第二天早上七点多下楼，发现车不见了，锁被剪断在地上。",
        "车是去年买的，蓝色，花了两千三百八十元，有发票。", "我马上打了 110，民警很快就到了。", "同一个车棚里邻居家的一辆红色电动车也丢了。",
        "我没有看见是谁偷的。", "希望尽快把车找回来，追究他们的责任。", "他们家里人已经退赔，我表示谅解。",
    )  # fmt: skip


def _witness(story: Story) -> tuple[str, ...]:
    return (
        f"我住在{story.place} 6 号楼，{story.night}十一点左右下楼遛狗。", "看见两个年轻人各推一辆电动车往外走，一个穿灰色带帽上衣，一个穿黑色夹克，都戴口罩。",
        "我觉得奇怪，多看了一眼，其中一个人低头把帽子拉上了。", "他们往河西路方向去了。", "如果再看见，我能认出来。", "我和他们不认识，也没有矛盾。",
    )  # fmt: skip
