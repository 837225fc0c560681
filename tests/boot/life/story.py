"""A machine from its first day to its second release: `story.py FIRST DIGEST SECOND DIGEST SCAN FOLDER`. Run by test_life.py.

With the network cut: installed from a file, founded, filled from a spreadsheet, used over TLS by people with certificates,
backed up, wiped, restored, upgraded; then a stranger, with the verifier alone, proves that the ledger of the end is that of
the beginning. Every command is that of docs/operations.md, done by the installed program; settings are the example's.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import psycopg
from cryptography.x509.oid import ExtendedKeyUsageOID
from openpyxl import load_workbook

from colleague import (
    DONE,
    FIRST_LOGIN,
    FOUNDING,
    Colleague,
    enter_unit,
    first_passwords,
    nobody_is_reached,
    register,
)
from issuing import Authorities, issue
from packing import BARE
from processes import until_up, wipe
from visiting import Visitor, bind_certificate, by_certificate, first_sign_in, sign_in, words

HOST, PAGES, ASKS = "localhost", 8443, 8444
BASE, AT = f"https://{HOST}:{PAGES}", f"https://{HOST}:{ASKS}"
WORD = "一句不相干的词语连成的话"
OFFICER, CHIEF, OFFICE = "纪明", "陶方", "卫知更"
PEOPLE = (
    (OFFICER, "990101", "990922ga", "办案民警"),
    (CHIEF, "990102", "990922ga", "局领导"),
    (OFFICE, "990103", "990922jc", "案管员"),
)
PAPERS = ("ev-suspect.interrogation", "lit-rights.rights")
PATIENCE = 120
Head = tuple[Path, dict[str, Any]]
"""A head kept elsewhere: its file, and what it says."""


@dataclass
class Machine:
    """A colleague's machine: what lies in /etc, /var and on the other disk, and who has which certificate."""

    me: Colleague
    unpacked: Path
    scan: bytes
    etc: Path
    var: Path
    other: Path
    authorities: Authorities
    shown: dict[str, tuple[Path, Path]] = field(default_factory=dict)
    phones: dict[str, bytes] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.var / "state"

    def signed_in(self, name: str) -> Visitor:
        """Return somebody's browser, signed in by certificate."""
        return by_certificate(BASE, AT, self.authorities.file, self.shown[name])

    def browser(self) -> Visitor:
        """Return a browser that trusts the house's authority and shows nothing."""
        return Visitor(BASE, self.authorities.file)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve as docs/operations.md says it is done alone."""
        with self.me.running("--host", "0.0.0.0", "--port", str(PAGES)) as base:  # noqa: S104 - as the document has it
            until_up(ASKS)
            yield base

    def backed_up(self) -> str:
        """Back up to the other disk; return what it says."""
        return self.me.antong("backup", self.other / "backups", "--keys-to", self.other / "keys.sealed")

    def head(self, name: str) -> Head:
        """Write the newest head to a file kept elsewhere; return the file and what it says."""
        path = self.other / f"{name}.head"
        self.me.antong("head", path)
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return path, found


@dataclass
class Past:
    """What was done before the loss and must be there after it; and the heads kept elsewhere, each by its file."""

    case: str
    number: str
    later: str
    paper: bytes
    originals: dict[str, str]
    heads: list[Head]


def installed(package: Path, digest: str, folder: Path, scan: bytes) -> Machine:
    """Install from the file by its own installer and write the settings, from the example that lies beside the program."""
    me = Colleague(folder)
    with tarfile.open(package) as tar:
        tar.extractall(folder / "unpacked", filter="data")
    unpacked = next((folder / "unpacked").iterdir())
    me.does(BARE, unpacked / "install.py", me.place, "--manifest", digest)
    etc, var, other = folder / "etc", folder / "var", folder / "other-disk"
    for one in (etc, etc / "tls", var, other):
        one.mkdir()
    text = (me.place / "current" / "deploy" / "antong.env.example").read_text("utf-8")
    for old, new in (
        ("/etc/antong/", f"{etc}/"), ("/var/lib/antong/", f"{var}/"), ("antong.example.gov.cn", HOST),
        ("#ANTONG_CLIENT_", "ANTONG_CLIENT_"), ("#ANTONG_CERTIFICATE_PORT=8443", f"ANTONG_CERTIFICATE_PORT={ASKS}"),
        ("#ANTONG_TLS_", "ANTONG_TLS_"), ("ANTONG_PROXIES=", "#ANTONG_PROXIES="),
    ):  # fmt: skip
        assert old in text, old
        text = text.replace(old, new)
    me.env_file = etc / "antong.env"
    me.env_file.write_text(text, "utf-8")
    return Machine(me, unpacked, scan, etc, var, other, Authorities(folder))


def certified(machine: Machine) -> None:
    """Have the house's own authority certify the server and two people, in the files that the settings name."""
    house, etc = machine.authorities, machine.etc
    server = issue("平台", house.middle, host=HOST, use=ExtendedKeyUsageOID.SERVER_AUTH)
    server.kept(etc / "tls", "cert")[1].rename(etc / "tls" / "key.pem")
    (etc / "tls" / "cert.pem").write_bytes(server.pem + house.middle.pem)
    (etc / "people-ca.pem").write_bytes(house.file.read_bytes())
    (etc / "people-crl.pem").write_bytes(house.lists.read_bytes())
    for number, name in enumerate((OFFICER, OFFICE)):
        machine.shown[name] = issue(name, house.middle).kept(house.folder, f"person-{number}")


def founded(machine: Machine) -> dict[str, str]:
    """Found the instance; return the first passwords of the three administrators."""
    said = machine.me.antong("init", *FOUNDING, "--system", "甲某", "--security", "乙某", "--audit", "丙某")
    logins = dict(FIRST_LOGIN.findall(said))
    assert set(logins) == {"xitong", "anquan", "shenji"}
    machine.me.antong("backup-key", machine.etc / "backup.key")
    return logins


def administrator(machine: Machine, username: str, first: str) -> Visitor:
    """Sign in as an administrator for the first time: a password of one's own, then the phone."""
    browser = machine.browser()
    secret = first_sign_in(browser, username, first, WORD)
    assert secret is not None, "administrators have a second factor"
    machine.phones[username] = secret
    return browser


def filled(admin: Visitor) -> dict[str, str]:
    """Enter two units on the pages and people from the house's own spreadsheet; return their first passwords."""
    police = enter_unit(
        admin, {"办案民警": "investigator", "局领导": "police_leader"}, code="990922ga", name="试县公安局",
        short_name="试县公安", kind="police", level="county", county_code="990922", initials="试公",
    )  # fmt: skip
    office = enter_unit(
        admin, {"案管员": "case_manager"}, code="990922jc", name="试县人民检察院", short_name="试县检察",
        kind="procuratorate", level="county", county_code="990922", initials="试检",
    )  # fmt: skip
    status, _, text = admin.post(police, at=f"{police}counterparts", other=office.split("/")[2])
    assert status == 200, words(text)

    book = load_workbook(io.BytesIO(admin.content("/people/template.xlsx")))
    sheet = book["人员"]
    heads = [str(cell.value) for cell in sheet[1]]
    assert {str(row[2].value) for row in book["岗位表"].iter_rows(min_row=2)} >= {row[3] for row in PEOPLE}
    sheet.delete_rows(2)  # the example
    for name, number, unit, post in PEOPLE:
        row = {"姓名": name, "编号": number, "单位代码": unit, "岗位": post, "AB岗": "A"}
        sheet.append([row.get(head, "") for head in heads])
    out = io.BytesIO()
    book.save(out)
    status, _, text = admin.send("/people/import", {"file": ("people.xlsx", out.getvalue())})
    assert (status, text.count("✓ 对")) == (200, len(PEOPLE)), words(text)
    table = re.search(r'name="table" value="([^"]+)"', text)
    assert table is not None
    status, _, text = admin.post("/people/import", at="/people/import/take", table=unescape(table[1]))
    assert status == 200, words(text)
    return first_passwords(text)


def act(visitor: Visitor, where: str, what: str, **fields: str) -> str:
    """Do an act that stands on the page of a hand-over, on the version that it shows; return where it led."""
    status, _, text = visitor.get(where)
    version = re.search(r'name="version" value="(\d+)"', text)
    assert version is not None, words(text)
    status, led, text = visitor.post(where, at=f"{where}{what}", version=version[1], **fields)
    assert status == 200, (what, words(text))
    return led


def begun(visitor: Visitor, case: str, flow: str) -> str:
    """Begin a hand-over from the page of a case; return where it is."""
    status, where, text = visitor.post(case, at="/handovers/new", case=case.split("/")[2], flow=flow)
    assert (status, re.fullmatch(r"/handovers/[0-9a-f-]{36}/", where) is not None) == (200, True), words(text)
    return where


def uploaded(machine: Machine, visitor: Visitor, case: str, key: str) -> None:
    """Upload a page to a place of the file, and wait until the worker has looked at it."""
    content = machine.scan + f"{key} {case}".encode()
    status, _, text = visitor.send(
        case, {"files": ("页.jpg", content)}, at=f"{case}upload", catalogue_key=key
    )
    assert status == 200, words(text)
    assert json.loads(text)["pages"] == 1, text
    deadline = time.monotonic() + PATIENCE
    while "已全部检查" not in (page := visitor.get(f"{case}?tab=dossier")[2]):
        assert time.monotonic() < deadline, words(page)
        time.sleep(0.5)


def carried(machine: Machine, officer: Visitor, chief: Visitor, office: Visitor) -> tuple[str, str]:
    """Register a case and carry it to the procuratorate; return where it is and its number."""
    charge = json.loads(officer.get("/pick/charges?q=dqz")[2])["rows"][0]
    assert charge["name"] == "盗窃罪"
    case = register(officer, p0_charge=f"{charge['code']}:{charge['name']}")
    number = re.search(r"SZ\d{4}-\d{5}", officer.get(case)[2])
    assert number is not None
    filing = begun(officer, case, "filing")
    act(officer, filing, "submit")
    act(chief, filing, "approve", decision="yes")
    for key in PAPERS:
        uploaded(machine, officer, case, key)
    transfer = begun(officer, case, "prosecution-transfer")
    act(officer, transfer, "submit")
    act(chief, transfer, "approve", decision="yes")
    act(officer, transfer, "send")
    act(office, transfer, "accept")
    assert "审查起诉" in office.get(case)[2]
    return case, number[0]


def opinion(visitor: Visitor, case: str) -> bytes:
    """Open the paper that went along, as it was issued; return its digest."""
    page = visitor.get(f"{case}?tab=documents")[2]
    own = re.search(rf'"({case}originals/[0-9a-f-]+)"', page)
    assert own is not None, words(page)
    content = visitor.downloaded(f"{case}?tab=documents", own[1])
    assert content.startswith(b"%PDF"), content[:80]
    return hashlib.sha256(content).digest()


def settled(machine: Machine) -> None:
    """Wait until nothing waits for the tree, readings among it, and no job is left: the newest head covers all that was done."""
    deadline, spool = time.monotonic() + PATIENCE, machine.state / "spool"
    while True:
        on_the_way = [path for path in spool.glob("*") if path.is_file() and path.stat().st_size]
        told = json.loads(machine.browser().get("/readyz")[2])
        figures = machine.browser().get("/metrics")[2]
        jobs = re.findall(r'^antong_jobs\{status="(?:todo|doing)"\} ([1-9]\d*)', figures, re.MULTILINE)
        assert "antong_jobs" in figures, figures[:200]
        if told["ok"] and not on_the_way and not jobs and told["sequencer_seconds"] == 0:
            return
        assert time.monotonic() < deadline, (told, on_the_way, jobs)
        time.sleep(1)


def originals(machine: Machine) -> dict[str, str]:
    """Return the digests of the encrypted originals by their places."""
    blobs = machine.state / "blobs"
    found = [path for path in blobs.rglob("*") if path.is_file()]
    return {str(path.relative_to(blobs)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def stranger(machine: Machine) -> Path:
    """Give a stranger the verifier alone, from the package: an environment with nothing of the house in it."""
    place = machine.other / "stranger"
    wheels = machine.unpacked / "wheels"
    python = place / "bin" / "python"
    machine.me.does(BARE, "-m", "venv", "--without-pip", place)
    machine.me.does(
        python, f"{next(wheels.glob('pip-*.whl'))}/pip", "--isolated", "install", "-q", "--no-index", "--find-links", wheels,
        "--no-cache-dir", "--disable-pip-version-check", "antong_verify", "cryptography",
    )  # fmt: skip
    machine.me.does(python, "-I", "-c", "import antong", fails=True)
    return python


def proven(machine: Machine, bundle: Path, heads: list[Head]) -> None:
    """Have a stranger verify a bundle against each of the heads kept; and refuse a head that never was."""
    python = stranger(machine)
    for path, said in heads:
        found = json.loads(
            machine.me.does(python, "-I", "-m", "antong_verify", bundle, "--head", path, "--json")
        )
        assert found["ok"], found
        assert found["trusted"] == said["head"]["number"]
        assert found["head"] >= heads[-1][1]["head"]["number"]
        assert found["withheld"] == 0
        assert found["files"] >= len(PAPERS) + 1
    path, said = heads[0]
    never = machine.other / "never.head"
    root = said["head"]["root"]
    text = path.read_text("utf-8").replace(root, root[::-1])
    assert root != root[::-1]
    never.write_text(text, "utf-8")
    machine.me.does(python, "-I", "-m", "antong_verify", bundle, "--head", never, fails=True)


def used(machine: Machine, logins: dict[str, str]) -> Past:
    """Fill it, carry a case by certificate, back up, do one thing more, back up again; return what must not be lost."""
    with machine.served() as base:
        assert base == BASE
        passwords = filled(administrator(machine, "xitong", logins["xitong"]))
        security = administrator(machine, "anquan", logins["anquan"])
        administrator(machine, "shenji", logins["shenji"])
        chief = machine.browser()
        for name, login, *_ in PEOPLE:
            first_sign_in(chief if name == CHIEF else machine.browser(), login, passwords[login], WORD)
        for name in machine.shown:
            bind_certificate(security, name, machine.shown[name][0].read_bytes())
        officer, office = machine.signed_in(OFFICER), machine.signed_in(OFFICE)
        case, number = carried(machine, officer, chief, office)
        paper = opinion(officer, case)
        machine.backed_up()
        settled(machine)
        before = machine.head("before-the-loss")
        later = register(officer)
        uploaded(machine, officer, later, PAPERS[0])
        settled(machine)
        files, new = map(int, re.findall(r"：(\d+) 个文件，新 (\d+) 个", machine.backed_up())[0])
        assert files > new > 0, (files, new)  # what was there before is not copied again
        last = machine.head("last")
        assert last[1]["head"]["number"] > before[1]["head"]["number"]
        machine.me.antong("doctor")
        machine.me.antong("audit", "--files", "--head", before[0])
    return Past(case, number, later, paper, originals(machine), [before, last])


def lost_and_restored(machine: Machine, past: Past) -> None:
    """Wipe the machine's /var, keys too; restore the newest backup and compare digests and heads."""
    noted = json.loads((machine.state / "last-backup.json").read_text("utf-8"))
    assert noted["head"] == past.heads[-1][1]["head"]["number"]
    wipe(machine.state)
    shutil.rmtree(machine.var / "keys")

    said = machine.me.antong(
        "restore", machine.other / "backups", "--keys-from", machine.other / "keys.sealed"
    )
    assert "账本核查通过" in said
    assert noted["id"] in said
    assert originals(machine) == past.originals
    for path, _ in past.heads:
        assert "一致" in machine.me.antong("audit", "--files", "--head", path)
    assert machine.head("restored")[1] == past.heads[-1][1]


def gone_on(machine: Machine, past: Past, second: Path, digest: str) -> None:
    """Sign in again and go on; install the release after beside what runs, as the document has it."""
    me, release = machine.me, machine.me.current
    with machine.served():
        officer = machine.signed_in(OFFICER)
        assert past.number in officer.get(past.case)[2]
        assert officer.get(past.later)[0] == 200
        assert opinion(officer, past.case) == past.paper
        sign_in(machine.browser(), "xitong", WORD, machine.phones["xitong"])
        register(officer, p0_name="乌某")
        settled(machine)
        machine.backed_up()
        past.heads.append(machine.head("before-the-upgrade"))
        me.antong("install", second, "--manifest", digest)
        assert officer.get(past.case)[0] == 200  # what runs goes on with the old one
    assert me.antong("releases").splitlines() == [f"  {release}", f"* {me.current}"]


def upgraded(machine: Machine, past: Past) -> Path:
    """Serve with the release after, act, look the machine over; return the bundle of the case."""
    me = machine.me
    with machine.served():
        assert me.current in me.antong("--version")
        with psycopg.connect(me.antong("db", "url").strip()) as connection:
            connection.execute("SELECT the_release_after FROM org_unit")  # its tables were brought up to date
        me.antong("doctor")
        me.antong("audit", "--head", past.heads[-1][0])
        assert past.number in machine.signed_in(OFFICER).get(past.case)[2]
        uploaded(machine, machine.signed_in(OFFICE), past.case, "pro.rights-notice")
        settled(machine)
        after = machine.head("after-the-upgrade")
        assert after[1]["head"]["number"] > past.heads[-1][1]["head"]["number"]
        past.heads.append(after)
        me.antong("audit", "--files", "--head", past.heads[0][0])
        bundle = machine.other / "case.zip"
        since = [word for path, _ in past.heads for word in ("--since", path)]
        me.antong("export", past.number, bundle, *since)
    return bundle


def main() -> None:
    """Do all of it; the last line of the output says so."""
    first, told, second, told_after, scan, folder = sys.argv[1:]
    nobody_is_reached()
    machine = installed(Path(first), told, Path(folder), Path(scan).read_bytes())
    certified(machine)
    past = used(machine, founded(machine))
    lost_and_restored(machine, past)
    gone_on(machine, past, Path(second), told_after)
    proven(machine, upgraded(machine, past), past.heads)
    assert not any(machine.me.home.iterdir())
    print(DONE)  # noqa: T201 - read by the test that runs us


if __name__ == "__main__":
    main()
