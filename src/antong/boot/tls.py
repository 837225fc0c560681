"""Certificates of the server: a first one of its own making, and what is wrong with those that are set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from antong.boot.environment import Environment
from antong.kernel import clock
from antong.kernel.refusal import BadInput, Refusal

FIRST_DAYS = 90
"""How long a certificate of our own making holds: until there is a proper one."""
SOON = timedelta(days=30)
LONGEST_NAME = 64


def self_signed(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a key and a certificate for a host name or address, for the first days; return their files.

    Raises Refusal where there are some already, BadInput where the name is none.
    """
    cert, key = folder / "cert.pem", folder / "key.pem"
    if cert.exists() or key.exists():
        raise Refusal(
            f"没有制作证书：{folder} 里已经有了，什么都没有改动。",
            code="tls-exists",
            basis=("案通安装规则：不覆盖在用的证书和密钥",),
            remedy="继续用它；要另做的，先把这两个文件移走。",
        )
    secret = ec.generate_private_key(ec.SECP256R1())
    now = clock.now()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:LONGEST_NAME] or "-")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=FIRST_DAYS))
        .add_extension(x509.SubjectAlternativeName([_named(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    plain = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(plain)
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    return cert, key


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        pass
    if (
        not name
        or not all(part and part.replace("-", "").isalnum() for part in name.split("."))
        or not name.isascii()
    ):
        raise BadInput(
            "没有制作证书：主机名不对。",
            code="tls-name",
            basis=("案通安装规则：证书写明浏览器里用的主机名或 IP 地址",),
            remedy="写浏览器地址栏里的主机名，不带 https:// 和端口，例：antong.example.gov.cn。",
        )
    return x509.DNSName(name)


def faults(env: Environment) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the certificates that are set, and how to mend it."""
    if env.tls_cert is not None and env.tls_key is not None:
        yield from _of_server(env.tls_cert, env.tls_key, env.hosts)
    if env.client_ca is not None:
        yield from _of_authorities(env.client_ca, env.client_crl)


def _of_server(cert: Path, key: Path, hosts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    try:
        shown = x509.load_pem_x509_certificates(cert.read_bytes())[0]
        secret = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, IndexError) as error:
        reason = getattr(error, "strerror", None) or "不是 PEM，或密钥设了口令"
        yield (
            f"证书或密钥读不了（{reason}）",
            f"核对 ANTONG_TLS_CERT {cert} 和 ANTONG_TLS_KEY {key}，交给运行案通的用户",
        )
        return
    if key.stat().st_mode & 0o077:
        yield f"{key} 别人也能读", f"chmod 600 {key}"
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if secret.public_key().public_bytes(*public) != shown.public_key().public_bytes(*public):
        yield "密钥不是这张证书的", "把同一次申请得到的证书和密钥放在一起；证书链文件里本机的证书放第一张"
    yield from _ends(shown, f"服务器证书 {cert}", "换发后换掉文件，重新启动案通")
    names = _names(shown)
    lost = [
        host for host in hosts if host not in {"127.0.0.1", "localhost", "*"} and not _covered(host, names)
    ]
    if lost:
        yield f"证书不含 {'、'.join(lost)}", "申请写有全部 ANTONG_HOSTS 的证书，或改 ANTONG_HOSTS"


def _names(shown: x509.Certificate) -> set[str]:
    try:
        held = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {*held.get_values_for_type(x509.DNSName), *map(str, held.get_values_for_type(x509.IPAddress))}


def _covered(host: str, names: set[str]) -> bool:
    return host.strip("[]") in names or f"*.{host.partition('.')[2]}" in names


def _ends(shown: x509.Certificate, what: str, mend: str) -> Iterator[tuple[str, str]]:
    now = clock.now()
    if shown.not_valid_after_utc <= now:
        yield f"{what} 已于 {shown.not_valid_after_utc:%Y-%m-%d} 到期", mend
    elif shown.not_valid_after_utc <= now + SOON:
        yield f"{what} 到 {shown.not_valid_after_utc:%Y-%m-%d} 止，不足 {SOON.days} 天", mend


def _of_authorities(path: Path, lists: Path | None) -> Iterator[tuple[str, str]]:
    from antong.org._chains import lists as read  # noqa: PLC0415 - settings come first

    try:
        shown = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        yield f"发证机构的证书 {path} 读不了", "放上发证机构的根证书和中间证书（PEM，首尾相接）"
        return
    if not any(one.subject == one.issuer for one in shown):
        yield f"{path} 里没有根证书", "把发证机构的根证书也放进去"
    for one in shown:
        yield from _ends(
            one, f"发证机构 {one.subject.rfc4514_string()} 的证书", "向发证机构取新的，放进 ANTONG_CLIENT_CA"
        )
    if lists is None:
        return
    try:
        given = read(lists.read_bytes())
    except (OSError, ValueError):
        yield f"吊销列表 {lists} 读不了，凭证书登录全部停用", "取发证机构的吊销列表（PEM，可多份相接）放好"
        return
    for row in given:
        if row.next_update_utc is None or row.next_update_utc <= clock.now():
            yield (
                f"{row.issuer.rfc4514_string()} 的吊销列表过期，它发的证书不能登录",
                "每天取新的吊销列表，可用 cron",
            )
    if not given:
        yield f"{lists} 里没有吊销列表，凭证书登录全部停用", "取发证机构的吊销列表（PEM，可多份相接）放好"
