"""The probes cover the ledger, and what is sent does no harm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.compare.comparison import ask, requests_for
from mockserver.compare.exchange import Answers, Mask, RawAnswer, RawRequest, Subject
from mockserver.compare.probes import ALWAYS, FactName, all_probes
from mockserver.compare.readings import KIND_REQUESTS
from mockserver.compare.recording import EXPRESSED
from mockserver.compare.requests import CREATING, READING
from mockserver.compare.unaskable import UNASKABLE
from mockserver.gateway.errors import KINDS
from mockserver.gateway.methods import ALL_METHODS
from mockserver.pages.docs.reference import ledger
from tests.compare.gateways import sandbox_answers, subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.evidence import Fact

ASSUMED = [fact for fact in ledger() if fact.basis == "assumed"]
SETTLED = {name for probe in ALWAYS for name in probe.facts}


@pytest.mark.parametrize("fact", ASSUMED, ids=lambda fact: f"{fact.subject}: {fact.behaviour[:40]}")
def test_an_assumption_is_settled_by_a_probe_or_has_a_reason(fact: Fact) -> None:
    probed, excused = (any(name.is_named(fact) for name in names) for names in (SETTLED, UNASKABLE))
    assert probed != excused


@pytest.mark.parametrize("name", sorted({*SETTLED, *UNASKABLE}), ids=str)
def test_each_name_names_one_fact(name: FactName) -> None:
    assert len([fact for fact in ledger() if name.is_named(fact)]) == 1


def test_probes_name_requests_that_exist_and_every_request_is_read() -> None:
    about = subject(("a", "b"), ("c",))
    asks = requests_for(about, creates=True)
    named = {name for probe in all_probes(about) for name in probe.requests}
    assert named == {one.name for one in asks}
    assert len({one.name for one in asks}) == len(asks)
    assert len({probe.title for probe in all_probes(about)}) == len(all_probes(about))
    assert KIND_REQUESTS.keys() == KINDS.keys()
    assert {probe.title for probe in ALWAYS} >= EXPRESSED


def sent(*, creates: bool, answer: RawAnswer) -> Iterator[tuple[str, RawRequest]]:
    """What goes to a gateway that answers everything alike."""
    about, found = subject(("given",), ("given",)), list[RawRequest]()

    class Stopped:
        def now(self) -> int:
            return 1_700_000_000_000

    def send(request: RawRequest) -> RawAnswer:
        found.append(request)
        return answer

    names = [
        name
        for name, got in ask(requests_for(about, creates=creates), about, send, Stopped(), lambda: None)  # type: ignore[arg-type]
        if got.was_sent
    ]
    return zip(names, found, strict=True)


YES = RawAnswer(200, "application/json", b'{"status":true,"code":"200","data":{"trade_id":"t"},"message":""}')


def envelope(request: RawRequest) -> dict[str, Any]:
    try:
        found = json.loads(request.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


READS = {"v3.QueryOrder", "v3.ListOrder", "v3.ListOrderByTime", "v3.BatchQuery", "v3.TimeRefundOrder", "v3.GetSubPay"}


def test_without_create_nothing_can_create_an_order_even_at_a_gateway_that_accepts_everything() -> None:
    for name, request in sent(creates=False, answer=YES):
        method = envelope(request).get("method", "")
        is_incomplete_order = method == "v3.CreatePayments" and not {"order_id", "amount"} & {
            *envelope(request)["data"]
        }
        assert method in {*READS, "v3.NoSuchMethod", ""} or is_incomplete_order, name


CREATES = {method.name for method in ALL_METHODS if method.reference == "order_id"} - {"v3.BarcodePayment"}


def test_nothing_pays_refunds_cancels_captures_pays_out_or_splits() -> None:
    for name, request in sent(creates=True, answer=YES):
        assert envelope(request).get("method", "") in {*READS, *CREATES, "v3.NoSuchMethod", ""}, name
        assert not {"auth_code", "cardinfo", "payment_token_object"} & {*envelope(request).get("data", {})} or (
            envelope(request)["method"] == "v3.GetSubPay"
        )


def test_new_orders_have_the_smallest_amount_expire_and_notify_nobody() -> None:
    for name, request in sent(creates=True, answer=YES):
        data = envelope(request).get("data", {})
        if "amount" in data:
            assert float(data["amount"]) <= (1 if name in {"iDEAL code", "bank transfer"} else 0.101)
            assert data.get("timeout", "1") == "1"
            assert data["notify_url"].endswith(".invalid/notify")
            assert data["order_id"].startswith("cmp")


def test_no_request_has_the_secret_key() -> None:
    for _, request in sent(creates=True, answer=YES):
        assert subject().secret_key.encode() not in request.body


def test_the_first_silence_ends_it_and_so_do_three_in_a_row() -> None:
    assert len(list(sent(creates=True, answer=RawAnswer(problem="no connection")))) == 1
    about, count = subject(), 0

    def send(_request: RawRequest) -> RawAnswer:
        nonlocal count
        count += 1
        return YES if count < 5 else RawAnswer(problem="no answer")

    class Stopped:
        def now(self) -> int:
            return 0

    assert len(list(ask(READING, about, send, Stopped(), lambda: None))) == 7  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["my-secret-key-1", "MY-SECRET", '{"key":"my-secret-key-1"}', "my%2Dsecret-key-1", r"my\u002dsecret\u002dkey-1",
     "Xmy-secret-key-1X", "a@shop.example", "a%40shop.example", "trade 77", "ordered 66"],
)  # fmt: skip
def test_what_belongs_to_a_merchant_is_masked(text: str) -> None:
    mask = Mask(Subject("a@shop.example", "my-secret-key-1", "ab12", ("77",), ("66",)))
    shown = mask.text(text)
    assert ("[" in shown) == (text != "MY-SECRET")
    assert "my-secret" not in shown.replace("%2D", "-").replace(r"\u002d", "-")
    assert "a@shop" not in shown.replace("%40", "@")


def test_a_short_id_masks_no_part_of_a_word() -> None:
    mask = Mask(Subject("d", "k", "ab12", ("e",), ()))
    assert mask.text('{"code":"200","data":[]} d e') == '{"code":"200","data":[]} [user] [trade_id]'


def test_the_sandbox_shows_every_behaviour_itself() -> None:
    ours = sandbox_answers()
    about = subject(("a",), ("b",))
    readable = [probe for probe in all_probes(about) if probe.title != "text of duplicate_order"]
    assert all(probe.read(Answers(ours.found, ours.mask)) for probe in readable)
    assert len(CREATING) + len(READING) + 2 == len(ours.found)
