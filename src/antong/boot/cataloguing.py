"""The commands of the catalog."""

from __future__ import annotations

import sys

import click


@click.group()
def catalog() -> None:
    """Flows and documents."""


@catalog.command("list")
def catalog_list() -> None:
    """List the flows with their kind and first article."""
    from antong.catalog import loader  # noqa: PLC0415

    for flow in loader.load().flows.values():
        click.echo(f"{flow.key:32} {flow.kind:9} {flow.name}  {flow.articles[0]}")


@catalog.command("check")
def catalog_check() -> None:
    """Check every definition; end with 1 where anything is wrong."""
    from antong.catalog import check, loader  # noqa: PLC0415

    try:
        found = check.check_package()
    except ValueError as problem:  # cannot be read at all: no other definition can be checked beside it
        sys.exit(f"catalog: {problem}")
    for finding in found:
        click.echo(f"{finding.where}: {finding.text}  [{finding.code}]")
    flows = len(loader.load().flows)
    click.echo(f"{flows} flows, {len(found)} faults")
    sys.exit(1 if found else 0)
