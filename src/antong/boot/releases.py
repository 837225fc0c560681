"""The commands of packages: install one beside the release that runs, list the releases, switch between them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import click

from antong.boot import environment, installing
from antong.kernel.refusal import Refusal

BASIS = ("案通安装规则：只装与清单逐字节相同的包",)


def version() -> str:
    """Return which program this is: the release it was installed as, or the checkout's version."""
    if environment.RELEASE is not None:
        said = json.loads((environment.RELEASE / installing.RELEASE).read_text("utf-8"))
        return f"{said['release']} ({said['commit']})"
    project = environment.CHECKOUT / "pyproject.toml"
    if not project.exists():
        return "of no release"
    return f"{tomllib.loads(project.read_text('utf-8'))['project']['version']} (checkout)"


def _refused(error: installing.CannotInstall) -> Refusal:
    return Refusal(
        f"没有安装：{error.what}", code="package", basis=BASIS, remedy=error.remedy, who="系统管理员"
    )


def _place(given: Path | None) -> Path:
    """Return the folder of releases: as given, or the one that this program was installed in."""
    if given is not None:
        return given
    if environment.RELEASE is None:
        raise click.UsageError("this is a checkout: name the folder of releases, as /opt/antong")
    return environment.RELEASE.parent.parent


@click.command()
@click.argument("package", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option(
    "--manifest", default="", metavar="SHA256", help="Digest of the manifest, as it was told elsewhere."
)
def install(package: Path, folder: Path | None, manifest: str) -> None:
    """Install PACKAGE, a file of `make package`, into FOLDER beside what is there, and switch to it.

    FOLDER is by default the one this program was installed in. What runs goes on with the old release until it is
    started again.
    """
    place = _place(folder)
    try:
        installing.install(package, place, wanted=manifest, tell=click.echo)
    except installing.CannotInstall as error:
        raise _refused(error) from error
    click.echo("\n".join(installing.after(place)))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), required=False)
@click.option("--use", metavar="RELEASE", help="Switch to this one: back to the one before, or forth again.")
def releases(folder: Path | None, use: str | None) -> None:
    """List the releases that are installed, oldest first; the current one is marked."""
    place = _place(folder)
    try:
        if use:
            installing.use(place, use)
    except installing.CannotInstall as error:
        raise _refused(error) from error
    now, found = installing.current(place), installing.releases(place)
    if not found:
        raise Refusal(
            f"{place} 里没有装过案通。",
            code="no-releases",
            basis=BASIS,
            remedy="核对目录（如 /opt/antong）；第一次安装：包里的 install.py，或 antong install 包 目录。",
            who="系统管理员",
        )
    for name in found:
        click.echo(f"{'*' if name == now else ' '} {name}")


COMMANDS = (install, releases)
