"""Units, their posts and their counterparts: what the system administrator changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.ids import new_id
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal, Stale
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import access
from antong.org._duties import in_force
from antong.org._fields import Form, initials, one_at_a_time
from antong.org.models import Counterpart, Duty, Post, Unit
from antong.org.types import ROLES_OF_KIND, Level, Permission, Role, UnitKind

MOST_COUNTERPARTS = 60
UNITS = "案通单位规则：单位由系统管理员登记，名称、代码写全"
POSTS = "案通岗位规则：岗位属于一个单位，按单位的类别设"
NEEDS_BUREAU = frozenset({UnitKind.POLICE_STATION})
"""Kinds of unit that work for the one above them."""


def _unit(unit_id: UUID) -> Unit:
    row = Unit.objects.select_for_update().filter(in_force(), id=unit_id).first()
    if row is None:
        raise NotFound
    return row


def _named(form: Form, name: str, short_name: str, mark: str) -> dict[str, str]:
    return {
        "name": form.text("name", name, 80),
        "short_name": form.text("short_name", short_name, 40),
        "initials": form.text("initials", mark, 12),
    }


@transaction.atomic
def new_unit(
    actor: Actor,
    *,
    code: str,
    name: str,
    short_name: str,
    kind: str,
    level: str,
    county_code: str,
    initials_: str,
    parent_id: UUID | None = None,
) -> UUID:
    """Enter a unit, in force from now; a station or squad under its bureau. Returns its id."""
    access.require(actor, Permission.ORG_MANAGE)
    one_at_a_time()
    form = Form()
    parent = Unit.objects.filter(in_force(), id=parent_id).first() if parent_id else None
    if parent_id and parent is None:
        form.wrong["parent"] = "选在用的单位"
    given = check_unit(
        form, code=code, name=name, short_name=short_name, kind=kind, level=level, county_code=county_code,
        initials_=initials_, parent_kind="" if parent is None else parent.kind,
    )  # fmt: skip
    if Unit.objects.filter(code=given["code"]).exists():
        form.wrong["code"] = "已有单位用这个代码"
    if Unit.objects.filter(in_force(), name=given["name"]).exists():
        form.wrong["name"] = "已有在用的同名单位"
    form.refuse("不能增加单位：各项不全或不对。", "unit-fields", UNITS)
    row = Unit.objects.create(
        id=new_id(), parent=parent, pinyin=initials(given["name"])[:80], valid_from=clock.now(), **given
    )
    after = {name: value for name, value in given.items() if name != "county_code"}
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.new-unit", moment=moment(), subjects=[row.id],
        after=after | {"county": given["county_code"], "parent": parent_id},
    )  # fmt: skip
    return row.id


def check_unit(
    form: Form, *, code: str, name: str, short_name: str, kind: str, level: str, county_code: str, initials_: str,
    parent_kind: str,
) -> dict[str, str]:  # fmt: skip
    """Return the columns of a new unit; note on the form what is wrong with each. `parent_kind` is that of the one above.

    Whether code and name are free is asked by the caller, for one or for many at once.
    """
    given = {
        **_named(form, name, short_name, initials_),
        "code": form.text("code", code, 24, pattern=r"[0-9A-Za-z-]+", allowed="只用数字、字母和短横"),
        "county_code": form.text("county_code", county_code, 8, pattern=r"\d{6}", allowed="6 位行政区划代码"),
        "kind": form.choice("kind", kind, UnitKind),
        "level": form.choice("level", level, Level),
    }
    if kind in NEEDS_BUREAU and parent_kind != UnitKind.POLICE:
        form.wrong.setdefault("parent", "派出所、大队须选所属的公安局")
    return given


@transaction.atomic
def rename_unit(
    actor: Actor, *, unit_id: UUID, name: str, short_name: str, initials_: str, shown: str = ""
) -> Recorded:
    """Change how a unit is called; what was signed under the old name keeps it.

    `shown` is the name the form was shown: where it is another by now, Stale is raised.
    """
    access.require(actor, Permission.ORG_MANAGE)
    one_at_a_time()
    row = _unit(unit_id)
    if shown and shown != row.name:
        raise Stale("不能改名：单位名称刚刚由别人改过。", items=(f"现为：{row.name}",))
    form = Form()
    given = _named(form, name, short_name, initials_)
    if Unit.objects.filter(in_force(), name=given["name"]).exclude(id=unit_id).exists():
        form.wrong["name"] = "已有在用的同名单位"
    form.refuse("不能改名：各项不全或不对。", "unit-fields", UNITS)
    Unit.objects.filter(id=unit_id).update(pinyin=initials(given["name"])[:80], **given)
    before = {"name": row.name, "short_name": row.short_name, "initials": row.initials}
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.rename-unit", moment=moment(), subjects=[unit_id], before=before, after=given
    )  # fmt: skip


@transaction.atomic
def end_unit(actor: Actor, *, unit_id: UUID) -> Recorded:
    """End a unit (撤销) with its posts and duties; refused while units in force hang below it, or it is one's own.

    It knows no cases: `flow.actions.close_unit` asks for them first, and pages call that.
    """
    access.require(actor, Permission.ORG_MANAGE)
    one_at_a_time()
    row, now = _unit(unit_id), clock.now()
    below = list(Unit.objects.filter(in_force(), parent=row).order_by("code").values_list("name", flat=True))
    if unit_id == actor.unit_id or below:
        raise Refusal(
            "不能撤销：不得撤销自己所在的单位。" if not below else f"不能撤销：还有 {len(below)} 个在用的下级单位。",
            code="unit-in-use",
            basis=("案通单位规则：先撤下级，再撤上级；平台运行单位不撤销",),
            remedy="先撤销下级单位，或为它们另定上级。" if below else "由另一单位的系统管理员办理。",
            items=below[:5],
        )  # fmt: skip
    duties = Duty.objects.filter(in_force(), post__unit=row)
    ended = [str(one) for one in duties.values_list("id", flat=True)]
    Duty.objects.filter(id__in=ended).update(
        valid_until=Greatest(now, F("valid_from") + timedelta(seconds=1))
    )
    Post.objects.filter(in_force(), unit=row).update(valid_until=now)
    Unit.objects.filter(id=unit_id).update(valid_until=now)
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.end-unit", moment=moment(), subjects=[unit_id],
        after={"until": now, "duties": ended},
    )  # fmt: skip


@transaction.atomic
def new_post(actor: Actor, *, unit_id: UUID, name: str, role: str) -> UUID:
    """Add a post to a unit, of a role that its kind of unit has. Returns its id."""
    access.require(actor, Permission.ORG_MANAGE)
    one_at_a_time()
    unit = _unit(unit_id)
    form = Form()
    name = form.text("name", name, 60)
    chosen = form.choice("role", role, roles_for(UnitKind(unit.kind)))
    ended = Post.objects.filter(unit=unit, name=name).first()
    if ended is not None:
        old = ended.valid_until is not None and ended.valid_until <= clock.now()
        form.wrong["name"] = "这个名称的岗位已撤销，换一个名称" if old else "本单位已有这个岗位"
    form.refuse("不能增加岗位：各项不全或不对。", "post-fields", POSTS)
    row = Post.objects.create(id=new_id(), unit=unit, name=name, role=chosen, valid_from=clock.now())
    ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.new-post", moment=moment(), subjects=[row.id],
        after={"unit": unit_id, "name": name, "role": chosen},
    )  # fmt: skip
    return row.id


def roles_for(kind: UnitKind) -> list[Role]:
    """Return the roles that a kind of unit has, in the order of their words."""
    return sorted(ROLES_OF_KIND[kind], key=lambda role: role.label)


@transaction.atomic
def end_post(actor: Actor, *, post_id: UUID) -> Recorded:
    """End a post that nobody holds any more."""
    access.require(actor, Permission.ORG_MANAGE)
    one_at_a_time()
    post = Post.objects.select_for_update().filter(in_force(), id=post_id).first()
    if post is None:
        raise NotFound
    holders = (
        Duty.objects.filter(in_force(), post=post).order_by("-rank").values_list("person__name", flat=True)
    )
    if holders:
        raise Refusal(
            f"不能撤销岗位：还有 {len(holders)} 人任职。",
            code="post-held",
            basis=("案通岗位规则：先终止任职，再撤销岗位",),
            remedy="先终止其任职；案件由本单位负责人移交给接任的人。",
            items=[f"现任：{name}" for name in holders],
        )
    now = clock.now()
    Post.objects.filter(id=post_id).update(valid_until=now)
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.end-post", moment=moment(), subjects=[post_id], after={"until": now}
    )  # fmt: skip


def _linked(unit_id: UUID) -> QuerySet[Counterpart]:
    return Counterpart.objects.filter(unit_id=unit_id).order_by("position")


@transaction.atomic
def set_counterparts(
    actor: Actor, *, unit_id: UUID, other_ids: Sequence[UUID], shown: Sequence[UUID] | None = None
) -> Recorded:
    """Set the units a unit deals with by default (对口单位), first choice first.

    `shown` are those the form was shown: where they are others by now, Stale is raised.
    """
    access.require(actor, Permission.ORG_MANAGE)
    one_at_a_time()
    _unit(unit_id)
    before = list(_linked(unit_id).values_list("other_id", flat=True))
    if shown is not None and set(shown) != set(before):
        raise Stale("不能保存对口单位：刚刚由别人改过。", items=("刷新后看现在的对口单位。",))
    wanted = list(dict.fromkeys(other_ids))
    kinds = dict(Unit.objects.filter(in_force(), id__in=wanted).values_list("id", "kind"))
    if unit_id in wanted or len(kinds) != len(wanted) or len(wanted) > MOST_COUNTERPARTS:
        raise BadInput(
            "不能保存对口单位：所选的单位不对。",
            code="counterparts",
            basis=("案通单位规则：对口单位是在用的其他单位",),
            remedy=f"去掉本单位和已撤销的单位；至多 {MOST_COUNTERPARTS} 个。",
            fields={"other": f"选在用的其他单位，至多 {MOST_COUNTERPARTS} 个"},
        )
    _linked(unit_id).delete()
    Counterpart.objects.bulk_create(
        [
            Counterpart(unit_id=unit_id, other_id=other, kind=kinds[other], position=position)
            for position, other in enumerate(wanted)
        ]
    )
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.set-counterparts", moment=moment(), subjects=[unit_id],
        before={"others": before}, after={"others": wanted},
    )  # fmt: skip
