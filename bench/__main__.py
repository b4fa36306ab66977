"""`python -m bench`: the sandbox beside a bare Flask view on the same server, in one run."""

from __future__ import annotations

import argparse
import os
import sys

from bench.measure import Command, Report, measure, table

_CONNECTIONS = (1, 16, 64)


def _sandbox(*options: str) -> Command:
    def command(port: int) -> list[str]:
        # No payer pays during the run, so that creating is measured and not delivering.
        return [sys.executable, "-m", "mockserver", "serve", "--port", str(port), "--pay-delay", "1h", *options]

    return command


def _bare(port: int) -> list[str]:
    return [sys.executable, "-m", "bench.bare", str(port)]


def _goals(sandbox: Report, bare: Report) -> list[str]:
    speed = min(sandbox.load[n].per_second / bare.load[n].per_second for n in _CONNECTIONS)
    return [
        f"start: {sandbox.start / bare.start:.2f} of the bare app's (goal: at most 1.25)",
        f"requests a second: at least {speed:.2f} of the bare app's (goal: at least 0.60)",
        f"idle memory: {sandbox.idle:.0f} MiB (goal: under 60)",
        f"stop: {sandbox.stop:.0f} ms (goal: under 50)",
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--requests", type=int, default=50_000, help="requests for each server (default: %(default)s)")
    count = parser.parse_args().requests
    os.environ.pop("YABANDPAY_MOCK_SECRET_KEY", None)
    quiet = measure("sandbox", _sandbox("--log", "none"), _CONNECTIONS, count)
    loud = measure("sandbox, a line for each request", _sandbox(), _CONNECTIONS, count)
    bare = measure("bare Flask view, same server", _bare, _CONNECTIONS, count)
    print(table([quiet, loud, bare]))
    print()
    print("\n".join(_goals(quiet, bare)))
    grown = (quiet.after - quiet.idle) * 1024 / count
    print(f"memory grows by {grown:.2f} KiB a stored payment (the journal is bounded, payments are kept)")


if __name__ == "__main__":
    main()
