"""The model prefecture 云岭州: about sixty units of all agencies, about two hundred people. Fictional, from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from antong.kernel.actor import Rank
from antong.org.actions import DutyRow, PersonRow, PostRow, ShiftRow, UnitRow
from antong.org.types import ADMIN_ROLES, Level, Role, UnitKind

NAME, LETTERS = "云岭州", "YL"
SEED = 20250312
_SPACE = UUID("7f1f2a51-6d0c-5e2b-9d55-0a9f6a0f5c11")

# Place names are invented; their codes (99xxxx) are no division's.
COUNTIES = (
    ("990121", "青岚", "青"), ("990122", "石渡", "石"), ("990123", "雾川", "雾"), ("990124", "洛汀", "洛"),
    ("990125", "鹿鸣", "鹿"), ("990126", "松谣", "松"), ("990127", "栖霞岭", "栖"), ("990128", "长渚", "长"),
)  # fmt: skip
SURNAMES = "韩杜周秦柳陆沈林姜温祝云谭吕邵程裴冯廖蒲顾黎俞柯方谢严纪卓骆"
GIVEN_A = "序明若知照望既北南砚如以望云青牧千延秋临远未怀景疏听砺溪舟川"
GIVEN_B = "舟泽宁予野舒白闻乔远松川禾澜谷亭帆衡棠岑樾秋砚朗湛屿笙溯亦晏"


@dataclass(slots=True)
class Prefecture:
    """All rows of the model prefecture, ready to be entered."""

    units: list[UnitRow] = field(default_factory=list)
    people: list[PersonRow] = field(default_factory=list)
    posts: list[PostRow] = field(default_factory=list)
    duties: list[DutyRow] = field(default_factory=list)
    shifts: list[ShiftRow] = field(default_factory=list)
    links: dict[UUID, list[UUID]] = field(default_factory=dict)


def key(name: str) -> UUID:
    """Return the id of a thing of the prefecture by its name: the same every time."""
    return uuid5(_SPACE, name)


class _Builder:
    def __init__(self) -> None:
        self.made = Prefecture()
        self.random = random.Random(SEED)  # noqa: S311 - names, not secrets
        self.names: set[str] = set()
        self.staff = 100_000

    def unit(
        self, code: str, name: str, short: str, kind: UnitKind, level: Level, county: str, initials: str,
        parent: str | None = None,
    ) -> UUID:  # fmt: skip
        self.made.units.append(
            UnitRow(
                id=key(code),
                code=code,
                name=name,
                short_name=short,
                kind=kind,
                level=level,
                parent_id=key(parent) if parent else None,
                county_code=county,
                initials=initials,
            )
        )
        return key(code)

    def link(self, one: str, *others: str) -> None:
        self.made.links.setdefault(key(one), []).extend(key(other) for other in others)

    def person(self) -> PersonRow:
        while True:
            name = (
                self.random.choice(SURNAMES)
                + self.random.choice(GIVEN_A)
                + (self.random.choice(GIVEN_B) if self.random.random() < 0.8 else "")  # noqa: PLR2004 - most names have two
            )
            if name not in self.names:
                break
        self.names.add(name)
        self.staff += 1
        row = PersonRow(
            id=key(f"person-{self.staff}"), username=f"p{self.staff}", name=name, staff_number=str(self.staff)
        )
        self.made.people.append(row)
        return row

    def post(self, unit: str, name: str, role: Role, *, primaries: int = 1, backup: bool = True) -> None:
        for index in range(1, primaries + 1):
            title = name if primaries == 1 else f"{name}{index}"
            post_id = key(f"{unit}/{title}")
            self.made.posts.append(PostRow(id=post_id, unit_id=key(unit), name=title, role=role))
            holders = [(self.person(), Rank.PRIMARY)]
            if backup and index == 1:
                holders.append((self.person(), Rank.BACKUP))
            for person, rank in holders:
                self.made.duties.append(
                    DutyRow(
                        id=key(f"{unit}/{title}/{person.staff_number}"),
                        post_id=post_id,
                        person_id=person.id,
                        rank=rank,
                    )
                )


def build(now: datetime) -> Prefecture:
    """Return the prefecture; only the duty roster depends on `now` (thirty days before and after it)."""
    builder = _Builder()
    _prefecture_units(builder)
    for code, county, letter in COUNTIES:
        _county_units(builder, code, county, letter)
    _neighbour(builder)
    _stations(builder)
    _links(builder)
    _cover(builder)
    made = builder.made
    made.units = [_linked(row, made.links) for row in made.units]
    made.shifts = _roster(made, now)
    return made


def _linked(row: UnitRow, links: dict[UUID, list[UUID]]) -> UnitRow:
    return UnitRow(
        id=row.id, code=row.code, name=row.name, short_name=row.short_name, kind=row.kind, level=row.level,
        parent_id=row.parent_id, county_code=row.county_code, initials=row.initials,
        counterparts=tuple(dict.fromkeys(links.get(row.id, []))),
    )  # fmt: skip


def _prefecture_units(builder: _Builder) -> None:
    code, level = "990100", Level.PREFECTURE
    for suffix, name, short, kind, initials in (
        ("ga", "云岭州公安局", "州局", UnitKind.POLICE, "云公"),
        ("jc", "云岭州人民检察院", "州检", UnitKind.PROCURATORATE, "云检"),
        ("fy", "云岭州中级人民法院", "州中院", UnitKind.COURT, "云法"),
        ("sf", "云岭州司法局", "州司法局", UnitKind.JUSTICE, "云司"),
        ("zf", "中共云岭州委政法委员会", "州委政法委", UnitKind.COMMITTEE, "云政"),
        ("jw", "云岭州监察委员会", "州监委", UnitKind.SUPERVISION, "云监"),
        ("jy", "云岭监狱", "云岭监狱", UnitKind.PRISON, "云狱"),
        ("fl", "云岭州法律援助中心", "州法援", UnitKind.LEGAL_AID, "云援"),
        ("hub", "云岭州政法协同平台运行中心", "平台中心", UnitKind.HUB, "云平"),
    ):
        builder.unit(f"{code}{suffix}", name, short, kind, level, code, initials)
    for one, others in (
        ("ga", ("jc", "sf")),
        ("jc", ("ga", "fy")),
        ("fy", ("jc", "ga", "sf", "jy")),
        ("jw", ("jc",)),
    ):
        builder.link(f"{code}{one}", *(f"{code}{other}" for other in others))
    builder.post(f"{code}ga", "法制支队法制员", Role.POLICE_LEGAL)
    builder.post(f"{code}ga", "局领导", Role.POLICE_LEADER)
    builder.post(f"{code}ga", "办案民警", Role.INVESTIGATOR)
    builder.post(f"{code}jc", "案件管理", Role.CASE_MANAGER)
    builder.post(f"{code}jc", "检察官", Role.PROSECUTOR)
    builder.post(f"{code}jc", "检察长", Role.PROCURATORATE_LEADER)
    builder.post(f"{code}fy", "立案庭", Role.CASE_MANAGER)
    builder.post(f"{code}fy", "审判员", Role.JUDGE)
    builder.post(f"{code}fy", "院领导", Role.COURT_LEADER)
    builder.post(f"{code}sf", "社区矫正支队", Role.CORRECTION_OFFICER)
    builder.post(f"{code}zf", "执法监督", Role.SUPERVISOR)
    builder.post(f"{code}jw", "案件监督管理", Role.CASE_MANAGER)
    builder.post(f"{code}jy", "狱政管理", Role.PRISON_OFFICER)
    builder.post(f"{code}jy", "监狱领导", Role.PRISON_LEADER)
    builder.post(f"{code}fl", "法律援助", Role.LEGAL_AID_OFFICER)
    builder.post(f"{code}hub", "系统管理", Role.ADMIN_SYSTEM, backup=False)
    builder.post(f"{code}hub", "安全管理", Role.ADMIN_SECURITY, backup=False)
    builder.post(f"{code}hub", "审计管理", Role.ADMIN_AUDIT, backup=False)


def _county_units(builder: _Builder, code: str, county: str, letter: str) -> None:
    level = Level.COUNTY
    for suffix, name, short, kind, initials in (
        ("ga", f"{county}县公安局", "县局", UnitKind.POLICE, f"{letter}公"),
        ("jc", f"{county}县人民检察院", "县检", UnitKind.PROCURATORATE, f"{letter}检"),
        ("fy", f"{county}县人民法院", "县法院", UnitKind.COURT, f"{letter}法"),
        ("sf", f"{county}县司法局", "县司法局", UnitKind.JUSTICE, f"{letter}司"),
        ("zf", f"中共{county}县委政法委员会", "县委政法委", UnitKind.COMMITTEE, f"{letter}政"),
        ("ks", f"{county}县看守所", "县看守所", UnitKind.DETENTION, f"{letter}看"),
    ):
        parent = f"{code}ga" if suffix == "ks" else f"990100{suffix}"
        builder.unit(f"{code}{suffix}", name, short, kind, level, code, initials, parent)
    builder.unit(
        f"{code}xz", f"{county}县公安局刑事侦查大队", "刑侦大队", UnitKind.POLICE_STATION, Level.TOWN, code,
        f"{letter}公", f"{code}ga",
    )  # fmt: skip
    builder.link(f"{code}ga", f"{code}jc", f"{code}ks", f"{code}sf", f"{code}fy")
    builder.link(f"{code}jc", f"{code}fy", f"{code}ga", f"{code}ks", f"{code}sf")
    builder.link(f"{code}fy", f"{code}jc", f"{code}ga", f"{code}ks", f"{code}sf")
    builder.link(f"{code}ks", "990100jy", f"{code}ga", f"{code}jc", f"{code}fy")
    builder.link(f"{code}sf", f"{code}fy", f"{code}jc", f"{code}ga")
    builder.link(f"{code}xz", f"{code}jc", f"{code}ks")
    builder.post(f"{code}xz", "办案民警", Role.INVESTIGATOR, primaries=2)
    builder.post(f"{code}xz", "内勤辅警", Role.AUXILIARY, backup=False)
    builder.post(f"{code}ga", "法制员", Role.POLICE_LEGAL)
    builder.post(f"{code}ga", "局领导", Role.POLICE_LEADER)
    builder.post(f"{code}jc", "案件管理", Role.CASE_MANAGER)
    builder.post(f"{code}jc", "检察官", Role.PROSECUTOR)
    builder.post(f"{code}jc", "检察长", Role.PROCURATORATE_LEADER)
    builder.post(f"{code}fy", "立案庭", Role.CASE_MANAGER, backup=False)
    builder.post(f"{code}fy", "审判员", Role.JUDGE)
    builder.post(f"{code}fy", "院领导", Role.COURT_LEADER)
    builder.post(f"{code}ks", "收押管教", Role.CUSTODY_OFFICER)
    builder.post(f"{code}ks", "所领导", Role.DETENTION_LEADER)
    builder.post(f"{code}sf", "社区矫正", Role.CORRECTION_OFFICER)
    builder.post(f"{code}sf", "局领导", Role.JUSTICE_LEADER, backup=False)
    builder.post(f"{code}zf", "执法监督", Role.SUPERVISOR, backup=False)


def _neighbour(builder: _Builder) -> None:
    code = "990200"
    for suffix, name, short, kind, initials in (
        ("ga", "澄江州公安局", "澄江州局", UnitKind.POLICE, "澄公"),
        ("jc", "澄江州人民检察院", "澄江州检", UnitKind.PROCURATORATE, "澄检"),
        ("fy", "澄江州中级人民法院", "澄江中院", UnitKind.COURT, "澄法"),
        ("sf", "澄江州司法局", "澄江州司法局", UnitKind.JUSTICE, "澄司"),
    ):
        builder.unit(f"{code}{suffix}", name, short, kind, Level.PREFECTURE, code, initials)
    builder.link(f"{code}ga", f"{code}jc")
    builder.link(f"{code}jc", f"{code}ga", f"{code}fy")
    builder.post(f"{code}jc", "案件管理", Role.CASE_MANAGER, backup=False)
    builder.post(f"{code}sf", "社区矫正", Role.CORRECTION_OFFICER, backup=False)


def _stations(builder: _Builder) -> None:
    for code, county, letter, station in (
        ("990121p1", "青岚", "青", "河西"),
        ("990121p2", "青岚", "青", "云锦"),
        ("990122p1", "石渡", "石", "渡口"),
    ):
        bureau = f"{code[:6]}ga"
        name = f"{county}县公安局{station}派出所"
        builder.unit(
            code, name, f"{station}所", UnitKind.POLICE_STATION, Level.TOWN, code[:6], f"{letter}公", bureau
        )
        builder.link(code, f"{code[:6]}jc", f"{code[:6]}ks")
        builder.post(code, "办案民警", Role.INVESTIGATOR)
        builder.post(code, "内勤辅警", Role.AUXILIARY, backup=False)


def _links(builder: _Builder) -> None:
    """Name for every county unit the prison and the legal-aid centre, which serve the whole prefecture."""
    counties = [code for code, _, _ in COUNTIES]
    for code in counties:
        for suffix in ("ga", "jc", "fy"):
            builder.link(f"{code}{suffix}", "990100fl", "990100jy")
        builder.link(f"{code}sf", "990100jy")
        builder.link(f"{code}xz", "990100fl")
    for suffix in ("ga", "jc", "fy"):
        builder.link(f"990100{suffix}", "990100fl")
    builder.link("990100sf", "990100fy", "990100jc", "990100jy")
    builder.link("990100jy", "990100fy", "990100jc", "990100sf", *(f"{code}fy" for code in counties))
    builder.link("990100fl", "990100ga", "990100jc", "990100fy", *(f"{code}ga" for code in counties))


def _cover(builder: _Builder) -> None:
    """Give every deciding post its B: the B of another post of the unit, or somebody new where there is none.

    Holders of one login keep one duty, so that signing in asks nobody of the demonstration to choose.
    """
    made = builder.made
    unit_of = {post.id: post.unit_id for post in made.posts}
    covered = {duty.post_id for duty in made.duties if duty.rank is Rank.BACKUP}
    free: dict[UUID, list[UUID]] = {}
    for duty in made.duties:
        if duty.rank is Rank.BACKUP:
            free.setdefault(unit_of[duty.post_id], []).append(duty.person_id)
    for post in made.posts:
        if post.id in covered or post.role in ADMIN_ROLES or post.role is Role.AUXILIARY:
            continue
        others = free.get(post.unit_id, [])
        person = others.pop(0) if others else builder.person().id
        made.duties.append(
            DutyRow(id=key(f"{post.id}/backup"), post_id=post.id, person_id=person, rank=Rank.BACKUP)
        )


def _roster(made: Prefecture, now: datetime) -> list[ShiftRow]:
    """Return twelve-hour shifts of every unit but the hub, its people taking turns."""
    holders: dict[UUID, list[UUID]] = {}
    posts = {post.id: post.unit_id for post in made.posts}
    for duty in made.duties:
        holders.setdefault(posts[duty.post_id], []).append(duty.person_id)
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=30)
    shifts = []
    for unit_id, people in holders.items():
        for index in range(120):
            begin = start + timedelta(hours=12 * index)
            shifts.append(
                ShiftRow(
                    unit_id=unit_id,
                    person_id=people[index % len(people)],
                    starts_at=begin,
                    ends_at=begin + timedelta(hours=12),
                )
            )
    return shifts
