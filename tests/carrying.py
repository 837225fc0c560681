"""A case carried on the machine that the settings name: run as a program of its own, in demonstration mode.

Prints the case's id, its number and the login that may open it.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Plant the prefecture, carry a case to the procuratorate, sign heads."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "antong.boot.settings")
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from antong.boot import environment
    from antong.boot.run import prepare

    prepare(environment.read())
    from PIL import Image, ImageDraw

    from antong.demo import carriage, seed
    from antong.dossier import actions, selectors
    from antong.ledger import sequencer
    from walking import fill_file, hand_over, theft

    picture = Image.new("RGB", (1654, 2339), "white")
    draw = ImageDraw.Draw(picture)
    for row in range(40):
        draw.rectangle((200, 200 + row * 48, 1400, 214 + row * 48), fill="black")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=60, dpi=(200, 200))

    people = carriage.actors()
    case_id = theft(people, ("韩序舟", "杜明泽"))
    hand_over(people, case_id, "filing")
    hand_over(people, case_id, "detention", fields={"roaming": "是"})
    fill_file(people["zhencha"], case_id, out.getvalue())
    for original_id in selectors.originals_waiting(case_id):
        actions.derive_original(original_id)
    sequencer.drain()
    login = next(one for one in seed.logins() if one.username == "zhencha")
    told = {"case": str(case_id), "number": carriage.number_of(case_id), "password": login.password}
    print(json.dumps(told))  # noqa: T201 - read by the test that runs us


if __name__ == "__main__":
    main()
