"""`python -m bench.accounts`: what emptying a full account costs, and how fast pending notifications drain."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from statistics import median

from bench.growth import call, creation
from bench.load import USER
from mockserver.app import assemble
from mockserver.clock import ClockSetting
from mockserver.gateway.example import DOCUMENTED_DATA
from mockserver.gateway.request import Request
from mockserver.settings import Settings

_MERCHANT = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    def log_message(self, *_):
        pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def emptying(stored: int) -> list[float]:
    """Milliseconds of emptying an account with so many payments, a few times."""
    taken = []
    for _ in range(3):
        app = assemble(Settings(seed="bench", log="none"))
        for number in range(stored):
            app.gateway.answer(Request("POST", creation(number)))
        began = time.perf_counter()
        app.store.empty_account(USER)
        app.gateway.answer(Request("POST", creation(0)))
        taken.append((time.perf_counter() - began) * 1000)
        app.close()
    return taken


def draining(count: int) -> float:
    """Seconds to deliver so many pending notifications to a merchant in a process of its own, by moving the clock."""
    with subprocess.Popen([sys.executable, "-c", _MERCHANT], stdout=subprocess.PIPE, text=True) as merchant:
        try:
            port = merchant.stdout.readline().strip() if merchant.stdout else ""
            app = assemble(Settings(seed="bench", log="none"))
            clock = app.clocks.of(USER)
            clock.run(ClockSetting("frozen", clock.now() + 1, 0, 0))
            app.start()
            for number in range(count):
                data = {**DOCUMENTED_DATA, "order_id": str(number), "notify_url": f"http://127.0.0.1:{port}/n"}
                app.gateway.answer(Request("POST", call("v3.CreatePaymentsAlipayMiniPay", **data)))
                clock.move_to(clock.now() + 1 if number % 2 else clock.now())
            began = time.perf_counter()
            app.worker.advance(USER, 60_000)
            took = time.perf_counter() - began
            with app.store.unit(USER) as unit:
                states = {unit.notification(number).state for number in range(1, count + 1)}  # type: ignore[union-attr]
            app.close()
            if states != {"accepted"}:
                raise ValueError(f"not all were accepted: {states}")
            return took
        finally:
            merchant.terminate()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.accounts", description=__doc__)
    parser.add_argument("--payments", type=int, default=100_000, help="payments to empty (default: %(default)s)")
    parser.add_argument("--notifications", type=int, default=10_000, help="to drain (default: %(default)s)")
    options = parser.parse_args()
    drained = draining(options.notifications)
    few, many = median(emptying(100)), median(emptying(options.payments))
    print(f"emptying an account: {few:.2f} ms with 100 payments, {many:.2f} ms with {options.payments:,}")
    print(f"draining {options.notifications:,} notifications: {drained:.1f} s")


if __name__ == "__main__":
    main()
