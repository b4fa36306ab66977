"""Runs a shop from the command line, until it is interrupted.

python -m tests.examine.shops RaceShop --gateway http://127.0.0.1:8765 --user U --secret-key K --port P
python -m tests.examine.shops --list
"""

from __future__ import annotations

import argparse
from contextlib import suppress

from tests.examine.shops.registry import BY_NAME


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.examine.shops")
    parser.add_argument("name", nargs="?", default="Shop", choices=list(BY_NAME), metavar="NAME")
    parser.add_argument("--list", action="store_true", help="Print the names of all shops and what each costs.")
    parser.add_argument("--gateway", default="http://127.0.0.1:8765")
    parser.add_argument("--user", default="016683")
    parser.add_argument("--secret-key", default="sandbox-secret-key")
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    if chosen.list:
        for name, known in BY_NAME.items():
            print(f"{name}: {known.verdict}: {known.costs}" if known.costs else f"{name}: right")  # noqa: T201
        return
    shop_type = BY_NAME[chosen.name]
    with (
        suppress(KeyboardInterrupt),
        shop_type(chosen.gateway, chosen.user, chosen.secret_key, port=chosen.port) as shop,
    ):
        print(shop.url, flush=True)  # noqa: T201
        shop.web.wait()


if __name__ == "__main__":
    main()
