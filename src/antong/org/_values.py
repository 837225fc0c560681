"""What the pages of the administrators show: units with their people, shifts, delegations, rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from antong.kernel.actor import Rank
from antong.kernel.worded import Worded
from antong.org.types import Role, UnitView


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A duty as administrators see it: whose, of which post, A or B, since and until when."""

    duty_id: UUID
    person_id: UUID
    person_name: str
    staff_number: str
    is_active: bool
    post_id: UUID
    post_name: str
    role: Role
    unit_id: UUID
    unit_name: str
    rank: Rank
    since: datetime
    until: datetime | None
    begun: bool
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSheet:
    """A person as administrators see him or her, with what is held now and was held before."""

    id: UUID
    name: str
    staff_number: str
    username: str
    is_active: bool
    first: bool
    last_login: datetime | None
    held: tuple[Holding, ...]
    former: tuple[Holding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftView:
    """A shift of the duty roster: whose, from when until when, whether it is now or over."""

    id: UUID
    person_id: UUID
    person_name: str
    starts_at: datetime
    ends_at: datetime
    now: bool
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationView:
    """Who acts on whose duty, from when until when, and why; whether it is so now, or over."""

    id: UUID
    duty_id: UUID
    post_name: str
    unit_name: str
    holder_id: UUID
    holder_name: str
    to_id: UUID
    to_name: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    now: bool
    over: bool


PASSWORD_HEADS = ("单位", "姓名", "编号", "用户名", "初始口令（首次登录须修改）")
"""Of the table in which first passwords go out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPassword:
    """A password that is told once: stored nowhere in clear, changed at the first sign-in."""

    person_id: UUID
    name: str
    username: str
    password: str
    staff_number: str = ""
    unit: str = ""

    @property
    def row(self) -> tuple[str, ...]:
        """It as a row under PASSWORD_HEADS."""
        return self.unit, self.name, self.staff_number, self.username, self.password


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """A row of a table of people, with all that is wrong in it; `line` is its number in the file."""

    line: int
    name: str
    staff_number: str
    username: str
    unit_code: str
    post_name: str
    rank: Rank | None
    post_id: UUID | None
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitImportRow:
    """A row of a table of units: a unit with a post, or one more post of a unit, with all that is wrong in it.

    `columns` are those of a unit that is new; None where it is registered, or an earlier row brings it.
    """

    line: int
    code: str
    name: str
    unit_id: UUID
    parent_id: UUID | None
    columns: Mapping[str, str] | None
    post_id: UUID | None
    post_name: str
    role: Role | None
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What two tables have brought: units, posts, and the people with their first passwords."""

    units: int
    posts: int
    people: tuple[FirstPassword, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSheet:
    """A post with those who hold it, A before B; those still to come stand last."""

    id: UUID
    name: str
    role: Role
    since: datetime
    until: datetime | None
    holders: tuple[Holding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSheet:
    """A unit with its posts, its former holders, the units around it, and who is on duty."""

    unit: UnitView
    since: datetime
    until: datetime | None
    parent: UnitView | None
    below: tuple[UnitView, ...]
    posts: tuple[PostSheet, ...]
    ended_posts: tuple[PostSheet, ...]
    former: tuple[Holding, ...]
    counterparts: tuple[UnitView, ...]
    on_duty: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """An open session: whose, on which duty, since when, last seen, from where. `mark` names it and does not open it.

    `terminal` is the registered one at which it was opened, or nothing.
    """

    mark: str
    person_id: UUID
    person_name: str
    username: str
    unit_name: str
    post_name: str
    on_behalf: str
    address: str
    terminal: str
    began: datetime
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorOffer:
    """A secret to be taken over by a phone: as letters to type, and as the address its picture says."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorView:
    """Since when somebody has a second factor (None: has none), recovery codes left, and the reset that is proposed."""

    since: datetime | None
    codes: int
    asked_at: datetime | None
    asked_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateView:
    """A certificate that a person signs in by: whose name, by which authority, until when, since when, last used; taken back."""

    id: UUID
    subject: str
    issuer: str
    serial: str
    valid_from: datetime
    valid_until: datetime
    registered_by: str
    registered_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    revoked_why: str
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeText:
    """A version of the pledge of secrecy, as it was issued."""

    version: int
    text: str
    issued_at: datetime
    issued_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsigned:
    """Somebody who holds a post and has not signed the newest pledge."""

    name: str
    staff_number: str
    unit: str
    post: str
    last_login: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeState:
    """The newest pledge (None: none was issued), how many have signed it, and who has not."""

    newest: PledgeText | None
    signed: int
    unsigned: tuple[Unsigned, ...]


class TerminalState(Worded):
    """What becomes of a registered terminal: the code is entered at the machine, the machine is used, its time ends."""

    WAITING = "waiting", "待输入登记码"
    LAPSED = "lapsed", "登记码已过时"
    IN_FORCE = "in_force", "在用"
    ENDED = "ended", "已到期"
    REVOKED = "revoked", "已收回"


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalView:
    """A machine that a unit works at: where it stands, who uses it, until when, when somebody last signed in there."""

    id: UUID
    name: str
    unit_id: UUID
    unit_name: str
    place: str
    users: str
    state: TerminalState
    registered_by: str
    registered_at: datetime
    enrolled_at: datetime | None
    valid_until: datetime
    used_at: datetime | None
    revoked_by: str
    revoked_at: datetime | None
    revoked_why: str

    @property
    def open(self) -> bool:
        """Whether it can still be renewed or taken back."""
        return self.state is not TerminalState.REVOKED


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalCode:
    """A terminal that waits to be made known, and the code that does it; `code` is shown once and stored nowhere."""

    id: UUID
    name: str
    code: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalRuleView:
    """A unit, how many terminals in use it has, and since when its people sign in there alone (None: anywhere)."""

    unit_id: UUID
    unit_name: str
    terminals: int
    since: datetime | None
    set_by: str
