"""The life of an installation: packed, installed offline, filled, used over TLS, backed up, wiped, restored, upgraded, verified.

What each part must do in every way is tried elsewhere; here it is one machine and one ledger (the story says how).
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from packing import commit, copied, make, walk_cut_off

HERE = Path(__file__).resolve().parent
VERSION, TABLES = "9.9.9", "9999_the_release_after"
ADDED = """from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("org", "{before}")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE org_unit ADD COLUMN the_release_after text",
            reverse_sql="ALTER TABLE org_unit DROP COLUMN the_release_after",
        )
    ]
"""
"""Tables of the release after: one column more, which this release can do without."""

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("run"), pytest.mark.timeout(1800)]


def raised(folder: Path) -> Path:
    """Make a release after this one of a copy of the checkout: its version raised, its tables with a column more."""
    project, migrations = folder / "pyproject.toml", folder / "src" / "antong" / "org" / "migrations"
    text, found = re.subn(r'(?m)^version = ".*"$', f'version = "{VERSION}"', project.read_text("utf-8"))
    assert found == 1
    project.write_text(text, "utf-8")
    before = max(path.stem for path in migrations.glob("[0-9]*.py"))
    (migrations / f"{TABLES}.py").write_text(ADDED.format(before=before), "utf-8")
    commit(folder)
    return folder


@pytest.fixture
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[tuple[Path, str], tuple[Path, str]]]:
    """The package of this checkout and that of the release after it, each with the digest of its manifest."""
    out = tmp_path_factory.mktemp("packages")
    first = make(out / "first")
    (out / "tree").mkdir()
    yield first, make(out / "second", raised(copied(out / "tree")))
    shutil.rmtree(out)


def test_one_ledger_from_the_first_installation_to_the_upgrade_after_the_loss(
    packages: tuple[tuple[Path, str], tuple[Path, str]], scan: bytes, tmp_path: Path
) -> None:
    (tmp_path / "scan.jpg").write_bytes(scan)
    first, second = packages
    walk_cut_off(Path(sys.executable), HERE / "story.py", *first, *second, tmp_path / "scan.jpg", tmp_path)
    shutil.rmtree(tmp_path / "opt" / "releases")
