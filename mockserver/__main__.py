"""`python -m mockserver` and `yabandpay-mock` are the same command."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command. The garbage collector is off until then: it would search the modules that are being imported."""
    gc.disable()
    from mockserver.cli.serving import plain_settings, serve  # noqa: PLC0415 - after that
    from mockserver.system.output import escape_what_cannot_be_shown  # noqa: PLC0415 - as above

    escape_what_cannot_be_shown(sys.stdout, sys.stderr)
    settings = plain_settings(sys.argv[1:])
    if settings is not None:
        serve(settings, "--secret-key")
        return
    from mockserver.cli.commands import COMPLETION_VARIABLE  # noqa: PLC0415 - as above
    from mockserver.cli.commands import main as command  # noqa: PLC0415 - as above
    from mockserver.system.command import own_command  # noqa: PLC0415 - as above

    command(prog_name=own_command(), complete_var=COMPLETION_VARIABLE)


if __name__ == "__main__":
    main()
