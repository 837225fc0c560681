"""Checking a bundle: chain, commitments, tree, map, heads, files. Whatever is wrong is said, nothing is raised."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

from antong_verify import hashes, heads
from antong_verify.files import FOLDER, Files
from antong_verify.report import Malformed, Report

__all__ = ["Report", "verify"]

FORMAT = "antong/bundle/2"
MAX_JSON = 512 << 20
MAX_RATIO = 200
LEDGER = ("bundle.json", "head.json", "entries.jsonl", "anchors.jsonl", "map.json", "bindings.json")
UNREADABLE = (
    zipfile.BadZipFile,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    RecursionError,
    NotImplementedError,  # an encrypted archive, or a compression nobody uses
    RuntimeError,
)


def verify(bundle: Path, head: Path | None = None, key: bytes | None = None) -> Report:
    """Check a bundle. `head` is a head file (or a bundle) that the verifier already trusts, `key` a public key (32 bytes)."""
    report = Report()
    try:
        trusted = None if head is None else heads.trusted(head)
        with zipfile.ZipFile(bundle) as archive:
            _Check(archive, report, trusted, key).run()
    except Malformed as problem:
        report.faults.append(str(problem))
    except OSError as problem:
        report.faults.append(f"读不到证据包：{problem.strerror or problem}")
    except UNREADABLE as problem:
        report.faults.append(f"不是完好的证据包（{type(problem).__name__}）")
    return report


def _exactly(value: Any, members: set[str], what: str) -> dict[str, Any]:
    """Return a JSON object with these members and no other: nothing unproven travels along."""
    if not isinstance(value, dict) or set(value) != members:
        raise Malformed(f"{what}的形状不对")
    return value


class _Check:
    def __init__(
        self,
        archive: zipfile.ZipFile,
        report: Report,
        trusted: tuple[heads.Head, bytes] | None,
        key: bytes | None,
    ) -> None:
        self.archive, self.report, self.trusted, self.key = archive, report, trusted, key
        self.opened: dict[int, dict[str, Any]] = {}

    def fault(self, text: str) -> None:
        self.report.faults.append(text)

    def run(self) -> None:
        self._safe()
        about = json.loads(self._read("bundle.json"))
        if about.get("format") != FORMAT:
            raise Malformed(f"不认识的证据包格式：这个程序只验 {FORMAT}，请用同一版本的平台重新导出")
        self._complete()
        _exactly(about, {"format", "chain", "public_key"}, "bundle.json")
        public, chain = heads.digest(about["public_key"]), UUID(about["chain"])
        self._key(public)
        lines = self._lines("entries.jsonl", {"entry", "opening", "leaf", "path"})
        head = heads.parse(json.loads(self._read("head.json")))
        if not lines:
            raise Malformed("证据包里没有留痕")
        self._head(head, public)
        self._chain(lines, about["chain"])
        self._tree(lines, head)
        self._end(lines, chain, head)
        self._anchors(lines, chain, head, public)
        self._against(head)
        files = Files(self.archive, self.report, self.opened, self._read)
        files.check(json.loads(self._read("bindings.json")))

    def _safe(self) -> None:
        seen: set[str] = set()
        for info in self.archive.infolist():
            name = info.filename
            if name in seen:
                raise Malformed(f"重复的文件：{name}")
            seen.add(name)
            if name.startswith("/") or ".." in name.split("/") or "\\" in name:
                raise Malformed("文件名越界")
            if info.file_size > MAX_RATIO * max(info.compress_size, 1) and info.file_size > (1 << 20):
                raise Malformed(f"压缩比异常：{name}")
        if "bundle.json" not in seen:
            raise Malformed("不是案通证据包：没有 bundle.json")

    def _complete(self) -> None:
        names = self.archive.namelist()
        more = [name for name in names if name not in LEDGER and not name.startswith(FOLDER)]
        if more:
            raise Malformed(f"多出的文件：{'、'.join(more[:5])}")
        missing = [name for name in LEDGER if name not in names]
        if missing:
            raise Malformed(f"缺少 {'、'.join(missing)}")

    def _read(self, name: str) -> bytes:
        if self.archive.getinfo(name).file_size > MAX_JSON:
            raise Malformed(f"{name} 过大")
        return self.archive.read(name)

    def _lines(self, name: str, members: set[str]) -> list[dict[str, Any]]:
        rows = [json.loads(line) for line in self._read(name).splitlines() if line]
        return [_exactly(row, members, name) for row in rows]

    def _key(self, public: bytes) -> None:
        self.report.key_id = hashes.sha256(public).hex()
        expected = self.key or (self.trusted[1] if self.trusted else None)
        if expected is not None and expected != public:
            self.fault("签名密钥不是您信任的那一把")

    def _head(self, head: heads.Head, public: bytes) -> None:
        if not heads.signed(head, public):
            self.fault(f"第 {head.number} 号封签的签名无效")
        self.report.head, self.report.as_of = head.number, head.made_at

    def _chain(self, lines: list[dict[str, Any]], chain: str) -> None:
        prev, recorded, leaf = hashes.ZERO, "", -1
        for number, line in enumerate(lines, 1):
            entry = line["entry"]
            if entry["chain"] != chain:
                self.fault(f"第 {number} 条属于另一案件")
            if entry["number"] != number:
                self.fault(f"序号不连续：第 {number} 位是第 {entry['number']} 条")
            if bytes.fromhex(entry["prev"]) != prev:
                self.fault(f"第 {number} 条与前一条不衔接")
            if entry["recorded_at"] < recorded:
                self.fault(f"第 {number} 条的登记时间早于前一条")
            if line["leaf"] <= leaf:
                self.fault(f"第 {number} 条在树里排在前一条之前")
            self._opening(number, line)
            prev, recorded, leaf = hashes.entry(entry), entry["recorded_at"], line["leaf"]
        self.report.entries = len(lines)

    def _opening(self, number: int, line: dict[str, Any]) -> None:
        committed = {name: line["entry"][name] for name in ("before", "after")}
        if line["opening"] is None:
            self.report.withheld += any(value is not None for value in committed.values())
            return
        opening = _exactly(line["opening"], {"salt", "before", "after"}, "明文")
        salt = bytes.fromhex(opening["salt"])
        for name, value in committed.items():
            shown = opening[name]
            if value != (None if shown is None else hashes.commitment(salt, shown).hex()):
                self.fault(f"第 {number} 条的明文与承诺不符")
        self.opened[number] = opening
        self.report.opened += 1

    def _tree(self, lines: list[dict[str, Any]], head: heads.Head) -> None:
        for line in lines:
            path = [bytes.fromhex(item) for item in line["path"]]
            if hashes.climb(line["leaf"], head.tree_size, hashes.entry(line["entry"]), path) != head.root:
                self.fault(f"第 {line['entry']['number']} 条不在第 {head.number} 号封签的树里")

    def _end(self, lines: list[dict[str, Any]], chain: UUID, head: heads.Head) -> None:
        if heads.chain_end(json.loads(self._read("map.json")), chain, head.map_root) != _leaf(lines, chain):
            self.fault("最后一条不是封签承诺的链尾：证据包被截短或改动")

    def _anchors(self, lines: list[dict[str, Any]], chain: UUID, head: heads.Head, public: bytes) -> None:
        """Check each earlier head that the bundle says it continues: the tree only grew, the chain only grew."""
        numbers = []
        for row in self._lines("anchors.jsonl", {"head", "consistency", "map"}):
            old = heads.parse(row["head"])
            numbers.append(old.number)
            if not heads.signed(old, public):
                self.fault(f"第 {old.number} 号封签的签名无效")
            path = [heads.digest(item) for item in row["consistency"]]
            if old.number >= head.number or not hashes.consistent(
                old.tree_size, old.root, head.tree_size, head.root, path
            ):
                self.fault(f"第 {old.number} 号封签的树不是第 {head.number} 号的开头：账本被改写")
            then = [line for line in lines if line["leaf"] < old.tree_size]
            if heads.chain_end(row["map"], chain, old.map_root) != (_leaf(then, chain) if then else None):
                self.fault(f"第 {old.number} 号封签时本案的链尾与包内留痕不符：账本被改写")
            if self.trusted and old.number == self.trusted[0].number and old.body == self.trusted[0].body:
                self.report.trusted = old.number
        self.report.anchors = tuple(numbers)

    def _against(self, head: heads.Head) -> None:
        if self.trusted is None:
            return
        trusted, public = self.trusted
        if not heads.signed(trusted, public):
            self.fault("您给定的封签本身签名无效")
        if trusted.number == head.number and trusted.body == head.body:
            self.report.trusted = head.number
        if self.report.trusted:
            return
        if trusted.number > head.number:
            self.fault(
                f"证据包只到第 {head.number} 号封签，早于您信任的第 {trusted.number} 号：可能被截短或是旧包，请重新导出"
            )
        elif trusted.number == head.number or trusted.number in self.report.anchors:
            self.fault(f"第 {trusted.number} 号封签与您信任的不同：账本被改写")
        else:
            self.fault(
                f"证据包没有证明它接续您信任的第 {trusted.number} 号封签："
                f"请对方用 antong export --since {trusted.number} 重新导出"
            )


def _leaf(lines: list[dict[str, Any]], chain: UUID) -> bytes:
    """Return the leaf of the map that commits to the last of some entries."""
    last = lines[-1]["entry"]
    return hashes.map_leaf(hashes.map_key(chain.bytes), last["number"], hashes.entry(last))
