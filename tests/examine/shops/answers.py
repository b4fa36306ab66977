"""Merchants with one mistake in their answer to a notification, whose effect is right."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, ClassVar

from tests.examine.shops.merchant import Shop
from tests.examine.shops.web import Answer

if TYPE_CHECKING:
    from tests.examine.shops.web import Request


class _AnswersShop(Shop):
    """Acknowledges with an answer that is not ok, so the gateway repeats the notification until it gives up."""

    acknowledgement: ClassVar[Answer]
    verdict = "unsafe habit"

    def accepted(self) -> Answer:
        return self.acknowledgement


class UpperCaseShop(_AnswersShop):
    """Answers OK instead of ok."""

    costs = "answers OK"
    acknowledgement = Answer(200, b"OK")


class HtmlShop(_AnswersShop):
    """Answers ok inside the page of its theme."""

    costs = "answers ok inside HTML"
    acknowledgement = Answer(200, b"<!doctype html><html><body>ok</body></html>", "text/html; charset=utf-8")


class JsonShop(_AnswersShop):
    """Answers ok inside JSON, as its framework does."""

    costs = "answers ok inside JSON"
    acknowledgement = Answer(200, b'{"code": 200, "msg": "ok"}', "application/json")


class QuotedShop(_AnswersShop):
    """Answers ok as a JSON text, in quotation marks."""

    costs = "answers ok in quotation marks"
    acknowledgement = Answer(200, b'"ok"', "application/json")


class ByteOrderMarkShop(_AnswersShop):
    """Answers ok after a byte order mark, which an editor has put at the start of a PHP file."""

    costs = "answers ok after a byte order mark"
    acknowledgement = Answer(200, b"\xef\xbb\xbfok")


class EmptyAnswerShop(_AnswersShop):
    """Answers 200 with nothing."""

    costs = "answers nothing"
    acknowledgement = Answer(200, b"")


class OkAs500Shop(_AnswersShop):
    """Answers ok, but with HTTP status 500, as a notice of PHP made it one."""

    costs = "answers ok with HTTP status 500"
    acknowledgement = Answer(500, b"ok")


class ErrorPageShop(_AnswersShop):
    """Answers 200 with an error page, as the template of its answer is missing."""

    costs = "answers an error page with HTTP status 200"
    acknowledgement = Answer(200, b"<h1>Template not found</h1>", "text/html; charset=utf-8")


class LoginShop(Shop):
    """Sends notifications to its login page, as its session guard covers the notify URL, so no order is ever paid."""

    costs = "redirects notifications to its login page, and loses them"
    verdict = "lost an order"

    def notify(self, _request: Request) -> Answer:
        return Answer(302, b"", headers={"Location": "/login"})


class RedirectAfterShop(_AnswersShop):
    """Redirects to the order's page after it has done everything, as for a browser."""

    costs = "answers a redirect to what it has accepted"
    acknowledgement = Answer(302, b"", headers={"Location": "/"})


class SlowRefundShop(Shop):
    """Recalculates its books before it answers a refund, which takes longer than the gateway waits."""

    costs = "answers refunds too late"
    verdict = "unsafe habit"
    pause: ClassVar[float] = 11.0

    def notify(self, request: Request) -> Answer:
        answer = super().notify(request)
        if b"refund_amount" in request.body:
            sleep(self.pause)
        return answer


class SlowPaidShop(Shop):
    """Mails the invoice before it answers the news of the money, which takes longer than the gateway waits."""

    costs = "answers paid notifications too late"
    verdict = "unsafe habit"
    pause: ClassVar[float] = 11.0

    def notify(self, request: Request) -> Answer:
        answer = super().notify(request)
        if b'"state":"paid"' in request.body:
            sleep(self.pause)
        return answer


SHOPS: tuple[type[Shop], ...] = (
    UpperCaseShop, HtmlShop, JsonShop, QuotedShop, ByteOrderMarkShop, EmptyAnswerShop, OkAs500Shop, ErrorPageShop,
    LoginShop, RedirectAfterShop, SlowRefundShop, SlowPaidShop,
)  # fmt: skip
