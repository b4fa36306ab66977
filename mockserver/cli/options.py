"""Shared by several commands: the flags of settings, reading a request."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from mockserver.cli.serving import give_up
from mockserver.server.readiness import remove_ready_file
from mockserver.settings import Settings, declared, environment_variable, flag, without_effect
from mockserver.signing.php import NotJsonError, Value, parse
from mockserver.system.command import as_called

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import Field

    Command = Callable[..., Any]


_SECRET_FLAGS = (*[flag(setting) for setting in declared() if not setting.repr], "--other-key", "--token")


class SettingType(click.ParamType):  # type: ignore[type-arg]  # older releases of click are not generic
    """A value parsed from its text; a ValueError becomes the usual message of a wrong flag."""

    name = "text"

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own form
        try:
            return self._read(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)


BODY = click.argument("body", type=click.File("rb"), default="-")
"""The argument of commands that read a request or a notification."""


def options(*names: str) -> Callable[[Command], Command]:
    """Decorate a command with the flags of the named settings, or of all."""
    chosen = [setting for setting in declared() if not names or setting.name in names]

    def decorate(command: Command) -> Command:
        for setting in reversed(chosen):
            command = click.option(flag(setting), setting.name, **_form(setting.metadata), **_help(setting))(command)
        return command

    return decorate


def _form(about: Mapping[str, Any]) -> dict[str, Any]:
    if about["switch"]:
        return {"is_flag": True, "default": False}
    default = () if about["many"] else about["default"]
    return {
        "type": SettingType(about["read"]),
        "default": default,
        "multiple": about["many"],
        "metavar": about["metavar"],
    }


def _help(setting: Field[Any]) -> dict[str, Any]:
    default, about = setting.metadata["default"], as_called(setting.metadata["help"])
    return {"envvar": environment_variable(setting), "show_envvar": True, "show_default": bool(default), "help": about}


class CommandGroup(click.Group):
    """A group whose commands are partly in other modules, which are imported when a command is run or listed.

    `elsewhere` has the module of each such command.
    """

    def __init__(self, *arguments: Any, elsewhere: Mapping[str, str], **attributes: Any) -> None:  # noqa: ANN401 - of click
        super().__init__(*arguments, **attributes)
        self._elsewhere = elsewhere

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self._elsewhere])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._elsewhere:
            return super().get_command(ctx, cmd_name)
        module = import_module(self._elsewhere[cmd_name])
        command: click.Command = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
        return command


class Careful(click.Command):
    """A command that takes a secret: its error messages never repeat an argument, which may be part of one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = tuple(args)  # click removes them one by one
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            secret = [name for name in _SECRET_FLAGS if error.option_name.startswith(name)]
            if secret and error.option_name not in secret:  # a name alone tells nothing
                raise click.UsageError(f"Write a space between {secret[0]} and its value.", ctx) from None
            raise
        except click.UsageError as error:
            if "unexpected extra argument" in error.message and any(one.startswith(_SECRET_FLAGS) for one in given):
                raise click.UsageError(
                    "There are too many arguments. Put a value with spaces in quotes.", ctx
                ) from None
            raise


def _check_effect(ctx: click.Context) -> None:
    """Refuse flags that have no effect, and warn of such variables, as an environment may serve several commands.

    Raises:
        click.UsageError: a flag, or a file in a variable, has no effect.
    """
    given = {name: ctx.get_parameter_source(name) for name in ctx.params}
    on_line, elsewhere = click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT
    names = [name for name, source in given.items() if source in {on_line, elsewhere}]
    for name, sentence in without_effect(names, Settings(**ctx.params)):
        source = given_by(name)
        if given[name] == on_line or isinstance(ctx.params[name], Path):
            raise click.UsageError(f"{source} {sentence}.", ctx)
        click.echo(f"Warning: {source} {sentence}.", err=True)


class Starting(Careful):
    """A command that starts a sandbox. It removes the ready file of an earlier run even if a flag has a mistake."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)
        try:
            rest = super().parse_args(ctx, args)
            _check_effect(ctx)
        except click.UsageError:
            self._withdraw_ready_file(ctx, given)
            raise
        return rest

    def _withdraw_ready_file(self, ctx: click.Context, args: list[str]) -> None:
        lenient = click.Context(
            self, ctx.parent, ctx.info_name, resilient_parsing=True, ignore_unknown_options=True, allow_extra_args=True
        )
        super().parse_args(lenient, args)
        file = lenient.params.get("ready_file")
        if file is not None:
            remove_ready_file(file)


def given_by(name: str) -> str:
    """Where the current command has the value of a setting from: the name of a flag or environment variable."""
    setting = next(one for one in declared() if one.name == name)
    source = click.get_current_context().get_parameter_source(name)
    is_variable = source == click.core.ParameterSource.ENVIRONMENT
    return f"${environment_variable(setting)}" if is_variable else flag(setting)


def read_object(body: BinaryIO) -> tuple[bytes, dict[str, Value]]:
    """The bytes of a file, and the JSON object in them; exits if it is not one."""
    content = body.read()
    try:
        received = parse(content)
        problem = "" if isinstance(received, dict) else "expected a JSON object"
    except NotJsonError:
        problem = "this is not valid JSON"
    if problem:
        from mockserver.gateway.body_format import Sent, describe_body

        give_up(f"{name_of(body)}: {problem}. {describe_body(Sent(content))}")
    return content, received


def name_of(body: BinaryIO) -> str:
    name = getattr(body, "name", "<stdin>")
    return "standard input" if name == "<stdin>" else str(name)
