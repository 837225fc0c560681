"""Planting the model prefecture, with one login per role: random passwords, made at first start, shown nowhere else."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from antong.demo import prefecture
from antong.kernel import clock
from antong.kernel.actor import Actor, Channel, Rank
from antong.org import actions as org_actions
from antong.org import selectors as org
from antong.org.types import Role

# username -> (unit code, post, role): one for every role that works inside
LOGINS = {
    "zhencha": ("990121xz", "办案民警1", Role.INVESTIGATOR),
    "fuzhu": ("990121xz", "内勤辅警", Role.AUXILIARY),
    "fazhi": ("990121ga", "法制员", Role.POLICE_LEGAL),
    "juzhang": ("990121ga", "局领导", Role.POLICE_LEADER),
    "anguan": ("990121jc", "案件管理", Role.CASE_MANAGER),
    "jianchaguan": ("990121jc", "检察官", Role.PROSECUTOR),
    "jianchazhang": ("990121jc", "检察长", Role.PROCURATORATE_LEADER),
    "lian": ("990121fy", "立案庭", Role.CASE_MANAGER),
    "faguan": ("990121fy", "审判员", Role.JUDGE),
    "yuanzhang": ("990121fy", "院领导", Role.COURT_LEADER),
    "kanshou": ("990121ks", "收押管教", Role.CUSTODY_OFFICER),
    "suozhang": ("990121ks", "所领导", Role.DETENTION_LEADER),
    "jianyu": ("990100jy", "狱政管理", Role.PRISON_OFFICER),
    "jianyuzhang": ("990100jy", "监狱领导", Role.PRISON_LEADER),
    "jiaozheng": ("990121sf", "社区矫正", Role.CORRECTION_OFFICER),
    "sifa": ("990121sf", "局领导", Role.JUSTICE_LEADER),
    "fayuan": ("990100fl", "法律援助", Role.LEGAL_AID_OFFICER),
    "jiandu": ("990121zf", "执法监督", Role.SUPERVISOR),
    "xitong": ("990100hub", "系统管理", Role.ADMIN_SYSTEM),
    "anquan": ("990100hub", "安全管理", Role.ADMIN_SECURITY),
    "shenji": ("990100hub", "审计管理", Role.ADMIN_AUDIT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login of the demonstration, as it is printed."""

    username: str
    password: str
    role: str
    name: str
    unit: str


def _file() -> Path:
    return Path(settings.ANTONG_STATE) / "demo-logins.json"


def planter() -> Actor:
    """Return the actor that plants: the hub itself, by command."""
    hub = prefecture.key("990100hub")
    return Actor(
        person_id=hub, person_name="平台", duty_id=hub, post_id=hub, post_name="平台", rank=Rank.PRIMARY,
        role=Role.ADMIN_SYSTEM.value, unit_id=hub, unit_name="云岭州政法协同平台运行中心", unit_kind="hub", unit_level="prefecture",
        permissions=frozenset(), channel=Channel.COMMAND,
    )  # fmt: skip


def plant() -> bool:
    """Enter the model prefecture into an empty database; return whether it was empty.

    Raises RuntimeError outside demonstration mode, where no password is made or shown by the house.
    """
    if not settings.ANTONG_DEMO:
        raise RuntimeError("the model prefecture is planted in demonstration mode only")
    if org.all_units():
        return False
    now = clock.now()
    made = prefecture.build(clock.local(now))
    posts = {(post.unit_id, post.name): post.id for post in made.posts}
    holder = {duty.post_id: duty.person_id for duty in made.duties if duty.rank is Rank.PRIMARY}
    units = {unit.id: unit.name for unit in made.units}
    logins = {}
    for username, (code, post, role) in LOGINS.items():
        person_id = holder[posts[prefecture.key(code), post]]
        logins[person_id] = (username, org_actions.spelled_password(), role, units[prefecture.key(code)])
    people = [
        replace(row, username=logins[row.id][0], password=logins[row.id][1], must_change_password=False)
        if row.id in logins
        else row
        for row in made.people
    ]
    names = {row.id: row.name for row in people}
    made_logins = [
        Login(username=username, password=password, role=role.label, name=names[person_id], unit=unit)
        for person_id, (username, password, role, unit) in logins.items()
    ]
    # the file within the transaction: of two that plant at once only the one that wins writes it, and a
    # crash between file and commit leaves an empty database, which is planted anew
    with transaction.atomic():
        org_actions.plant(
            planter(),
            instance=org_actions.InstanceRow(name=prefecture.NAME, letters=prefecture.LETTERS),
            since=now - timedelta(days=3650),
            units=made.units,
            people=people,
            posts=made.posts,
            duties=made.duties,
            shifts=made.shifts,
        )
        _keep(made_logins)
    return True


def _keep(logins: list[Login]) -> None:
    path = _file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump([asdict(login) for login in logins], file, ensure_ascii=False)


def logins() -> list[Login]:
    """Return the logins of this database; empty outside demonstration mode."""
    if not settings.ANTONG_DEMO or not _file().exists():
        return []
    return [Login(**row) for row in json.loads(_file().read_text("utf-8"))]
