"""Write docs/openapi.json, the description of the interface for systems; a test says when it is stale.

python tools/openapi.py
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "openapi.json"


def main() -> None:
    """Describe the interface as it is now."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "antong.boot.settings")
    os.environ.setdefault("ANTONG_STATE", str(ROOT / ".antong" / "check"))
    sys.path.insert(0, str(ROOT / "src"))
    import django  # noqa: PLC0415 - after the settings are named

    django.setup()
    from antong.web.api import house  # noqa: PLC0415
    from antong.web.api.urls import api  # noqa: PLC0415

    OUT.write_text(house.described(api), encoding="utf-8")
    print(f"written: {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
