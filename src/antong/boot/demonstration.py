"""Showing the main job: carry the case once per database, export its bundle, verify it offline, say so."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings
from django.db import OperationalError
from rich.console import Console

from antong.boot.run import CUT_OFF
from antong.demo import carriage, chapters, neighbours
from antong.flow import selectors as flow
from antong.kernel import clock
from antong.kernel.refusal import Refusal
from antong.watch import actions as watch


def demonstrate(console: Console) -> int:
    """Carry the case, or find it carried; export and verify its bundle. Returns the exit code."""
    try:
        return _demonstrate(console)
    except OperationalError:
        console.print("与数据库的连接中断；示范案件将从中断的一步继续。")
        return CUT_OFF


def _demonstrate(console: Console) -> int:
    case_id = carriage.carried()
    if case_id is None:
        again = "（上次中断，从中断的一步继续）" if carriage.begun() else ""
        console.print(f"\n示范案件：一起盗窃案，从派出所到监狱和社区矫正{again}")
        console.print(
            "步  发起 → 接收            事项                                    发生日期    用时",
            soft_wrap=True,
        )
        started = time.monotonic()

        def tell(step: carriage.Step) -> None:
            route = f"{step.source} → {step.target}" if step.target else step.source
            console.print(
                f"{step.number:>2}  {_wide(route, 22)}{_wide(step.act, 40)}"
                f"{clock.local(step.happened_at):%Y-%m-%d}  {step.seconds:6.2f} s",
                soft_wrap=True,
            )

        try:
            with watch.standing_aside():
                case_id = chapters.carry(tell)
        except Refusal as refusal:
            console.print(f"示范案件没有走完：{refusal.what} {' '.join(refusal.items)} {refusal.remedy}")
            return 1
        console.print(f"走完用时 {time.monotonic() - started:.1f} 秒。")
    neighbours.plant(console.print)
    number = carriage.number_of(case_id)
    out = Path(settings.ANTONG_STATE) / f"{number}.bundle.zip"
    entries = flow.export_bundle(case_id, out, by="示范")
    console.print(f"\n案件 {number}：证据包 {out.name}，{entries} 条留痕")
    done = subprocess.run(  # noqa: S603 - our own verifier, which knows nothing of this process
        [sys.executable, "-m", "antong_verify", str(out)], capture_output=True, text=True, check=False
    )
    console.print(done.stdout.strip() or done.stderr.strip(), soft_wrap=True, markup=False)
    return done.returncode


def _wide(text: str, width: int) -> str:
    """Pad a text to a width on screen, where Chinese takes two columns."""
    taken = sum(2 if ord(char) > 0x2E7F or char == "→" else 1 for char in text)  # noqa: PLR2004 - CJK begins there
    return text + " " * max(1, width - taken)
