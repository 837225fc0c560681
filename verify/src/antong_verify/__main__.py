"""Command line: python -m antong_verify BUNDLE [--head HEAD] [--key HEX] [--json]."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from antong_verify import hashes
from antong_verify.check import verify


def main(arguments: list[str] | None = None) -> int:
    """Check a bundle and say what was found; 0 when sound, 1 when not."""
    parser = argparse.ArgumentParser(prog="antong verify", description="Check a bundle of 案通 offline.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--head", type=Path, help="a head file, or a bundle, that you already trust")
    parser.add_argument("--key", type=_key, help="the public key that you trust, 64 hex digits")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    given = parser.parse_args(arguments)
    report = verify(given.bundle, given.head, given.key)
    if given.json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(report.lines()) + "\n")
    return 0 if report.ok else 1


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != hashes.DIGEST:
        raise argparse.ArgumentTypeError("a public key is 64 hex digits")
    return key


if __name__ == "__main__":
    sys.exit(main())
