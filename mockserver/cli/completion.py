"""The command completion: a script that completes commands, flags, scenarios, orders and accounts in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from mockserver.system.command import as_called
from mockserver.system.words import NAME

_SHELLS = ("bash", "zsh", "fish")


_HELP = """Print a script that completes commands in bash, zsh or fish.

\b
bash  eval "$(yabandpay-mock completion bash)"    in ~/.bashrc
zsh   eval "$(yabandpay-mock completion zsh)"     in ~/.zshrc
fish  yabandpay-mock completion fish | source     in ~/.config/fish/config.fish
"""


@click.command(help=as_called(_HELP))
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    """Print a script that completes commands in bash, zsh or fish."""
    from mockserver.cli.commands import COMPLETION_VARIABLE, main

    of_shell = get_completion_class(shell)
    if of_shell is not None:
        click.echo(of_shell(main, {}, NAME, COMPLETION_VARIABLE).source())
