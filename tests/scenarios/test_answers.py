"""Each way in which an answer comes late, damaged or not at all, as the merchant's socket meets it."""

from __future__ import annotations

import json
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from mockserver.client import NoAnswerError
from mockserver.clock import stopwatch
from mockserver.identity import draw
from mockserver.scenarios.faults import Body, Delay, Reply, Slow, apply_faults
from tests.helpers import USER, signed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.wire import Till

PLAYED = {
    "slow-answer", "erratic-answer", "dribbled-answer", "reset-nothing-created", "reset-but-created", "answer-lost",
    "never-answered", "answered-but-forgotten", "empty-answer", "truncated-answer", "garbled-answer",
    "too-many-requests", "server-error", "bad-gateway", "unavailable", "third-time-lucky",
}  # fmt: skip
"""The scenarios that are played here."""


class Raw:
    """What came back over a socket of its own: the bytes, how the connection ended, and when the parts came."""

    def __init__(self, till: Till, order_id: str, *, patience: float = 30.0) -> None:
        place = urlsplit(till.sandbox.url)
        body = signed(order_id=order_id)
        head = f"POST /Payments HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        self.bytes, self.ending, self.times = b"", "closed", list[float]()
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=patience) as sock:
            began = stopwatch()
            sock.sendall(head.encode() + body)
            try:
                while part := sock.recv(65536):
                    self.bytes += part
                    self.times.append(stopwatch() - began)
            except ConnectionResetError:
                self.ending = "reset"
            except TimeoutError:
                self.ending = "silent"

    @property
    def status(self) -> int:
        return int(self.bytes.split()[1])

    @property
    def headers(self) -> dict[str, str]:
        lines = self.bytes.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    @property
    def body(self) -> bytes:
        return self.bytes.partition(b"\r\n\r\n")[2]

    def envelope(self) -> dict[str, Any]:
        envelope: dict[str, Any] = json.loads(self.body)
        return envelope


def last_record(till: Till) -> dict[str, Any]:
    record: dict[str, Any] = till.ask(f"/accounts/{USER}/exchanges?limit=1")["items"][0]
    return record


@pytest.mark.slow
def test_slow_erratic_and_dribbled_answers_are_right_in_the_end(till: Till) -> None:
    orders = ["SLOWANSWER-1", "ERRATICANSWER-1", "DRIBBLEDANSWER-1"]
    came: dict[str, Raw] = {}
    threads = [threading.Thread(target=lambda order=order: came.update({order: Raw(till, order)})) for order in orders]
    for thread in threads:
        thread.start()
    began = stopwatch()
    assert Raw(till, "1").envelope()["code"] == "200"
    assert stopwatch() - began < 5, "a delayed answer holds up no other"
    for thread in threads:
        thread.join()
    for order in orders:
        assert came[order].envelope()["data"]["order_id"] == order
        assert len(till.payments(order)) == 1
    slow, erratic, dribbled = (came[order].times for order in orders)
    assert slow[0] >= 5
    assert 0.1 <= erratic[0] <= slow[0]
    assert dribbled[-1] - dribbled[0] >= 2
    assert len(dribbled) > 5


def test_a_delay_is_drawn_by_the_seed_of_the_account() -> None:
    def waits(seed: str) -> list[int]:
        draws = [partial(draw, seed, "answer", number) for number in range(50)]
        return [apply_faults(Reply(b"x"), [Delay(100, 3000)], drawn).wait for drawn in draws]

    assert waits("a") == waits("a")
    assert waits("a") != waits("b")
    assert 100 <= min(waits("a")) < 500
    assert 2600 < max(waits("a")) <= 3000


@pytest.mark.parametrize(
    ("order_id", "ending", "created"),
    [
        ("RESETNOTHINGCREATED-1", "reset", 0),
        ("RESETBUTCREATED-1", "reset", 1),
        ("ANSWERLOST-1", "closed", 1),
        ("NEVERANSWERED-1", "silent", 1),
    ],
)
def test_an_answer_that_does_not_come(till: Till, order_id: str, ending: str, created: int) -> None:
    raw = Raw(till, order_id, patience=0.5 if ending == "silent" else 30)
    assert (raw.bytes, raw.ending) == (b"", ending)
    assert len(till.payments(order_id)) == created
    record = last_record(till)
    assert record["answer"] == ""
    assert record["scenario"].upper().replace("-", "") == order_id[:-2]
    assert ("takes effect" if created else "has no effect") in record["reason"]
    assert Raw(till, order_id).envelope()["code"] == "200", "the second try succeeds"


@pytest.mark.parametrize(
    ("order_id", "status", "content", "created"),
    [
        ("EMPTYANSWER-1", 200, "", 1),
        ("GARBLEDANSWER-1", 200, "bytes", 1),
        ("BADGATEWAY-1", 502, "html", 1),
        ("UNAVAILABLE-1", 503, "html", 0),
        ("SERVERERROR-1", 500, "envelope", 0),
        ("TOOMANYREQUESTS-1", 429, "envelope", 0),
    ],
)
def test_an_answer_that_is_spoilt(till: Till, order_id: str, status: int, content: str, created: int) -> None:
    raw = Raw(till, order_id)
    assert raw.status == status
    assert int(raw.headers["content-length"]) == len(raw.body)
    assert len(till.payments(order_id)) == created
    if content == "envelope":
        assert (raw.envelope()["status"], raw.envelope()["code"]) == (False, "-1000")
    elif content == "html":
        assert raw.body.startswith(b"<!DOCTYPE html>")
        assert raw.headers["content-type"].startswith("text/html")
    else:
        assert bool(raw.body) == (content == "bytes")
        with pytest.raises(ValueError):  # noqa: PT011 - any of the ways in which it is no JSON
            raw.envelope()
    assert raw.headers.get("retry-after") == {429: "2", 503: "2"}.get(status)
    assert raw.headers["x-sandbox-scenario"] == last_record(till)["scenario"]
    assert "was used: " in raw.headers["x-sandbox-reason"]
    assert Raw(till, order_id).envelope()["code"] == "200", "the second try succeeds"


def test_truncated_answer(till: Till) -> None:
    raw = Raw(till, "TRUNCATEDANSWER-1")
    assert int(raw.headers["content-length"]) > len(raw.body) > 0
    assert raw.body.startswith(b'{"status":true')
    assert len(till.payments("TRUNCATEDANSWER-1")) == 1
    assert last_record(till)["answer"] == raw.body.decode()


def test_answered_but_forgotten(till: Till) -> None:
    first = Raw(till, "ANSWEREDBUTFORGOTTEN-1").envelope()["data"]
    assert till.payments("ANSWEREDBUTFORGOTTEN-1") == []
    second = Raw(till, "ANSWEREDBUTFORGOTTEN-1").envelope()["data"]
    assert [one["trade_id"] for one in till.payments("ANSWEREDBUTFORGOTTEN-1")] == [second["trade_id"]]
    assert first["trade_id"] != second["trade_id"], "a trade_id is never given twice"


def test_third_time_lucky(till: Till) -> None:
    for order_id in ("THIRDTIMELUCKY-1", "THIRDTIMELUCKY-2"):
        codes = [Raw(till, order_id).envelope()["code"] for _ in range(4)]
        assert codes == ["-1000", "-1000", "200", "200"], "counted for each order"


def test_a_sequence_is_counted_on_after_a_restart(tmp_path: Path, till: Till) -> None:
    from mockserver.settings import Settings  # noqa: PLC0415 - only this test starts its own
    from mockserver.testing import Sandbox  # noqa: PLC0415
    from tests.scenarios.wire import Till as AnyTill  # noqa: PLC0415

    settings = Settings(port=0, database=f"sqlite:///{tmp_path / 'sandbox.db'}")
    codes = []
    for _ in range(3):
        with Sandbox(settings, clock=till.clock) as sandbox:
            codes.append(Raw(AnyTill(sandbox, till.clock, till.merchant), "THIRDTIMELUCKY-1").envelope()["code"])
    assert codes == ["-1000", "-1000", "200"]


def test_faults_come_one_after_another() -> None:
    reply = apply_faults(
        Reply(b"0123456789"), [Delay(5, 5), Delay(5, 5), Body("truncated"), Slow(7)], lambda low, _: low
    )
    assert (reply.wait, reply.arriving, reply.spread) == (10, b"01234", 7)


def test_a_sandbox_stops_although_answers_are_still_due(till: Till) -> None:
    threads = [
        threading.Thread(target=Raw, args=(till, order), daemon=True) for order in ("NEVERANSWERED-1", "SLOWANSWER-1")
    ]
    for thread in threads:
        thread.start()
    while len(till.payments("NEVERANSWERED-1")) + len(till.payments("SLOWANSWER-1")) < 2:
        threading.Event().wait(0.001)
    began = stopwatch()
    till.sandbox._server.stop()
    till.sandbox._thread.join()
    assert stopwatch() - began < 5, "sooner than the slow answer"


@pytest.mark.slow
def test_an_export_may_be_late_or_lost_but_is_whole(till: Till) -> None:
    till.create("1")
    till.pass_time(1000)
    for scenario, arrives in (("answer-lost", False), ("erratic-answer", True)):
        till.ask(f"/accounts/{USER}/scenarios", {"scenario": scenario})
        try:
            rows = list(till.client.export_payments(0, 2**31))
        except NoAnswerError:
            rows = []
        assert len(rows) == (1 if arrives else 0)
        assert last_record(till)["answer"] == ("(sent in pieces)" if arrives else "")
