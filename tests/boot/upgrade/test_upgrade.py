"""An upgrade from the release before: its own processes on a filled database, tables brought up to date under it.

The old program goes on serving and acting throughout; then the new one acts, audits and verifies what the old one gave
out; then one goes back. Old and new are processes of their own; the old code comes from the repository's history.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import time
import tomllib
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import psycopg
import pytest

from antong.boot import postgres
from processes import Running, antong, environment, running
from visiting import Visitor

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
COMMIT: str = tomllib.loads((HERE / "previous.toml").read_text("utf-8"))["commit"]
PATIENCE = 300.0
FAULTS = re.compile(r"Traceback|\bERROR\b|\bCRITICAL\b|InternalError|ProgrammingError|UndefinedColumn")

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("run"), pytest.mark.timeout(1800)]


@dataclass(frozen=True, slots=True)
class Code:
    """One of the two programs, and its own tests' way of acting; `python` knows this program and no other.

    A path in the environment would not do: the parser is begun with an empty one.
    """

    root: Path
    python: str = sys.executable

    @property
    def settings(self) -> dict[str, str]:
        return {
            "python": self.python,
            "PYTHONPATH": str(self.root / "tests"),
            "ANTONG_ASSETS": str(ROOT / "assets"),
        }

    def run(self, state: Path, *words: str) -> str:
        return good(antong(state, *words, **self.settings))

    def script(self, state: Path, script: Path, *words: str) -> subprocess.Popen[str]:
        settings = {**self.settings, "ANTONG_DEMO": "1"}
        return subprocess.Popen(
            [settings.pop("python"), str(script), *words],
            env=environment(state, **settings),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def told(self, state: Path, script: Path, *words: str) -> dict[str, str]:
        process = self.script(state, script, *words)
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said
        told: dict[str, str] = json.loads(said.strip().splitlines()[-1])
        return told


NEW = Code(ROOT)


def good(done: subprocess.CompletedProcess[str]) -> str:
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Code:
    """The program of the release before, from the history; a shallow clone has none."""
    packed = subprocess.run(["git", "archive", COMMIT], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode != 0:
        pytest.skip(f"the release before ({COMMIT[:8]}) is not in this clone: git fetch --unshallow")
    folder = tmp_path_factory.mktemp("old")
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return Code(folder, _python_of(folder))


def _python_of(folder: Path) -> str:
    """Make an environment with the packages of this one, in which the house is that of a folder."""
    home = folder / "environment"
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (site / "old.pth").write_text("\n".join([str(folder / "src"), str(folder / "verify" / "src"), *ours]))
    return str(home / "bin" / "python")


@contextmanager
def acting(code: Code, state: Path) -> Iterator[subprocess.Popen[str]]:
    """Let a program carry case after case; its lines come one by one."""
    stop = state.parent / "stop-acting"
    stop.unlink(missing_ok=True)
    process = code.script(state, HERE / "acting.py", "keep", str(stop))
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, process.communicate()[0]
        assert json.loads(first) == {"code": str(code.root)}
        yield process
        stop.touch()
        rest, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, rest
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def cases_of(process: subprocess.Popen[str], count: int) -> list[dict[str, str]]:
    """Wait until a program has carried so many more cases."""
    assert process.stdout is not None
    found = []
    for _ in range(count):
        line = process.stdout.readline()
        try:
            found.append(json.loads(line))
        except ValueError:
            pytest.fail(f"it stopped acting: {line}{process.communicate(timeout=PATIENCE)[0]}")
    return found


@contextmanager
def started(code: Code, state: Path) -> Iterator[Running]:
    """Start a program; once more where the machine was too busy for it to answer within its minute."""
    with ExitStack() as stack:
        try:
            one = stack.enter_context(running(state, **code.settings))
        except AssertionError as slow:
            if "网页没有起来" not in str(slow):
                raise
            one = stack.enter_context(running(state, **code.settings))
        yield one


@contextmanager
def serving(code: Code, state: Path, told: dict[str, str]) -> Iterator[Visitor]:
    """Serve with a program; somebody signs in and reads the case. Its logs hold no fault in the end."""
    for log in (state / "log").glob("*.log"):
        log.unlink()
    with started(code, state) as one:
        base = re.search(r"(http://127\.0\.0\.1:\d+)/login", one.said)
        assert base is not None
        visitor = Visitor(base[1])
        status, where, text = visitor.post("/login", username="zhencha", password=told["password"])
        assert (status, where) == (200, "/desk"), text[:400]
        look(visitor, told["case"])
        yield visitor
        look(visitor, told["case"])
        assert one.end() == 0
    for log in sorted((state / "log").glob("*.log")):
        wrong = [line for line in log.read_text("utf-8", "replace").splitlines() if FAULTS.search(line)]
        assert not wrong, (log.name, wrong[:10])


def look(visitor: Visitor, case: str) -> None:
    for tab in ("people", "dossier", "documents", "handovers", "limits", "ledger"):
        status, _, text = visitor.get(f"/cases/{case}/?tab={tab}")
        assert status == 200, text[:400]
    for path in ("/desk", "/cases", "/handovers", "/notices"):
        assert visitor.get(path)[0] == 200, path
    status, _, text = visitor.get("/readyz")
    assert status == 200, text


def address(state: Path) -> str:
    return postgres.ensure_database(postgres.start(postgres.locate(state)), "antong")


def counts(state: Path) -> dict[str, int]:
    """Return how many rows of what is never taken away there are."""
    with psycopg.connect(address(state)) as connection:
        rows = connection.execute(
            "SELECT (SELECT count(*) FROM ledger_entry), (SELECT count(*) FROM dossier_page),"
            " (SELECT count(*) FROM flow_handover), (SELECT count(*) FROM org_person)"
        ).fetchone()
    assert rows is not None
    return dict(zip(("entries", "pages", "handovers", "people"), rows, strict=True))


def test_the_old_program_acts_while_tables_change_and_the_new_one_goes_on(tmp_path: Path, old: Code) -> None:
    state = tmp_path / "state"
    old.run(state, "db", "start")
    told = old.told(state, old.root / "tests" / "carrying.py")
    held, bundle = tmp_path / "old.head", tmp_path / "old.zip"
    with serving(old, state, told) as visitor:
        with acting(old, state) as process:
            cases_of(process, 1)
            old.run(state, "head", str(held))
            old.run(state, "export", told["number"], str(bundle))
            before = counts(state)
            assert before["entries"] > 20
            assert before["pages"] > 2
            said = NEW.run(state, "migrate")
            assert "No migrations to apply" in said or "OK" in said
            after = counts(state)
            assert not {name for name, rows in before.items() if after[name] < rows}
            carried = cases_of(
                process, 2
            )  # one may have been under way; the next was done on the new tables alone
            look(visitor, carried[-1]["case"])
        time.sleep(2)  # the sequencer takes what was done
    new_doctor = antong(state, "doctor", **NEW.settings).stdout
    assert not re.search(r"不行.*数据库表", new_doctor), new_doctor

    with serving(NEW, state, told) as visitor:
        gone_on = NEW.told(state, HERE / "acting.py", "go-on", told["case"])
        assert gone_on["number"] == told["number"]
        with acting(NEW, state) as process:
            made = cases_of(process, 1)
        for case in (carried[-1], *made):
            look(visitor, case["case"])
        time.sleep(2)
        NEW.run(state, "audit", "--files", "--head", str(held))
        NEW.run(state, "verify", str(bundle), "--head", str(held))
        later = tmp_path / "later.zip"
        NEW.run(state, "export", told["number"], str(later), "--since", str(held))
        NEW.run(state, "verify", str(later), "--head", str(held))

    # back again: the release before, on the tables of this one, with what this one has done
    with serving(old, state, told) as visitor:
        for case in (carried[-1], *made):
            look(visitor, case["case"])
        with acting(old, state) as process:
            cases_of(process, 1)
        time.sleep(2)
        old.run(state, "audit", "--files", "--head", str(held))
        old.run(state, "verify", str(later), "--head", str(held))
    postgres.stop(postgres.locate(state))
