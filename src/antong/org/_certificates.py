"""Certificates that people sign in by: registered and taken back by the security administrator, one person's each."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from django.db import IntegrityError, transaction

from antong.kernel import clock
from antong.kernel.actor import Actor
from antong.kernel.moment import moment
from antong.kernel.refusal import BadInput, NotFound, NotPermitted, Refusal
from antong.ledger import actions as ledger
from antong.ledger.selectors import ActFilter, house_acts
from antong.ledger.types import SYSTEM_CHAIN, Recorded
from antong.org import _chains, _notices, _sessions, access
from antong.org._duties import duties_of, duties_to_sign_in
from antong.org._house import HOUSE
from antong.org._values import CertificateView
from antong.org.models import Certificate, Person
from antong.org.types import Permission, SignedIn

BY = "certificate"
"""What a session was opened by; the beginning of the fingerprint follows."""
REFUSED = "org.refuse-sign-in"
LONGEST = 300
MARK = 16


def sign_in_by_certificate(content: bytes) -> SignedIn:
    """Return whom a certificate signs in that was shown to us (DER), and on which duties; nothing is on record yet.

    That its owner showed it, the TLS handshake has proven. Raises NotPermitted or BadInput with what is wrong with it.
    """
    if not content:
        raise BadInput(
            "不能登录：浏览器没有出示证书。",
            code="certificate-none",
            basis=_chains.BASIS,
            remedy="插好证书介质（UKey），关闭全部浏览器窗口后重新打开，在弹出的列表里选自己的证书；没有列表的，检查介质驱动。",
            who=_chains.SECURITY,
        )
    shown = _chains.read(content)
    _chains.check(shown)
    row = Certificate.objects.select_related("person").filter(fingerprint=shown.fingerprint(SHA256())).first()
    if row is None:
        raise NotPermitted(
            "不能登录：这张证书没有登记给任何人。",
            code="certificate-unknown",
            basis=_chains.BASIS,
            remedy="把证书文件交安全管理员，在“账号登录”里登记；现在用口令登录。",
            who=_chains.SECURITY,
        )
    if row.revoked_at is not None or not row.person.is_active:
        raise NotPermitted(
            "不能登录：这张证书的登记已收回，或账号已停用。",
            code="certificate-taken-back",
            basis=_chains.BASIS,
            remedy="换用登记的证书；应当能用的，请安全管理员核对。",
            who=_chains.SECURITY,
        )
    duties = duties_to_sign_in(row.person_id)
    return SignedIn(
        person_id=row.person_id,
        name=row.person.name,
        must_change_password=False,
        duties=duties,
        second_factor=False,
    )


def note_certificate(content: bytes) -> str:
    """Note that a certificate has signed somebody in, now; return what the session is opened by."""
    mark = bytes(_chains.read(content).fingerprint(SHA256()))
    Certificate.objects.filter(fingerprint=mark).update(used_at=clock.now())
    return f"{BY}:{mark.hex()[:MARK]}"


def registered_certificate(content: bytes) -> UUID | None:
    """Return the id of a certificate that is registered, taken back or not, None where it is nobody's; one statement."""
    try:
        mark = _chains.read(content).fingerprint(SHA256())
    except BadInput:
        return None
    return Certificate.objects.filter(fingerprint=mark).values_list("id", flat=True).first()


@transaction.atomic
def note_refused_certificate(certificate_id: UUID, day: date, *, why: str, address: str) -> None:
    """Put on record that a registered certificate was shown on a day and signed nobody in, and why: once a day each.

    Whoever shows it holds its key; certificates that nobody has registered leave no entry.
    """
    row = Certificate.objects.select_for_update().filter(id=certificate_id).first()
    asked = ActFilter(acts=(REFUSED,), people=(certificate_id,), since=clock.midnight(day))
    if row is None or house_acts(asked, most=1):
        return
    ledger.record(
        HOUSE, chain_id=SYSTEM_CHAIN, act=REFUSED, moment=moment(), subjects=[row.person_id, row.id],
        after={"why": why, "address": address, "by": f"{BY}:{bytes(row.fingerprint).hex()[:MARK]}"},
    )  # fmt: skip


def certificates_of(person_id: UUID) -> list[CertificateView]:
    """Return a person's certificates, the newest first; one statement."""
    now = clock.now()
    rows = Certificate.objects.filter(person_id=person_id).select_related("registered_by", "revoked_by")
    return [
        CertificateView(
            id=row.id,
            subject=row.subject,
            issuer=row.issuer,
            serial=row.serial,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            registered_by=row.registered_by.name,
            registered_at=row.registered_at,
            used_at=row.used_at,
            revoked_at=row.revoked_at,
            revoked_why=row.revoked_why,
            over=row.valid_until <= now,
        )
        for row in rows.order_by("-registered_at")
    ]


@ledger.acted
def register_certificate(actor: Actor, *, person_id: UUID, content: bytes) -> Recorded:
    """Register a certificate (PEM or DER) as one by which a person signs in; the person is told. Never for oneself.

    Raises BadInput where it is none, NotPermitted where nobody could sign in by it, Refusal where it is registered.
    """
    access.require(actor, Permission.ACCOUNT_MANAGE)
    if person_id == actor.person_id or not Person.objects.filter(id=person_id, is_active=True).exists():
        raise NotFound
    shown = _chains.read(content)
    _chains.check(shown)
    row = Certificate(
        person_id=person_id,
        fingerprint=shown.fingerprint(SHA256()),
        subject=shown.subject.rfc4514_string()[:LONGEST],
        issuer=shown.issuer.rfc4514_string()[:LONGEST],
        serial=f"{shown.serial_number:X}"[:64],
        valid_from=shown.not_valid_before_utc,
        valid_until=shown.not_valid_after_utc,
        registered_by_id=actor.person_id,
        registered_at=clock.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Refusal(
            "不能登记：这张证书已经登记过，一张证书只归一人。",
            code="certificate-known",
            basis=_chains.BASIS,
            remedy="核对证书是不是此人的；收回过的证书不再登记，请换发。",
            who=_chains.SECURITY,
            fields={"certificate": "已经登记过"},
        ) from error
    units = {one.unit_id for one in duties_of(person_id)}
    _notices.notify(
        actor, to_units=sorted(units), to_person=person_id, kind="notice", title="登记了一张您的数字证书",
        body=f"序列号 {row.serial}，至 {clock.local(row.valid_until):%Y-%m-%d} 止，可用它登录。不是您的证书，即请安全管理员收回。",
    )  # fmt: skip
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.register-certificate", moment=moment(), subjects=[person_id, row.id],
        after={"fingerprint": bytes(row.fingerprint).hex(), "until": row.valid_until},
    )  # fmt: skip


@ledger.acted
def revoke_certificate(actor: Actor, *, certificate_id: UUID, reason: str) -> Recorded:
    """Take a certificate back at once, with a reason; the sessions it opened end."""
    access.require(actor, Permission.ACCOUNT_MANAGE)
    row = Certificate.objects.select_for_update().filter(id=certificate_id, revoked_at__isnull=True).first()
    if row is None:
        raise NotFound
    said = " ".join(reason.split())
    if not said or len(said) > Certificate.REASON_LENGTH:
        raise BadInput(
            "不能收回：没有写明原因。",
            code="certificate-reason",
            basis=_chains.BASIS,
            remedy=f"写明原因，例：介质遗失；不超过 {Certificate.REASON_LENGTH} 字。",
            fields={"certificate_reason": "必填"},
        )
    Certificate.objects.filter(id=row.id).update(
        revoked_at=clock.now(), revoked_by_id=actor.person_id, revoked_why=said
    )
    ended = _sessions.end_opened_by(row.person_id, f"{BY}:{bytes(row.fingerprint).hex()[:MARK]}")
    return ledger.record(
        actor, chain_id=SYSTEM_CHAIN, act="org.revoke-certificate", moment=moment(), subjects=[row.person_id, row.id],
        after={"reason": said, "sessions": ended},
    )  # fmt: skip
