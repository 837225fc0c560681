"""Authorities of a test: certificates of every kind that may be shown, made as real ones are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from antong.kernel import clock

PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def kept(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write both as files."""
        cert, key = folder / f"{name}.pem", folder / f"{name}.key"
        cert.write_bytes(self.pem)
        key.write_bytes(self.key.private_bytes(*PEM))
        key.chmod(0o600)
        return cert, key


def issue(
    name: str,
    by: Issued | None = None,
    *,
    authority: bool = False,
    days: tuple[int, int] = (-1, 300),
    use: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    host: str = "",
) -> Issued:
    """Issue a certificate, in force from so many days to so many from now."""
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above = by.certificate.subject if by else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False),
            critical=True,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((by.key if by else key).public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return Issued(builder.sign(by.key if by else key, SHA256()), key)


def revocations(by: Issued, *revoked: Issued, until: int = 7) -> bytes:
    """Return an authority's list (PEM) of what it has revoked, good for so many days."""
    now = clock.now()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(by.certificate.subject)
        .last_update(now - timedelta(days=8))
        .next_update(now + timedelta(days=until))
    )
    for one in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(one.certificate.serial_number)
            .revocation_date(now - timedelta(days=8))
            .build()
        )
    return builder.sign(by.key, SHA256()).public_bytes(Encoding.PEM)


class Authorities:
    """A root, what hangs from it, and a stranger of the same name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = issue("政法专网根", authority=True, days=(-100, 3000))
        self.middle = issue("政法专网登录", self.root, authority=True, days=(-100, 2000))
        self.stranger = issue("政法专网登录", issue("政法专网根", authority=True), authority=True)
        self.file = folder / "authorities.pem"
        self.file.write_bytes(self.root.pem + self.middle.pem)
        self.lists = folder / "revoked.pem"
        self.revoke()

    def revoke(self, *ones: Issued, until: int = 7) -> None:
        """Write the lists anew."""
        self.lists.write_bytes(
            revocations(self.root, until=until) + revocations(self.middle, *ones, until=until)
        )
