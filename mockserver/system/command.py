"""How this installation is called in its user's shell, for every command that the program shows."""

from __future__ import annotations

import re

from mockserver.system.words import NAME

_SHOWN = re.compile(rf"(?<![\w./\\-]){NAME}(?= [a-z])")


def own_command() -> str:
    """What to write in the terminal in which this process was started, such as `.venv/bin/yabandpay-mock`."""
    from mockserver.system.installation import own_call  # noqa: PLC0415 - few processes show a command

    return own_call().text


def shared_command() -> str:
    """The same for a page, which others may see: without the folders above the one where the sandbox was started."""
    from mockserver.system.installation import MODULE, is_module, own_call  # noqa: PLC0415 - as above

    call = own_call()
    return call.text if not call.is_private else f"python {MODULE}" if is_module() else NAME


def as_called(text: str) -> str:
    """A text for this terminal, with the commands in it as they are called here."""
    return _SHOWN.sub(lambda _: own_command(), text) if NAME in text else text


def as_called_on_pages(text: str) -> str:
    """A text for a page, with the commands in it as they are called here."""
    return _SHOWN.sub(lambda _: shared_command(), text) if NAME in text else text
