"""Scripts and styles: hashed names that browsers keep for ever once collected, plain ones where nothing was."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from antong.web import staticfiles

LINK = re.compile(r"(?:href|src)=\"(/static/[^\"]+)\"")


@pytest.fixture
def collected(settings: Any, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    assert staticfiles.collect()
    return tmp_path / "static"


def links(client: Client) -> list[str]:
    found = LINK.findall(client.get("/login").content.decode())
    assert len(found) >= 6
    return found


def test_collected_files_have_names_of_their_content_and_are_kept_for_ever(db: None, collected: Path) -> None:
    client = Client()
    for path in links(client):
        assert re.search(r"\.[0-9a-f]{12}\.(css|js|svg)$", path), path
        answer = client.get(path, headers={"Accept-Encoding": "identity"})
        assert answer.status_code == 200, path
        assert "immutable" in answer["Cache-Control"], path
        assert answer["Content-Security-Policy"]
        body = b"".join(answer.streaming_content)  # type: ignore[arg-type]
        answer.close()
        plain = re.sub(r"\.[0-9a-f]{12}\.", ".", path)
        unhashed = client.get(plain, headers={"Accept-Encoding": "identity"})
        assert b"".join(unhashed.streaming_content) == body  # type: ignore[arg-type]
        assert "immutable" not in unhashed["Cache-Control"]
        unhashed.close()


def test_large_ones_are_served_compressed(db: None, collected: Path) -> None:
    client = Client()
    script = next(path for path in links(client) if "saving." in path)
    answer = client.get(script, headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert b"".join(answer.streaming_content)[:2] == b"\x1f\x8b"  # type: ignore[arg-type]
    answer.close()


def test_collecting_again_does_nothing_until_something_changes(
    collected: Path, settings: Any, tmp_path: Path
) -> None:
    assert not staticfiles.collect()
    before = {path.name for path in (collected / "antong").iterdir()}
    more = tmp_path / "more" / "antong"
    more.mkdir(parents=True)
    (more / "new.css").write_text("b { color: var(--ink) }")
    settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, tmp_path / "more"]
    from django.contrib.staticfiles.finders import get_finder

    get_finder.cache_clear()
    try:
        assert staticfiles.collect()
        after = {path.name for path in (collected / "antong").iterdir()}
        assert before < after
        assert not staticfiles.collect()
    finally:
        get_finder.cache_clear()


def test_without_collecting_plain_names_are_served(db: None, settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path / "nothing"
    settings.STATIC_ROOT.mkdir()
    client = Client()
    for path in links(client):
        assert not re.search(r"\.[0-9a-f]{12}\.", path)
        answer = client.get(path)
        assert answer.status_code == 200
        answer.close()


def test_no_template_names_a_static_file_by_hand() -> None:
    templates = Path(staticfiles.__file__).parent / "templates"
    for path in templates.rglob("*.html"):
        assert "/static/" not in path.read_text("utf-8"), path.name
