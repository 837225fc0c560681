"""`antong init`: an empty instance of somebody's own: tables, keys, one unit, three administrators; nothing of a demonstration.

The first passwords are shown once, as the last step before all of it is kept: what is interrupted leaves no instance,
and is begun again with others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import psycopg
from rich.console import Console

from antong.boot import environment, restoring
from antong.boot.run import database_up
from antong.kernel import clock
from antong.kernel.actor import Actor, Channel, Rank
from antong.kernel.ids import new_id
from antong.kernel.refusal import BadInput, Refusal

LONGEST_CODE = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What is founded: the region with the letters of its case numbers, and its first unit.

    `administrators` are the names of the three, by their login: xitong, anquan, shenji.
    """

    region: str
    letters: str
    unit: str
    code: str
    level: str
    administrators: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLogin:
    """A login with its first password, to be shown once."""

    username: str
    password: str
    name: str
    post: str


def init(wanted: Founding, console: Console) -> None:
    """Make an empty instance in the state folder. Raises Refusal where there is one, BadInput, DatabaseTrouble."""
    env = environment.read()
    if env.demo:
        raise Refusal(
            "不能建立：现在是示范模式。",
            code="init-demo",
            basis=("案通安装规则：示范数据与真实实例分开",),
            remedy="去掉 ANTONG_DEMO，并用 ANTONG_STATE 另指一个空目录，再运行 antong init。",
        )
    restoring.refuse_half(env)
    with database_up(env) as url:
        _refuse_existing(url)
        _tables_and_keys()
        found(wanted, lambda logins: _show(logins, wanted, console))
    console.print("已建立。运行 antong run 开始服务；三名管理员首次登录须改口令。")


def _refuse_existing(url: str) -> None:
    """Refuse a database with units in it, before anything of it is touched."""
    with psycopg.connect(url) as connection:
        made = connection.execute("SELECT to_regclass('org_unit')").fetchone()
        if made is None or made[0] is None:
            return
        if connection.execute("SELECT 1 FROM org_unit LIMIT 1").fetchone() is None:
            return
    raise Refusal(
        "不能建立：这里已有一个实例，什么都没有改动。",
        code="init-exists",
        basis=("案通安装规则：一个状态目录、一个数据库，一个实例",),
        remedy="继续用它：antong run；要另建的，用 ANTONG_STATE 另指一个空目录。忘了首次口令的，由安全管理员重设。",
    )


def _tables_and_keys() -> None:
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from antong.ledger import keys  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    keys.ready()
    keys.ensure_master_key()


def found(wanted: Founding, show: Callable[[list[FirstLogin]], None]) -> None:
    """Enter region, first unit and three administrators in one transaction; `show` gets the passwords before it ends.

    Raises Refusal where units exist already, BadInput where name, letters, code or level will not do.
    """
    from django.db import transaction  # noqa: PLC0415

    from antong.org import actions as org  # noqa: PLC0415
    from antong.org.types import Level, Role, UnitKind  # noqa: PLC0415

    _check(wanted, {level.value for level in Level})
    unit_id, now = new_id(), clock.now()
    people, posts, duties, logins = [], [], [], []
    for number, (username, role) in enumerate(
        (("xitong", Role.ADMIN_SYSTEM), ("anquan", Role.ADMIN_SECURITY), ("shenji", Role.ADMIN_AUDIT)), 1
    ):
        login = FirstLogin(
            username=username,
            password=org.spelled_password(),
            name=wanted.administrators.get(username, "").strip() or role.label,
            post=role.label,
        )
        person = org.PersonRow(
            id=new_id(),
            username=username,
            name=login.name,
            staff_number=f"{wanted.code[:20]}-{number}",
            password=login.password,
        )
        post = org.PostRow(id=new_id(), unit_id=unit_id, name=role.label, role=role)
        duties.append(org.DutyRow(id=new_id(), post_id=post.id, person_id=person.id, rank=Rank.PRIMARY))
        people.append(person)
        posts.append(post)
        logins.append(login)
    unit = org.UnitRow(
        id=unit_id,
        code=wanted.code,
        name=wanted.unit,
        short_name=wanted.unit[:40],
        kind=UnitKind.HUB,
        level=Level(wanted.level),
        parent_id=None,
        county_code=wanted.code[:6],
        initials=wanted.letters,
    )
    with transaction.atomic():
        org.plant(
            _hub(unit_id, wanted.unit, wanted.level),
            instance=org.InstanceRow(name=wanted.region, letters=wanted.letters),
            since=now,
            units=[unit],
            people=people,
            posts=posts,
            duties=duties,
        )
        show(logins)


def _check(wanted: Founding, levels: set[str]) -> None:
    wrong = {}
    if not wanted.unit.strip() or len(wanted.unit) > 80:  # noqa: PLR2004 - the column's length
        wrong["unit"] = "必填，不超过 80 字"
    if not (wanted.code.isascii() and wanted.code.isalnum() and len(wanted.code) <= LONGEST_CODE):
        wrong["code"] = f"{LONGEST_CODE} 位以内的数字或英文字母"
    if wanted.level not in levels:
        wrong["level"] = "、".join(sorted(levels)) + " 之一"
    wrong |= {
        username: "不超过 60 字"
        for username, name in wanted.administrators.items()
        if len(name) > 60  # noqa: PLR2004
    }
    if wrong:
        raise BadInput(
            "不能建立：首个单位填得不对。",
            code="init-fields",
            basis=("案通安装规则：首个单位须有名称、代码、层级",),
            remedy="；".join(f"{field}：{words}" for field, words in wrong.items()),
            fields=wrong,
        )


def operator() -> Actor:
    """Return the actor that whoever keeps the server is, by command: the hub itself. Raises Refusal where there is none."""
    from antong.org import selectors as org  # noqa: PLC0415
    from antong.org.types import UnitKind  # noqa: PLC0415

    org.instance()
    hub = next((one for one in org.all_units() if one.kind is UnitKind.HUB), org.all_units()[0])
    return _hub(hub.id, hub.name, hub.level.value)


def _hub(unit_id: UUID, name: str, level: str) -> Actor:
    return Actor(
        person_id=unit_id, person_name="平台", duty_id=unit_id, post_id=unit_id, post_name="平台", rank=Rank.PRIMARY,
        role="admin_system", unit_id=unit_id, unit_name=name, unit_kind="hub", unit_level=level,
        permissions=frozenset(), channel=Channel.COMMAND,
    )  # fmt: skip


def _show(logins: list[FirstLogin], wanted: Founding, console: Console) -> None:
    console.print(f"{wanted.region}：三名管理员的首次口令，只显示这一次：", soft_wrap=True, markup=False)
    for login in logins:
        console.print(
            f"  {login.username:8}{login.password}  {login.post}  {login.name}", soft_wrap=True, markup=False
        )
