"""Whether a certificate is one that people may sign in by: issued by our authorities, in force, not revoked. No tables."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.conf import settings

from antong.kernel import clock
from antong.kernel.refusal import BadInput, NotPermitted

BASIS = ("案通登录规则：数字证书由约定的机构签发，在有效期内，没有吊销",)
SECURITY = "安全管理员"
_MARK, _END = b"-----BEGIN X509 CRL-----", b"-----END X509 CRL-----"


def read(content: bytes) -> x509.Certificate:
    """Return a certificate from PEM or DER; raises BadInput where it is none, or of an algorithm nothing here knows."""
    try:
        plain = content.strip()
        found = (
            x509.load_pem_x509_certificate(plain)
            if plain.startswith(b"-----")
            else x509.load_der_x509_certificate(content)
        )
        found.public_key()
        found.subject.rfc4514_string()
    except (
        Exception
    ) as error:  # what is no certificate fails in many ways: ValueError, UnsupportedAlgorithm, TypeError
        raise BadInput(
            "不能用：读不出这张证书。",
            code="certificate-unreadable",
            basis=("案通登录规则：收 X.509 证书，RSA 或 P-256 等椭圆曲线",),
            remedy="从发证机构导出 PEM（.pem、.crt）或 DER（.cer）格式的证书，不含私钥；国密 SM2 证书还不能用。",
            who=SECURITY,
            fields={"certificate": "读不出这张证书"},
        ) from error
    return found


def _refuse(what: str, code: str, remedy: str) -> NoReturn:
    raise NotPermitted(f"不能用这张证书：{what}。", code=code, basis=BASIS, remedy=remedy, who=SECURITY)


def check(certificate: x509.Certificate) -> None:
    """Refuse a certificate that is not in force now, not of our authorities, or that they have revoked.

    The files of authorities and lists are read each time: a new list counts at once.
    """
    now = clock.now()
    _in_force(certificate, now)
    authorities = _authorities()
    roots = [one for one in authorities if one.subject == one.issuer]
    others = [one for one in authorities if one.subject != one.issuer]
    try:
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store(roots))
            .time(now)
            .extension_policies(
                ca_policy=verification.ExtensionPolicy.webpki_defaults_ca(), ee_policy=_of_people()
            )
            .build_client_verifier()
        )
        chain = verifier.verify(certificate, others).chain
    except (verification.VerificationError, ValueError):
        _refuse(
            "不是约定的机构签发的，或不是供人登录用的",
            "certificate-stranger",
            "换用约定的机构签发的登录证书；确是该机构签发的，请系统管理员核对 ANTONG_CLIENT_CA 里的证书链。",
        )
    _not_revoked(chain, now)


def _in_force(certificate: x509.Certificate, now: datetime) -> None:
    if certificate.not_valid_after_utc < now:
        _refuse(
            f"已于{clock.local(certificate.not_valid_after_utc):%Y年%-m月%-d日}到期",
            "certificate-expired",
            "向发证机构换发，交安全管理员登记；在此之前用口令登录。",
        )
    if certificate.not_valid_before_utc > now:
        _refuse(
            f"{clock.local(certificate.not_valid_before_utc):%Y年%-m月%-d日}起才有效",
            "certificate-early",
            "到期再用；时间不对的，请系统管理员校准服务器时钟。",
        )


def _of_people() -> verification.ExtensionPolicy:
    """Return what a person's certificate must say: nothing of names, but not that it is an authority or a server's alone."""

    def use(_policy: object, _one: object, given: x509.ExtendedKeyUsage | None) -> None:
        if given is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in given:
            raise ValueError("not for signing in")

    def leaf(_policy: object, _one: object, given: x509.BasicConstraints | None) -> None:
        if given is not None and given.ca:
            raise ValueError("an authority's own")

    either = verification.Criticality.AGNOSTIC
    return (
        verification.ExtensionPolicy.permit_all()
        .may_be_present(x509.ExtendedKeyUsage, either, use)
        .may_be_present(x509.BasicConstraints, either, leaf)
    )


def _authorities() -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(Path(settings.ANTONG_CLIENT_CA or "").read_bytes())
    except (OSError, ValueError):
        _refuse(
            "服务器上没有设发证机构，或文件读不了",
            "certificate-authorities",
            "请系统管理员设好 ANTONG_CLIENT_CA，运行 antong doctor 核对；现在用口令登录。",
        )


def lists(content: bytes) -> list[x509.CertificateRevocationList]:
    """Return the revocation lists of a PEM file; raises ValueError."""
    return [
        x509.load_pem_x509_crl(_MARK + part.partition(_END)[0] + _END + b"\n")
        for part in content.split(_MARK)[1:]
    ]


def _not_revoked(chain: list[x509.Certificate], now: datetime) -> None:
    """Ask the lists for the certificate and all above it but the root; a list that is missing or old answers nothing."""
    path = settings.ANTONG_CLIENT_CRL
    if path is None:
        return
    try:
        given = lists(Path(path).read_bytes())
    except (OSError, ValueError):
        given = []
    for one, above in pairwise(chain):
        fresh = [
            row
            for row in given
            if row.issuer == one.issuer
            and row.next_update_utc is not None
            and row.next_update_utc > now
            and row.is_signature_valid(above.public_key())  # type: ignore[arg-type] # any key that signs
        ]
        if not fresh:
            _refuse(
                "发证机构的吊销列表没有更新，查不了它是否吊销",
                "certificate-lists",
                "请系统管理员更新 ANTONG_CLIENT_CRL 的文件；现在用口令登录。",
            )
        if any(row.get_revoked_certificate_by_serial_number(one.serial_number) for row in fresh):
            _refuse("发证机构已吊销它", "certificate-revoked", "向发证机构换发，交安全管理员登记。")
