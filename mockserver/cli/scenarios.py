"""The commands below `scenarios`: list, show, check and schema, which need no running sandbox."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockserver.cli.lines import width_of, wrapped
from mockserver.cli.options import CommandGroup, options
from mockserver.cli.serving import give_up

if TYPE_CHECKING:
    from mockserver.scenarios.scenario import ScenarioCatalog


@click.group(cls=CommandGroup, elsewhere={"use": "mockserver.cli.remote.accounts"}, invoke_without_command=True)
@options("scenarios")
@click.pass_context
def scenarios(context: click.Context, scenarios: Path | None) -> None:
    """List the scenarios and the requests that select them."""
    if context.invoked_subcommand is not None:
        return
    from mockserver.domain.money import amount_text

    about = (
        "Select a scenario by order_id, by amount, by demo scenario:NAME or by the header X-Sandbox-Scenario; or use"
        " --scenario for all requests."
    )
    click.echo("\n".join(wrapped(about, width_of(sys.stdout))) + "\n")
    for scenario in _catalog(scenarios):
        amount = "" if scenario.amount is None else amount_text(scenario.amount)
        for line in _in_list(scenario.name, scenario.order_id, amount, scenario.summary):
            click.echo(line)


def _in_list(name: str, order_id: str, amount: str, summary: str) -> list[str]:
    """A scenario on one line, as scripts expect it; in a terminal that is too narrow, the summary comes below."""
    head = f"{name:30} {order_id:30} {amount:>9}"
    one_line, width = f"{head}   {summary}", width_of(sys.stdout)
    if len(one_line) <= width or not sys.stdout.isatty():
        return [one_line]
    return [head.rstrip(), *(f"  {line}" for line in wrapped(summary, width - 2))]


@scenarios.command()
@click.argument("name")
@options("scenarios")
def show(name: str, scenarios: Path | None) -> None:
    """Show the scenario NAME: its triggers and its timeline."""
    from mockserver.scenarios.description import drawn, triggers_of
    from mockserver.scenarios.scenario import UnknownScenarioError

    try:
        scenario = _catalog(scenarios).named(name)
    except UnknownScenarioError as error:
        give_up(str(error))
    click.echo(click.style(scenario.name, bold=True))
    click.echo(scenario.summary)
    click.echo()
    for way, value in triggers_of(scenario):
        click.echo(f"  {way:22} {value}")
    for line in ["", *drawn(scenario)]:
        click.echo(line)


@scenarios.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def check(folder: Path) -> None:
    """Check the scenario files in the folder DIR, and print each mistake with its file and line."""
    from mockserver.scenarios.loader import ScenarioFileError, load_scenarios
    from mockserver.scenarios.shipped import SHIPPED_SCENARIOS

    try:
        found = load_scenarios(folder)
    except ScenarioFileError as error:
        click.echo(str(error), err=True)
        count = len(error.problems)
        click.echo(f"{count} {'mistake' if count == 1 else 'mistakes'}.", err=True)
        sys.exit(1)
    shipped = {scenario.name for scenario in SHIPPED_SCENARIOS}
    for scenario in found:
        replaced = "  (replaces the shipped scenario)" if scenario.name in shipped else ""
        click.echo(f"{scenario.name:30} {scenario.summary}{replaced}")
    click.echo(f"{len(found)} {'scenario' if len(found) == 1 else 'scenarios'}, no mistakes.")


@scenarios.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for completion and checks in editors."""
    from mockserver.scenarios.format import schema as described

    click.echo(json.dumps(described(), ensure_ascii=False, indent=2))


def _catalog(folder: Path | None) -> ScenarioCatalog:
    from mockserver.app import all_scenarios
    from mockserver.scenarios.scenario import ScenarioCatalog

    try:
        return ScenarioCatalog(all_scenarios(folder))
    except ValueError as error:
        give_up(str(error))
