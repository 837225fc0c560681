"""Signing in by certificate over real TLS, by the house alone and behind nginx; the server's own certificate."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from antong.boot import environment, run, tls
from antong.boot.certificate_port import showing
from antong.kernel.refusal import BadInput, Refusal
from issuing import Authorities, Issued, issue
from processes import antong, free_port, running, until_up
from visiting import Visitor, bind_certificate

HOST = "localhost"
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


def environ(**more: Any) -> dict[str, Any]:
    return {"PATH_INFO": "/certificate", "REMOTE_ADDR": "10.0.0.5", **more}


def asked(proxies: tuple[str, ...], given: dict[str, Any]) -> tuple[str, Any]:
    """Return how the port answers, and what the page behind it finds shown."""
    found: list[Any] = []

    def page(values: dict[str, Any], start: Any) -> list[bytes]:
        found.append(values.get("antong.certificate"))
        start("200 OK", [])
        return [b""]

    said: list[str] = []
    list(showing(page, proxies)(given, lambda status, _: said.append(status)))
    return said[0], found[0] if found else None


def test_a_header_is_believed_of_a_proxy_alone() -> None:
    from urllib.parse import quote

    one = issue("某")
    said = quote(one.pem.decode())
    header = {"HTTP_X_CLIENT_CERTIFICATE": said}
    assert asked(("10.0.0.5",), environ(**header)) == ("200 OK", one.der)
    assert asked(("10.0.0.5",), environ()) == ("200 OK", b"")
    assert asked(("10.0.0.5",), environ(HTTP_X_CLIENT_CERTIFICATE="%zz")) == ("200 OK", b"?")
    assert asked(("10.0.0.9",), environ(**header)) == ("403 Forbidden", None)
    assert asked((), environ(**header)) == ("403 Forbidden", None)
    for path in ("/login", "/", "/desk", "/metrics", "/api/v1/cases"):
        assert asked(("10.0.0.5",), environ(**header, PATH_INFO=path))[0] == "404 Not Found", path


class _Shown:
    def getpeercert(self, binary: bool) -> bytes:  # noqa: FBT001 - as the library has it
        assert binary
        return b"shown"


def test_over_tls_no_header_says_anything() -> None:
    forged = environ(HTTP_X_CLIENT_CERTIFICATE="x", **{"gunicorn.socket": _Shown()})
    assert asked(("10.0.0.5",), forged) == ("200 OK", b"shown")


def test_settings_of_certificates_are_whole_or_refused(tmp_path: Path) -> None:
    for bad in (
        {"ANTONG_TLS_CERT": "x"},
        {"ANTONG_TLS_KEY": "x"},
        {"ANTONG_CLIENT_CA": "x"},
        {"ANTONG_CERTIFICATE_PORT": "8443"},
        {"ANTONG_CLIENT_CRL": "x"},
        {"ANTONG_CLIENT_CA": "x", "ANTONG_CERTIFICATE_PORT": "8443"},
        *({"ANTONG_PAGES_PORT": port} for port in ("0", "-1", "65536", "x", "８４４３")),
    ):
        with pytest.raises(environment.BadSetting):
            environment.read({"ANTONG_STATE": str(tmp_path), **bad})
    read = environment.read({"ANTONG_STATE": str(tmp_path), "ANTONG_TLS_CERT": "c", "ANTONG_TLS_KEY": "k"})
    assert read.tls
    assert read.pages_port == 443


def test_the_house_asks_itself_by_the_name_that_it_is_known_by() -> None:
    every = run.EVERY_ADDRESS
    assert run.named(("antong.example.gov.cn", "127.0.0.1"), every) == "antong.example.gov.cn"
    assert run.named(("*", ".example.gov.cn"), every) == "example.gov.cn"
    assert run.named(("*",), "10.0.0.5") == "10.0.0.5"
    assert (run.here(every), run.here("10.0.0.5")) == ("127.0.0.1", "10.0.0.5")
    assert (run.here("::"), run.here("fd00::5")) == ("[::1]", "[fd00::5]")
    assert run.named(("*",), "fd00::5") == "[fd00::5]"


def test_a_first_certificate_names_its_host_and_is_never_overwritten(tmp_path: Path) -> None:
    cert, key = tls.self_signed(tmp_path / "tls", "antong.example.gov.cn")
    assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(Refusal, match="什么都没有改动"):
        tls.self_signed(tmp_path / "tls", "other.example.gov.cn")
    for index, bad in enumerate(("", "https://x", "a b", "主机", "x..y", "-" * 3 + "!")):
        with pytest.raises(BadInput):
            tls.self_signed(tmp_path / str(index), bad)
    tls.self_signed(tmp_path / "address", "10.20.0.5")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)


def found(tmp_path: Path, **more: Any) -> str:
    given = {"ANTONG_STATE": str(tmp_path), **{name: str(value) for name, value in more.items()}}
    return "；".join(f"{wrong} {mend}" for wrong, mend in tls.faults(environment.read(given)))


def test_doctor_names_what_is_wrong_with_certificates(tmp_path: Path) -> None:
    house = Authorities(tmp_path)
    good = issue("平台", house.middle, host="antong.example.gov.cn").kept(tmp_path, "good")
    soon = issue("平台", house.middle, host="antong.example.gov.cn", days=(-300, 20)).kept(tmp_path, "soon")
    over = issue("平台", house.middle, host="antong.example.gov.cn", days=(-300, -2)).kept(tmp_path, "over")
    hosts = {"ANTONG_HOSTS": "antong.example.gov.cn,localhost"}
    both = {"ANTONG_TLS_CERT": good[0], "ANTONG_TLS_KEY": good[1], **hosts}
    assert found(tmp_path, **both) == ""
    assert "密钥不是这张证书的" in found(tmp_path, **{**both, "ANTONG_TLS_KEY": soon[1]})
    assert "不足 30 天" in found(tmp_path, **{**both, "ANTONG_TLS_CERT": soon[0], "ANTONG_TLS_KEY": soon[1]})
    assert "到期" in found(tmp_path, **{**both, "ANTONG_TLS_CERT": over[0], "ANTONG_TLS_KEY": over[1]})
    assert "证书不含 other.gov.cn" in found(tmp_path, **{**both, "ANTONG_HOSTS": "other.gov.cn"})
    assert "读不了" in found(tmp_path, **{**both, "ANTONG_TLS_CERT": tmp_path / "none"})
    good[1].chmod(0o644)
    assert "chmod 600" in found(tmp_path, **both)
    good[1].chmod(0o600)
    people = {
        **both,
        "ANTONG_CLIENT_CA": house.file,
        "ANTONG_CLIENT_CRL": house.lists,
        "ANTONG_CERTIFICATE_PORT": 8443,
    }
    assert found(tmp_path, **people) == ""
    assert "读不了" in found(tmp_path, **{**people, "ANTONG_CLIENT_CA": tmp_path / "none"})
    house.revoke(until=-1)
    assert "吊销列表过期" in found(tmp_path, **people)
    house.lists.write_bytes(b"")
    assert "没有吊销列表" in found(tmp_path, **people)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    return Authorities(tmp_path_factory.mktemp("authorities"))


def register(base: str, trust: Path, password: str, content: bytes) -> None:
    """Let the security administrator register a certificate for the judge, on the pages."""
    security = Visitor(base, trust)
    status, where, text = security.post("/login", username="anquan", password=password)
    assert (status, where) == (200, "/operations"), text[:300]
    bind_certificate(security, "秦延溯", content)


def signs_in(house: Authorities, base: str, shown: str, own: Issued) -> None:
    """Try what people try at the port that asks for certificates."""
    mine = own.kept(house.folder, "mine")
    trust = house.file
    holder = Visitor(shown, trust, mine)
    status, _, text = holder.get("/certificate?next=/cases")
    assert status == 200
    assert "秦延溯" in text
    assert Visitor(shown, trust, mine).get("/login")[0] == 404, "nothing but the page is served there"
    done = holder.post("/certificate?next=/cases")
    assert "已登录" in done[2]
    onward = re.search(r'url=(https://[^"]+)"', done[2])
    assert onward is not None
    assert onward[1] == f"{base}/cases"
    holder.base = base
    status, where, text = holder.get("/cases")
    assert (status, where) == (200, "/cases"), "the session holds at both ports"
    assert "秦延溯" in text

    assert "没有出示证书" in Visitor(shown, trust).get("/certificate")[2]
    for name, one, words in (
        ("unknown", issue("秦延溯", house.middle), "没有登记给任何人"),
        ("over", issue("秦延溯", house.middle, days=(-30, -1)), "到期"),
    ):
        status, _, text = Visitor(shown, trust, one.kept(house.folder, name)).get("/certificate")
        assert status == 403, name
        assert words in text, name
    house.revoke(own)
    assert "发证机构已吊销它" in Visitor(shown, trust, mine).get("/certificate")[2]
    house.revoke()
    assert Visitor(shown, trust, mine).get("/certificate")[0] == 200


@pytest.mark.xdist_group("run")
@pytest.mark.full
def test_the_house_alone_serves_tls_and_signs_in_by_certificate(
    tmp_path: Path, authorities: Authorities
) -> None:
    server = issue("平台", authorities.middle, host=HOST, use=SERVER)
    cert, key = server.kept(authorities.folder, "server")
    cert.write_bytes(server.pem + authorities.middle.pem)
    pages, shown = free_port(), free_port()
    settings = {
        "ANTONG_DEMO": "1", "ANTONG_TLS_CERT": str(cert), "ANTONG_TLS_KEY": str(key), "ANTONG_HOSTS": HOST,
        "ANTONG_CLIENT_CA": str(authorities.file), "ANTONG_CLIENT_CRL": str(authorities.lists), "ANTONG_CERTIFICATE_PORT": str(shown),
    }  # fmt: skip
    state = tmp_path / "state"
    with running(state, "--port", str(pages), **settings) as house:
        assert f"https://{HOST}:{pages}/login" in house.said
        base, at = f"https://{HOST}:{pages}", f"https://{HOST}:{shown}"
        told = logins(state)
        own = issue("秦延溯", authorities.middle)
        register(base, authorities.file, told["anquan"], own.pem)
        visitor = Visitor(base, authorities.file)
        assert f"{base}/certificate" not in visitor.get("/login")[2]
        assert "用数字证书登录" in visitor.get("/login")[2]
        status, where, text = visitor.get("/certificate")
        assert (status, where) == (422, "/certificate"), "the pages' port leads to the one that asks"
        assert "没有出示证书" in text
        until_up(shown)
        signs_in(authorities, base, at, own)
        stranger = issue("秦延溯", authorities.stranger).kept(authorities.folder, "stranger")
        with pytest.raises((OSError, ssl.SSLError)):
            Visitor(at, authorities.file, stranger).get("/certificate")
        forged = urllib.request.Request(f"{base}/certificate", headers={"X-Client-Certificate": "x"})  # noqa: S310
        assert "没有出示证书" in visitor._open(forged)[2]
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            assert speaks(pages, version)
            assert speaks(shown, version)
        assert_silent_callers_hold_nothing(shown, at, authorities)


def logins(state: Path) -> dict[str, str]:
    rows = json.loads((state / "demo-logins.json").read_text("utf-8"))
    return {row["username"]: row["password"] for row in rows}


def speaks(port: int, version: ssl.TLSVersion) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain) as spoken,
    ):
        return spoken.version() is not None


def assert_silent_callers_hold_nothing(port: int, at: str, house: Authorities) -> None:
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
    for one in silent:
        one.sendall(b"\x16\x03\x01")
    try:
        assert Visitor(at, house.file).get("/certificate")[0] == 422
    finally:
        for one in silent:
            one.close()


@contextmanager
def nginx(
    folder: Path, pages: int, shown: int, upstream: int, files: tuple[Path, Path, Path]
) -> Iterator[None]:
    """Run nginx with the example of deploy/, its ports and files put in."""
    root = Path(__file__).resolve().parents[2]
    text = (root / "deploy" / "nginx.conf").read_text("utf-8")
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{upstream}"), ("127.0.0.1:8001", f"127.0.0.1:{upstream + 1}"), ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443 ", f"listen 127.0.0.1:{pages} "), ("listen 8443 ", f"listen 127.0.0.1:{shown} "), ("antong.example.gov.cn", HOST),
        ("/etc/nginx/tls/antong.crt", str(files[0])), ("/etc/nginx/tls/antong.key", str(files[1])), ("/etc/nginx/tls/people-ca.pem", str(files[2])),
        ("/var/log/nginx/antong.log", str(folder / "access.log")),
    ):  # fmt: skip
        assert old in text, old
        text = text.replace(old, new)
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = folder / "nginx.conf"
    conf.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{\n{places}{text}\n}}\n",
        "utf-8",
    )
    process = subprocess.Popen(
        [NGINX, "-c", str(conf), "-p", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until_up(pages)
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.xdist_group("run")
@pytest.mark.full
@pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed here")
def test_behind_nginx_as_the_example_has_it(tmp_path: Path, authorities: Authorities) -> None:
    server = issue("平台", authorities.middle, host=HOST, use=SERVER)
    cert, key = server.kept(authorities.folder, "proxy")
    cert.write_bytes(server.pem + authorities.middle.pem)
    pages, shown, upstream = free_port(), free_port(), free_port()
    settings = {
        "ANTONG_DEMO": "1", "ANTONG_TLS": "1", "ANTONG_PROXIES": "127.0.0.1", "ANTONG_HOSTS": HOST, "ANTONG_PAGES_PORT": str(pages),
        "ANTONG_CLIENT_CA": str(authorities.file), "ANTONG_CLIENT_CRL": str(authorities.lists), "ANTONG_CERTIFICATE_PORT": str(shown),
    }  # fmt: skip
    with (
        running(tmp_path / "state", "--port", str(upstream), **settings),
        nginx(tmp_path, pages, shown, upstream, (cert, key, authorities.file)),
    ):
        base, at = f"https://{HOST}:{pages}", f"https://{HOST}:{shown}"
        own = issue("秦延溯", authorities.middle)
        register(base, authorities.file, logins(tmp_path / "state")["anquan"], own.pem)
        until_up(upstream + 1)
        signs_in(authorities, base, at, own)
        stranger = issue("秦延溯", authorities.stranger).kept(authorities.folder, "stranger")
        assert "不是约定的机构签发的" in Visitor(at, authorities.file, stranger).get("/certificate")[2]
        from urllib.parse import quote

        for where in (base, at):  # what a visitor writes himself is nothing
            header = {"X-Client-Certificate": quote(own.pem.decode())}
            forged = urllib.request.Request(f"{where}/certificate", headers=header)  # noqa: S310
            assert "没有出示证书" in Visitor(where, authorities.file)._open(forged)[2]
        assert antong(tmp_path / "state", "doctor", **settings).stdout.count("不行") == 0
