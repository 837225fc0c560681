"""The papers of the demonstration case: written from one story, set in type, then scanned as an office does."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

SEED = 417
DPI = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What all papers agree on."""

    case_number: str
    suspect_a: str
    suspect_b: str
    victim: str
    witness: str
    unit: str
    squad: str
    officers: tuple[str, str]
    place: str
    night: str
    goods: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper: where it belongs, what it says (paragraphs), how many pages it is to fill, who signs."""

    key: str
    title: str
    lines: tuple[str, ...]
    pages: int = 1
    kind: str = "record"
    signed: str = ""


def font_paths(assets: Path) -> list[str]:
    """Return where the type faces are."""
    return [str(assets / "fonts")] if (assets / "fonts").is_dir() else []


@cache
def _source() -> bytes:
    return files("antong.demo").joinpath("templates", "paper.typ").read_bytes()


def scan_all(papers: Sequence[Paper], assets: Path) -> list[list[bytes]]:
    """Return, for each paper, its pages as scanned JPEGs (200 dpi); uses the machine's processors."""
    jobs = [(paper, index, str(assets)) for index, paper in enumerate(papers)]
    # spawned, not forked: the typesetter's threads do not survive a fork
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(4, os.cpu_count() or 1), mp_context=context) as pool:
        return list(pool.map(_scan_paper, jobs, chunksize=2))


def _scan_paper(job: tuple[Paper, int, str]) -> list[bytes]:
    import pypdfium2  # noqa: PLC0415 - in the worker process only
    import typst  # noqa: PLC0415

    paper, index, assets = job
    paths = font_paths(Path(assets))
    pdf = typst.compile(  # type: ignore[misc]
        _source(),
        font_paths=paths,
        ignore_system_fonts=bool(paths),
        sys_inputs={"data": json.dumps(_data(paper), ensure_ascii=False)},
    )
    document = pypdfium2.PdfDocument(pdf)
    return [
        scan(
            document[number].render(scale=DPI / 72).to_pil(), SEED + index * 100 + number, signed=paper.signed
        )
        for number in range(len(document))
    ]


def _data(paper: Paper) -> dict[str, Any]:
    return {
        "title": paper.title,
        "lines": list(paper.lines),
        "kind": paper.kind,
        "signed": paper.signed,
        "pages": paper.pages,
    }


def scan(picture: Any, seed: int, *, signed: str = "", blurred: bool = False) -> bytes:
    """Return a page as a scanner gives it: skewed, shaded, grainy; with a thumb print where it was signed."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image, ImageDraw, ImageFilter  # noqa: PLC0415

    noise = np.random.default_rng(seed)
    paper = picture.convert("RGB")
    if signed:
        draw = ImageDraw.Draw(paper)
        x, y = paper.width * 0.62, paper.height * 0.9
        for ring in range(4, 46, 6):
            draw.ellipse((x - ring, y - ring * 1.3, x + ring, y + ring * 1.3), outline=(196, 60, 58), width=2)
    paper = paper.rotate(
        float(noise.uniform(-0.7, 0.7)), resample=Image.Resampling.BILINEAR, fillcolor=(250, 249, 246)
    )
    if blurred:
        paper = paper.filter(ImageFilter.GaussianBlur(9))
    grid = np.asarray(paper, dtype=np.float32)
    shade = np.linspace(-4, 5, grid.shape[1], dtype=np.float32)[None, :, None]
    grain = noise.normal(0, 5, grid.shape[:2]).astype(np.float32)[:, :, None]
    grid = np.clip(grid - 4 + shade + grain, 0, 255)
    out = io.BytesIO()
    Image.fromarray(grid.astype(np.uint8)).save(out, "JPEG", quality=72, dpi=(DPI, DPI))
    return out.getvalue()


def blur(page: bytes) -> bytes:
    """Return a page as a bad copy of itself."""
    from PIL import Image  # noqa: PLC0415

    return scan(Image.open(io.BytesIO(page)), SEED, blurred=True)
