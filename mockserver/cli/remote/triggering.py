"""The command trigger: creates an order with a scenario, and plays it to its end without a shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import click
import msgspec

from mockserver import identity
from mockserver.addresses import built_in_merchant
from mockserver.api.records import ClockRecord, Page, PayoutRecord, PlannedRecord, ScenarioRecord, SplitRecord
from mockserver.api.resources import NewState
from mockserver.api.schemas import PaymentDetails, TimelineRecord
from mockserver.cli.lines import instant_in
from mockserver.cli.options import SettingType
from mockserver.cli.remote.acting import refund_data
from mockserver.cli.remote.calling import call_gateway, newest_exchange, rejection
from mockserver.cli.remote.completing import complete_scenarios
from mockserver.cli.remote.connection import no, remote_command, say, web_address
from mockserver.cli.remote.following import Follower
from mockserver.cli.remote.lookup import find_scenario, order_of
from mockserver.cli.remote.orders import summary, timeline_lines
from mockserver.domain.kinds import KINDS
from mockserver.domain.payments.payment import EXPIRING
from mockserver.durations import parse_duration
from mockserver.gateway.example import DOCUMENTED_DATA, DOCUMENTED_METHOD, example_data
from mockserver.gateway.methods import ALL_METHODS
from mockserver.testing.api import ApiRefusedError
from mockserver.texts import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mockserver.api.schemas import EventRecord, NotificationRecord
    from mockserver.cli.remote.calling import GatewayAnswer
    from mockserver.cli.remote.connection import Remote
    from mockserver.gateway.method import Method

_CREATING = [method for method in ALL_METHODS if method.reference == "order_id"]
_SOON = 5_000  # milliseconds: what is due sooner is waited for, what is due later happens at once
_LONGEST_DELIVERY = 12_000
_CONFLICT = 409
_MOST_REQUESTS = 3
_PAYOUT, _SPLIT = "v3.MerchantBalance", "v3.SplitPayment"


class _Wanted(NamedTuple):
    """What to create."""

    scenario: ScenarioRecord
    method: Method
    wallet: str
    order_id: str
    amount: str
    currency: str
    url: str


class _Object(NamedTuple):
    """An object that is played: the plural of its kind, and its id."""

    plural: str
    identifier: str

    @property
    def path(self) -> str:
        return f"/{self.plural}/{quote(self.identifier, safe='')}"


def _method(text: str) -> Method:
    names = {method.name: method for method in _CREATING}
    if f"v3.{text.removeprefix('v3.')}" in names:
        return names[f"v3.{text.removeprefix('v3.')}"]
    meant = did_you_mean(text, names) or f"; expected one such as {DOCUMENTED_METHOD}"
    raise ValueError(f"no method {shown(text)} creates payments{meant}")


def _wallet(text: str) -> tuple[Method, str]:
    for method in _CREATING:
        for wallet in method.wallets:
            if wallet.name.casefold() == text.casefold():
                return method, wallet.name
    names = {wallet.name: None for method in _CREATING for wallet in method.wallets}
    raise ValueError(f"there is no wallet {shown(text)}; expected one of {', '.join(names)}")


@remote_command(
    click.argument("scenario", default="default", shell_complete=complete_scenarios),
    click.option("--to", "target", type=SettingType(web_address), metavar="URL",
                 help="Where to send notifications. Default: the example merchant in the sandbox."),
    click.option("--order-id", default="", metavar="TEXT", help="Your order_id. Default: trigger- and a random text."),
    click.option("--amount", default="24.99", show_default=True, metavar="AMOUNT", help="Amount of the order."),
    click.option("--currency", default="EUR", show_default=True, metavar="CODE", help="Currency of the order."),
    click.option("--method", type=SettingType(_method), default=DOCUMENTED_METHOD, show_default=True, metavar="NAME",
                 help="Method that creates the order."),
    click.option("--pay-method", "wallet", type=SettingType(_wallet), metavar="WALLET",
                 help="Wallet of the payer, such as 'WeChat Pay'. Selects a method that supports it."),
)  # fmt: skip
def trigger(  # noqa: PLR0913 - its flags
    remote: Remote, scenario: str, *, target: str | None, order_id: str, amount: str, currency: str, method: Method,
    wallet: tuple[Method, str] | None,
) -> None:  # fmt: skip
    """Play SCENARIO to its end, without a shop.

    Without SCENARIO, the scenario default is played, also if another one is selected for the account.

    The sandbox signs the request that creates the order, and the command prints its timeline. Transitions that are
    due within five seconds are waited for, later ones happen at once. A refund, split or payout that the scenario is
    about is requested too. The exit status is 1 if a notification was not acknowledged.
    """
    order_id = order_id or f"trigger-{identity.new_seed()[:6]}"
    chosen, name = wallet or (method, "")
    shop = target or (built_in_merchant(remote.user) if remote.is_account_named else DOCUMENTED_DATA["notify_url"])
    wanted = _Wanted(find_scenario(remote, scenario), chosen, name, order_id, amount, currency, shop)
    play = _Play(remote, Follower(remote), wanted)
    play.run()


class _Play:
    """Plays one scenario."""

    def __init__(self, remote: Remote, follower: Follower, wanted: _Wanted) -> None:
        self._remote = remote
        self._follower = follower
        self._wanted = wanted
        self._notes: list[str] = []

    def run(self) -> None:
        """Create what the scenario is about, play it, and print the result; exits with 1 if the shop said no."""
        if self._wanted.scenario.plays == ["payout"]:
            self._play_payout()
            return
        trade_id = self._create()
        if trade_id is None:
            return
        self._play(_Object("payments", trade_id), trade_id)
        for name in self._wanted.scenario.plays:
            if name != "payment":
                self._play(self._follow_up(name, trade_id), trade_id)
        details = self._remote.get(f"/payments/{trade_id}", PaymentDetails)
        plan = self._remote.get(f"/payments/{trade_id}/plan", list[PlannedRecord])
        lines = [*self._notes, *summary(self._remote, details, plan)]
        self._remote.show({**msgspec.structs.asdict(details), "plan": plan, "notes": self._notes}, *lines)
        self._end(details.notifications)

    def _create(self) -> str | None:
        """Create the order; returns its trade_id, or None if the scenario creates no order."""
        wanted = self._wanted
        data = {**example_data(wanted.method), "order_id": wanted.order_id, "amount": wanted.amount,
                "currency": wanted.currency, "notify_url": wanted.url}  # fmt: skip
        if wanted.wallet:
            data["sub_pay_method"] = wanted.wallet
        data = {name: text for name, text in data.items() if name in wanted.method.known_names}
        for _ in range(_MOST_REQUESTS):
            answer = call_gateway(self._remote, wanted.method.name, data, wanted.scenario.name)
            if answer.code and not answer.is_accepted and not self._is_scripted(answer):
                return None
            found = order_of(self._remote, wanted.order_id)
            if not answer.is_accepted:
                result = f"{answer.code} {answer.message}".strip()
                again = "" if found else " No order was created, so the request is repeated, as a shop would do."
                self._notes.append(f"The request for {wanted.order_id} got {result}.{again}")
            if found is not None:
                return found.trade_id
        self._remote.show({"notes": self._notes}, *self._notes)
        return None

    def _is_scripted(self, answer: GatewayAnswer) -> bool:
        """Whether the scenario goes on after a refusal. Prints a final one; exits if it is not of the scenario."""
        newest = newest_exchange(self._remote)
        if not newest.scenario:
            no(rejection(self._remote, "request", answer))
        if not self._wanted.scenario.code:
            return True
        self._remote.show({"order_id": self._wanted.order_id, "code": answer.code, "message": answer.message,
                           "reason": newest.reason},
                          f"{self._wanted.order_id}  {answer.code} {answer.message}", newest.reason)  # fmt: skip
        return False

    def _follow_up(self, name: str, trade_id: str) -> _Object:
        """Request the refund or the split that the scenario is about."""
        payment = self._remote.get(f"/payments/{trade_id}", PaymentDetails).payment
        if name == "refund":
            answer = call_gateway(self._remote, "v3.CreateRefund", refund_data(payment, None, "Refund"))
            identifier = str(answer.data.get("refund_id", ""))
        else:
            [method] = [one for one in ALL_METHODS if one.command == "createSplitPayment"]
            reference = {"reference_id": trade_id.replace("-", "")}  # which must be unique, and have at most 32 letters
            data = {**example_data(method), **reference, "trade_id": trade_id, "notify_url": self._wanted.url}
            answer = call_gateway(self._remote, _SPLIT, data)
            splits = self._remote.get("/splits", Page[SplitRecord], {"trade_id": trade_id}).items
            identifier = splits[-1].transfer_id if splits else ""
        if not answer.is_accepted:
            no(rejection(self._remote, name, answer))
        return _Object(KINDS[name].plural, identifier)

    def _play_payout(self) -> None:
        [method] = [one for one in ALL_METHODS if one.title == f"{_PAYOUT} payout"]
        wanted = self._wanted
        data = {**example_data(method), "amount": wanted.amount, "reference": wanted.order_id, "notify_url": wanted.url}
        answer = call_gateway(self._remote, _PAYOUT, data, wanted.scenario.name)
        if not answer.is_accepted:
            self._is_scripted(answer)
            return
        page = self._remote.get("/payouts", Page[PayoutRecord], {"limit": 1})
        newest = self._remote.get("/payouts", Page[PayoutRecord], {"limit": 1, "page": page.total}).items[-1]
        self._play(_Object("payouts", newest.payout_id), newest.payout_id)
        record = self._remote.get(f"/payouts/{newest.payout_id}", PayoutRecord)
        history = self._remote.get(f"/timelines/{newest.payout_id}", TimelineRecord)
        head = f"{record.reference}  payout {record.payout_id}  {record.state}"
        lines = [head, "", *timeline_lines(self._remote, history.timeline, history.notifications)]
        self._remote.show({**msgspec.structs.asdict(history), "payout": record}, *lines)
        self._end(history.notifications)

    def _play(self, played: _Object, timeline: str) -> None:
        """Perform all planned transitions of an object, and wait until its notifications have left."""
        while True:
            plan = self._remote.get(f"{played.path}/plan", list[PlannedRecord])
            history = self._remote.get(f"/timelines/{quote(timeline, safe='')}", TimelineRecord)
            if _is_leaving(history.notifications, history.timeline):
                if not self._follower.news(f"{_LONGEST_DELIVERY}ms").items:
                    return
            elif plan:
                self._go_on(played, plan[0])
            elif late := [one for one in history.notifications if one.state == "pending" and not one.attempts]:
                for notification in late:
                    self._remote.post(f"/notifications/{notification.number}/resend", dict[str, object])
            elif played.plural == "payments" and self._never_pays(played):
                self._remote.post(f"{played.path}/state", dict[str, object], NewState("expired"))
            else:
                return

    def _never_pays(self, played: _Object) -> bool:
        """Whether the scenario leaves the payment unpaid until it expires."""
        state = self._remote.get(played.path, PaymentDetails).payment.state
        return "payment" in self._wanted.scenario.plays and state in EXPIRING

    def _go_on(self, played: _Object, step: PlannedRecord) -> None:
        clock = self._remote.get("/clock", ClockRecord)
        left = None if step.at is None else instant_in(step.at) - instant_in(clock.now)
        if left is not None and left <= _SOON and clock.kind == "real":
            self._follower.news(f"{max(left, 0) + 200}ms")
            return
        try:
            self._remote.post(f"{played.path}/signal", dict[str, object])
        except ApiRefusedError as error:
            if error.problem.status != _CONFLICT:  # it has just happened
                raise

    def _end(self, notifications: Sequence[NotificationRecord]) -> None:
        sent = [one for one in notifications if one.attempts]
        if not sent and not self._remote.as_json:
            say("Nobody was notified.")
        if any(not one.attempts[-1].accepted for one in sent):
            raise SystemExit(1)


def _is_leaving(notifications: Sequence[NotificationRecord], events: Sequence[EventRecord]) -> bool:
    """Whether a notification is on its way or leaves soon, and has not been tried yet."""
    delays = {event.reference: _delay_in(event.text) for event in events if event.kind == "notification"}
    late = {number for number, delay in delays.items() if delay > _SOON}  # unless it was resent since
    return any(one.state == "pending" and not one.attempts and one.number not in late for one in notifications)


def _delay_in(text: str) -> int:
    delays = [part.removeprefix("delayed by ") for part in text.split(", ") if part.startswith("delayed by ")]
    return parse_duration(delays[0]) if delays else 0
