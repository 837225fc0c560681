"""Carrying the models through the actions of the product, each left where somebody has to act."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from uuid import UUID

from antong.demo import neighbours, papers
from antong.demo.carriage import LATE, actors
from antong.dossier import actions as dossier_actions
from antong.dossier import selectors as dossier
from antong.dossier.types import Upload

PAPER, MARGIN, LINE, SIGN = (1654, 2339), 200, 60, 45
"""An A4 page of 200 dots an inch, and where its lines and signs stand."""


class SmallRoad(neighbours.Road):
    """A neighbour's road with small scans; images are made of these alone, the copies have no others."""

    def upload(self, scans: list[tuple[papers.Paper, list[bytes]]]) -> None:
        """Scan the papers in and derive their images."""
        for paper, pages in scans:
            dossier_actions.upload(
                self.people["zhencha"],
                case_id=self.id(),
                catalogue_key=paper.key,
                title=paper.title,
                files=[Upload(file_name=f"{paper.title}.png", content=io.BytesIO(page)) for page in pages],
                happened_at=self.at(0.01),
                late_reason=LATE,
            )
        for original_id, file_name, _ in dossier.originals(self.id()):
            if file_name.endswith(".png"):
                dossier_actions.derive_original(original_id)


def scan(number: int) -> bytes:
    """Return a page that looks written on, another one for each number, of few bytes."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - heavy, wanted here alone

    picture = Image.new("1", PAPER, 1)
    pen = ImageDraw.Draw(picture)
    for y in range(MARGIN, PAPER[1] - MARGIN, LINE):
        for x in range(MARGIN, PAPER[0] - MARGIN, SIGN):
            wide = 16 + (number * 7 + x + 3 * y) % 13
            pen.rectangle((x, y, x + wide, y + 34), outline=0, width=5)
    out = io.BytesIO()
    picture.convert("L").save(out, "PNG", optimize=True, dpi=(200, 200))
    return out.getvalue()


def carry(tell: Callable[[str], None]) -> Iterator[tuple[str, UUID]]:
    """Carry every model; yield where each was left and its id."""
    people = actors()
    for number, case in enumerate(neighbours.CASES):
        listed = neighbours.papers_of(case, people["zhencha"])
        road = SmallRoad(people, case)
        road.go([(paper, [scan(10 * number + index)]) for index, paper in enumerate(listed)])
        tell(f"样案 {number + 1}/{len(neighbours.CASES)}：{case.until}")
        yield case.until, road.id()
