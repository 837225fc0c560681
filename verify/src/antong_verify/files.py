"""The files of a bundle: each is bound to an entry, and each that the ledger names is there."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from antong_verify.report import Report

NAMING = ("sha256", "sheet", "manifest", "package", "left_sheet", "left_manifest")
"""Members of an opening, or of a JSON file, whose value is the digest of a file that belongs to the case."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
FOLDER = "files/"


class Files:
    """Checks the files of one bundle against its opened entries (number -> opening)."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        report: Report,
        opened: Mapping[int, Mapping[str, Any]],
        read: Callable[[str], bytes],
    ) -> None:
        self.archive, self.report, self.opened, self.read = archive, report, opened, read

    def check(self, bindings: Any) -> None:
        """Report what is replaced, unbound, missing, or named by the ledger and not there."""
        bound = {item["path"]: item for item in bindings}
        if len(bound) != len(bindings):
            self.report.faults.append("文件绑定重复")
        present = {name.removeprefix(FOLDER) for name in self.archive.namelist() if name.startswith(FOLDER)}
        self.report.faults += [f"文件没有绑定：{path}" for path in sorted(present - set(bound))]
        self.report.faults += [f"缺少文件：{path}" for path in sorted(set(bound) - present)]
        digests = {path: self._digest(path) for path in sorted(present & set(bound))}
        for path, digest in digests.items():
            self._bound(path, bound[path], digest, digests)
        self._named(digests)
        self.report.files = len(digests)

    def _digest(self, path: str) -> str:
        digest = hashlib.sha256()
        with self.archive.open(f"{FOLDER}{path}") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                self.report.bytes += len(chunk)
        return digest.hexdigest()

    def _bound(self, path: str, item: Mapping[str, Any], digest: str, digests: Mapping[str, str]) -> None:
        if item["sha256"] != digest:
            self.report.faults.append(f"文件被替换：{path}")
            return
        by = item["bound_by"]
        source: Any = None
        if "entry" in by:
            source = self.opened.get(by["entry"])
        elif by.get("file") in digests and by["file"] != path:
            source = json.loads(self.read(f"{FOLDER}{by['file']}"))
        if source is None or _at(source, by["pointer"]) != digest:
            self.report.faults.append(f"文件的摘要没有出现在所指的地方：{path}")

    def _named(self, digests: Mapping[str, str]) -> None:
        present = set(digests.values())
        wanted = [(f"第 {number} 条留痕", opening) for number, opening in sorted(self.opened.items())]
        wanted += [
            (path, json.loads(self.read(f"{FOLDER}{path}")))
            for path in sorted(digests)
            if path.endswith(".json")
        ]
        for where, value in wanted:
            for digest in dict.fromkeys(_names(value)):
                if digest not in present:
                    self.report.faults.append(f"{where}记下的文件不在包里：摘要 {digest[:16]}…")


def _names(value: Any) -> Iterator[str]:
    """Yield the digests of files that a JSON value names, in order."""
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in NAMING and isinstance(item, str) and _DIGEST.fullmatch(item):
                yield item
            else:
                yield from _names(item)


def _at(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to, or None."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            value = value[int(name)] if name.isdigit() and int(name) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(name)
        else:
            return None
    return value
