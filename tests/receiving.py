"""An agency's system that is called: a process of its own, which writes down each call and answers as a file tells it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SCRIPT = r"""
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
folder, port = sys.argv[1], int(sys.argv[2])

class Taking(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        how = open(folder + "/how").read()
        with open(folder + "/calls", "a") as out:
            out.write(json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body}) + "\n")
        if how == "dies":
            os._exit(9)
        if how == "mute":
            time.sleep(30)
        if how == "drips":
            while True:
                self.wfile.write(b"H"); self.wfile.flush(); time.sleep(0.1)
        self.send_response(int(how))
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass

ThreadingHTTPServer(("127.0.0.1", port), Taking).serve_forever()
"""


class Receiver:
    """The process, its address and what it was told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}/antong?of=us"
        self.answers("204")
        (folder / "calls").touch()
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(self.folder), str(self.port)])
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def answers(self, how: str) -> None:
        (self.folder / "how").write_text(how)

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]

    @property
    def ids(self) -> list[str]:
        return [call["headers"]["webhook-id"] for call in self.calls]


def signatures_by(secret: str, call: dict[str, Any]) -> int:
    """Count the signatures of a call that this secret made, as the standard says to."""
    headers = call["headers"]
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{call['body']}".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"].split().count(right)
