"""Checking a bundle: chain, commitments, tree, map, signatures, files. Whatever is wrong is said, nothing is raised."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from antong_verify import hashes

FORMAT = "antong/bundle/1"
MAX_JSON = 512 << 20
MAX_RATIO = 200
LEDGER = ("bundle.json", "entries.jsonl", "heads.jsonl", "map.json", "bindings.json")


@dataclass(slots=True)
class Report:
    """What was found. `faults` empty: the bundle is sound, complete as of head `head` of `as_of`."""

    faults: list[str] = field(default_factory=list)
    entries: int = 0
    opened: int = 0
    files: int = 0
    bytes: int = 0
    head: int = 0
    as_of: str = ""
    key_id: str = ""
    trusted: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def lines(self) -> list[str]:
        """The answer for people."""
        if not self.ok:
            return ["验证不通过", *(f"  {fault}" for fault in self.faults[:50])]
        against = "与给定的封签一致" if self.trusted else "没有给定封签，只能证明到包内封签为止"
        return [
            "验证通过",
            f"  留痕 {self.entries} 条，序号连续、前后相扣；明文 {self.opened} 条与承诺一致",
            f"  文件 {self.files} 个，{self.bytes:,} 字节，摘要逐级相扣",
            f"  截至第 {self.head} 号封签（{self.as_of}）完整；{against}",
            f"  签名密钥 {self.key_id[:16]}…",
        ]

    def as_json(self) -> dict[str, Any]:
        """The answer for machines."""
        return {
            "ok": self.ok,
            "faults": self.faults,
            "entries": self.entries,
            "files": self.files,
            "head": self.head,
            "as_of": self.as_of,
            "key_id": self.key_id,
            "trusted": self.trusted,
        }


class _Malformed(Exception):
    """The bundle cannot be read as one."""


def verify(bundle: Path, head: Path | None = None, key: bytes | None = None) -> Report:
    """Check a bundle. `head` is a head file that the verifier already trusts, `key` a trusted public key (32 bytes)."""
    report = Report()
    try:
        with zipfile.ZipFile(bundle) as archive:
            _Check(archive, report, _trusted(head), key).run()
    except _Malformed as problem:
        report.faults.append(str(problem))
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        RecursionError,
    ) as problem:
        report.faults.append(f"不是完好的证据包（{type(problem).__name__}）")
    return report


def _trusted(head: Path | None) -> dict[str, Any] | None:
    if head is None:
        return None
    found: dict[str, Any] = json.loads(head.read_bytes())
    return found


class _Check:
    def __init__(
        self, archive: zipfile.ZipFile, report: Report, trusted: dict[str, Any] | None, key: bytes | None
    ) -> None:
        self.archive, self.report, self.trusted, self.key = archive, report, trusted, key
        self.opened: dict[int, dict[str, Any]] = {}

    def fault(self, text: str) -> None:
        self.report.faults.append(text)

    def run(self) -> None:
        self._names()
        about = json.loads(self._read("bundle.json"))
        if about.get("format") != FORMAT:
            raise _Malformed("不认识的证据包格式")
        public = bytes.fromhex(about["public_key"])
        self._keys(public)
        entries = [json.loads(line) for line in self._read("entries.jsonl").splitlines() if line]
        heads = [json.loads(line) for line in self._read("heads.jsonl").splitlines() if line]
        if not entries or not heads:
            raise _Malformed("证据包里没有留痕或封签")
        self._heads(heads, public)
        self._chain(entries, about["chain"])
        self._tree(entries, heads[-1])
        self._map(entries[-1], about["chain"], heads[-1])
        self._against(heads)
        self._files(json.loads(self._read("bindings.json")))

    def _names(self) -> None:
        seen = set()
        for info in self.archive.infolist():
            name = info.filename
            if name in seen:
                raise _Malformed(f"重复的文件：{name}")
            seen.add(name)
            if name.startswith("/") or ".." in name.split("/") or "\\" in name:
                raise _Malformed("文件名越界")
            if info.file_size > MAX_RATIO * max(info.compress_size, 1) and info.file_size > (1 << 20):
                raise _Malformed(f"压缩比异常：{name}")
            if name not in LEDGER and not name.startswith("files/"):
                raise _Malformed(f"多出的文件：{name}")
        missing = [name for name in LEDGER if name not in seen]
        if missing:
            raise _Malformed(f"缺少 {'、'.join(missing)}")

    def _read(self, name: str) -> bytes:
        if self.archive.getinfo(name).file_size > MAX_JSON:
            raise _Malformed(f"{name} 过大")
        return self.archive.read(name)

    def _keys(self, public: bytes) -> None:
        self.report.key_id = hashes.sha256(public).hex()
        expected = self.key or (bytes.fromhex(self.trusted["public_key"]) if self.trusted else None)
        if expected is not None and expected != public:
            self.fault("签名密钥不是您信任的那一把")

    def _heads(self, heads: list[dict[str, Any]], public: bytes) -> None:
        key = Ed25519PublicKey.from_public_bytes(public)
        prev: bytes | None = None
        size = -1
        for head in heads:
            fields = {name: value for name, value in head.items() if name != "signature"}
            body = hashes.head_body(fields)
            try:
                key.verify(bytes.fromhex(head["signature"]), body)
            except InvalidSignature:
                self.fault(f"第 {head['number']} 号封签的签名无效")
            if head["key_id"] != self.report.key_id:
                self.fault(f"第 {head['number']} 号封签不是这把密钥签的")
            if prev is not None and bytes.fromhex(head["prev_digest"]) != prev:
                self.fault(f"第 {head['number']} 号封签与前一封签不衔接")
            if head["tree_size"] < size:
                self.fault(f"第 {head['number']} 号封签的树变小了")
            prev, size = hashes.sha256(body), head["tree_size"]
        self.report.head, self.report.as_of = heads[-1]["number"], heads[-1]["made_at"]

    def _chain(self, entries: list[dict[str, Any]], chain: str) -> None:
        prev, recorded = hashes.ZERO, ""
        for number, line in enumerate(entries, 1):
            entry = line["entry"]
            if entry["chain"] != chain:
                self.fault(f"第 {number} 条属于另一案件")
            if entry["number"] != number:
                self.fault(f"序号不连续：第 {number} 位是第 {entry['number']} 条")
            if bytes.fromhex(entry["prev"]) != prev:
                self.fault(f"第 {number} 条与前一条不衔接")
            if entry["recorded_at"] < recorded:
                self.fault(f"第 {number} 条的登记时间早于前一条")
            self._opening(number, line)
            prev, recorded = hashes.entry(entry), entry["recorded_at"]
        self.report.entries = len(entries)

    def _opening(self, number: int, line: dict[str, Any]) -> None:
        opening = line["opening"]
        if opening is None:
            return
        salt = bytes.fromhex(opening["salt"])
        for name in ("before", "after"):
            committed, value = line["entry"][name], opening[name]
            right = None if value is None else hashes.commitment(salt, value).hex()
            if committed != right:
                self.fault(f"第 {number} 条的明文与承诺不符")
        self.opened[number] = opening
        self.report.opened += 1

    def _tree(self, entries: list[dict[str, Any]], head: dict[str, Any]) -> None:
        root, size = bytes.fromhex(head["root"]), head["tree_size"]
        for line in entries:
            path = [bytes.fromhex(item) for item in line["path"]]
            if hashes.climb(line["leaf"], size, hashes.entry(line["entry"]), path) != root:
                self.fault(f"第 {line['entry']['number']} 条不在第 {head['number']} 号封签的树里")

    def _map(self, last: dict[str, Any], chain: str, head: dict[str, Any]) -> None:
        proof = json.loads(self._read("map.json"))
        key = hashes.map_key(UUID(chain).bytes)
        bucket = [(bytes.fromhex(one), bytes.fromhex(leaf)) for one, leaf in proof["bucket"]]
        siblings = [bytes.fromhex(item) for item in proof["siblings"]]
        if len(siblings) != hashes.MAP_DEPTH or bucket != sorted(bucket):
            self.fault("链尾证明的形状不对")
            return
        if hashes.map_root(key, bucket, siblings) != bytes.fromhex(head["map_root"]):
            self.fault("链尾证明与封签不符")
        leaf = hashes.map_leaf(key, last["entry"]["number"], hashes.entry(last["entry"]))
        if [value for one, value in bucket if one == key] != [leaf]:
            self.fault("最后一条不是封签承诺的链尾：证据包被截短或改动")

    def _against(self, heads: list[dict[str, Any]]) -> None:
        if self.trusted is None:
            return
        trusted = self.trusted["head"]
        if trusted["number"] > heads[-1]["number"]:
            self.fault(
                f"证据包只到第 {heads[-1]['number']} 号封签，早于您信任的第 {trusted['number']} 号：可能被截短或是旧包，请重新导出"
            )
            return
        same = next((head for head in heads if head["number"] == trusted["number"]), None)
        if same is None:
            self.fault(f"证据包不含第 {trusted['number']} 号封签，无法与您信任的封签衔接，请重新导出")
        elif {**same} != {**trusted}:
            self.fault(f"第 {trusted['number']} 号封签与您信任的不同：账本被改写")
        else:
            self.report.trusted = True

    def _files(self, bindings: list[dict[str, Any]]) -> None:
        bound = {item["path"]: item for item in bindings}
        if len(bound) != len(bindings):
            self.fault("文件绑定重复")
        present = {
            name.removeprefix("files/") for name in self.archive.namelist() if name.startswith("files/")
        }
        for path in sorted(present - set(bound)):
            self.fault(f"文件没有绑定：{path}")
        for path in sorted(set(bound) - present):
            self.fault(f"缺少文件：{path}")
        digests = {path: self._digest(path) for path in sorted(present & set(bound))}
        for path, digest in digests.items():
            self._bound(path, bound[path], digest, digests)
        self.report.files = len(digests)

    def _digest(self, path: str) -> str:
        digest = hashlib.sha256()
        with self.archive.open(f"files/{path}") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                self.report.bytes += len(chunk)
        return digest.hexdigest()

    def _bound(self, path: str, item: dict[str, Any], digest: str, digests: dict[str, str]) -> None:
        if item["sha256"] != digest:
            self.fault(f"文件被替换：{path}")
            return
        by = item["bound_by"]
        if "entry" in by:
            source: Any = self.opened.get(by["entry"])
        elif by.get("file") in digests and by["file"] != path:
            source = json.loads(self._read(f"files/{by['file']}"))
        else:
            source = None
        if source is None or _at(source, by["pointer"]) != digest:
            self.fault(f"文件的摘要没有出现在所指的地方：{path}")


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
