"""A process of the house that is born again whenever it dies, quickly: each life is a fork of a warm parent.

    python lives.py web PORT | worker | sequencer

The web server is the real one, in a process group of its own. The worker and the sequencer end at the write that
DIE_AT_FILE names, counted from their first job or batch.
"""

from __future__ import annotations

import os
import signal
import sys
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from antong.kernel import clock  # noqa: E402
from survival.points import points, watch_files  # noqa: E402


def _order() -> int:
    """Return at which write this life ends; an order is obeyed by one life."""
    path = Path(os.environ["DIE_AT_FILE"])
    try:
        text = path.read_text()
        path.unlink()
    except OSError:
        return 0
    return int(text)


def web(port: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "antong.boot.wsgi:application", address="127.0.0.1", port=port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=4, log_access=False,
    ).serve()  # fmt: skip


DYING = """#!{python}
import os, signal, sys
from antong.dossier.parser import __main__ as parser
parser.work = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
sys.argv[1:] = sys.argv[-1:]
parser.main()
"""


def _dying() -> Path:
    """Write what is begun in the place of Python: the parser as it is, but that each child dies as it begins to read."""
    path = Path(os.environ["DIED_AT"]).with_name("dying-parser")
    path.write_text(DYING.format(python=sys.executable))
    path.chmod(0o700)
    return path


def worker() -> None:
    from antong.boot import worker as entry
    from antong.dossier import _derive

    real = _derive._derive

    def watched(*args: object, **more: object) -> None:
        points.follow()
        real(*args, **more)  # type: ignore[arg-type]

    _derive._derive = watched  # type: ignore[assignment]
    if os.environ.get("PARSER_DIES"):
        sys.executable = str(_dying())
    watch_files()
    points.arm(_order())
    entry.EVERY = 1
    entry.run(1)


def sequencer() -> None:
    from antong.ledger import sequencer as tree

    tree.FROZEN_AFTER = os.environ.get("FROZEN_AFTER", tree.FROZEN_AFTER)
    points.arm(_order())
    tree.drain()
    points.disarm()


def _set_clock() -> None:
    """Set the house's clock by so many seconds, as CLOCK_BY says, after the machine has run RAN_BY seconds more."""
    ran = float(os.environ.get("RAN_BY", "0"))
    running = clock._ticking
    clock._running.append(lambda: running() + ran)
    by = timedelta(seconds=float(os.environ.get("CLOCK_BY", "0")))
    system = clock._system
    clock._source = ContextVar("moved", default=lambda: system() + by)


def main() -> None:
    """Live again and again; one that ends well ends the whole."""
    _set_clock()
    if sys.argv[1] == "web":
        import antong.boot.wsgi  # noqa: F401 - warm

    kinds = {"web": lambda: web(int(sys.argv[2])), "worker": worker, "sequencer": sequencer}
    child = 0

    def end(*_: object) -> None:
        if child:
            os.killpg(child, signal.SIGKILL)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    while True:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.setsid()
            kinds[sys.argv[1]]()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main()
