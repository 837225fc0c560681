"""The most memory a web worker holds while scans of 300 MB are uploaded, alone and several at once.

    .venv/bin/python bench/memory.py

The web server and the job worker are those of `antong run`, the uploads go through HTTP as from the page: signed in,
with the page's token, piece by piece. Peaks are the kernel's (VmHWM), of each process since it began.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "tests"))

from _machine import machine, serving, world

from uploading import Visitor, peak, web_workers, write_pdf, write_tiff

SIZE = 300 << 20
AT_ONCE = 4
MOST = 300 << 20  # bytes a web worker may hold, whatever is uploaded (issue 2, Speed)
PLACE = "ev-suspect.interrogation"


def told(step: str, processes: dict[str, int], began: float) -> int:
    """Print the peaks so far; return the highest of the web workers."""
    peaks = [peak(pid) for pid in web_workers(processes["web"])]
    jobs = peak(processes["worker"])
    print(
        f"{step:44} {time.monotonic() - began:6.1f} s   web workers "
        f"{' and '.join(f'{one >> 20}' for one in peaks)} MB   job worker {jobs >> 20} MB",
        flush=True,
    )
    return max(peaks)


def main() -> None:
    """Run the benchmark on a database of its own and print its figures."""
    print(machine())
    with world() as made, tempfile.TemporaryDirectory(prefix="antong-scans-") as folder:
        files = [Path(folder) / f"scan{number}.pdf" for number in range(AT_ONCE)]
        pages = [write_pdf(file, SIZE, number) for number, file in enumerate(files)]
        tiff = Path(folder) / "scan.tif"
        pages.append(write_tiff(tiff, SIZE, AT_ONCE))
        print(f"{AT_ONCE} PDF and a TIFF, {SIZE >> 20} MB each, of {min(pages)} to {max(pages)} pages")
        from antong.demo import seed

        (login,) = [one for one in seed.logins() if one.username == "zhencha"]
        with serving(made.state, {"web", "worker"}) as (port, processes):
            officer = Visitor(f"http://127.0.0.1:{port}", login.username, login.password)
            case_id = officer.register()
            told("before any upload", processes, time.monotonic())
            began = time.monotonic()
            officer.upload(case_id, PLACE, files[0])
            told("one PDF", processes, began)
            began = time.monotonic()
            officer.upload(case_id, PLACE, tiff)
            told("one TIFF", processes, began)
            began = time.monotonic()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda file: officer.upload(officer.register(), PLACE, file), files))
            highest = told(f"{AT_ONCE} PDF at once", processes, began)
    over = "  over" if highest > MOST else ""
    print(f"highest web worker {highest >> 20} MB, wanted under {MOST >> 20} MB{over}")


if __name__ == "__main__":
    main()
