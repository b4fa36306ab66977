"""The examination, proved on merchants that were written apart from it: right ones, and wrong ones of all kinds."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mockserver.api.local import LocalCalls
from mockserver.examine.checks import CHECKS
from mockserver.examine.examination import Examination, Plan
from mockserver.examine.shop import Shop as ReachedShop
from mockserver.examine.shop import Words, creator, state_reader
from mockserver.examine.trial import Pace
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.examine.shops.registry import BY_NAME, DOUBLE, RIGHT, WRONG
from tests.examine.shops.right import PlainTextShop, QueueShop, WooWordsShop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mockserver.examine.report import Report
    from mockserver.examine.shop import StateKind
    from mockserver.examine.steps import Verdict
    from tests.examine.shops.merchant import Shop

    Reports = Callable[[type[Shop]], Report]

pytestmark = pytest.mark.slow

FAILS: dict[str, set[str]] = {
    "NoSignatureShop": {
        "wrong-signature",
        "missing-signature",
        "signature-true",
        "signature-of-another-account",
        "tampered-amount",
        "tampered-currency",
        "tampered-order",
        "right-after-forged",
        "tampered-state",
    },
    "JugglingShop": {"signature-true"},
    "SignIfPresentShop": {"missing-signature"},
    "SameLengthShop": {
        "wrong-signature",
        "signature-of-another-account",
        "tampered-amount",
        "tampered-currency",
        "tampered-order",
        "right-after-forged",
        "tampered-state",
    },
    "MergingShop": {"unsigned-fields"},
    "KnownFieldsShop": {"unknown-fields"},
    "SignFirstShop": {"fields-reordered"},
    "FieldOrderShop": {"fields-reordered", "answer-refused"},
    "AnyKeyShop": {"signature-of-another-account"},
    "KeyOfUserShop": {"another-merchants-notification"},
    "BelievesAmountShop": {"wrong-amount", "amount-a-cent-less"},
    "WholeEurosShop": {"amount-a-cent-less"},
    "BelievesCurrencyShop": {"wrong-currency", "refund-in-another-currency"},
    "AnyStateShop": {
        "declined",
        "failed",
        "expired",
        "cancelled",
        "verify-then-paid",
        "verify-then-declined",
        "unsigned-fields",
        "return-unpaid",
        "return-forged",
    },
    "InventedOrderShop": {"unknown-order"},
    "ShipsAgainShop": {"ten-at-once", "repeated", "twice-at-once", "ten-times", "return-first"},
    "RaceShop": {"twice-at-once", "ten-at-once"},
    "SeenBeforeVerifiedShop": {"right-after-forged", "answer-refused"},
    "SeenBeforeDoneShop": {"refund-before-payment", "answer-again"},
    "PaidAgainShop": {"paid-again-after-refund"},
    "RefundAgainShop": {"refund-repeated"},
    "ForgetsAfterExpiryShop": {"paid-after-expired", "answer-refused"},
    "ForgetsAfterCancelShop": {"paid-after-cancelled", "answer-refused"},
    "RefusesLateShop": {"paid-after-expired", "paid-after-cancelled"},
    "OlderProcessingShop": {"older-processing"},
    "OlderExpiryShop": {"older-expired"},
    "ProcessingIsPaidShop": {"return-unpaid", "return-forged"},
    "VerifyIsPaidShop": {"verify-then-paid", "verify-then-declined"},
    "FailedIsPaidShop": {"failed"},
    "ForgetsEarlyRefundShop": {"refund-before-payment"},
    "ForgetsRefundsShop": {"refund"},
    "PartIsWholeShop": {"partial-refunds", "refund-repeated"},
    "LastPartShop": {"partial-refunds", "refund-repeated"},
    "RefundAboveShop": {"refund-above-payment"},
    "RefundFailedShop": {"refund-failed"},
    "EmptyBodyShop": {"empty-body"},
    "NoJsonShop": {"no-json"},
    "UnknownFieldShop": {"unknown-fields", "answer-again"},
    "LongDemoShop": {"huge-demo"},
    "ChineseShop": {"chinese", "emoji", "answer-again"},
    "EmojiShop": {"emoji", "answer-again"},
    "JsonOnlyShop": {"form-result-data"},
    "PlusShop": {"plus-and-percent"},
    "FirewallShop": {"plus-and-percent"},
    "GetPaysShop": {"get-on-notify-url"},
    "GetCrashesShop": {"get-on-notify-url"},
    "TrustsReturnShop": {"return-forged"},
    "BareReturnPaysShop": {"return-unpaid", "return-forged"},
    "NeverAsksShop": {"return-paid"},
    "LostAnswerShop": {"answer-lost"},
    "LostAnswerFailsShop": {"answer-lost"},
    "ForgetsWhileCreatingShop": {"notified-while-creating", "unknown-order", "answer-refused"},
    "BlocksWhileCreatingShop": {"notified-while-creating"},
    "ReopensWhileCreatingShop": {"notified-while-creating", "answer-refused"},
    "SlowRefundShop": {"answer-in-time"},
    "SlowPaidShop": {"answer-in-time"},
    "UpperCaseShop": {"answer-ok"},
    "HtmlShop": {"answer-page"},
    "JsonShop": {"answer-ok"},
    "QuotedShop": {"answer-ok"},
    "ByteOrderMarkShop": {"answer-ok"},
    "EmptyAnswerShop": {"answer-ok"},
    "OkAs500Shop": {"answer-ok"},
    "ErrorPageShop": {"answer-page"},
    "RedirectAfterShop": {"answer-redirect"},
}
"""The checks that each wrong merchant fails, and no others: those that its mistake is about."""

FAILS_WHATEVER_IS_PAID = {"FailsOnceShop", "AckThenCrashShop", "OkWhenBusyShop", "FormOnlyShop", "LoginShop"}
"""Merchants that lose every payment, and so fail every check of an order that must be paid."""

HARMLESS = {
    "BelievesOrderIdShop", "AmountAsTextShop", "ReviewNeverEndsShop", "DeclinedStaysOpenShop", "GetSaysOkShop",
    "ReusedOrderIdShop",
}  # fmt: skip
"""Merchants whose mistake costs nothing in what the gateway really sends, see docs/examine.md."""

WORDS: dict[type[Shop], dict[StateKind, list[str]]] = {
    WooWordsShop: {"paid": ["processing", "completed"], "held": ["on-hold"]},
}
MILDER: dict[str, Verdict] = {
    "RefundAgainShop": "lost an order", "ForgetsRefundsShop": "unsafe habit", "JsonOnlyShop": "unsafe habit", "LongDemoShop": "unsafe habit", "NeverAsksShop": "unsafe habit",
}  # fmt: skip
"""What the examination says where a merchant's author thought worse of its mistake."""

_AT_ONCE = 4


@pytest.fixture(scope="module")
def reports(request: pytest.FixtureRequest) -> Iterator[Reports]:
    """Examines the merchants of the selected tests, a few at a time, as an examination mostly waits."""
    chosen = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    kinds = {one.params["kind"]: None for one in chosen if "kind" in one.params}
    settings = Settings(port=0, tls_port=0, log="none", notify_timeout=1000)
    with Sandbox(settings) as sandbox, ThreadPoolExecutor(_AT_ONCE) as pool:
        futures: dict[type[Shop], Future[Report]] = {
            kind: pool.submit(_examine, sandbox, kind) for kind in kinds if isinstance(kind, type)
        }
        yield lambda kind: futures[kind].result()
        for future in futures.values():
            future.cancel()


def _examine(sandbox: Sandbox, kind: type[Shop]) -> Report:
    with sandbox.account() as account, kind(account.url, account.user, account.secret_key) as shop:
        create, read = creator(f"{shop.url}/orders"), state_reader(f"{shop.url}/orders/{{order_id}}")
        reached = ReachedShop(create, read, Words(WORDS.get(kind)))
        plan = Plan(parallel=16, pace=Pace(patience=3, least=0.05))
        return Examination(LocalCalls(sandbox.app), account.user, reached, plan).run()


def failed(report: Report) -> set[str]:
    return {one.name for one in report.results if one.has_failed}


def verdicts(report: Report) -> dict[str, Verdict]:
    return {one.name: one.verdict for one in report.results}


def each(kinds: Iterable[type[Shop]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", list(kinds), ids=lambda kind: kind.__name__)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in BY_NAME.values():
        if hasattr(kind, "pause") and kind.__name__.startswith("Slow"):
            monkeypatch.setattr(kind, "pause", 1.5)
    monkeypatch.setattr(QueueShop, "delay", 0.05)


@each(RIGHT)
def test_a_right_merchant_gets_everything(kind: type[Shop], reports: Reports) -> None:
    report = reports(kind)
    assert report.failures == []
    ungraded = {name for name, verdict in verdicts(report).items() if verdict == "not graded"}
    assert ungraded == (
        {"repeated", "twice-at-once", "ten-at-once", "ten-times", "return-first"} if kind is PlainTextShop else set()
    )
    assert report.has_passed
    assert [one.name for one in report.results] == [check.name for check in CHECKS]


@each([kind for kind in WRONG if kind.__name__ in FAILS])
def test_a_wrong_merchant_loses_exactly_the_points_that_it_should(kind: type[Shop], reports: Reports) -> None:
    report = reports(kind)
    assert failed(report) == FAILS[kind.__name__]
    assert MILDER.get(kind.__name__, kind.verdict) in {one.verdict for one in report.results}
    assert all(one.mend for one in report.results if one.has_failed)


@each([kind for kind in WRONG if kind.__name__ in FAILS_WHATEVER_IS_PAID])
def test_a_merchant_that_takes_no_payment_loses_orders_and_no_money(kind: type[Shop], reports: Reports) -> None:
    found = verdicts(reports(kind))
    assert found["right-payment"] == "lost an order"
    assert "lost money" not in found.values()
    assert {found[name] for name in ("wrong-signature", "declined", "tampered-amount")} == {"passed"}


@each(DOUBLE)
def test_two_mistakes_are_both_found(kind: type[Shop], reports: Reports) -> None:
    singles = [one for one in WRONG if one in kind.__mro__]
    found = failed(reports(kind))
    assert len(singles) == 2
    for single in singles:
        assert FAILS[single.__name__] <= found, single
    assert found <= set().union(*(FAILS[single.__name__] for single in singles)) | {"answer-refused"}


def test_every_merchant_and_every_check_is_known_here() -> None:
    names = {kind.__name__ for kind in WRONG}
    assert names == {*FAILS} | FAILS_WHATEVER_IS_PAID | HARMLESS
    never = {check.name for check in CHECKS} - {name for names in FAILS.values() for name in names}
    assert never == {"right-payment", "huge-text"}
