"""Run on a machine of its own, as a program: the prefecture, a case, and tokens of two units. Prints them as JSON."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Plant, carry a case to where the procuratorate is asked for arrest, issue tokens."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "antong.boot.settings")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from antong.boot import environment
    from antong.boot.run import prepare

    prepare(environment.read())
    from PIL import Image

    from antong.demo import carriage
    from survival.ground import System
    from walking import fill_file, hand_over, theft

    out = io.BytesIO()
    Image.new("RGB", (600, 800), "white").save(out, "JPEG")
    people = carriage.actors()
    case_id = theft(people, ("韩序舟",))
    hand_over(people, case_id, "filing")
    fill_file(people["zhencha"], case_id, out.getvalue())
    told = {"case": str(case_id), "police": System(people, "zhencha").secret}
    print(json.dumps(told))  # noqa: T201 - read by the test that runs us


if __name__ == "__main__":
    main()
