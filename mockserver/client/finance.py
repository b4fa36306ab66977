"""Balance, payouts, clearing and splits, for super admins (protocol.md 3.20 to 3.24)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from mockserver.client.caller import Caller, amount_text, nonce, read_as, without_empties

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from decimal import Decimal

__tracebackhide__ = True  # pytest shows the line of the test instead


class Balance(NamedTuple):
    """The balance of an account in a currency, as decimal texts; `usable` can be paid out."""

    currency: str
    available: str
    reserve: str
    usable: str
    deposit: str
    wallet_id: str


class Payout(NamedTuple):
    """A payout to the merchant's bank."""

    payout_id: str
    amount: str
    currency: str
    reference: str
    state: str


class Receiver(NamedTuple):
    """A receiver of a split and its amount; `detail_reference_id` is the merchant's id of the share."""

    mid: str
    detail_reference_id: str
    split_amount: str | Decimal | int
    role: str
    description: str = ""


class Returner(NamedTuple):
    """A receiver of a split, and the amount that it returns."""

    mid: str
    split_detail_id: str
    detail_reference_id: str
    split_amount: str | Decimal | int
    description: str


class Split(NamedTuple):
    """A split or the return of a split. `receivers` has the gateway's data of each share."""

    split_id: str
    state: str
    reference_id: str
    receivers: list[dict[str, Any]]


class FinanceCalls(Caller):
    """The methods for super admins. They raise the errors of `call`."""

    def balance(self, currency: str = "EUR") -> Balance:
        return read_as(Balance, self._command("v3.MerchantBalance", "getBalance", {"currency": currency}))

    def pay_out(self, amount: str | Decimal | int, *, currency: str, reference: str, notify_url: str) -> Payout:
        """Pay out a part of the usable balance to the merchant's bank, after approval.

        Raises:
            InternalGatewayError: the amount exceeds the usable balance.
            TypeError: the amount is a float.
        """
        fields = {
            "amount": amount_text(amount),
            "currency": currency,
            "reference": reference,
            "notify_url": notify_url,
        }
        return read_as(Payout, self._command("v3.MerchantBalance", "payout", fields))

    def clearing_reports(self, day: date) -> list[dict[str, Any]]:
        """The clearing reports of a day, one for each payment method, from 07:00 Dutch time of the next day."""
        data = self._command("v3.GetTradebill", "getTradebill", {"bill_date": f"{day:%d-%m-%Y}"})
        return list(data.get("tradebill", ()))

    def settled_movements(
        self, *, clearing_id: str = "", start_time: int | None = None, end_time: int | None = None
    ) -> list[dict[str, Any]]:
        """The settled payments and refunds of a clearing, or between two Unix times in seconds."""
        fields = {"clearing_id": clearing_id, "start_time": start_time, "end_time": end_time}
        texts = {name: str(value) for name, value in without_empties(fields).items()}
        return list(self._command("v3.GetTradebill", "getTradebillInfo", texts).get("tradebillInfo", ()))

    def create_split(  # noqa: PLR0913 - the protocol's own fields, all named
        self,
        trade_id: str,
        receivers: Iterable[Receiver] = (),
        *,
        split_solution_id: str,
        reference_id: str,
        notify_url: str,
        currency: str = "EUR",
        completed: bool = False,
        reference: str = "",
    ) -> Split:
        """Split a paid order between receivers; `completed` closes it for further splits."""
        fields = {
            "trade_id": trade_id,
            "split_solution_id": split_solution_id,
            "currency": currency,
            "notify_url": notify_url,
            "split_completed": "1" if completed else "0",
            "reference_id": reference_id,
            "reference": reference,
            "receivers": _receivers_text(receivers),
        }
        return self._split("createSplitPayment", fields)

    def query_split(self, split_id: str, reference_id: str, *, split_type: str = "") -> Split:
        """A split with its receivers and returns; `split_type` `0` selects only the split, `1` only its returns."""
        fields = {"split_id": split_id, "reference_id": reference_id, "split_type": split_type}
        return self._split("querySplitPayment", fields)

    def cancel_split(self, split_id: str, reference_id: str) -> Split:
        """Cancel a split that is still processing."""
        return self._split("cancelSplitPayment", {"split_id": split_id, "reference_id": reference_id})

    def return_split(  # noqa: PLR0913 - the protocol's own fields, all named
        self,
        split_id: str,
        returners: Iterable[Returner],
        *,
        reference_id: str,
        notify_url: str,
        currency: str = "EUR",
        reference: str = "",
    ) -> Split:
        """Return money of a successful split."""
        fields = {
            "split_id": split_id,
            "currency": currency,
            "notify_url": notify_url,
            "reference_id": reference_id,
            "reference": reference,
            "receivers": _receivers_text(returners),
        }
        return self._split("returnSplitPayment", fields)

    def _split(self, command: str, fields: Mapping[str, Any]) -> Split:
        data = self._command("v3.SplitPayment", command, without_empties(fields))
        receivers = data.get("receivers")
        return read_as(Split, data, receivers=receivers if isinstance(receivers, list) else [])

    def _command(self, method: str, command: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        return self.call(method, {"command": command, "nonce_string": nonce(), **fields})


def _receivers_text(receivers: Iterable[Receiver | Returner]) -> str:
    listed = [{**one._asdict(), "split_amount": amount_text(one.split_amount)} for one in receivers]
    return json.dumps(listed, ensure_ascii=False) if listed else ""
