"""Runs the command line in the process of a test."""

from __future__ import annotations

from click.testing import CliRunner

from mockserver.cli.commands import main


def run(*arguments: str, text: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments), input=text, env={"YABANDPAY_MOCK_SECRET_KEY": ""})
    return result.exit_code, result.stdout, result.stderr
