"""`python -m bench`: measures the sandbox, and prints each figure beside its goal.

Compare figures of one run only, as machines differ and are shared.
"""

from __future__ import annotations

import argparse
import sys

from bench import peer_servers
from bench.goals import GOALS, Figure, goal_table, write_part
from bench.measures import MEASURES


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)} (default: all)")
    parser.add_argument("--scale", type=float, default=1, help="multiplies the number of requests (default: 1)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    if unknown := sorted(set(options.measures) - set(MEASURES)):
        parser.error(f"unknown measure {unknown[0]!r}; choose from {', '.join(MEASURES)}")
    if options.write and (options.measures or options.scale != 1):
        parser.error("--write puts a whole run into the page: leave out MEASURE and --scale")
    if options.write and peer_servers.httpserver() is None:
        parser.error(f"--write puts a whole run into the page. {peer_servers.missing_hint('pytest-httpserver')}")
    figures: dict[str, Figure] = {}
    for name in options.measures or MEASURES:
        print(f"measuring {name}: {MEASURES[name].__doc__}", file=sys.stderr)
        figures |= MEASURES[name](options.scale)
    if "start" in (options.measures or MEASURES) and "start" not in figures:
        print(peer_servers.missing_hint("pytest-httpserver"), file=sys.stderr)
    made = goal_table(GOALS, figures)
    print(made)
    if options.scale != 1:
        print(f"\nThe number of requests was multiplied by {options.scale}: the goals are for whole runs.")
    if options.write:
        write_part("goals", made)


if __name__ == "__main__":
    main()
