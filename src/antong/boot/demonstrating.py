"""The commands of the demonstration."""

from __future__ import annotations

import sys

import click

from antong.boot import environment


@click.group()
def demo() -> None:
    """The demonstration."""


@demo.command("plant")
def demo_plant() -> None:
    """Prepare an empty database: tables, head key, the model prefecture with fresh random passwords."""
    import django  # noqa: PLC0415 - a second that `--help` need not wait for

    django.setup()
    from antong.boot.run import prepare  # noqa: PLC0415

    prepare(environment.read())


@demo.command("logins")
def demo_logins() -> None:
    """Print the demonstration's logins; nothing outside demonstration mode."""
    import django  # noqa: PLC0415 - a second that `--help` need not wait for

    django.setup()
    from antong.boot.run import print_logins  # noqa: PLC0415

    print_logins()


@demo.command("carry")
def demo_carry() -> None:
    """Plant the prefecture where there is none, carry the case once, export and verify its bundle."""
    from antong.boot.run import carry  # noqa: PLC0415

    sys.exit(carry())


@demo.command("bulk")
@click.option("--cases", "count", default=1_000_000, show_default=True, help="How many cases.")
def demo_bulk(count: int) -> None:
    """Fill an empty database with very many cases, to see how the house bears them; refuses one that has cases."""
    from antong.boot.run import fill  # noqa: PLC0415

    fill(count)


@demo.command("over-held")
def demo_over_held() -> None:
    """Plant somebody held past the limit, marked as planted, so that the custody watch calls; once, however often it is asked."""
    import django  # noqa: PLC0415 - a second that `--help` need not wait for

    django.setup()
    from antong.demo import planted  # noqa: PLC0415

    case_id = planted.plant(lambda step: click.echo(f"{step.number:3}  {step.act}"))
    click.echo(f"planted in case {case_id}; the watch calls within a minute: /custody, /alarms, the desks")
