"""Values that `org` gives to other rooms: kinds of unit, roles, permissions, and what is known of units and people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from antong.kernel.actor import Actor, Rank


class UnitKind(StrEnum):
    """Kinds of unit that meet on the platform."""

    COMMITTEE = "committee"
    COURT = "court"
    DETENTION = "detention"
    HUB = "hub"
    JUSTICE = "justice"
    LEGAL_AID = "legal_aid"
    POLICE = "police"
    POLICE_STATION = "police_station"
    PRISON = "prison"
    PROCURATORATE = "procuratorate"
    SUPERVISION = "supervision"

    @property
    def label(self) -> str:
        """The word a user reads."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    UnitKind.COMMITTEE: "政法委",
    UnitKind.COURT: "法院",
    UnitKind.DETENTION: "看守所",
    UnitKind.HUB: "平台",
    UnitKind.JUSTICE: "司法局",
    UnitKind.LEGAL_AID: "法律援助中心",
    UnitKind.POLICE: "公安局",
    UnitKind.POLICE_STATION: "派出所、大队",
    UnitKind.PRISON: "监狱",
    UnitKind.PROCURATORATE: "检察院",
    UnitKind.SUPERVISION: "监察委",
}


class Level(StrEnum):
    """Levels of units."""

    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWN = "town"


class Permission(StrEnum):
    """What an actor may do, `resource:action`, alphabetical. Every route and every action names one."""

    ACCOUNT_MANAGE = "account:manage"
    AUDIT_READ = "audit:read"
    CASE_EDIT = "case:edit"
    CASE_READ = "case:read"
    CASE_REGISTER = "case:register"
    CONTENT_READ = "content:read"
    CONTENT_READ_WITH_REASON = "content:read-with-reason"
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


class Role(StrEnum):
    """What a post is for."""

    ADMIN_AUDIT = "admin_audit"
    ADMIN_SECURITY = "admin_security"
    ADMIN_SYSTEM = "admin_system"
    AUXILIARY = "auxiliary"
    CASE_MANAGER = "case_manager"
    CORRECTION_OFFICER = "correction_officer"
    COURT_CLERK = "court_clerk"
    COURT_LEADER = "court_leader"
    CUSTODY_OFFICER = "custody_officer"
    DETENTION_LEADER = "detention_leader"
    INVESTIGATOR = "investigator"
    JUDGE = "judge"
    JUSTICE_LEADER = "justice_leader"
    LEGAL_AID_OFFICER = "legal_aid_officer"
    POLICE_LEADER = "police_leader"
    POLICE_LEGAL = "police_legal"
    PRISON_LEADER = "prison_leader"
    PRISON_OFFICER = "prison_officer"
    PROCURATORATE_LEADER = "procuratorate_leader"
    PROSECUTOR = "prosecutor"
    SUPERVISOR = "supervisor"

    @property
    def label(self) -> str:
        """The word a user reads."""
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.ADMIN_AUDIT: "审计管理员",
    Role.ADMIN_SECURITY: "安全管理员",
    Role.ADMIN_SYSTEM: "系统管理员",
    Role.AUXILIARY: "辅助人员",
    Role.CASE_MANAGER: "案管员",
    Role.CORRECTION_OFFICER: "社区矫正工作人员",
    Role.COURT_CLERK: "书记员",
    Role.COURT_LEADER: "院领导",
    Role.CUSTODY_OFFICER: "看守民警",
    Role.DETENTION_LEADER: "所领导",
    Role.INVESTIGATOR: "办案民警",
    Role.JUDGE: "审判员",
    Role.JUSTICE_LEADER: "局领导",
    Role.LEGAL_AID_OFFICER: "法律援助工作人员",
    Role.POLICE_LEADER: "局领导",
    Role.POLICE_LEGAL: "法制员",
    Role.PRISON_LEADER: "监狱领导",
    Role.PRISON_OFFICER: "狱政民警",
    Role.PROCURATORATE_LEADER: "检察长",
    Role.PROSECUTOR: "检察官",
    Role.SUPERVISOR: "执法监督员",
}

ADMIN_ROLES = frozenset({Role.ADMIN_AUDIT, Role.ADMIN_SECURITY, Role.ADMIN_SYSTEM})
"""三员: nobody is two of them, and none of them works on cases."""

_P = Permission
_EVERYBODY = frozenset({_P.DESK_READ, _P.NOTICE_READ, _P.SELF_MANAGE})
_READS = _EVERYBODY | {_P.CASE_READ, _P.CONTENT_READ, _P.LEDGER_READ, _P.DOSSIER_EXPORT, _P.HANDOVER_NUDGE}
_WORKS = _READS | {
    _P.CASE_EDIT,
    _P.DOCUMENT_DRAFT,
    _P.DOCUMENT_ISSUE,
    _P.DOSSIER_EDIT,
    _P.HANDOVER_ANSWER,
    _P.HANDOVER_COMPOSE,
    _P.HANDOVER_SEND,
    _P.HANDOVER_WITHDRAW,
    _P.MEASURE_RECORD,
}
_RECEIVES = frozenset({_P.HANDOVER_RECEIVE, _P.TASK_ASSIGN})
_LEADS = _READS | {_P.HANDOVER_APPROVE, _P.TASK_ASSIGN, _P.READLOG_READ, _P.HANDOVER_RECEIVE}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN_AUDIT: frozenset({_P.AUDIT_READ, _P.SELF_MANAGE, _P.NOTICE_READ}),
    Role.ADMIN_SECURITY: frozenset({_P.ACCOUNT_MANAGE, _P.SELF_MANAGE, _P.NOTICE_READ}),
    Role.ADMIN_SYSTEM: frozenset({_P.ORG_MANAGE, _P.SELF_MANAGE, _P.NOTICE_READ}),
    # 辅警、书记员代录: enters on behalf, never decides, never sends
    Role.AUXILIARY: _READS | {_P.CASE_EDIT, _P.DOSSIER_EDIT, _P.DOCUMENT_DRAFT},
    Role.CASE_MANAGER: _WORKS | _RECEIVES,
    Role.CORRECTION_OFFICER: _WORKS | _RECEIVES,
    Role.COURT_CLERK: _WORKS | _RECEIVES,
    Role.COURT_LEADER: _LEADS,
    Role.CUSTODY_OFFICER: _WORKS | _RECEIVES,
    Role.DETENTION_LEADER: _LEADS,
    Role.INVESTIGATOR: _WORKS | _RECEIVES | {_P.CASE_REGISTER},
    Role.JUDGE: _WORKS | _RECEIVES,
    Role.JUSTICE_LEADER: _LEADS,
    Role.LEGAL_AID_OFFICER: _WORKS | _RECEIVES,
    Role.POLICE_LEADER: _LEADS,
    Role.POLICE_LEGAL: _READS | {_P.HANDOVER_APPROVE, _P.HANDOVER_RECEIVE, _P.TASK_ASSIGN},
    Role.PRISON_LEADER: _LEADS,
    Role.PRISON_OFFICER: _WORKS | _RECEIVES,
    Role.PROCURATORATE_LEADER: _LEADS,
    Role.PROSECUTOR: _WORKS | _RECEIVES,
    Role.SUPERVISOR: _EVERYBODY
    | {_P.CASE_READ, _P.CONTENT_READ_WITH_REASON, _P.LEDGER_READ, _P.SUPERVISE_READ, _P.HANDOVER_NUDGE},
}


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
    """A unit, the name of the one above, and how many posts are held in it, by how many people."""

    unit: UnitView
    parent: str
    posts: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account, what its person holds, and how it stands: paused by wrong passwords, first password, switched off."""

    name: str
    username: str
    unit: str
    posts: str
    last_login: datetime | None
    paused: bool
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
    """Who has signed in, and the duties to choose from."""

    person_id: UUID
    name: str
    must_change_password: bool
    duties: tuple[DutyView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """Who a session is: it lives while `mark`, made of the password it began with, stays the same."""

    actor: Actor
    mark: str
    must_change_password: bool
