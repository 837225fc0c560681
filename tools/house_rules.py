"""House rules that no linter knows, each with its reason. Tested by tests/house."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES, FUNCTION_LINES, VIEW_LINES, TEST_LINES, TEMPLATE_COLUMNS = 400, 60, 30, 500, 160
REGISTRY = re.compile(r"https?://[^\s\"']*(?:pypi|npmjs|registry|pythonhosted)[^\s\"']*")
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home/[a-z]+)/")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|rgba?\(")


def tracked() -> list[Path]:
    """Return the files git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function's body: what follows its signature and docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or node.lineno) - body[0].lineno + 1 if body else 0


def python_faults(path: Path, text: str) -> Iterator[str]:
    """Yield what is wrong with a Python file: size, functions, star imports, save overrides."""
    name = path.as_posix()
    is_test = "/tests/" in name
    if "/migrations/" in name or "/antong_client/made/" in name:  # written by a program
        return
    lines = text.count("\n")
    if lines > (TEST_LINES if is_test else FILE_LINES):
        yield f"{lines} lines: split it by subject"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield f"line {node.lineno}: star import"
        if isinstance(node, ast.ClassDef) and name.endswith("models.py"):
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name in {"save", "delete"}:
                    yield f"line {item.lineno}: {item.name}() overridden: an action does that"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = body_lines(node)
            view = any(ast.unparse(item).startswith(("page(", "public(")) for item in node.decorator_list)
            most = VIEW_LINES if view else FUNCTION_LINES
            if size > most and not is_test and not name.endswith("/demo/story.py"):  # a script is data
                yield f"line {node.lineno}: {node.name} has {size} lines, at most {most}"


def text_faults(path: Path, text: str) -> Iterator[str]:  # noqa: C901 - one rule a branch
    """Yield addresses of registries, paths of a machine, stray colours, and faults of templates."""
    if path.suffix not in {".py", ".svg"} and path.name != "house_rules.py":
        for found in REGISTRY.findall(text):
            yield f"names a registry: {found}"
    if path.name != "house_rules.py" and MACHINE.search(text):
        yield "names a path of a machine"
    if path.suffix == ".css" and path.name != "tokens.css":
        for line, content in enumerate(text.splitlines(), 1):
            if COLOUR.search(
                content.replace("#FFF", "").replace("#000", "").replace("rgba(255, 255, 255, .14)", "")
            ):
                yield f"line {line}: a colour outside tokens.css"
    if path.suffix == ".html":
        for line, content in enumerate(text.splitlines(), 1):
            if len(content) > TEMPLATE_COLUMNS:
                yield f"line {line}: {len(content)} columns, at most {TEMPLATE_COLUMNS}: break it within a tag or at a space"
    if path.suffix == ".html" and re.search(r"<[^>{%]*\s(?:style|on[a-z]+)=\"|<script>|<style", text):
        yield "inline style or script: the content policy refuses it"


def faults() -> list[str]:
    """Return every fault of every tracked file."""
    found = []
    for path in tracked():
        if (
            path.suffix
            not in {".py", ".md", ".txt", ".in", ".toml", ".json", ".css", ".js", ".html", ".yaml", ".typ"}
            or not path.exists()
        ):
            continue
        text = path.read_text("utf-8")
        relative = path.relative_to(ROOT)
        if path.suffix == ".py":
            found += [f"{relative}: {fault}" for fault in python_faults(path, text)]
        found += [f"{relative}: {fault}" for fault in text_faults(path, text)]
    return found


if __name__ == "__main__":
    wrong = faults()
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
