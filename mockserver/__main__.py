"""`python -m mockserver` and `yabandpay-mock` are the same command."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command. The garbage collector is off until then: it would search the modules that are being imported."""
    gc.disable()
    from mockserver.cli import main as command  # noqa: PLC0415 - after that

    command()


if __name__ == "__main__":
    main()
