"""A real S3 server on loopback: OpenStack Swift with its s3api, four processes of its own, ended by their own ids.

Its programs lie in `.venv-s3test` (`python tools/setup.py dev s3test`; `make test-full` does it); without them the tests
that need it are skipped, and say so.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / ".venv-s3test" / "bin"
MISSING = "no S3 server: python tools/setup.py dev s3test brings OpenStack Swift (make test-full does)"
ACCESS, SECRET = "antong:store", "a-key-of-a-realistic-length-0123456789"
STORES = ("account", "container", "object")
START_SECONDS = 120

RINGS = """
import sys
from swift.common.ring import RingBuilder
for name, port in zip(sys.argv[2::2], sys.argv[3::2]):
    ring = RingBuilder(4, 1, 0)
    ring.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "replication_ip": "127.0.0.1",
                  "replication_port": int(port), "device": "d1", "weight": 1.0, "meta": ""})
    ring.rebalance()
    ring.get_ring().save(f"{sys.argv[1]}/{name}.ring.gz")
"""
STORE = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
user = {user}
log_level = ERROR
log_address = {folder}/nolog
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
PROXY = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {folder}
user = {user}
log_level = ERROR
log_address = {folder}/nolog
[pipeline:main]
pipeline = catch_errors cache s3api tempauth copy slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
error_suppression_limit = 1
[filter:s3api]
use = egg:swift#s3api
allow_multipart_uploads = true
min_segment_size = 5242880
s3_acl = false
[filter:tempauth]
use = egg:swift#tempauth
user_antong_store = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
"""


def is_installed() -> bool:
    """Whether the server's programs are there."""
    return (PROGRAMS / "swift-proxy-server").exists()


def free_ports(number: int) -> list[int]:
    """Return ports that nobody listens on."""
    held = [socket.socket() for _ in range(number)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


@dataclass(slots=True)
class Server:
    """A running server; `stop` and `start` make an outage."""

    folder: Path
    port: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the processes and wait until they listen."""
        for name in (*STORES, "proxy"):
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running.append(
                    subprocess.Popen(
                        [str(PROGRAMS / f"swift-{name}-server"), str(self.folder / f"{name}.conf")],
                        stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                        preexec_fn=_die_with_us,  # noqa: PLW1509 - one call of the system, before any thread
                        env={**os.environ, "EVENTLET_NO_GREENDNS": "yes"},
                    )
                )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        for path in sorted(self.folder.glob("*.port")):
            while not _listens(int(path.read_text())):
                if time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(f"the S3 server does not start: see {self.folder}")
                time.sleep(0.05)

    def stop(self) -> None:
        """End the processes."""
        for one in self.running:
            one.kill()
        for one in self.running:
            one.wait(timeout=10)
        self.running.clear()


def _die_with_us() -> None:
    """Have the system end a process whose test run was killed."""
    ctypes.CDLL(None).prctl(1, 9)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Run a server with its files in a folder."""
    import getpass

    ports = dict(zip((*STORES, "proxy"), free_ports(4), strict=True))
    (folder / "devices" / "d1").mkdir(parents=True)
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = test\n[storage-policy:0]\nname = one\ndefault = yes\n"
    )
    rings = [part for name in STORES for part in (name, str(ports[name]))]
    subprocess.run([str(PROGRAMS / "python"), "-c", RINGS, str(folder), *rings], check=True)
    for name, port in ports.items():
        form = PROXY if name == "proxy" else STORE
        text = form.format(name=name, port=port, folder=folder, user=getpass.getuser(), secret=SECRET)
        (folder / f"{name}.conf").write_text(text)
        (folder / f"{name}.port").write_text(str(port))
    server = Server(folder=folder, port=ports["proxy"])
    server.start()
    try:
        yield server
    finally:
        server.stop()
