"""Values that `org` gives to other rooms: kinds of unit, roles, permissions, and what is known of units and people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from antong.kernel.actor import Actor, Rank
from antong.kernel.worded import Worded


class UnitKind(Worded):
    """Kinds of unit that meet on the platform."""

    COMMITTEE = "committee", "政法委"
    COURT = "court", "法院"
    DETENTION = "detention", "看守所"
    HUB = "hub", "平台"
    JUSTICE = "justice", "司法局"
    LEGAL_AID = "legal_aid", "法律援助中心"
    POLICE = "police", "公安局"
    POLICE_STATION = "police_station", "派出所、大队"
    PRISON = "prison", "监狱"
    PROCURATORATE = "procuratorate", "检察院"
    SUPERVISION = "supervision", "监察委"


class Level(Worded):
    """Levels of units."""

    PREFECTURE = "prefecture", "地市级"
    COUNTY = "county", "县级"
    TOWN = "town", "乡镇级"


class Permission(StrEnum):
    """What an actor may do, `resource:action`, alphabetical. Every route and every action names one."""

    ACCOUNT_MANAGE = "account:manage"
    ALARM_ANSWER = "alarm:answer"
    ARCHIVE_DECIDE = "archive:decide"
    ARCHIVE_PROPOSE = "archive:propose"
    ARCHIVE_READ = "archive:read"
    AUDIT_READ = "audit:read"
    CASE_EDIT = "case:edit"
    CASE_READ = "case:read"
    CASE_REGISTER = "case:register"
    CONTENT_READ = "content:read"
    CONTENT_READ_WITH_REASON = "content:read-with-reason"
    CUSTODY_READ = "custody:read"
    CUSTODY_RECORD = "custody:record"
    DESK_READ = "desk:read"
    DOCUMENT_DRAFT = "document:draft"
    DOCUMENT_ISSUE = "document:issue"
    DOSSIER_EDIT = "dossier:edit"
    DOSSIER_EXPORT = "dossier:export"
    HANDOVER_ANSWER = "handover:answer"
    HANDOVER_APPROVE = "handover:approve"
    HANDOVER_COMPOSE = "handover:compose"
    HANDOVER_NUDGE = "handover:nudge"
    HANDOVER_RECEIVE = "handover:receive"
    HANDOVER_SEND = "handover:send"
    HANDOVER_WITHDRAW = "handover:withdraw"
    LEDGER_READ = "ledger:read"
    MEASURE_RECORD = "measure:record"
    NOTICE_READ = "notice:read"
    ORG_MANAGE = "org:manage"
    READLOG_READ = "readlog:read"
    SELF_MANAGE = "self:manage"
    SUPERVISE_READ = "supervise:read"
    TASK_ASSIGN = "task:assign"
    TERMINAL_MANAGE = "terminal:manage"
    TOKEN_REVOKE = "token:revoke"  # noqa: S105 - a permission


class Role(Worded):
    """What a post is for."""

    ADMIN_AUDIT = "admin_audit", "审计管理员"
    ADMIN_SECURITY = "admin_security", "安全管理员"
    ADMIN_SYSTEM = "admin_system", "系统管理员"
    AUXILIARY = "auxiliary", "辅助人员"
    CASE_MANAGER = "case_manager", "案管员"
    CORRECTION_OFFICER = "correction_officer", "社区矫正工作人员"
    COURT_CLERK = "court_clerk", "书记员"
    COURT_LEADER = "court_leader", "院领导"
    CUSTODY_OFFICER = "custody_officer", "看守民警"
    DETENTION_LEADER = "detention_leader", "所领导"
    INVESTIGATOR = "investigator", "办案民警"
    JUDGE = "judge", "审判员"
    JUSTICE_LEADER = "justice_leader", "局领导"
    LEGAL_AID_OFFICER = "legal_aid_officer", "法律援助工作人员"
    POLICE_LEADER = "police_leader", "局领导"
    POLICE_LEGAL = "police_legal", "法制员"
    PRISON_LEADER = "prison_leader", "监狱领导"
    PRISON_OFFICER = "prison_officer", "狱政民警"
    PROCURATORATE_LEADER = "procuratorate_leader", "检察长"
    PROSECUTOR = "prosecutor", "检察官"
    SUPERVISOR = "supervisor", "执法监督员"


ADMIN_ROLES = frozenset({Role.ADMIN_AUDIT, Role.ADMIN_SECURITY, Role.ADMIN_SYSTEM})
"""三员: nobody is two of them, and none of them works on cases."""

_OFFICE = frozenset({Role.CASE_MANAGER, Role.AUXILIARY})
ROLES_OF_KIND: dict[UnitKind, frozenset[Role]] = {
    UnitKind.COMMITTEE: frozenset({Role.SUPERVISOR}),
    UnitKind.COURT: _OFFICE | {Role.JUDGE, Role.COURT_CLERK, Role.COURT_LEADER},
    UnitKind.DETENTION: frozenset({Role.CUSTODY_OFFICER, Role.DETENTION_LEADER, Role.AUXILIARY}),
    UnitKind.HUB: ADMIN_ROLES,
    UnitKind.JUSTICE: frozenset({Role.CORRECTION_OFFICER, Role.JUSTICE_LEADER, Role.AUXILIARY}),
    UnitKind.LEGAL_AID: frozenset({Role.LEGAL_AID_OFFICER, Role.AUXILIARY}),
    UnitKind.POLICE: frozenset({Role.INVESTIGATOR, Role.POLICE_LEGAL, Role.POLICE_LEADER, Role.AUXILIARY}),
    UnitKind.POLICE_STATION: frozenset({Role.INVESTIGATOR, Role.POLICE_LEADER, Role.AUXILIARY}),
    UnitKind.PRISON: frozenset({Role.PRISON_OFFICER, Role.PRISON_LEADER, Role.AUXILIARY}),
    UnitKind.PROCURATORATE: _OFFICE | {Role.PROSECUTOR, Role.PROCURATORATE_LEADER},
    UnitKind.SUPERVISION: _OFFICE,
}
"""Which posts a kind of unit has: nobody is made a supervisor or an administrator elsewhere."""

_P = Permission
_EVERYBODY = frozenset({_P.DESK_READ, _P.NOTICE_READ, _P.SELF_MANAGE})
_MANAGES = frozenset({_P.NOTICE_READ, _P.SELF_MANAGE, _P.TERMINAL_MANAGE, _P.TOKEN_REVOKE})
_READS = _EVERYBODY | {_P.CASE_READ, _P.CONTENT_READ, _P.LEDGER_READ, _P.DOSSIER_EXPORT, _P.HANDOVER_NUDGE}
_WORKS = _READS | {
    _P.CASE_EDIT, _P.DOCUMENT_DRAFT, _P.DOCUMENT_ISSUE, _P.DOSSIER_EDIT, _P.HANDOVER_ANSWER, _P.HANDOVER_COMPOSE,
    _P.HANDOVER_SEND, _P.HANDOVER_WITHDRAW, _P.MEASURE_RECORD,
}  # fmt: skip
_RECEIVES = frozenset({_P.ALARM_ANSWER, _P.HANDOVER_RECEIVE, _P.TASK_ASSIGN})
_HOLDS, _ARCHIVES = {_P.CUSTODY_READ, _P.CUSTODY_RECORD}, {_P.ARCHIVE_PROPOSE, _P.ARCHIVE_READ}
_LEADS = _READS | _RECEIVES | {_P.ARCHIVE_DECIDE, _P.ARCHIVE_READ, _P.HANDOVER_APPROVE, _P.READLOG_READ}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN_AUDIT: frozenset({_P.AUDIT_READ, _P.SELF_MANAGE, _P.NOTICE_READ}),
    Role.ADMIN_SECURITY: _MANAGES | {_P.ACCOUNT_MANAGE},
    Role.ADMIN_SYSTEM: _MANAGES | {_P.ORG_MANAGE},
    # 辅警、书记员代录: enters on behalf, never decides, never sends
    Role.AUXILIARY: _READS | {_P.CASE_EDIT, _P.DOSSIER_EDIT, _P.DOCUMENT_DRAFT},
    Role.CASE_MANAGER: _WORKS | _RECEIVES | _ARCHIVES,
    Role.CORRECTION_OFFICER: _WORKS | _RECEIVES,
    Role.COURT_CLERK: _WORKS | _RECEIVES,
    Role.COURT_LEADER: _LEADS,
    Role.CUSTODY_OFFICER: _WORKS | _RECEIVES | _HOLDS,
    Role.DETENTION_LEADER: _LEADS | {_P.CUSTODY_READ},
    Role.INVESTIGATOR: _WORKS | _RECEIVES | {_P.CASE_REGISTER},
    Role.JUDGE: _WORKS | _RECEIVES,
    Role.JUSTICE_LEADER: _LEADS,
    Role.LEGAL_AID_OFFICER: _WORKS | _RECEIVES,
    Role.POLICE_LEADER: _LEADS,
    Role.POLICE_LEGAL: _READS | _ARCHIVES | _RECEIVES | {_P.HANDOVER_APPROVE},
    Role.PRISON_LEADER: _LEADS | {_P.CUSTODY_READ},
    Role.PRISON_OFFICER: _WORKS | _RECEIVES | _HOLDS,
    Role.PROCURATORATE_LEADER: _LEADS,
    Role.PROSECUTOR: _WORKS | _RECEIVES,
    Role.SUPERVISOR: _EVERYBODY | {_P.ALARM_ANSWER, _P.ARCHIVE_READ, _P.CASE_READ, _P.CONTENT_READ_WITH_REASON} | {
        _P.CUSTODY_READ, _P.LEDGER_READ, _P.SUPERVISE_READ, _P.HANDOVER_NUDGE},
}  # fmt: skip

GRANTABLE = (
    _P.CASE_READ, _P.CONTENT_READ, _P.LEDGER_READ, _P.CASE_REGISTER, _P.CASE_EDIT, _P.DOSSIER_EDIT, _P.DOCUMENT_DRAFT,
    _P.DOCUMENT_ISSUE, _P.HANDOVER_COMPOSE, _P.HANDOVER_SEND, _P.HANDOVER_WITHDRAW, _P.HANDOVER_NUDGE,
    _P.HANDOVER_RECEIVE, _P.TASK_ASSIGN, _P.HANDOVER_ANSWER, _P.HANDOVER_APPROVE,
)  # fmt: skip
"""What a token of a system may be given, in the order of the work. To approve is a person's own act: a token needs that duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceView:
    """Whose hub this is: the prefecture's or county's name, and the letters its case numbers begin with."""

    name: str
    letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    """A unit as other rooms see it. `initials` stand in document numbers (青公, 青检 …)."""

    id: UUID
    code: str
    name: str
    short_name: str
    kind: UnitKind
    level: Level
    parent_id: UUID | None
    county_code: str
    initials: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """A unit, the one above, how many posts are in force in it, how many of them nobody holds, who hold the others."""

    unit: UnitView
    parent: str
    posts: int
    vacant: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account, what its person holds, and how it stands: paused by wrong passwords, first password, switched off."""

    id: UUID
    name: str
    username: str
    unit: str
    posts: str
    last_login: datetime | None
    failures: int
    paused_until: datetime | None
    first: bool
    off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyView:
    """A person's holding of a post, A or B."""

    id: UUID
    person_id: UUID
    person_name: str
    post_id: UUID
    post_name: str
    role: Role
    rank: Rank
    unit_id: UUID
    unit_name: str
    valid_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A notice to a unit or a person: about what, answer by when."""

    id: UUID
    kind: str
    title: str
    body: str
    case_id: UUID | None
    handover_id: UUID | None
    from_name: str
    created_at: datetime
    answer_by: datetime | None
    read_at: datetime | None
    duty_name: str = ""
    answered_at: datetime | None = None
    answered_name: str = ""
    answer: str = ""
    escalated_at: datetime | None = None
    escalated_to: str = ""
    to_me: bool = False

    @property
    def owed(self) -> bool:
        """Whether an answer is still waited for."""
        return self.answer_by is not None and self.answered_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedNotice:
    """A notice that waits for an answer; `asked_*`: the unit first asked, and when, however far it has gone up since."""

    id: UUID
    handover_id: UUID | None
    answer_by: datetime
    asked_unit_id: UUID
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Whose password was right, the duties to choose from, and whether a code of the second factor is still owed."""

    person_id: UUID
    name: str
    must_change_password: bool
    duties: tuple[DutyView, ...]
    second_factor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """Who a session is: it lives while `mark`, made of the password and second factor it began with, stays the same.

    `preferences` are how the person wants pages shown: density, large type, saved views.
    """

    actor: Actor
    mark: str
    must_change_password: bool
    must_enrol: bool
    must_pledge: bool
    preferences: dict[str, Any]


class ReportKind(Worded):
    """What somebody reports of the house itself."""

    FAULT = "fault", "故障"
    WISH = "wish", "建议"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A fault or a suggestion: what, from which page, by whom, and the answer. `facts` are what the browser said."""

    id: UUID
    kind: ReportKind
    text: str
    page: str
    facts: dict[str, str]
    person_name: str
    unit_name: str
    created_at: datetime
    answer: str
    answered_name: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCounts:
    """How many reports wait, how many of them are faults, how many have answers, and after how many hours on average."""

    open: int
    faults: int
    answered: int
    hours: int | None


class TokenState(Worded):
    """What becomes of a token of a system: two administrators put it in force, either ends it."""

    WAITING = "waiting", "待安全管理员启用"
    IN_FORCE = "in_force", "有效"
    ENDED = "ended", "已到期"
    REVOKED = "revoked", "已收回"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """A token by which an agency's own system acts; of its secret nothing but the prefix is known.

    `own` says that the system acts on a post of its own, else on the duty of the person named. No `flows` are all,
    no `addresses` are any.
    """

    id: UUID
    prefix: str
    system: str
    unit_id: UUID
    unit_name: str
    own: bool
    person_name: str
    post_name: str
    role: Role
    permissions: tuple[Permission, ...]
    flows: tuple[str, ...]
    addresses: tuple[str, ...]
    valid_until: datetime
    issued_at: datetime
    issued_by: str
    allowed_at: datetime | None
    allowed_by: str
    revoked_at: datetime | None
    revoked_by: str
    revoked_why: str
    used_on: date | None
    state: TokenState


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A token that has just been issued; `secret` is shown once and stored nowhere."""

    id: UUID
    prefix: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An agency's system as it calls: who it acts as, and by which flows (none named: all).

    `noted` says that the token's use today is on record already.
    """

    actor: Actor
    token_id: UUID
    flows: frozenset[str]
    noted: bool

    def may_use(self, flow: str) -> bool:
        """Whether the token was given a flow."""
        return not self.flows or flow in self.flows
