"""python -m antong.boot is the `antong` command."""

from __future__ import annotations

import sys

from antong.boot.cli import main

if __name__ == "__main__":
    sys.exit(main())
