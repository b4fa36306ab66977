"""What answers show: functions from the answers of a gateway to a behaviour, in words. No I/O.

Most compare an answer with another of the same gateway, so that one behaviour does not show in the others: whether a
signature is accepted is read from whether the answer is that to a wrong sign, whatever its code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mockserver.compare.exchange import Answers, RawAnswer, Unclear
from mockserver.compare.requests import AGES
from mockserver.domain.codes import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator

Reading = Callable[[Answers], str]

KIND_REQUESTS = {
    "wrong_sign": "wrong sign",
    "unknown_user": "unknown user",
    "missing_field": "absent field",
    "unknown_method": "unknown method",
    "unknown_order": "unknown order",
    "wrong_value": "unknown state",
    "not_json": "empty body",
    "wrong_http_method": "GET",
    "stale_time": "365d ago",
    "unsupported_pay_method": "unsupported sub_pay_method",
    "duplicate_order": "order again",
}
"""The request that is refused, for each kind of `mockserver.gateway.errors.KINDS`."""


def code(*names: str) -> Reading:
    """The code of each answer."""

    def read(answers: Answers) -> str:
        found = {name: answers[name].code for name in names}
        if len(set(found.values())) == 1:
            return found[names[0]]
        return ", ".join(f"{name}: {one}" for name, one in found.items())

    return read


def message(name: str) -> Reading:
    """The message of a refusal, masked."""

    def read(answers: Answers) -> str:
        refused(answers, name)
        return answers.text_of(name) or "no message"

    return read


def refused(answers: Answers, name: str) -> RawAnswer:
    """The answer, which is a refusal.

    Raises:
        Unclear: it is none.
    """
    answer = answers[name]
    if answer.envelope is None:
        raise Unclear(f"the answer was {answer.code}")
    if answer.code == SUCCESS:
        raise Unclear("the request was accepted")
    return answer


def refusals(answers: Answers) -> Iterator[tuple[str, RawAnswer]]:
    """The refusals that there are, with their kinds."""
    for kind, name in KIND_REQUESTS.items():
        try:
            answer = refused(answers, name)
            is_meant = kind != "stale_time" or signature_like(answers, name) != "accepted"
        except Unclear:
            continue
        if is_meant:
            yield kind, answer


def http_statuses(answers: Answers) -> dict[str, int]:
    return {kind: answer.status for kind, answer in refusals(answers)}


def most_common(found: dict[str, Any]) -> Any:  # noqa: ANN401 - of the values
    if not found:
        raise Unclear("no request was refused")
    return Counter(found.values()).most_common(1)[0][0]


def http_status(answers: Answers) -> str:
    statuses = http_statuses(answers)
    usual = most_common(statuses)
    return _with_others(f"HTTP {usual}", {kind: f"HTTP {one}" for kind, one in statuses.items() if one != usual})


def failure_data(answers: Answers) -> str:
    return _of_all(answers, data_shape)


def data_shape(answer: RawAnswer) -> str:
    """The shape of `data`, as a word of `mockserver.gateway.profile.FAILURE_DATA` if it is one of them."""
    envelope = answer.envelope or {}
    if "data" not in envelope:
        return "absent"
    data = envelope["data"]
    known: dict[str, Any] = {"array": [], "object": {}, "null": None, "text": ""}
    return next((word for word, shape in known.items() if type(data) is type(shape) and data == shape), "not empty")


def code_type(answer: RawAnswer) -> str:
    return "number" if isinstance((answer.envelope or {})["code"], int) else "text"


def failure_code_type(answers: Answers) -> str:
    return _of_all(answers, code_type)


def failure_status(answers: Answers) -> str:
    return _of_all(answers, lambda answer: repr((answer.envelope or {})["status"]).lower())


def other_keys(answers: Answers) -> str:
    """The keys of failures beside the usual ones."""
    usual = {"status", "code", "data", "message"}
    return _of_all(answers, lambda answer: ", ".join(sorted(set(answer.envelope or {}) - usual)) or "none")


def success_code_type(answers: Answers) -> str:
    """`code` of an accepted request, of whichever there is."""
    for answer in answers.found.values():
        if answer.envelope is not None and answer.code == SUCCESS:
            return code_type(answer)
    raise Unclear("no request was accepted")


def _of_all(answers: Answers, read: Callable[[RawAnswer], str]) -> str:
    found = {kind: read(answer) for kind, answer in refusals(answers)}
    usual = str(most_common(found))
    return _with_others(usual, {kind: one for kind, one in found.items() if one != usual})


def _with_others(usual: str, others: dict[str, str]) -> str:
    return "; ".join([usual, *(f"{kind}: {one}" for kind, one in others.items())])


def like(name: str, *others: str) -> Reading:
    """Which of other requests a request was answered like, by its code."""

    def read(answers: Answers) -> str:
        found = [other for other in others if answers[other].code == answers[name].code]
        return f"like {found[0]}" if found else answers[name].code

    return read


def first_of(name: str, *others: str) -> Reading:
    """Which of other requests a request was answered like, with code and message; they must differ."""

    def read(answers: Answers) -> str:
        for place, other in enumerate(others):
            for another in others[place + 1 :]:
                if answers.is_like(other, another):
                    raise Unclear(f"the gateway answers {other} and {another} alike")
        return next((f"like {other}" for other in others if answers.is_like(name, other)), answers[name].code)

    return read


def signature_like(answers: Answers, name: str) -> str:
    """Whether a query of an unknown order was accepted as far as its signature and its time go."""
    if answers.is_like("unknown order", "wrong sign"):
        raise Unclear("the gateway answers an unknown order and a wrong sign alike")
    if answers.is_like(name, "unknown order"):
        return "accepted"
    return "sign refused" if answers.is_like(name, "wrong sign") else f"answered with {answers[name].code}"


def signatures(*names: str, needs: str = "") -> Reading:
    """Whether the signatures are accepted; those with unknown keys show it only if these are signed."""

    def read(answers: Answers) -> str:
        if needs and signature_like(answers, needs) != "accepted":
            raise Unclear(f"the request with the {needs} was not accepted")
        found = {name: signature_like(answers, name) for name in names}
        if len(set(found.values())) == 1:
            return found[names[0]]
        return ", ".join(f"{name}: {one}" for name, one in found.items())

    return read


def accepted_ages(answers: Answers) -> tuple[str, str]:
    """The greatest accepted age of a request, and the smallest refused one; empty if there is none."""
    accepted, beyond = "", ""
    for age in AGES:
        if signature_like(answers, f"{age} ago") == "accepted":
            accepted = age
        else:
            beyond = age
            break
    return accepted, beyond


def freshness(answers: Answers) -> str:
    accepted, beyond = accepted_ages(answers)
    future = signature_like(answers, "in 1d")
    if not beyond and future == "accepted":
        return "not checked"
    past = f"accepted after {accepted}, refused after {beyond}" if accepted and beyond else ""
    past = past or (f"refused after {beyond}" if beyond else "not checked for the past")
    return f"{past}; {'accepted' if future == 'accepted' else 'refused'} if it is a day ahead"


def accepted(name: str) -> Reading:
    """Whether a request is accepted, otherwise its code."""
    return lambda answers: "accepted" if answers[name].code == SUCCESS else f"refused with {answers[name].code}"


def keys(name: str, *wanted: str, inside: str = "") -> Reading:
    """Which of the wanted keys an answer has in its data, or in an object inside it."""

    def read(answers: Answers) -> str:
        data = answers[name].data
        found = data.get(inside) if inside else data
        there = [key for key in wanted if isinstance(found, dict) and key in found]
        missing = [key for key in wanted if key not in there]
        return ("has " + ", ".join(there) if there else "has none") + (
            f"; lacks {', '.join(missing)}" if missing and there else ""
        )

    return read


def amount_shown(answers: Answers) -> str:
    """How the answer to a new order writes the amount 0.1."""
    shown = answers["order"].data.get("amount")
    if shown is None:
        raise Unclear("the answer has no amount")
    known = {"0.1": "as sent", "0.10": "two decimals"}
    return known.get(shown, repr(shown)) if isinstance(shown, str) else f"{shown!r}, not a text"


def duplicates(answers: Answers) -> str:
    """What happens to an order_id that is used again, as a word of the setting duplicate_orders."""
    first, again = answers["order"].data, answers["order again"]
    if again.code != SUCCESS:
        return "refuse"
    return "return" if again.data.get("trade_id") == first.get("trade_id") else "accept"


def _info(answers: Answers, name: str) -> dict[str, Any]:
    info = answers[name].data.get("transaction_info")
    if not isinstance(info, dict):
        raise Unclear("the answer has no object transaction_info")
    return info


def empty_values(answers: Answers) -> str:
    """How the query of an unpaid order writes what does not exist yet."""
    info = _info(answers, "query of order")
    names = ("transaction_id", "acquirer_id", "paid_time", "demo")
    words = {name: _empty(info, name) for name in names}
    if len(set(words.values())) == 1:
        return words[names[0]]
    return ", ".join(f"{name}: {word}" for name, word in words.items())


def _empty(info: dict[str, Any], name: str) -> str:
    if name not in info:
        return "left out"
    value = info[name]
    return "null" if value is None else "an empty text" if value == "" else "a value"


def stored_wallet(answers: Answers) -> str:
    if answers["wallet in capitals"].code != SUCCESS:
        return f"refused with {answers['wallet in capitals'].code}"
    return f"stored as {_info(answers, 'query of wallet in capitals').get('sub_pay_method')}"


def same_text(name: str, key: str, other: str) -> Reading:
    """Whether two keys of an answer have the same text."""

    def read(answers: Answers) -> str:
        data = answers[name].data
        missing = [one for one in (key, other) if one not in data]
        if missing:
            return f"lacks {' and '.join(missing)}"
        return "the same text" if data[key] == data[other] else "other texts"

    return read


def list_shape(name: str) -> Reading:
    """The types of an empty list's keys."""

    def read(answers: Answers) -> str:
        data = answers[name].data
        return ", ".join(f"{key}: {type(data.get(key)).__name__}" for key in ("total_count", "transaction_info"))

    return read


def columns(name: str) -> Reading:
    """The first line of a file."""

    def read(answers: Answers) -> str:
        answer = answers[name]
        if answer.envelope is not None:
            return f"no file, but {answer.code}"
        if answer.status != 200 or "html" in answer.content_type:  # noqa: PLR2004 - HTTP
            raise Unclear(f"the answer was {answer.code}")
        return answer.body.decode("utf-8-sig", "replace").partition("\n")[0].strip()[:500] or "an empty file"

    return read


def reached(*names: str) -> Reading:
    """Whether requests to other paths reach the gateway."""

    def read(answers: Answers) -> str:
        found = {
            name: "reached" if answers.is_like(name, "unknown order") else f"not reached: {answers[name].code}"
            for name in names
        }
        return ", ".join(f"{name}: {one}" for name, one in found.items())

    return read


_INFO = (
    "trade_id", "merchant_name", "store_name", "cashier_name", "pay_method", "sub_pay_method", "order_id", "amount",
    "tip_amount", "currency", "settlement_amount", "settlement_currency", "exchange_rate", "description",
    "redirect_url", "notify_url", "state", "time_out", "amount_cny", "merchant_cost", "transaction_id",
    "yb_transaction_id", "acquirer_id", "createDate", "paid_time", "demo",
)  # fmt: skip


def given_order(name: str) -> Reading:
    """The keys of a queried order, and whether all values are texts; which values is the merchant's business."""

    def read(answers: Answers) -> str:
        info = _info(answers, name)
        missing = [key for key in _INFO if key not in info]
        others = sorted(key for key in _INFO if key in info and not isinstance(info[key], str))
        parts = ["all keys" if not missing else f"lacks {', '.join(missing)}"]
        return "; ".join([*parts, f"no text: {', '.join(others)}" if others else "all values are texts"])

    return read
