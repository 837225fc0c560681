"""Command line: python -m antong_verify BUNDLE [--head HEAD] [--key HEX] [--json]."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from antong_verify.check import verify


def main(arguments: list[str] | None = None) -> int:
    """Check a bundle and say what was found; 0 when sound, 1 when not."""
    parser = argparse.ArgumentParser(prog="antong verify", description="Check a bundle of 案通 offline.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--head", type=Path, help="a head file that you already trust")
    parser.add_argument("--key", help="the public key that you trust, 64 hex digits")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    given = parser.parse_args(arguments)
    report = verify(given.bundle, given.head, bytes.fromhex(given.key) if given.key else None)
    if given.json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(report.lines()) + "\n")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
