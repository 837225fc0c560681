"""The commands that make an installation and keep it: init, config, doctor, backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from antong.boot import environment

console = Console(highlight=False, soft_wrap=True)


@click.command()
@click.option(
    "--region", prompt="地区名称（如 云岭州）", help="Name of the prefecture or county whose hub this is."
)
@click.option(
    "--letters", prompt="案号字母（如 YL）", help="Capital letters that its case numbers begin with."
)
@click.option(
    "--unit", prompt="首个单位名称（平台运行单位）", help="Name of the first unit: the one that runs the hub."
)
@click.option("--code", prompt="首个单位代码", help="Code of the first unit, letters and digits.")
@click.option(
    "--level",
    type=click.Choice(["prefecture", "county", "town"]),
    default="prefecture",
    show_default=True,
    help="Level of the first unit.",
)
@click.option("--system", default="", help="Name of the system administrator (login xitong).")
@click.option("--security", default="", help="Name of the security administrator (login anquan).")
@click.option("--audit", default="", help="Name of the audit administrator (login shenji).")
@click.option(
    "--tls-self-signed", metavar="HOST", help="Make a certificate for HOST too, for the first 90 days."
)
def init(
    *,
    region: str,
    letters: str,
    unit: str,
    code: str,
    level: str,
    system: str,
    security: str,
    audit: str,
    tls_self_signed: str | None,
) -> None:
    """Make an empty instance in the state folder: tables, keys, first unit, three administrators.

    Their first passwords are printed once, and must be changed at the first sign-in.
    """
    from antong.boot import founding  # noqa: PLC0415

    names = {"xitong": system, "anquan": security, "shenji": audit}
    wanted = founding.Founding(
        region=region, letters=letters, unit=unit, code=code, level=level, administrators=names
    )
    founding.init(wanted, console)
    if tls_self_signed:
        _self_sign(tls_self_signed)


def _self_sign(host: str) -> None:
    from antong.boot import tls  # noqa: PLC0415

    cert, key = tls.self_signed(environment.read().state / "tls", host)
    console.print(
        f"证书 {cert}\n密钥 {key}\n设 ANTONG_TLS_CERT、ANTONG_TLS_KEY 为这两个文件，ANTONG_HOSTS 含 {host}，再 antong run。"
        f"\n浏览器会提示证书不受信任；{tls.FIRST_DAYS} 天内换成正式证书。",
        markup=False,
    )


@click.command("tls-self-signed")
@click.argument("host")
def tls_self_signed(host: str) -> None:
    """Make a key and a certificate for HOST in the state folder, for the first 90 days."""
    _self_sign(host)


@click.command()
@click.option("--what", is_flag=True, help="Say what each setting is, too.")
def config(*, what: bool) -> None:
    """Print every setting with its value and where that comes from; secrets are not shown."""
    for row in environment.shown():
        click.echo(f"{row.name:22} {row.source:12} {row.value}")
        if what:
            click.echo(f"{'':22} {row.what}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def doctor(*, as_json: bool) -> None:
    """Check what this installation needs, and say how to mend what is wrong; end with 1 where anything is."""
    import django  # noqa: PLC0415

    django.setup()
    from antong.boot import doctor as look  # noqa: PLC0415

    findings = look.doctor(environment.read())
    click.echo(look.as_json(findings) if as_json else look.as_text(findings))
    sys.exit(0 if all(finding.good for finding in findings) else 1)


def _key(path: Path | None) -> bytes:
    """Return the key of backups from the option or the setting."""
    from antong.boot import sealing  # noqa: PLC0415

    path = path or environment.read().backup_key
    if path is None:
        raise click.UsageError("--key FILE, or ANTONG_BACKUP_KEY, names the key that backups are sealed with")
    return sealing.key_of(path)


@click.command("reset-factor")
@click.argument("username")
def reset_factor(username: str) -> None:
    """Forget the second factor of USERNAME: where no administrator is left to do it. It is on the record.

    Whoever signs in next with the password sets up a new one.
    """
    from antong.boot.proving import on_the_instance  # noqa: PLC0415

    with on_the_instance():
        from antong.boot import founding  # noqa: PLC0415
        from antong.org import actions as org  # noqa: PLC0415

        org.forget_factor(founding.operator(), username=username)
    console.print(f"{username} 的动态口令已重置；本人下次登录时重新绑定。", markup=False)


@click.command("backup-key")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def backup_key(out: Path) -> None:
    """Make a key to seal backups with. Keep a copy away from them: without it no backup is ever opened."""
    from antong.boot import sealing  # noqa: PLC0415

    sealing.new_key(out)
    console.print(f"备份密钥 {out}。抄存一份到别处：丢了它，任何备份都打不开。", markup=False)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), help="File of the key to seal with.")
@click.option(
    "--keys-to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Seal the keys of heads and cases into this file, elsewhere.",
)
@click.option(
    "--keep", type=click.IntRange(min=1), help="Afterwards remove all but so many of the newest backups."
)
def backup(folder: Path, key: Path | None, keys_to: Path | None, keep: int | None) -> None:
    """Back up database and originals, sealed, into FOLDER; what has not changed is not copied again.

    Ends with 1 where originals that the database names are missing on disk, or keys that the backup needs.
    """
    from antong.boot import backup as backups  # noqa: PLC0415
    from antong.boot import keyring  # noqa: PLC0415
    from antong.boot.proving import on_the_instance  # noqa: PLC0415
    from antong.boot.telling import progress  # noqa: PLC0415

    sealed_with, kept = _key(key), key or environment.read().backup_key
    if keys_to is not None and kept is not None:
        keyring.refuse_beside(keys_to, kept)
    with on_the_instance():
        made = backups.backup(environment.read(), folder, sealed_with, keys_to=keys_to, tell=progress())
    console.print(
        f"备份 {made.id}：{made.files} 个文件，新 {made.new} 个，截至第 {made.head} 号封签 -> {folder}",
        markup=False,
    )
    for words in (*made.warned, *(keyring.beside_backups(folder, kept) if kept else ())):
        console.print(f"注意：{words}", markup=False)
    for words in made.lost:
        console.print(f"注意：{words}。从密钥备份放回，不要另造。", markup=False)
    if made.missing:
        console.print(
            f"注意：数据库里有 {made.missing} 件原件在磁盘上不见了，备份里也没有；antong audit --files 指出是哪些。"
        )
    if made.missing or made.lost:
        sys.exit(1)
    if keep is not None:
        console.print(
            f"清去旧备份 {backups.prune(folder, sealed_with, keep)} 次，留 {keep} 次。", markup=False
        )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--key", type=click.Path(path_type=Path, dir_okay=False), help="File of the key it was sealed with."
)
@click.option(
    "--keys-from", type=click.Path(path_type=Path, dir_okay=False), help="File that --keys-to wrote."
)
@click.option("--backup", "own", help="Which backup (default: the newest).")
@click.option(
    "--to",
    type=click.Choice(["disk", "s3"]),
    default="disk",
    show_default=True,
    help="Where originals go: the disk of the state folder, or the bucket of ANTONG_S3_*.",
)
@click.option(
    "--take-over",
    is_flag=True,
    help="With --to s3: the bucket is that of the lost machine; compare what it holds, bring what is missing.",
)
@click.option(
    "--destroyed", multiple=True, type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file that `antong destroyed` wrote: what it names is destroyed again; may be repeated.",
)  # fmt: skip
def restore(
    *, folder: Path, key: Path | None, keys_from: Path | None, own: str | None, to: str, take_over: bool,
    destroyed: tuple[Path, ...],
) -> None:  # fmt: skip
    """Restore a backup from FOLDER into an empty machine, destroy again what was destroyed since, and verify all of it."""
    from antong.boot import restore as restoring  # noqa: PLC0415
    from antong.boot.telling import progress  # noqa: PLC0415

    if take_over and to != "s3":
        raise click.UsageError("--take-over is about a bucket: give --to s3 too")
    name, said = restoring.restore(
        environment.read(), folder, _key(key), own=own, keys_from=keys_from, tell=progress(), to=to,
        take_over=take_over, destroyed=destroyed,
    )  # fmt: skip
    console.print(said, markup=False)
    console.print(f"已从备份 {name} 恢复并核对。运行 antong run 开始服务；此前的登录都已结束。", markup=False)


@click.command()
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def destroyed(to: Path | None) -> None:
    """List what was lawfully destroyed, a line of JSON each: whoever restores an older state needs it (`restore --destroyed`)."""
    from antong.boot import destroying  # noqa: PLC0415
    from antong.boot.proving import on_the_instance  # noqa: PLC0415

    with on_the_instance():
        keys = environment.read().keys
        found = destroying.merged(destroying.of_keys(keys), destroying.rows(keys))
    if to is None:
        click.echo(destroying.as_lines(found), nl=False)
    else:
        destroying.write(to, found)
        console.print(f"销毁记录 {len(found)} 条 -> {to}", markup=False)


COMMANDS = (init, config, doctor, tls_self_signed, reset_factor, backup_key, backup, restore, destroyed)
