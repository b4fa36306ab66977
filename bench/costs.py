"""`python -m bench.costs`: what some settings of the sandbox cost, in turns, in one run."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from bench.goals import table, write_part
from bench.load import put_load, requests
from bench.measures import Load, put_load_and_count
from bench.process import sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

_KIB = 1024
_ROUNDS = 5
_PER_ROUND = 8_000


def settings(scratch: Path) -> Mapping[str, tuple[str, ...]]:
    """What is compared: the options of the sandbox beside `--log none`; the first is the measure of the others."""
    return {
        "the journal, no log": (),
        "`--journal-size 0`": ("--journal-size", "0"),
        "`--journal-size 100000`": ("--journal-size", "100000"),
        "`--log lines`": ("--log", "lines"),
        "`--database sqlite:///…`": ("--database", f"sqlite:///{scratch / 'sandbox.db'}"),
    }


class Cost(NamedTuple):
    """The medians of the rounds, and the memory after the last in MiB."""

    per_second: float
    p99: float
    cpu: float
    memory: float


def compare(compared: Mapping[str, tuple[str, ...]], scale: float = 1) -> dict[str, Cost]:
    """What creating costs over 16 connections with each of the settings."""
    count = max(16, int(_PER_ROUND * scale))
    with ExitStack() as stack:
        running = {
            name: stack.enter_context(sandbox("--pay-delay", "1h", *options)) for name, options in compared.items()
        }
        for server in running.values():
            put_load(server.port, requests(1, count // 4), 16)
        seen: dict[str, list[Load]] = {name: [] for name in running}
        for turn in range(1, _ROUNDS + 1):
            for name, server in running.items():
                seen[name].append(put_load_and_count(server, requests(turn * count, count), 16))
        return {name: _cost(seen[name], server.memory() / _KIB) for name, server in running.items()}


def _cost(rounds: list[Load], memory: float) -> Cost:
    return Cost(
        median(load.per_second for load in rounds),
        median(load.metrics.p99 for load in rounds),
        median(load.cpu for load in rounds),
        memory,
    )


def cost_table(costs: Mapping[str, Cost]) -> str:
    """The costs in Markdown, beside those of the first row."""
    first = next(iter(costs.values()))
    rows = [
        (
            name,
            f"{cost.per_second:,.0f} ({cost.per_second / first.per_second:.2f})",
            f"{cost.p99:.1f} ms",
            f"{cost.cpu:.0f} µs ({cost.cpu / first.cpu:.2f})" if first.cpu else "too little to be counted",
            f"{cost.memory:.0f} MiB",
        )
        for name, cost in costs.items()
    ]
    head = ("settings", "creates/s, 16 connections (ratio)", "p99", "CPU for each (ratio)", "memory afterwards")
    return table(head, rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.costs", description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="multiplies the number of requests (default: 1)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        made = cost_table(compare(settings(Path(scratch)), options.scale))
    print(made)
    if options.write:
        write_part("costs", made)


if __name__ == "__main__":
    main()
