"""`python -m bench.durability`: kills sandboxes amid a load of payments, and audits what is left.

Exits with status 1 if an answer was lost, something was done twice, or a sum is wrong.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.durability.run import Plan, run
from mockserver.identity import new_seed


def main() -> None:
    """Run on each database, and print."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no sandbox outlives this process
    restart = options.restart_database and partial(subprocess.run, shlex.split(options.restart_database), check=True)
    found = 0
    with TemporaryDirectory() as folder:
        for number, database in enumerate(options.database or [f"sqlite:///{folder}/sandbox.db"]):
            print(f"{database}, seed {options.seed}", file=sys.stderr)
            place = Path(folder, str(number))
            place.mkdir()
            chosen = {name: value for name, value in vars(options).items() if name in Plan.__dataclass_fields__}
            try:
                report = run(Plan(**{**chosen, "database": database, "restart_database": restart}), place)
            except RuntimeError as error:
                sys.exit(f"{database}: {error}")
            print(report)
            found += len(report.violations)
    sys.exit(1 if found else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.durability", description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--database", action="append", metavar="URL",
        help="as of the sandbox; repeat it for a run on each (default: an SQLite file of its own)")  # fmt: skip
    add("--kills", type=int, default=20, help="how often something is killed (default: 20)")
    add("--requests", type=int, default=10_000, help="requests that are answered or refused, in all (default: 10000)")
    add("--processes", type=int, default=1, help="sandboxes on the database (default: 1)")
    add("--workers", type=int, default=1, help="processes of each sandbox (default: 1)")
    add("--clients", type=int, default=8, help="concurrent clients (default: 8)")
    add("--accounts", type=int, default=3, help="merchant accounts (default: 3)")
    add(
        "--timeout",
        type=float,
        default=60,
        help="seconds without an answer, and for the last notifications (default: 60)",
    )
    add("--seed", default=new_seed(), help="draws the requests and the kills (default: random, and printed)")
    add("--restart-database", metavar="COMMAND",
        help="kills the database server and starts it, such as 'pg_ctl restart -m immediate -w -D DIR'; at random, "
        "half of the kills are that")  # fmt: skip
    return parser.parse_args()


if __name__ == "__main__":
    main()
