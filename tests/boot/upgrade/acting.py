"""Acts done by the code that PYTHONPATH names, old or new: run as a program of its own in demonstration mode.

    acting.py keep FILE    cases from their registration to the procuratorate's acceptance, until FILE is there
    acting.py go-on CASE   the same for a case that has come as far as detention

Prints each case's id and number as a line of JSON; any refusal or error ends it with 1.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from uuid import UUID

import django


def main() -> None:
    """Act."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "antong.boot.settings")
    django.setup()
    import antong

    told = {"code": str(Path(antong.__file__).parents[2])}
    print(json.dumps(told), flush=True)  # noqa: T201 - read by the test that runs us
    command, what = sys.argv[1:]
    if command == "go-on":
        to_procuratorate(UUID(what))
        return
    while not Path(what).exists():
        one_case()


def one_case() -> None:
    """Register a theft, scan its papers, carry it to the procuratorate."""
    from PIL import Image, ImageDraw

    from antong.demo import carriage
    from antong.dossier import actions, selectors
    from walking import fill_file, hand_over, theft

    picture = Image.new("RGB", (827, 1170), "white")
    draw = ImageDraw.Draw(picture)
    for row in range(20):
        draw.rectangle((100, 100 + row * 48, 700, 110 + row * 48), fill="black")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=60, dpi=(100, 100))
    people = carriage.actors()
    case_id = theft(people, ["云某"])
    hand_over(people, case_id, "filing")
    hand_over(people, case_id, "detention", fields={"roaming": "是"})
    fill_file(people["zhencha"], case_id, out.getvalue())
    for original_id in selectors.originals_waiting(case_id):
        actions.derive_original(original_id)
    to_procuratorate(case_id)


def to_procuratorate(case_id: UUID) -> None:
    """Ask for the arrest; the procuratorate takes it."""
    from antong.demo import carriage
    from antong.flow import actions
    from walking import hand_over

    people = carriage.actors()
    sent = hand_over(people, case_id, "arrest-request")
    actions.accept(people["anguan"], handover_id=sent.handover_id, version=sent.version)
    told = {"case": str(case_id), "number": carriage.number_of(case_id)}
    print(json.dumps(told), flush=True)  # noqa: T201 - read by the test that runs us


if __name__ == "__main__":
    main()
