"""Words that users read for what the record calls by machine names."""

from __future__ import annotations

SHORT = {"分辨率低于 200 dpi": "低分辨", "空白页": "空白", "影像不清": "不清"}
"""What is odd about a page -> the word that fits under its picture; the whole stands in the title."""
ACTS = {
    "custody.admit": "收押", "custody.discharge": "出所", "custody.interrogation": "提讯", "custody.interrogation-refused": "拒绝提讯", "custody.paper": "登记依据文书",
    "custody.warn": "羁押期限催告", "watch.alarm": "羁押告警", "watch.answer": "答复羁押告警", "watch.back": "羁押守望恢复", "watch.clear": "解除羁押告警", "watch.escalate": "羁押告警升级",
    "watch.silent": "羁押守望静默",
    "calendar.bring": "采用放假安排", "limits.recount": "期限重新推算", "limits.recounted": "全部期限重新推算",
    "case.add-parties": "增加当事人", "case.amend": "改案件信息", "case.amend-party": "改当事人", "case.hand-on": "岗位移交", "case.give-number": "编立案号",
    "case.record-measure": "登记强制措施", "case.register": "登记受案", "document.attach-signed": "签名件归位",
    "document.draft": "起草文书", "document.issue": "签发文书", "document.revise": "改文书草稿", "document.void": "作废文书",
    "dossier.add-volume": "增加卷", "dossier.move-entry": "调整目录顺序", "dossier.move-pages": "移动页面", "dossier.remove-page": "撤下页面",
    "dossier.rename-entry": "改目录标题", "dossier.replace-page": "替换页面", "dossier.restore-page": "放回页面",
    "dossier.retry-pages": "重试失败页面", "dossier.rotate-page": "旋转页面", "dossier.upload": "上传材料", "dossier.move-originals": "移动原件存储", "dossier.moved-originals": "原件移动完毕", "dossier.restored-originals": "恢复原件", "dossier.empty-store": "清空原存储", "handover.accept": "受理", "handover.amend": "改移送草稿",
    "handover.answer": "答复", "handover.approve": "批准移送", "handover.approve-answer": "批准决定", "handover.assign": "分案",
    "handover.begin-round": "开始补正", "handover.compose": "新建移送", "handover.disapprove": "退回修改",
    "handover.disapprove-answer": "退回决定", "handover.nudge": "催办", "handover.propose-answer": "提出决定",
    "handover.read-answer": "签收答复", "handover.resolve-reason": "回应退回理由", "handover.return": "退回补正", "handover.send": "发出移送",
    "flow.add-phrase": "加常用语", "flow.drop-phrase": "删常用语", "flow.set-rotation": "设轮案名单", "handover.hear": "值班知悉",
    "handover.silence": "静默告警", "handover.submit": "送审批", "handover.withdraw": "撤回移送",
    "notice.answer": "答复通知", "notice.escalate": "无人答复，升级上报", "report.answer": "答复报障、建议", "report.raise": "报障、建议",
    "org.add-shift": "排班", "org.end-delegation": "收回委托", "ledger.give-head": "取出封签", "org.end-session": "结束登录", "org.lift-pause": "解除登录暂停", "org.end-shift": "撤下值班", "org.amend-person": "更正人员", "org.assign-duty": "任命岗位", "org.change-password": "修改口令", "org.delegate": "委托他人办理", "org.end-duty": "终止任职", "org.end-post": "撤销岗位",
    "org.end-unit": "撤销单位", "org.import-people": "导入人员", "org.import-units": "导入单位岗位", "org.leave-service": "办理离任", "org.move-person": "调动人员", "org.new-person": "增加人员",
    "org.new-post": "增加岗位", "org.new-unit": "增加单位", "org.plant": "建立组织", "org.rename-unit": "单位改名",
    "org.reset-password": "重设口令", "org.set-active": "停用启用账号", "org.set-counterparts": "设对口单位", "org.sign-in": "登录",
    "org.sign-out": "退出", "org.pause-sign-in": "连续错误，暂停登录", "org.refuse-sign-in": "不许登录",
    "org.run-job": "重新运行作业", "dossier.queue-waiting": "重新生成页面",
    "org.issue-pledge": "发布保密承诺书", "org.sign-pledge": "签署保密承诺书", "org.register-certificate": "登记数字证书", "org.revoke-certificate": "收回数字证书", "org.enrol-factor": "绑定动态口令", "org.propose-factor-reset": "申请重置动态口令",
    "org.reset-factor": "重置动态口令", "org.keep-factor": "不予重置动态口令",
    "org.register-terminal": "登记终端", "org.renew-terminal": "换发终端登记码", "org.enrol-terminal": "终端输入登记码", "org.revoke-terminal": "收回终端", "org.set-terminal-rule": "设终端登录限制",
    "org.allow-token": "启用对接令牌", "org.issue-token": "签发对接令牌", "org.revoke-token": "收回对接令牌",
    "org.new-webhook": "登记系统回调", "org.allow-webhook": "启用系统回调", "org.rotate-webhook": "换回调密钥", "org.pause-webhook": "暂停系统回调",
    "org.resume-webhook": "恢复系统回调", "org.resend-webhook": "重送系统回调", "org.end-webhook": "停用系统回调",
    "archive.propose": "提请销毁", "archive.withdraw": "撤回销毁提请", "archive.refuse": "不同意销毁", "archive.destroy": "批准并销毁", "archive.destroy-again": "恢复后重新销毁",
}  # fmt: skip
"""Act of the ledger -> what it is called. An act without a word is shown by its machine name."""
AUDIT_GROUPS = {
    "signing": ("登录、退出", ("org.sign-in", "org.sign-out", "org.pause-sign-in", "org.refuse-sign-in", "org.lift-pause", "org.end-session")),
    "secrets": ("口令、动态口令", (
        "org.change-password", "org.reset-password", "org.enrol-factor", "org.propose-factor-reset", "org.reset-factor", "org.keep-factor",
    )),
    "devices": ("证书、终端", (
        "org.register-certificate", "org.revoke-certificate", "org.register-terminal", "org.renew-terminal", "org.enrol-terminal",
        "org.revoke-terminal", "org.set-terminal-rule",
    )),
    "people": ("人员、账号", (
        "org.new-person", "org.amend-person", "org.move-person", "org.leave-service", "org.import-people", "org.import-units", "org.set-active",
        "org.issue-pledge", "org.sign-pledge",
    )),
    "posts": ("单位、岗位、委托", (
        "org.plant", "org.new-unit", "org.rename-unit", "org.end-unit", "org.set-counterparts", "org.new-post", "org.end-post",
        "org.assign-duty", "org.end-duty", "org.delegate", "org.end-delegation", "org.add-shift", "org.end-shift",
    )),
    "systems": ("对接令牌、回调", (
        "org.issue-token", "org.allow-token", "org.revoke-token", "org.new-webhook", "org.allow-webhook", "org.rotate-webhook",
        "org.pause-webhook", "org.resume-webhook", "org.resend-webhook", "org.end-webhook",
    )),
    "running": ("运行、账本", (
        "calendar.bring", "limits.recounted", "org.run-job", "ledger.give-head", "dossier.move-originals", "dossier.moved-originals", "dossier.restored-originals", "dossier.empty-store",
        "dossier.queue-waiting",
    )),
    "else": ("通知、常用语、报障", (
        "notice.answer", "notice.escalate", "report.raise", "report.answer", "flow.add-phrase", "flow.drop-phrase", "flow.set-rotation",
    )),
}  # fmt: skip
"""Kind of act on the house's own record -> what it is called, and which acts it is."""
NOT_DONE = ("org.pause-sign-in", "org.refuse-sign-in", "org.keep-factor")
"""Acts of that record that say what was not let through; all others were done."""
SIGNED_IN_BY = {
    "password": "口令", "totp": "口令、动态口令", "recovery": "口令、备用码", "certificate": "数字证书", "token": "对接令牌", "command": "服务器命令",
}  # fmt: skip
"""What somebody signed in by -> what it is called."""
JOBS = {
    "dossier.derive-original": "生成页面影像", "flow.notice-silence": "静默巡查", "flow.escalate-notices": "通知升级",
}  # fmt: skip
"""Job -> what it is called."""
EVENT_WORDS = {
    "handover.arrived": "移送到达", "handover.accepted": "受理", "handover.returned": "退回补正", "handover.answered": "答复",
    "handover.answer-read": "签收答复", "handover.withdrawn": "撤回移送", "handover.nudged": "催办", "handover.silent": "静默告警",
    "case.overdue": "超期",
}  # fmt: skip
"""Kind of event that agencies' systems are told of -> what it is called."""
PERMISSIONS = {
    "case:read": "查看案件", "content:read": "查看卷宗、案卡、文书", "ledger:read": "查看留痕", "case:register": "登记受案",
    "case:edit": "改案件、当事人", "dossier:edit": "上传、整理卷宗", "document:draft": "起草文书", "document:issue": "签发文书",
    "handover:compose": "新建、送审移送", "handover:send": "发出移送", "handover:withdraw": "撤回移送", "handover:nudge": "催办",
    "handover:receive": "收件：受理、退回", "task:assign": "分案", "handover:answer": "提出决定", "handover:approve": "审批",
}  # fmt: skip
"""Permission that a token may be given -> what it lets a system do."""
