"""Whatever is uploaded, a web worker holds little of it at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from browser import House
from uploading import Visitor, peak, web_workers, write_pdf

SIZE, AT_ONCE = 120 << 20, 2
MOST = 300 << 20


@pytest.mark.full
@pytest.mark.timeout(600)
def test_a_web_worker_holds_little_of_heavy_uploads(house: House, tmp_path: Path) -> None:
    officer = Visitor(house.base, "zhencha", house.passwords["zhencha"])
    files = [tmp_path / f"scan{number}.pdf" for number in range(AT_ONCE)]
    pages = [write_pdf(file, SIZE, number) for number, file in enumerate(files)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [
            pool.submit(officer.upload, officer.register(), "ev-suspect.interrogation", file)
            for file in files
        ]
        assert [one.result()["pages"] for one in sent] == pages
    assert AT_ONCE * SIZE + (60 << 20) >= MOST, "less would prove nothing"
    (worker,) = web_workers(house.web)
    assert peak(worker) < MOST
