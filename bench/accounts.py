"""`python -m bench.accounts`: what emptying a full account costs."""

from __future__ import annotations

import argparse
import time
from statistics import median

from bench.load import USER, pay_once, put_load, requests
from bench.process import sandbox

_TIMES = 3


def emptying(stored: int) -> list[float]:
    """Milliseconds of emptying an account with so many payments and creating another payment, a few times."""
    taken = []
    with sandbox("--pay-delay", "1h") as server:
        wire = requests(1, stored)
        server.api(f"accounts/{USER}/reset", {})  # which imports what the API needs
        for _ in range(_TIMES):
            put_load(server.port, wire, 16)
            began = time.perf_counter()
            server.api(f"accounts/{USER}/reset", {})
            pay_once(server.port, wire[0])
            taken.append((time.perf_counter() - began) * 1000)
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.accounts", description=__doc__)
    parser.add_argument("--payments", type=int, default=100_000, help="payments to empty (default: %(default)s)")
    options = parser.parse_args()
    few, many = median(emptying(100)), median(emptying(options.payments))
    print(f"emptying an account: {few:.2f} ms with 100 payments, {many:.2f} ms with {options.payments:,}")


if __name__ == "__main__":
    main()
