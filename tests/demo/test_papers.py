"""The papers of the demonstration case are scans as an office makes them: grainy, skewed, legible, and one of them not."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from antong.demo import papers, story
from antong.dossier.parser.__main__ import measure

ASSETS = Path(__file__).resolve().parents[2] / "assets"
LEAST_PAGES = 120
LEAST_DPI = 200
TALE = papers.Story(
    case_number="YL2026-00001",
    suspect_a="韩序舟",
    suspect_b="杜明泽",
    victim="云若宁",
    witness="温禾",
    unit="青岚县公安局",
    squad="青岚县公安局刑事侦查大队",
    officers=("云怀屿", "冯既"),
    place="城关镇河西路云锦小区",
    night="2026年6月28日晚",
    goods="蓝色电动自行车一辆、断线钳一把、黑色夹克一件",
    amount=9860,
)


def opened(page: bytes) -> Image.Image:
    return Image.open(io.BytesIO(page))


def angle_of(page: bytes) -> float:
    """Return by how many degrees a page hangs: turned back by it, its rows of ink stand out most."""
    small = opened(page).convert("L").resize((620, 877), Image.Resampling.BILINEAR)

    def contrast(angle: float) -> float:
        turned = np.asarray(
            small.rotate(-angle, resample=Image.Resampling.BILINEAR, fillcolor=250), dtype=np.float32
        )
        return float(np.var(turned[60:-60, 60:-60].mean(axis=1)))

    return float(max(np.arange(-1.5, 1.55, 0.1), key=contrast))


def grain_of(page: bytes) -> float:
    """Return how much neighbouring points of blank paper differ."""
    grey = np.asarray(opened(page).convert("L"), dtype=np.float32)
    corner = grey[20:100, 20:100]
    return float(np.std(corner - corner.mean(axis=0, keepdims=True)))


@pytest.fixture(scope="module")
def records() -> list[bytes]:
    """Two records of questioning, scanned."""
    listed = [paper for paper in story.evidence(TALE) if "讯问笔录" in paper.title][:2]
    return [page for pages in papers.scan_all(listed, ASSETS) for page in pages]


def test_a_scan_is_grainy_skewed_and_of_200_dpi(records: list[bytes]) -> None:
    assert len(records) > 2
    for page in records:
        assert min(opened(page).info["dpi"]) >= LEAST_DPI
        assert opened(page).size >= (1650, 2330)  # A4 at 200 dpi
        assert grain_of(page) > 1
    angles = [angle_of(page) for page in records]
    assert max(map(abs, angles)) <= 0.8
    assert len({round(angle, 1) for angle in angles}) > 1


def test_a_page_set_in_type_and_not_scanned_is_told_apart() -> None:
    """What the measures above find is not in every page."""
    clean = Image.new("RGB", (1654, 2339), "white")
    out = io.BytesIO()
    clean.save(out, "JPEG", dpi=(200, 200))
    assert grain_of(out.getvalue()) < 0.1


def test_the_blurred_page_is_found_and_the_good_one_is_not(records: list[bytes]) -> None:
    def findings(page: bytes) -> Any:
        return measure(opened(page).convert("RGB"), LEAST_DPI)["findings"]

    assert [findings(page) for page in records] == [[]] * len(records)
    assert [findings(papers.blur(page)) for page in records] == [["blur"]] * len(records)
    assert findings(papers.scan(Image.new("RGB", (1654, 2339), "white"), 3)) == ["blank"]


@pytest.mark.full
def test_the_case_has_more_than_120_scanned_pages_no_two_alike() -> None:
    listed = [*story.litigation(TALE), *story.evidence(TALE), *story.supplement(TALE)]
    pages = [page for scans in papers.scan_all(listed, ASSETS) for page in scans]
    assert len(pages) >= LEAST_PAGES
    assert len(set(pages)) == len(pages)
    assert all(min(opened(page).info["dpi"]) >= LEAST_DPI for page in pages)
