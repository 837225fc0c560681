"""The worked examples: ours, and the standard's own where they lie beside the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from conftest import SHARED


def _listed(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return found


_STANDARD = SHARED / "law" / "deadline_examples.yaml"
OWN = _listed(Path(__file__).resolve().parent / "worked.yaml")
EVERY = [*OWN, *(_listed(_STANDARD) if _STANDARD.exists() else [])]
