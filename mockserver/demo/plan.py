"""Plans days of trade: which orders, when, by whom, and what becomes of them.

A plan is a function of a seed, a number of orders, a time and the number of earlier plans. No I/O. All choices are
drawn from one generator of Faker in a fixed order.
"""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from faker import Faker

from mockserver.demo.goods import CARDS, CHALLENGED_CARDS, CHANNELS, GOODS, REFUND_REASONS
from mockserver.demo.mistakes import MISTAKES
from mockserver.domain.calendar import day_of, instant_at
from mockserver.domain.money import amount_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mockserver.demo.goods import PaymentChannel

_Choice = TypeVar("_Choice")
Outcome = Literal["paid", "reviewed", "late", "declined", "failed", "cancelled", "expired"]
RefundOutcome = Literal["refunded", "failed", "awaiting approval"]

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
_OF_HOUR = (2, 1, 1, 0, 0, 1, 2, 4, 8, 12, 16, 24, 34, 30, 20, 16, 17, 22, 28, 34, 32, 24, 14, 6)
_OF_WEEKDAY = (10, 10, 11, 11, 13, 15, 12)
_OUTCOMES: dict[Outcome, int] = {
    "paid": 930, "reviewed": 5, "late": 5, "declined": 24, "failed": 11, "cancelled": 10, "expired": 15,
}  # fmt: skip
_REFUNDED_OF_100 = 10
_REFUND_OUTCOMES: dict[RefundOutcome, int] = {"refunded": 84, "failed": 8, "awaiting approval": 8}
_IN_FULL_OF_100 = 60
_NEVER = 99
_MISSES = {0: 930, 1: 35, 2: 15, 3: 9, 5: 5, _NEVER: 6}
_REFUSED_FIRST_OF_1000, _REFUSED_ALONE_OF_1000 = 20, 8
_QUERIED_OF_100, _IN_YUAN_OF_100, _CHALLENGED_OF_100 = 10, 20, 15
_YUAN = 780  # hundredths for a euro
_PAID_OUT_OF_100 = 60
_TIMEOUT = 30


class PlannedRefund(NamedTuple):
    """A refund: when it is requested, its amount in hundredths, the reason in it, and what becomes of it."""

    at: int
    amount: int
    reason: str
    outcome: RefundOutcome


class PlannedOrder(NamedTuple):
    """An order: when its request is sent, by which method and wallet, for what and for whom.

    `decided_at` is when the payer has acted, `card` the number that they enter. With a `mistake`, the shop first sends
    a request that is refused, at `mistaken_at`; one that it does not mend afterwards `is_created` never. Of the
    deliveries of its notifications the first `misses` are not acknowledged, with the shop's `fault`.
    """

    order_id: str
    at: int
    channel: PaymentChannel
    amount: int
    currency: str
    description: str
    payer: str
    reference: str
    outcome: Outcome
    decided_at: int
    card: str
    refund: PlannedRefund | None
    queried_at: int | None
    misses: int
    fault: int
    mistake: str = ""
    mistaken_at: int = 0
    is_created: bool = True

    @property
    def timeout(self) -> int:
        """The minutes until it expires."""
        return _TIMEOUT


class PlannedPayout(NamedTuple):
    """A payout of a part of the money of the day before; `amount` is in cents."""

    at: int
    amount: int
    reference: str


class TradePlan(NamedTuple):
    """The orders by instant, and the payouts of each morning; nothing is later than `now`."""

    now: int
    orders: Sequence[PlannedOrder]
    payouts: Sequence[PlannedPayout]


def plan_trade(seed: str, orders: int, days: int, now: int, earlier: int = 0) -> TradePlan:
    """Plan the trade of the last days before an instant.

    `earlier` is the number of plans that the account has had, so that each has order ids of its own.
    """
    planner = _Planner(f"{seed}|{earlier}", now)
    alone = orders * _REFUSED_ALONE_OF_1000 // 1000 or int(orders > 1)
    instants = planner.instants(orders + alone, days)
    never_created = {round((place + 0.5) * len(instants) / alone) for place in range(alone)}
    numbers: Counter[str] = Counter()
    planned = []
    for place, at in enumerate(instants):
        day = f"{day_of(at):%Y-%m%d}"
        numbers[day] += 1
        order_id = f"{day}-{_series(earlier)}{numbers[day]:04d}"
        planned.append(planner.order(order_id, at, is_created=place not in never_created))
    return TradePlan(now, planned, _payouts(planned, now, _series(earlier)))


def _series(earlier: int) -> str:
    """The letters of a plan in its order ids: none, then B, C, …, Z, BA, BB."""
    letters = ""
    while earlier:
        earlier, letter = divmod(earlier, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _payouts(orders: Sequence[PlannedOrder], now: int, series: str) -> list[PlannedPayout]:
    earned: Counter[int] = Counter()
    for order in orders:
        if order.is_created and order.outcome == "paid" and order.currency == "EUR" and order.decided_at <= now:
            earned[instant_at(day_of(order.decided_at))] += order.amount
    payouts = []
    for midnight, euros in sorted(earned.items()):
        at = instant_at(day_of(midnight + 30 * HOUR)) + 9 * HOUR
        amount = euros * _PAID_OUT_OF_100 // 100
        if at <= now and amount:
            payouts.append(PlannedPayout(at, amount, f"{day_of(midnight)}{series}"))
    return payouts


class _Planner:
    """Draws the parts of a plan, always in the same order."""

    def __init__(self, seed: str, now: int) -> None:
        self._now = now
        locales = sorted({locale for channel in CHANNELS for locale in channel.locales})
        self._fakers = {locale: Faker(locale, providers=["faker.providers.person"]) for locale in locales}
        for locale, faker in self._fakers.items():
            faker.seed_instance(f"{seed}|{locale}")
        self._random = self._fakers["en_GB"].random
        self._shares = list(accumulate(channel.share for channel in CHANNELS))

    def instants(self, count: int, days: int) -> list[int]:
        """Instants of the last days, in order: more at noon and in the evening, and at the end of a week."""
        begin = max(0, self._now - days * DAY)
        hours = []
        at = begin
        while at < self._now:
            end = min((at // HOUR + 1) * HOUR, self._now)
            day = day_of(at)
            weight = _OF_HOUR[(at - instant_at(day)) // HOUR % 24] * _OF_WEEKDAY[day.weekday()]
            hours.append((at, end, (weight + 1) * (end - at)))
            at = end
        if not hours:
            return [self._now] * count
        weights = list(accumulate(weight for _, _, weight in hours))
        chosen = self._random.choices(hours, cum_weights=weights, k=count)
        return sorted(self._random.randrange(first, end) for first, end, _ in chosen)

    def order(self, order_id: str, at: int, *, is_created: bool) -> PlannedOrder:
        random = self._random
        channel = random.choices(CHANNELS, cum_weights=self._shares)[0]
        locale = random.choice(channel.locales)
        description, amount, currency = self._basket(channel, locale)
        outcome = self._outcome(channel)
        mistaken = not is_created or random.randrange(1000) < _REFUSED_FIRST_OF_1000
        mistaken_at, created_at = at, at
        if mistaken and is_created:
            created_at = min(at + random.randrange(20 * SECOND, 12 * MINUTE), self._now)
        decided_at = created_at + self._thinking(channel, outcome)
        refund = None
        if outcome == "paid":
            refund = self._refund(amount, decided_at, locale)
        queried = random.randrange(100) < _QUERIED_OF_100
        return PlannedOrder(
            order_id, created_at, channel, amount, currency, description,
            payer=self._fakers[locale].name(), reference=f"{random.getrandbits(96):024x}", outcome=outcome,
            decided_at=decided_at, card=self._card(channel, outcome), refund=refund,
            queried_at=decided_at + random.randrange(2 * SECOND, MINUTE) if queried else None,
            misses=self._weighted(_MISSES), fault=random.randrange(1000),
            mistake=random.choice(MISTAKES) if mistaken else "", mistaken_at=mistaken_at, is_created=is_created,
        )  # fmt: skip

    def _basket(self, channel: PaymentChannel, locale: str) -> tuple[str, int, str]:
        """What is bought, for how many hundredths of which currency."""
        random = self._random
        goods = random.choice(GOODS[locale[:2]])
        pieces = random.choices((1, 2, 3), (78, 17, 5))[0]
        cents = random.randrange(goods.least, goods.most + 1) // 10 * 10 + random.choice((0, 5, 5, 9))
        description = goods.name if pieces == 1 else f"{pieces} x {goods.name}"
        if channel.often_in_yuan and random.randrange(100) < _IN_YUAN_OF_100:
            return description, pieces * cents * _YUAN // 10000 * 100, "CNY"
        return description, pieces * cents, "EUR"

    def _outcome(self, channel: PaymentChannel) -> Outcome:
        outcome = self._weighted(_OUTCOMES)
        at_counter = channel.method == "v3.BarcodePayment" and outcome not in {"paid", "declined"}
        by_card = channel.wallet in CARDS and outcome not in {"paid", "declined", "failed", "expired"}
        return "paid" if at_counter or by_card else outcome

    def _thinking(self, channel: PaymentChannel, outcome: Outcome) -> int:
        """Milliseconds until the payer has acted."""
        if outcome in {"expired", "late"}:
            return _TIMEOUT * MINUTE
        at_counter = channel.method == "v3.BarcodePayment"
        least, most = (2 * SECOND, 6 * SECOND) if at_counter else (8 * SECOND, 4 * MINUTE)
        return int(self._random.randrange(least, most))

    def _card(self, channel: PaymentChannel, outcome: Outcome) -> str:
        cards = CARDS.get(channel.wallet)
        is_challenged = self._random.randrange(100) < _CHALLENGED_OF_100
        if cards is None or outcome == "expired":
            return ""
        return CHALLENGED_CARDS[channel.wallet] if outcome == "paid" and is_challenged else cards[outcome]

    def _refund(self, amount: int, paid_at: int, locale: str) -> PlannedRefund | None:
        random = self._random
        if random.randrange(100) >= _REFUNDED_OF_100 or paid_at + MINUTE >= self._now:
            return None
        at = random.randrange(paid_at + MINUTE, min(self._now, paid_at + 2 * DAY) + 1)
        in_full = random.randrange(100) < _IN_FULL_OF_100
        part = amount if in_full else max(1, amount * random.choice((20, 25, 50, 75)) // 100)
        outcome = self._weighted(_REFUND_OUTCOMES)
        return PlannedRefund(at, part, random.choice(REFUND_REASONS[locale[:2]]), outcome)

    def _weighted(self, choices: Mapping[_Choice, int]) -> _Choice:
        chosen: _Choice = self._random.choices(list(choices), list(choices.values()))[0]
        return chosen


def request_data(order: PlannedOrder, addresses: dict[str, str]) -> dict[str, str]:
    """The data of the request that creates an order; `addresses` has its notify_url and its redirect_url."""
    method, wallet = order.channel.method, order.channel.wallet
    data = {
        "order_id": order.order_id, "amount": amount_text(order.amount), "currency": order.currency,
        "description": order.description, "demo": order.payer, "notify_url": addresses["notify_url"],
    }  # fmt: skip
    if method == "v3.BarcodePayment":
        return {"pay_method": "offline", **data, "auth_code": f"13{int(order.reference, 16) % 10**16:016d}"}
    data = {"pay_method": "online", "sub_pay_method": wallet, **data, "timeout": str(order.timeout)}
    if method == "v3.CreatePaymentsWechatMiniPay":
        return {**data, "sub_app_id": "wx7a5355d3d2a904a4", "sub_open_id": f"o{order.reference}abc"}
    return data if method.endswith("MiniPay") else {**data, "redirect_url": addresses["redirect_url"]}
