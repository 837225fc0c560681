"""The second factor: codes of a phone (RFC 6238), taken once each; recovery codes; what to do when it is lost."""

from __future__ import annotations

import hmac
import secrets
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, Refusal
from antong.ledger import actions as ledger
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import _notices, _sealed, access
from antong.org._duties import duties_of
from antong.org._factor_rows import DIGITS, STEP, offer
from antong.org._guesses import charge, note_pause, succeeded
from antong.org._sign_in import RECOVERY
from antong.org._values import FactorOffer
from antong.org.models import FactorReset, Person, RecoveryCode, SecondFactor
from antong.org.types import Permission

WINDOW = 1
"""A code of one step before or after is taken, as clocks differ."""
SECRET_BYTES = 20
CODES = 10
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of recovery codes: nothing that is read as something else."""
HALF = 5
BASIS = ("案通登录规则：动态口令 30 秒一换，用过一次即失效",)


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a secret at a step of 30 seconds."""
    made = TOTP(secret, DIGITS, SHA1(), STEP, enforce_key_length=False)  # noqa: S303 - what phones know
    return made.generate(step * STEP).decode()


def _step_of(secret: bytes, code: str, after: int) -> int | None:
    """Return the step whose code this is, none where it is no code of now or one that was taken already."""
    now = int(clock.now().timestamp()) // STEP
    found = None
    for step in range(now - WINDOW, now + WINDOW + 1):
        if hmac.compare_digest(code_at(secret, step), code) and step > after:
            found = step
    return found


def _plain(code: str) -> str:
    """Return a code as it is compared: people type spaces, hyphens and small letters."""
    return "".join(code.split()).replace("-", "").upper()[:32]


def check_factor(person_id: UUID, code: str, address: str) -> str:
    """Take a code of the second factor; return what it was, "totp" or "recovery". Counted with the wrong passwords.

    Raises BadInput where it is none, or was taken before; NotPermitted while the account or the address pauses.
    """
    person = Person.objects.filter(id=person_id, is_active=True).first()
    if person is None:
        raise NotFound
    address = address.replace("\0", "")[:64]
    attempt = charge(person.username, address)
    how = _take(person_id, _plain(code))
    if not how:
        note_pause(attempt, person.username, address)
        raise BadInput(
            "不能登录：动态口令不对，或已经用过。",
            code="factor",
            basis=BASIS,
            remedy="等手机上换出下一个再输入；总是不对的，校准手机时间，或用一个备用码。手机遗失又没有备用码的，请系统管理员申请重置。",
            who="系统管理员申请，安全管理员确认",
            fields={"code": "动态口令不对，或已经用过"},
        )
    succeeded(person_id, person.username, address)
    return how


@transaction.atomic
def _take(person_id: UUID, code: str) -> str:
    row = SecondFactor.objects.select_for_update().filter(person_id=person_id, sealed__isnull=False).first()
    if row is None or row.sealed is None or not code.isascii():
        return ""
    step = _step_of(_sealed.unseal(row.id, bytes(row.sealed)), code, row.last_step)
    if step is not None:
        SecondFactor.objects.filter(id=row.id).update(last_step=step)
        return "totp"
    unused = RecoveryCode.objects.filter(
        factor=row, digest=_sealed.digest(row.id, code), used_at__isnull=True
    )
    return RECOVERY if unused.update(used_at=clock.now()) == 1 else ""


def begin_factor(actor: Actor, *, code: str = "", address: str = "") -> FactorOffer:
    """Make a new secret for the person's phone; it opens nothing, and the old one goes on, until `enrol_factor`.

    Whoever has a second factor shows a code of it first: raises as `check_factor` does. Not an act on record yet.
    """
    access.require(actor, Permission.SELF_MANAGE)
    row, _ = SecondFactor.objects.get_or_create(person_id=actor.person_id)
    if row.sealed is not None:
        check_factor(actor.person_id, code, address)
    secret = secrets.token_bytes(SECRET_BYTES)
    SecondFactor.objects.filter(id=row.id).update(pending=_sealed.seal(row.id, secret))
    return offer(actor, secret)


@transaction.atomic
def enrol_factor(actor: Actor, *, code: str) -> tuple[str, ...]:
    """Put the secret in force that the person is setting up, shown by a code of it; return the recovery codes, once.

    Earlier codes and the earlier phone end with it, and so do sessions elsewhere. Raises BadInput where the code is not
    the new phone's, NotFound where nothing is being set up.
    """
    access.require(actor, Permission.SELF_MANAGE)
    row = (
        SecondFactor.objects.select_for_update()
        .filter(person_id=actor.person_id, pending__isnull=False)
        .first()
    )
    if row is None or row.pending is None:
        raise NotFound
    step = _step_of(_sealed.unseal(row.id, bytes(row.pending)), _plain(code), 0)
    if step is None:
        raise BadInput(
            "没有绑定：动态口令不对。",
            code="factor-enrol",
            basis=BASIS,
            remedy="输入手机上现在显示的 6 位数字；总是不对的，把手机时间设为自动校准后再试。",
            fields={"code": "不是这部手机现在的动态口令"},
        )
    SecondFactor.objects.filter(id=row.id).update(
        sealed=row.pending, since=clock.now(), last_step=step, pending=None
    )
    made = ["".join(secrets.choice(ALPHABET) for _ in range(2 * HALF)) for _ in range(CODES)]
    RecoveryCode.objects.filter(factor=row).delete()
    RecoveryCode.objects.bulk_create(
        [RecoveryCode(factor=row, digest=_sealed.digest(row.id, one)) for one in made]
    )
    ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.enrol-factor",
        moment=moment(),
        subjects=[actor.person_id],
        after={"codes": CODES},
    )
    return tuple(f"{one[:HALF]}-{one[HALF:]}" for one in made)


def _tell(actor: Actor, person_id: UUID, title: str, body: str) -> None:
    """Tell the person, on every unit where he or she may sign in."""
    units = {one.unit_id for one in duties_of(person_id)}
    _notices.notify(actor, to_units=sorted(units), to_person=person_id, kind="notice", title=title, body=body)


@ledger.acted
def propose_factor_reset(actor: Actor, *, person_id: UUID, reason: str) -> Recorded:
    """Ask that somebody's lost second factor be forgotten; a security administrator decides. The person is told.

    Raises NotFound where there is none, Refusal where it was asked for already, BadInput without a reason.
    """
    access.require(actor, Permission.ORG_MANAGE)
    has = SecondFactor.objects.select_for_update().filter(person_id=person_id, since__isnull=False).first()
    if has is None or person_id == actor.person_id:
        raise NotFound
    said = " ".join(reason.split())
    if not said or len(said) > FactorReset.REASON_LENGTH:
        raise BadInput(
            "不能申请：没有写明原因。",
            code="factor-reset-reason",
            basis=BASIS,
            remedy=f"写明原因，例：手机遗失；不超过 {FactorReset.REASON_LENGTH} 字。",
            fields={"reset_reason": "必填"},
        )
    if FactorReset.objects.filter(person_id=person_id, decided_at__isnull=True).exists():
        raise Refusal(
            "不能申请：已经申请过，等安全管理员确认。",
            code="factor-reset-asked",
            basis=("案通三员分立规则：重置动态口令由两名管理员分别办理",),
            remedy="请安全管理员在“账号登录”里确认。",
            who="安全管理员",
        )
    FactorReset.objects.create(
        person_id=person_id, reason=said, proposed_by_id=actor.person_id, proposed_at=clock.now()
    )
    _tell(
        actor,
        person_id,
        "申请重置您的动态口令",
        f"原因：{said}。不是您要求的，即请安全管理员不予重置。",
    )
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.propose-factor-reset", moment=moment(), subjects=[person_id],
        after={"reason": said},
    )  # fmt: skip


@ledger.acted
def decide_factor_reset(actor: Actor, *, person_id: UUID, agree: bool) -> Recorded:
    """Forget a lost second factor as proposed, or keep it; never one's own, nor as one's own proposal. The person is told.

    Open sessions end with it; where a second factor is required the next sign-in begins with setting one up.
    """
    access.require(actor, Permission.ACCOUNT_MANAGE)
    row = FactorReset.objects.select_for_update().filter(person_id=person_id, decided_at__isnull=True).first()
    if row is None or actor.person_id in {person_id, row.proposed_by_id}:
        raise NotFound
    FactorReset.objects.filter(id=row.id).update(
        decided_by_id=actor.person_id, decided_at=clock.now(), agreed=agree
    )
    if agree:
        SecondFactor.objects.filter(person_id=person_id).delete()
        _tell(
            actor,
            person_id,
            "您的动态口令已重置",
            "原手机和备用码不再有效。不是您要求的，即请安全管理员停用账号。",
        )
    else:
        _tell(actor, person_id, "您的动态口令没有重置", "原手机和备用码继续有效。")
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.reset-factor" if agree else "org.keep-factor", moment=moment(),
        subjects=[person_id],
    )  # fmt: skip


@transaction.atomic
def forget_factor(actor: Actor, *, username: str) -> Recorded:
    """Forget an account's second factor from the server itself, where no administrator is left to do it; on the record.

    For the command line alone: whoever runs it holds the master key anyway. Raises NotFound where there is none.
    """
    row = SecondFactor.objects.filter(person__username=username, since__isnull=False).first()
    if row is None:
        raise NotFound
    row.delete()
    FactorReset.objects.filter(person_id=row.person_id, decided_at__isnull=True).delete()
    return ledger.record(
        actor,
        chain_id=SYSTEM_CHAIN,
        act="org.reset-factor",
        moment=moment(),
        subjects=[row.person_id],
        after={"by": "command"},
    )
