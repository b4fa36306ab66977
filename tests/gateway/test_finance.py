"""Balance, payouts, clearing and exports, and who may ask for them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from mockserver.client import signed_request
from mockserver.domain.accounts import Account
from mockserver.gateway.methods import ALL_METHODS
from mockserver.gateway.request import Request
from tests.helpers import SECRET_KEY, USER, Shop
from tests.scenarios.test_shipped import PAYOUT_STORIES

HOUR = 3600 * 1000
DAY = 24 * HOUR
# The clock of the tests begins on 27 November 2024 at 02:55:45 in the Netherlands.
UNTIL_SEVEN_NEXT_DAY = DAY + 4 * HOUR + 255_000
NONCE = {"nonce_string": "tw5be5b7sry5prm96s"}
PAYOUT = {**NONCE, "command": "payout", "amount": "100.01", "currency": "EUR", "reference": "456789",
          "notify_url": "https://www.yabandpay.com/notify"}  # fmt: skip


def payout(shop: Shop, scenario: str = "", **changes: Any) -> dict[str, Any]:
    return shop.ok("v3.MerchantBalance", scenario, **{**PAYOUT, **changes})


def bills(shop: Shop, day: str = "27-11-2024") -> list[dict[str, Any]]:
    envelope = shop.call("v3.GetTradebill", command="getTradebill", bill_date=day, **NONCE)
    assert list(envelope) == ["status", "code", "message", "data"]
    assert (envelope["code"], type(envelope["code"])) == (200, int)
    listed: list[dict[str, Any]] = envelope["data"]["tradebill"]
    return listed


def settled(shop: Shop, **asked: Any) -> list[dict[str, Any]]:
    data = shop.ok("v3.GetTradebill", command="getTradebillInfo", **NONCE, **asked)
    listed: list[dict[str, Any]] = data["tradebillInfo"]
    return listed


class TestBalance:
    def test_it_begins_with_the_opening_balance(self, shop: Shop) -> None:
        balance = shop.balance()
        assert {name: balance[name] for name in ("available", "reserve", "usable", "deposit")} == {
            "available": "10000.00", "reserve": "0.00", "usable": "10000.00", "deposit": "0.00"
        }  # fmt: skip

    def test_it_is_payments_less_fees_refunds_and_payouts(self, shop: Shop) -> None:
        shop.refund(shop.paid("50.00"), "20.00")
        shop.paid("78.00", currency="CNY")
        payout(shop, amount="30.00")
        shop.pass_time(5000)
        expected = 10_000 + 50 + 10 - 2 * 0.10 - 20 - 0.10 - 30
        assert shop.balance()["available"] == f"{expected:.2f}"

    def test_a_currency_that_is_not_settled_in_is_empty(self, shop: Shop) -> None:
        data = shop.ok("v3.MerchantBalance", command="getBalance", currency="CNY", **NONCE)
        assert (data["currency"], data["available"]) == ("CNY", "0.00")

    @pytest.mark.parametrize("sent", [1708422208, "1708422208", 1708422208123])
    def test_the_time_is_echoed_as_a_number(self, shop: Shop, sent: Any) -> None:
        envelope = shop.call("v3.MerchantBalance", time=sent, command="getBalance", currency="EUR", **NONCE)
        assert envelope["data"]["time"] == int(sent)

    def test_a_cancelled_payment_costs_nothing(self, shop: Shop) -> None:
        before = shop.balance()
        shop.ok("v3.CancelPayment", trade_id=shop.paid("10.00"))
        assert shop.balance() == before


class TestCommands:
    @pytest.mark.parametrize("name", ["command", "commond"])
    @pytest.mark.parametrize("command", ["getBalance", "getbalance", "GETBALANCE"])
    def test_both_spellings_are_taken_in_any_case(self, shop: Shop, name: str, command: str) -> None:
        assert "available" in shop.ok("v3.MerchantBalance", **{name: command}, currency="EUR", **NONCE)

    @pytest.mark.parametrize("value", [None, "", ["getBalance"]])
    def test_without_a_command_it_is_3001(self, shop: Shop, value: Any) -> None:
        reported = shop.refused("v3.MerchantBalance", command=value, currency="EUR", **NONCE)
        assert reported == "-3001 Required field is missing | Missing or empty in data: command."

    def test_an_unknown_command_is_reported_with_the_nearest(self, shop: Shop) -> None:
        reported = shop.refused("v3.MerchantBalance", command="getBalanc", currency="EUR", **NONCE)
        assert "v3.MerchantBalance has no command 'getBalanc'; it has getBalance, payout." in reported
        assert reported.endswith("The most similar names are getBalance.")


class TestPayout:
    def test_it_goes_through_approval_and_is_reported_in_the_documented_shape(self, shop: Shop) -> None:
        answered = payout(shop, amount=100.01)
        assert (answered["state"], answered["amount"]) == ("awaiting approval", "100.01")
        shop.pass_time(5000)
        reported = shop.notified(answered["payout_id"])
        assert [one["state"] for one in reported] == ["pending", "completed"]
        assert list(reported[0]) == list(answered)
        with shop.app.store.unit(USER) as unit:
            body = json.loads(unit.notifications(answered["payout_id"])[0].body)
        assert list(body) == ["data", "sign"]
        assert isinstance(body["data"]["time"], int)

    @pytest.mark.parametrize("name", PAYOUT_STORIES)
    @pytest.mark.parametrize("asked_by", ["header", "reference"])
    def test_each_payout_story_gives_the_money_back(self, shop: Shop, name: str, asked_by: str) -> None:
        magic = next(s for s in shop.app.catalog if s.name == name).order_id.replace("*", "1")
        before = shop.balance()
        answered = payout(shop, name) if asked_by == "header" else payout(shop, reference=magic)
        assert shop.balance()["deposit"] == "100.01"
        shop.pass_time(10_000)
        assert [reported["state"] for reported in shop.notified(answered["payout_id"])] == PAYOUT_STORIES[name]
        assert shop.balance() == before

    def test_an_amount_asks_for_no_scenario(self, shop: Shop) -> None:
        assert payout(shop, amount="4.05")["state"] == "awaiting approval"
        assert payout(shop, amount="4.03")["state"] == "awaiting approval"

    @pytest.mark.parametrize(
        ("changes", "reported"),
        [
            ({"amount": "10000.01"}, "The usable balance of EUR 10000.00 is too small for EUR 10000.01."),
            ({"amount": "0.00"}, "amount must be more than 0"),
            ({"currency": "CNY"}, "currency must be EUR, the settlement currency of the account, not 'CNY'."),
            ({"nonce_string": "n" * 33}, "nonce_string must have at most 32 characters"),
            ({"reference": None}, "Missing or empty in data: reference."),
        ],
    )
    def test_what_cannot_be_is_reported(self, shop: Shop, changes: dict[str, Any], reported: str) -> None:
        assert reported.casefold() in shop.refused("v3.MerchantBalance", **{**PAYOUT, **changes}).casefold()

    def test_the_whole_balance_can_be_paid_out_once(self, shop: Shop) -> None:
        payout(shop, amount="10000.00")
        assert "too small" in shop.refused("v3.MerchantBalance", **{**PAYOUT, "amount": "0.01"})


class TestReports:
    def test_a_day_is_reported_for_each_payment_method(self, shop: Shop) -> None:
        shop.refund(shop.paid("50.00"), "20.00")
        shop.paid("10.00")
        shop.ok("v3.CancelPayment", trade_id=shop.paid("99.00"))
        wechat = {"auth_code": "134443133735495918", "pay_method": "offline", "order_id": "1", "amount": "5", "currency": "EUR",
                  "description": "x"}  # fmt: skip
        shop.ok("v3.BarcodePayment", **wechat)
        shop.pass_time(UNTIL_SEVEN_NEXT_DAY)
        alipay, wechat_pay = bills(shop)
        assert list(alipay)[:7] == [
            "time_zone", "MID", "merchant_name", "store_name", "sub_pay_method", "settlement_currency", "number_of_payment",
        ]  # fmt: skip
        assert (alipay["time_zone"], type(alipay["MID"])) == ("GMT+1", int)
        assert (alipay["sub_pay_method"], alipay["number_of_payment"], alipay["payment_amount"]) == (
            "Alipay",
            2,
            "60.00",
        )
        assert (alipay["number_of_refund"], alipay["refund_amount"], alipay["merchant_cost"]) == (1, "20.00", "0.30")
        assert alipay["settlement_amount"] == "39.70"
        assert (wechat_pay["sub_pay_method"], wechat_pay["settlement_amount"]) == ("WeChat Pay", "4.90")

    def test_all_reports_add_up_to_the_balance(self, shop: Shop) -> None:
        shop.refund(shop.paid("50.00"), "20.00")
        shop.paid("39.00", currency="CNY")
        shop.pass_time(2 * DAY)
        total = sum(float(bill["settlement_amount"]) for bill in bills(shop))
        assert float(shop.balance()["available"]) == pytest.approx(10_000 + total)

    def test_a_report_is_ready_at_seven(self, shop: Shop) -> None:
        shop.paid()
        shop.pass_time(UNTIL_SEVEN_NEXT_DAY - 1001)
        reported = shop.refused("v3.GetTradebill", command="getTradebill", bill_date="27-11-2024", **NONCE)
        assert "The report of 27-11-2024 is available from 07:00 Dutch time of the next day." in reported
        shop.pass_time(1)
        assert len(bills(shop)) == 1

    def test_a_day_without_movements_has_no_reports(self, shop: Shop) -> None:
        assert bills(shop, "25-11-2024") == []

    @pytest.mark.parametrize(
        ("day", "reported"),
        [
            ("2024-11-25", "bill_date must be a day as dd-MM-yyyy, such as 19-02-2024, not '2024-11-25'."),
            ("31-02-2024", "bill_date must be a day"),
            ("26-08-2024", "bill_date must be within the last three months, not '26-08-2024'."),
            ("28-11-2024", "is available from 07:00 Dutch time of the next day"),
        ],
    )
    def test_another_day_is_reported(self, shop: Shop, day: str, reported: str) -> None:
        assert reported in shop.refused("v3.GetTradebill", command="getTradebill", bill_date=day, **NONCE)

    def test_three_months_back_there_are_reports(self, shop: Shop) -> None:
        assert bills(shop, "27-08-2024") == []

    def test_summer_has_its_own_offset(self, shop: Shop) -> None:
        shop.pass_time(200 * DAY)
        shop.paid()
        shop.pass_time(2 * DAY)
        [bill] = bills(shop, "15-06-2025")
        assert bill["time_zone"] == "GMT+2"


class TestSettledMovements:
    def test_the_movements_of_a_clearing_add_up_to_its_report(self, shop: Shop) -> None:
        trade_id = shop.paid("50.00")
        refund = shop.refund(trade_id, "20.00")
        shop.ok("v3.CancelPayment", trade_id=shop.paid("99.00"))
        shop.pass_time(2 * DAY)
        [bill] = bills(shop)
        listed = settled(shop, clearing_id=bill["clearing_id"])
        assert [(one["type"], one["trade_id"], one["refund_id"]) for one in listed] == [
            ("payment", trade_id, ""), ("refund", trade_id, refund["refund_id"])
        ]  # fmt: skip
        assert sum(float(one["net_amount"]) for one in listed) == pytest.approx(float(bill["settlement_amount"]))

    def test_a_range_shows_what_has_been_cleared(self, shop: Shop) -> None:
        start = shop.clock.now() // 1000
        first = shop.paid("1.00")
        shop.pass_time(2 * DAY)
        shop.paid("2.00")
        asked = {"start_time": str(start), "end_time": str(start + 3 * 86_400)}
        assert [one["trade_id"] for one in settled(shop, **asked)] == [first]
        shop.pass_time(2 * DAY)
        assert len(settled(shop, **asked)) == 2
        assert settled(shop, start_time=str(start + 10), end_time=str(start + 20)) == []

    def test_long_lists_come_in_pieces_and_complete(self, shop: Shop) -> None:
        for _ in range(1201):
            shop.create()
        shop.pass_time(2 * DAY)
        start = shop.clock.now() // 1000 - 5 * 86_400
        listed = settled(shop, start_time=str(start), end_time=str(start + 5 * 86_400))
        assert len(listed) == len({one["trade_id"] for one in listed}) == 1201

    @pytest.mark.parametrize(
        ("asked", "reported"),
        [
            ({}, "Missing or empty in data: start_time, end_time; or send clearing_id instead."),
            ({"start_time": "1700000000"}, "Missing or empty in data: end_time; or send clearing_id instead"),
            ({"start_time": "1700000000", "end_time": "1699999999"}, "end_time must not be before start_time."),
            ({"start_time": "1700000000", "end_time": "1732000000"}, "at most a year apart"),
            ({"start_time": "1400000000", "end_time": "1400000001"}, "start_time must be within the last seven years."),
            ({"clearing_id": "M20240302001503350733"}, "There is no clearing with the clearing_id 'M2024030200150335"),
            ({"clearing_id": "x"}, "There is no clearing with the clearing_id 'x'."),
        ],
    )
    def test_what_cannot_be_is_reported(self, shop: Shop, asked: dict[str, str], reported: str) -> None:
        assert reported in shop.refused("v3.GetTradebill", command="getTradebillInfo", **NONCE, **asked)


class TestExports:
    def export(self, shop: Shop, method: str, start: int, end: int) -> list[dict[str, str]]:
        data = {"start_time": str(start), "end_time": str(end)}
        body = signed_request({"user": USER, "method": method, "time": 1, "data": data}, SECRET_KEY)
        answered = shop.app.gateway.answer(Request("POST", body))
        assert answered.export is not None
        assert answered.export.content_type == "text/csv; charset=utf-8"
        assert answered.export.filename.endswith(f"_{start}_{end}.csv")
        text = b"".join(answered.export.pieces).decode()
        return list(csv.DictReader(io.StringIO(text)))

    @pytest.mark.parametrize("method", ["v3.BatchQuery", "v3.TimePayOrder"])
    def test_the_successful_payments_of_a_range(self, shop: Shop, method: str) -> None:
        start = shop.clock.now() // 1000
        paid = shop.paid("24.99", order_id='a "quoted", order')
        shop.refund(paid, "1.00")
        shop.create("declined")
        shop.ok("v3.CancelPayment", trade_id=shop.paid())
        shop.pass_time(5000)
        [row] = self.export(shop, method, start, start + 60)
        assert (row["trade_id"], row["order_id"], row["amount"]) == (paid, 'a "quoted", order', "24.99")
        assert row["transaction_id"] == shop.order(paid)["transaction_id"]
        assert self.export(shop, method, start + 60, start + 90) == []

    def test_the_refunds_of_a_range(self, shop: Shop) -> None:
        start = shop.clock.now() // 1000
        refund = shop.refund(shop.paid(), "1.00")
        shop.pass_time(5000)
        [row] = self.export(shop, "v3.TimeRefundOrder", start, start + 60)
        assert (row["type"], row["refund_id"], row["amount"]) == ("refund", refund["refund_id"], "1.00")

    def test_pages_of_one_instant_are_complete(self, shop: Shop) -> None:
        start = shop.clock.now() // 1000
        trades = [shop.create() for _ in range(1100)]
        shop.pass_time(1000)
        rows = self.export(shop, "v3.BatchQuery", start, start + 60)
        assert [row["trade_id"] for row in rows] == trades

    def test_an_end_before_the_start_is_an_envelope(self, shop: Shop) -> None:
        reported = shop.refused("v3.BatchQuery", start_time="2", end_time="1")
        assert "end_time must not be before start_time." in reported


class TestRoles:
    @pytest.fixture
    def cashier(self, shop: Shop) -> Shop:
        shop.app.store.open_account(Account("cashier", SECRET_KEY, "tests", "cashier", 1_000_000))
        return Shop(shop.app, shop.clock, "cashier")

    def test_a_cashier_is_refused_finance_and_split(self, cashier: Shop) -> None:
        admins_only = [method for method in ALL_METHODS if method.super_admin_only]
        assert {method.name for method in admins_only} == {"v3.MerchantBalance", "v3.GetTradebill", "v3.SplitPayment"}
        for method in admins_only:
            reported = cashier.refused(method.name, command=method.command, nonce_string="n")
            assert f"{method.name} needs the account of a super admin, not of a cashier." in reported

    def test_a_cashier_may_pay_refund_and_export(self, cashier: Shop) -> None:
        cashier.refund(cashier.paid(), "1.00")
        assert cashier.call("v3.ListOrder", page="1")["status"] is True

    def test_an_unsigned_caller_does_not_learn_the_role(self, cashier: Shop) -> None:
        body = signed_request(
            {"user": "cashier", "method": "v3.MerchantBalance", "time": 1, "data": {"a": "b"}}, "wrong"
        )
        envelope = json.loads(cashier.app.gateway.answer(Request("POST", body)).body)
        assert envelope["code"] == "-403"


def test_a_payment_that_is_cancelled_while_an_export_is_read_takes_no_other_away(shop: Shop) -> None:
    start = shop.clock.now() // 1000
    trades = [shop.create() for _ in range(600)]
    shop.pass_time(1000)
    data = {"start_time": str(start), "end_time": str(start + 60)}
    body = signed_request({"user": USER, "method": "v3.BatchQuery", "time": 1, "data": data}, SECRET_KEY)
    export = shop.app.gateway.answer(Request("POST", body)).export
    assert export is not None
    pieces = [next(export.pieces), next(export.pieces)]
    shop.ok("v3.CancelPayment", trade_id=trades[3])
    rows = list(csv.DictReader(io.StringIO(b"".join([*pieces, *export.pieces]).decode())))
    assert [row["trade_id"] for row in rows] == trades


@pytest.mark.parametrize("day", ["31-12-9999", "28-02-2999"])
def test_a_day_far_ahead_is_reported(shop: Shop, day: str) -> None:
    reported = shop.refused("v3.GetTradebill", command="getTradebill", bill_date=day, **NONCE)
    assert "is available from 07:00 Dutch time of the next day" in reported


def test_a_range_of_exactly_a_year_is_taken(shop: Shop) -> None:
    assert settled(shop, start_time="1669600545", end_time="1701136545") == []
    reported = shop.refused("v3.GetTradebill", command="getTradebillInfo", **NONCE, start_time="1669600545",
                        end_time="1701136546")  # fmt: skip
    assert "at most a year apart" in reported


def test_a_clearing_older_than_seven_years_is_gone(shop: Shop) -> None:
    shop.paid()
    shop.pass_time(2 * DAY)
    [bill] = bills(shop)
    shop.pass_time(7 * 366 * DAY)
    reported = shop.refused("v3.GetTradebill", command="getTradebillInfo", **NONCE, clearing_id=bill["clearing_id"])
    assert "There is no clearing with the clearing_id" in reported
