"""Scripts and styles under names that change with their content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

STAMP = "collected"


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # it ships no types
    """Names with a digest once files were collected; where nothing was (tests, a bare checkout) plain names."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """Return the name under which a file is served."""
        if not self.hashed_files:
            return name
        stored: str = super().stored_name(name)
        return stored


def collect() -> bool:
    """Collect what has changed into STATIC_ROOT; return whether anything had.

    Earlier versions stay: a page that is still open asks for them.
    """
    root = Path(settings.STATIC_ROOT)
    stamp, wanted = root / STAMP, _digest()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, stdout=StringIO())
    stamp.write_text(wanted)
    return True


def _digest() -> str:
    """Return a digest over every file that would be collected."""
    total = hashlib.sha256()
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            total.update(name.encode() + b"\0")
            with storage.open(name) as file:
                total.update(hashlib.sha256(file.read()).digest())
    return total.hexdigest()
