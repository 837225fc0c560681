"""`antong restore`: a backup back into an empty machine, verified before it is taken for whole.

Order: the manifest and every file's presence, the keys, then originals, then the database in one transaction, then
heads, digests and the ledger compared. A marker stands in the state folder from the first step to the last; while it
does, nothing starts on what is there, and the same command goes on.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from antong.boot import backup as backups
from antong.boot import bucketing, destroying, dumping, keyring, restoring, sealing
from antong.boot.environment import Environment
from antong.boot.run import database_up
from antong.boot.telling import Tell
from antong.dossier.places import DISK, S3, Place
from antong.kernel.refusal import Refusal


def choose(folder: Path, key: bytes, own: str | None) -> dict[str, Any]:
    """Return the manifest of a backup, the newest without `own`, once every file of it is there in its length.

    Raises Refusal where there is no such backup, sealing.Damaged naming the file.
    """
    own = own or restoring.newest(folder)
    if own is None or not (folder / f"{own}.manifest").exists():
        raise Refusal(
            f"没有恢复：{folder} 里没有{'这一次' if own else '完整的'}备份。",
            code="no-backup",
            basis=("案通备份规则：有清单的才是完整的备份",),
            remedy="核对目录；用 --backup 指明哪一次（*.manifest 的文件名）。",
        )
    try:
        manifest = restoring.manifest_of(folder, key, own)
    except sealing.Damaged as damaged:
        if damaged.unopened and not _opens_any(folder, key):
            raise _wrong_key(folder, damaged) from damaged
        raise
    dump = manifest["database"]
    _present(folder / f"{own}.database", sealing.sealed_size(dump["size"]))
    for row in manifest["files"]:
        _present(restoring.object_path(folder, row["object"]), sealing.sealed_size(row["size"]))
    return manifest


def _opens_any(folder: Path, key: bytes) -> bool:
    """Whether the key opens the manifest of any backup of a folder."""
    for path in folder.glob("*.manifest"):
        with suppress(sealing.Damaged):
            restoring.manifest_of(folder, key, path.stem)
            return True
    return False


def _wrong_key(folder: Path, damaged: sealing.Damaged) -> Refusal:
    return Refusal(
        f"没有恢复：{damaged.path.name} 打不开，{folder} 里的备份没有一次是用这一把备份密钥封的（或都已损坏），不是这把密钥。",
        code="restore-key",
        basis=("案通备份规则：备份加密保存，没有密钥谁也打不开",),
        remedy="用 --key（或 ANTONG_BACKUP_KEY）给出做备份时的那一把；它由 antong backup-key 生成，另外抄存过一份。",
        who="系统管理员",
    )


def _present(path: Path, size: int) -> None:
    try:
        found = path.stat().st_size
    except OSError:
        raise sealing.Damaged(path, "不见了") from None
    if found != size:
        raise sealing.Damaged(path, f"长 {found} 字节，应为 {size}")


def begun(env: Environment, own: str, to: str, *, take_over: bool) -> restoring.Mark:
    """Return what is to be said of this restore while it lasts."""
    if to != S3 or env.s3 is None:
        return restoring.Mark(backup=own, to=to)
    return restoring.Mark(
        backup=own, to=to, endpoint=env.s3.endpoint, bucket=env.s3.name, prefix=env.s3.prefix, takes_over=take_over
    )  # fmt: skip


def refuse_full(env: Environment, wanted: restoring.Mark) -> restoring.Mark | None:
    """Refuse a state folder that holds anything but what this very backup has brought, and one begun to another place.

    Returns the restore that is gone on with; None where this one is the first.
    """
    marked = restoring.marked(env)
    if marked is not None:
        if marked.backup != wanted.backup:
            restoring.refuse_half(env)
        if marked.place != wanted.place:
            raise Refusal(
                f"没有恢复：这里没有做完的恢复把原件恢复到{marked.word}，不是{wanted.word}。",
                code="restore-elsewhere",
                basis=("案通备份规则：没有做完的恢复只在原来的位置继续",),
                remedy="用同样的 --to 和 ANTONG_S3_* 重新运行；要恢复到别处的，用 ANTONG_STATE 另指一个空目录从头来。",
                who="系统管理员",
            )
        return marked
    held = [name for name in backups.FOLDERS if any(path.is_file() for path in (env.state / name).rglob("*"))]
    if held:
        raise full(f"{env.state} 里已有 {'、'.join(held)}")
    return None


def full(what: str) -> Refusal:
    """Return the refusal of a machine that is not empty."""
    return Refusal(
        f"没有恢复：{what}。",
        code="restore-full",
        basis=("案通备份规则：只恢复到空的机器，不覆盖任何数据",),
        remedy="用 ANTONG_STATE 另指一个空目录；用自己的数据库的，DATABASE_URL 另指一个空数据库。",
        who="系统管理员",
    )


def bring_keys(env: Environment, key: bytes, manifest: dict[str, Any], keys_from: Path | None) -> None:
    """Put the keys in place from their own backup, or take those that are there; refuses what are not this backup's.

    Where a key was lost when the backup was made its mark is empty, and any is taken.
    """
    packed = _packed(key, keys_from)
    found = {name: base64.b64decode(packed[name]) for name in keyring.KEYS if name in packed}
    where = dict.fromkeys(found, str(keys_from))
    for name in keyring.KEYS:
        path = env.keys / name
        if path.exists():
            found[name], where[name] = path.read_bytes(), str(path)
    wanted = {"head.pem": manifest["keys"]["head"], "master": manifest["keys"]["master"]}
    wrong = [name for name, mark in wanted.items() if mark and _mark(name, found.get(name)) != mark]
    if wrong:
        raise Refusal(
            f"没有恢复：密钥 {'、'.join(wrong)} 没有，或不是这个备份的。",
            code="restore-keys",
            basis=("案通备份规则：密钥与备份分开保管，缺密钥打不开卷宗、接不上账本",),
            remedy=f"用 --keys-from 给出备份时 --keys-to 写的文件；或把密钥放进 {env.keys}。",
            who="安全管理员",
            items=[_about(name, where.get(name), env, keys_from) for name in wrong],
        )
    for name, body in found.items():
        _keep_key(env.keys / name, body)


def _packed(key: bytes, keys_from: Path | None) -> dict[str, str]:
    """Return what is in a file that `--keys-to` wrote, nothing for none; refuses, naming it, one that the key does not open."""
    if keys_from is None:
        return {}
    try:
        packed: dict[str, str] = json.loads(b"".join(sealing.unseal(key, "keys", keys_from)))
    except (sealing.Damaged, ValueError) as error:
        why = error.why if isinstance(error, sealing.Damaged) else "里面没有密钥"
        raise Refusal(
            f"没有恢复：密钥文件 {keys_from} 打不开（{why}）。",
            code="restore-keys-file",
            basis=("案通备份规则：密钥用备份密钥加密，另外保管",),
            remedy="--keys-from 须是备份时 --keys-to 写的文件，--key 须是当时的那一把备份密钥；文件损坏的，用它的另一份副本。",
            who="安全管理员",
        ) from error
    return packed


def _mark(name: str, body: bytes | None) -> str:
    try:
        return keyring.head_key_id(body) if name == "head.pem" else keyring.master_mark(body)
    except ValueError:
        return "damaged"


def _about(name: str, where: str | None, env: Environment, keys_from: Path | None) -> str:
    """Return in words what is wrong with one key: which file, and what to do with it."""
    if where is None:
        given = f"，{keys_from} 里也没有" if keys_from else ""
        return f"{name}：{env.keys / name} 没有{given}"
    if where == str(env.keys / name):
        return f"{name}：{where} 不是这个备份的；本机已有的先于 --keys-from，移开它再重新运行"
    return f"{name}：{where} 里的这一把不是这个备份的，换一份 --keys-to 写的文件"


def _keep_key(path: Path, body: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sealing.keep_names(path.parent)


def bring_destroyed(
    env: Environment, folder: Path, key: bytes, keys_from: Path | None, given: Sequence[Path]
) -> list[str]:
    """Have the keys' folder know all that was ever destroyed: by the newest backup, the keys' own, and what is given.

    The machine's own file, where it is there still, knows best; what was destroyed after all of them nobody knows here.
    Returns the newer backups that cannot be read. Raises Refusal where a line is not this house's.
    """
    rows, unread = destroying.of_backups(folder, key)
    packed_rows = destroying.in_lines(_packed(key, keys_from).get(destroying.NAME, ""), str(keys_from))
    found = destroying.merged(
        destroying.genuine(rows, env.keys, str(folder)),
        destroying.genuine(packed_rows, env.keys, str(keys_from)),
        destroying.of_keys(env.keys),
        *(destroying.genuine(destroying.in_file(path), env.keys, str(path)) for path in given),
    )
    if found:
        destroying.write(env.keys / destroying.NAME, found)
    return unread


def bring_files(
    env: Environment, folder: Path, key: bytes, manifest: dict[str, Any], tell: Tell, *, bucket: Place | None
) -> None:
    """Bring originals and readings on their way, originals into a bucket where one is given.

    Those that are there already in the right form are left.
    """
    for done, values in enumerate(manifest["files"], 1):
        row = backups.Kept(**values)
        if bucket is not None and (own := bucketing.original(row.path)) is not None:
            bucketing.bring(bucket, own, row, restoring.object_path(folder, row.object), key)
            tell("文件", done)
            continue
        target = (env.state / row.path).resolve()
        if not any(target.is_relative_to((env.state / part).resolve()) for part in backups.FOLDERS):
            raise sealing.Damaged(folder / f"{manifest['id']}.manifest", "写着状态目录以外的文件")
        if not (target.exists() and sealing.digest_of(backups.pieces_of(target)) == row.sha256):
            _bring(target, row, restoring.object_path(folder, row.object), key)
        tell("文件", done)


def _bring(target: Path, row: backups.Kept, source: Path, key: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for piece in sealing.checked(sealing.unseal(key, "object", source), row.sha256, source):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    os.utime(part, ns=(row.mtime_ns, row.mtime_ns))  # the next backup knows it again
    part.replace(target)


def bring_database(url: str, folder: Path, key: bytes, manifest: dict[str, Any], *, resumed: bool) -> None:
    """Load the dump into an empty database, all or nothing; one that a stopped restore has loaded is left.

    Raises Refusal where the database holds anything else, sealing.Damaged, DatabaseTrouble.
    """
    if refuse_full_database(url, manifest, resumed=resumed):
        return
    path = folder / f"{manifest['id']}.database"
    sealed = sealing.checked(sealing.unseal(key, "database", path), manifest["database"]["sha256"], path)
    dumping.load(url, dumping.unpacked(sealed))


def refuse_full_database(url: str, manifest: dict[str, Any], *, resumed: bool) -> bool:
    """Refuse a database that holds anything but what a stopped restore has loaded; return whether it has."""
    held = _head_in(url)
    if held is None:
        return False
    if resumed and held == (manifest["head"]["number"] if manifest["head"] else 0):
        return True
    raise full("数据库里已有数据")


def _head_in(url: str) -> int | None:
    """Return the number of the newest head in a database, 0 where there is none, None where it has no tables at all."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchone()
        if tables is None or tables[0] == 0:
            return None
        known = connection.execute("SELECT to_regclass('ledger_head')").fetchone()
        if known is None or known[0] is None:
            return -1
        row = connection.execute("SELECT coalesce(max(number), 0) FROM ledger_head").fetchone()
        return int(row[0]) if row else 0


def verify(env: Environment, manifest: dict[str, Any], tell: Tell) -> str:
    """Compare heads, bring the tables up to this program, destroy again what was destroyed since, look over the whole ledger.

    Returns what the audit says.

    Django is set up on the restored database. Raises Refusal where anything differs.
    """
    from django.core.management import call_command  # noqa: PLC0415

    from antong.boot import auditing  # noqa: PLC0415
    from antong.dossier import selectors as dossier  # noqa: PLC0415
    from antong.ledger import bundle, keys  # noqa: PLC0415

    faults = []
    call_command("migrate", verbosity=0)
    if bundle.newest_head() != manifest["head"]:
        faults.append("数据库的最新封签与清单里的不同")
    keys.ready()
    if not dossier.master_key_opens():
        faults.append("卷宗密钥打不开卷宗")
    gone = destroying.again(env)
    found = auditing.audit(None, None, read=False, tell=tell)
    said = auditing.as_text(found)
    if faults or not found.good:
        raise Refusal(
            "恢复的数据核对不符，没有当作完整：",
            code="restore-differs",
            basis=("案通备份规则：恢复后封签、摘要、账本逐一核对",),
            items=(*faults, *said.splitlines()),
            remedy="不要使用；换更早的一次备份（--backup）恢复到另一个空目录，并把这一份留作证据。",
            who="审计管理员",
        )
    if gone:
        said = f"{said}\n备份早于 {len(gone)} 次销毁，已重新销毁：{'、'.join(gone)}"
    return said


def finish(env: Environment) -> None:
    """Say that all of it is there and was verified."""
    (env.state / restoring.MARKER).unlink()
    sealing.keep_names(env.state)


def settle(target: str, manifest: dict[str, Any], surplus: int) -> None:
    """Record where the originals were brought, so that new ones are written there too; Django is set up.

    Those of files that were destroyed again go from there.
    """
    from antong.boot import founding  # noqa: PLC0415
    from antong.dossier import actions as dossier  # noqa: PLC0415

    dossier.settle_originals(founding.operator(), target=target, missing=manifest["missing"], surplus=surplus)
    dossier.remove_destroyed()


def restore(
    env: Environment,
    folder: Path,
    key: bytes,
    *,
    own: str | None,
    keys_from: Path | None,
    tell: Tell,
    to: str = DISK,
    take_over: bool = False,
    destroyed: Sequence[Path] = (),
) -> tuple[str, str]:
    """Restore a backup into an empty machine, originals `to` its disk or the bucket; return its id and what the audit says.

    With `take_over` the bucket may hold originals already: they are compared, and only those that are missing are brought;
    what else it holds is left there. What was lawfully destroyed since that backup is destroyed again, as far as backups,
    keys and the files of `destroyed` know of it. Raises Refusal where anything is missing, damaged, or in the way; DatabaseTrouble;
    StoreAway.
    """
    folder = folder.resolve()
    manifest = choose(folder, key, own)
    wanted = begun(env, manifest["id"], to, take_over=take_over)
    before = refuse_full(env, wanted)
    resumed = before is not None
    bucket, surplus = None, 0
    if to == S3:
        takes_over = take_over or (before is not None and before.takes_over)
        bucket, surplus = bucketing.bucket(env, manifest, resumed=resumed, take_over=takes_over)
    bring_keys(env, key, manifest, keys_from)
    with database_up(env) as url:
        refuse_full_database(url, manifest, resumed=resumed)
        restoring.mark(env, wanted)
        unread = bring_destroyed(env, folder, key, keys_from, destroyed)
        bring_files(env, folder, key, manifest, tell, bucket=bucket)
        bring_database(url, folder, key, manifest, resumed=resumed)
        import django  # noqa: PLC0415

        django.setup()
        said = verify(env, manifest, tell)
        settle(to, manifest, surplus)
    finish(env)
    if unread:
        said = f"{said}\n{'、'.join(unread)} 的清单读不出：只有它们知道的销毁没有重新进行；有 antong destroyed 写出的副本，放进密钥目录再启动。"
    return manifest["id"], said
