"""`antong doctor`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from antong.boot import operations, postgres, tls
from antong.boot.environment import SECRET_LENGTH, Environment, database_url_file
from antong.kernel import clock
from antong.kernel.refusal import Refusal

FREE_BYTES = 2 << 30
CLOCK_SECONDS = 5.0
BACKUP_HOURS = 26
"""A day, and what the nightly backup may be late."""
FONTS = ("NotoSerifSC_400Regular.ttf", "NotoSansSC_400Regular.ttf")
MASTER_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing an installation needs; `wrong` says what is wrong with it and `mend` how to mend it, empty where it is good."""

    what: str
    wrong: str = ""
    mend: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.wrong


def doctor(env: Environment) -> list[Finding]:
    """Look at disk, secrets, blobs, fonts, processes, backup, and at the database where it answers."""
    findings = [disk(env), secrets(env), blobs(env), fonts(env), certificates(env)]
    if none := founded(env):
        return [*findings, *none]
    findings += [supervisor(env), backup(env)]
    found = database(env)
    findings += found
    if all(one.good for one in found):
        pending = migrations(env)
        findings.append(pending)
        if pending.good:
            findings += instance()
    return findings


def as_text(findings: list[Finding]) -> str:
    """Return the findings for people, a line each, what is wrong with its mending below."""
    lines = []
    for one in findings:
        lines.append(f"{'正常' if one.good else '不行'}  {one.what}{f'：{one.wrong}' if one.wrong else ''}")
        if one.mend:
            lines.append(f"      怎样补：{one.mend}")
    return "\n".join(lines)


def as_json(findings: list[Finding]) -> str:
    """Return the findings for programs."""
    rows = [{"what": one.what, "good": one.good, "wrong": one.wrong, "mend": one.mend} for one in findings]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def disk(env: Environment) -> Finding:
    """Look at the free space of the state folder's disk."""
    what, free = "磁盘空间", shutil.disk_usage(env.state).free
    if free >= FREE_BYTES:
        return Finding(what=what)
    return Finding(
        what=what,
        wrong=f"{env.state} 所在磁盘只剩 {free / 2**30:.1f} GB，少于 {FREE_BYTES >> 30} GB",
        mend="清理或扩大这块磁盘；加密卷宗在 blobs/，日志在 log/，旧日志可删。",
    )


def secrets(env: Environment) -> Finding:
    """Look at keys: there, readable, nobody else's to read, whole."""
    what, wrong, mend = "密钥文件", [], []
    head, master, session = env.keys / "head.pem", env.keys / "master", env.state / "secret-key"
    founded = head.exists() or master.exists() or database_url_file(env.state).exists()
    for path in (head, master, session):
        if not path.exists():
            if founded and path is not session:
                wrong.append(f"{path} 不见了")
                mend.append(f"从密钥备份放回 {path}；不要另造")
            continue
        if path.stat().st_mode & 0o077:
            wrong.append(f"{path} 别人也能读")
            mend.append(f"chmod 600 {path}")
        try:
            size = len(path.read_bytes())
        except OSError:
            wrong.append(f"{path} 读不了")
            mend.append(f"把 {path} 交给运行案通的用户：chown")
            continue
        if (path is master and size != MASTER_BYTES) or (path is session and size < SECRET_LENGTH):
            wrong.append(f"{path} 损坏")
            mend.append(f"从密钥备份放回 {path}")
    return Finding(what=what, wrong="；".join(wrong), mend="；".join(mend))


def founded(env: Environment) -> list[Finding]:
    """Look whether anything was founded in a state folder of our own database; of another one its tables tell."""
    if env.external or database_url_file(env.state).exists():
        return []
    return [_unfounded(env, f"{env.state} 里没有建立过实例")]


def _unfounded(env: Environment, wrong: str) -> Finding:
    first = "antong run（示范模式，自行建立）" if env.demo else "antong init，或 antong restore"
    return Finding(
        what="实例",
        wrong=wrong,
        mend=f"第一次安装：{first}；已建立过的，核对 ANTONG_STATE，设置写在文件里的，先读入它（set -a; . /etc/antong/antong.env）",
    )


def blobs(env: Environment) -> Finding:
    """Look whether the folder of encrypted originals takes a file."""
    what, folder = "卷宗目录", env.state / "blobs"
    place = folder if folder.exists() else env.state
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return Finding(
            what=what,
            wrong=f"{place} 不能写（{error.strerror}）",
            mend=f"把 {place} 交给运行案通的用户（chown），并确认磁盘未满、未以只读挂载",
        )
    return Finding(what=what)


def bucket(env: Environment) -> list[Finding]:
    """Look whether the S3 bucket that is set takes an object, gives it back and lets it go; nothing where none is set."""
    if env.s3 is None:
        return []
    from antong.dossier.places import s3  # noqa: PLC0415
    from antong.dossier.types import StoreAway  # noqa: PLC0415

    what = f"S3 存储 {env.s3.endpoint} 的桶 {env.s3.name}"
    try:
        s3.place(env.s3).check()
    except StoreAway as error:
        return [
            Finding(
                what=what,
                wrong=error.why,
                mend="按所说的核对 ANTONG_S3_* 各项（antong config），确认存储在运行",
            )
        ]
    except OSError as error:
        return [
            Finding(what=what, wrong=f"写不进去（{error.strerror}）", mend="扩大这个桶的配额，或腾出空间")
        ]
    return [Finding(what=what)]


def fonts(env: Environment) -> Finding:
    """Look at the fonts that documents are set in."""
    lost = [name for name in FONTS if not (env.assets / "fonts" / name).exists()]
    if not lost:
        return Finding(what="文书字体")
    return Finding(
        what="文书字体",
        wrong=f"{env.assets / 'fonts'} 里缺 {'、'.join(lost)}",
        mend="从安装包重装，或在代码目录 make setup；字体在别处的，用 ANTONG_ASSETS 指到那里",
    )


def certificates(env: Environment) -> Finding:
    """Look at the certificates that are set: read, fitting, of our names, not ending soon; authorities and their lists."""
    found = list(tls.faults(env))
    return Finding(
        what="证书", wrong="；".join(wrong for wrong, _ in found), mend="；".join(mend for _, mend in found)
    )


def supervisor(env: Environment) -> Finding:
    """Look whether a supervisor lives and keeps all its processes alive."""
    what, found = "运行的进程", operations.status(env)
    if found.good:
        return Finding(what=what)
    stopped = [row.name for row in found.processes if not row.alive]
    if not found.processes:
        return Finding(what=what, wrong="没有在运行", mend="antong run，或 systemctl start antong")
    return Finding(
        what=what,
        wrong=f"停了：{'、'.join(stopped)}",
        mend=f"看 {env.state / 'log'} 里同名的日志；监管进程不在的，重新 antong run",
    )


def last_backup(env: Environment) -> float | None:
    """Return how many hours ago the last whole backup was made; None where none ever was."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads((env.state / "last-backup.json").read_text())
        return (time.time() - float(told["at"])) / 3600
    return None


def backup(env: Environment) -> Finding:
    """Look at the age of the last backup; a demonstration needs none."""
    what, hours = "备份", last_backup(env)
    if env.demo or (hours is not None and hours <= BACKUP_HOURS):
        return Finding(what=what)
    return Finding(
        what=what,
        wrong="从未备份" if hours is None else f"上一次是 {hours:.0f} 小时以前，超过 {BACKUP_HOURS} 小时",
        mend="antong backup 目录；每天一次的，启用 antong-backup.timer",
    )


def database(env: Environment) -> list[Finding]:
    """Look whether the database answers, is new enough, and has our time."""
    where = env.database_url.rsplit("@", 1)[-1]
    answer = Finding(what=f"数据库 {where}")
    try:
        with psycopg.connect(env.database_url, connect_timeout=3, autocommit=True) as connection:
            before = clock.now()
            row = connection.execute("SELECT clock_timestamp()").fetchone()
            after = clock.now()
            major = connection.info.server_version // 10000
    except psycopg.Error as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        return [
            Finding(
                what=answer.what,
                wrong=f"没有应答（{first}）",
                mend="用操作者的数据库时，核对 DATABASE_URL 和它是否在运行"
                if env.external
                else "antong db start",
            )
        ]
    theirs = row[0] if row else after
    return [answer, version(major), time_of(theirs, before, after)]


def version(major: int) -> Finding:
    """Look at the database's version."""
    what = f"数据库版本 PostgreSQL {major}"
    if major >= postgres.OLDEST:
        return Finding(what=what)
    return Finding(
        what=what,
        wrong=f"低于 {postgres.OLDEST}",
        mend=f"升级到 PostgreSQL {postgres.OLDEST} 或 18，再启动案通",
    )


def time_of(theirs: datetime, before: datetime, after: datetime) -> Finding:
    """Look how far the database's clock is from ours, which was read `before` and `after` it."""
    what = "时钟"
    off = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    if off <= CLOCK_SECONDS:
        return Finding(what=what)
    return Finding(
        what=what,
        wrong=f"与数据库相差 {off:.0f} 秒（本机 {after.astimezone(UTC):%H:%M:%S}，数据库 {theirs.astimezone(UTC):%H:%M:%S} UTC）",
        mend="两台机器都向同一时间源校时（chrony），期限从时间算起",
    )


def migrations(env: Environment) -> Finding:
    """Look whether the tables are those of this program: none missing, none from a newer one."""
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    what, executor = "数据库表", MigrationExecutor(connection)
    loader = executor.loader
    newer = sorted(".".join(key) for key in loader.applied_migrations if key not in loader.disk_migrations)
    newer = [name for name in newer if name.split(".")[0] in {key[0] for key in loader.disk_migrations}]
    if newer:
        return Finding(
            what=what,
            wrong=f"比程序新：{'、'.join(newer[:3])}",
            mend="装上与数据库同版本或更新的案通；或从旧备份恢复到空机器",
        )
    if not loader.applied_migrations:
        return _unfounded(env, "数据库是空的，没有建立过实例")
    pending = [f"{one.app_label}.{one.name}" for one, _ in executor.migration_plan(loader.graph.leaf_nodes())]
    if pending:
        return Finding(
            what=what,
            wrong=f"有 {len(pending)} 项升级没有做：{'、'.join(pending[:3])}",
            mend="先 antong backup，再 antong migrate",
        )
    return Finding(what=what)


def instance() -> Iterator[Finding]:
    """Yield whether the instance is founded, and whether the keys at hand are those of this database."""
    from antong.dossier import selectors as dossier  # noqa: PLC0415
    from antong.ledger import keys  # noqa: PLC0415
    from antong.ledger import selectors as ledger  # noqa: PLC0415
    from antong.org import selectors as org  # noqa: PLC0415

    try:
        yield Finding(what=f"实例 {org.instance().name}")
    except Refusal as refusal:
        yield Finding(what="实例", wrong="还没有建立", mend=refusal.remedy)
    what = "封签密钥"
    if ledger.latest_head() is None:
        yield Finding(what=what)
    else:
        try:
            keys.ready()
            yield Finding(what=what)
        except Refusal as refusal:
            yield Finding(what=what, wrong="不是签过此前封签的密钥，或不见了", mend=refusal.remedy)
    opens = dossier.master_key_opens()
    yield Finding(
        what="卷宗密钥",
        wrong="" if opens else "打不开已有的卷宗",
        mend="" if opens else "从密钥备份把 master 放回 ANTONG_KEYS",
    )
