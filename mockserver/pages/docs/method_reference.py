"""The reference of the gateway's methods as Markdown: request, answer, notification, refusals and scenarios of each."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from mockserver.domain.codes import INTERNAL_ERROR, MISSING_FIELD, SIGNATURE_ERROR, UNSUPPORTED_PAY_METHOD
from mockserver.domain.kinds import KINDS
from mockserver.gateway.methods import ALL_METHODS
from mockserver.pages.docs.markdown import anchor, code_block, table
from mockserver.pages.docs.method_examples import ExampleSandbox
from mockserver.pages.language import speaker
from mockserver.pages.reasons import translate_reason
from mockserver.scenarios.description import triggers_of
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mockserver.evidence import DataField, Fact
    from mockserver.gateway.method import Method
    from mockserver.pages.docs.method_examples import Example, RefusalExample
    from mockserver.pages.language import Say
    from mockserver.pages.ready_requests import ReadyRequest
    from mockserver.scenarios.scenario import Scenario

CURES = {
    INTERNAL_ERROR: message("Correct the value that the message names, or query the order's state first."),
    MISSING_FIELD: message("Send the fields that X-Sandbox-Reason names, and leave none of them empty."),
    SIGNATURE_ERROR: message("Compare both strings to sign on the request's page."),
    UNSUPPORTED_PAY_METHOD: message("Send one of the values that X-Sandbox-Reason names."),
}
"""What to do about each code of the gateway."""

_KINDS = {
    "payment": message("Notification of a payment"),
    "refund": message("Notification of a refund"),
    "payout": message("Notification of a payout"),
    "split": message("Notification of a split"),
}


class MethodPage(NamedTuple):
    """What the page of one method shows beside its declared fields.

    `request` is a request of the reader's account; the example and the refusals are those of a sandbox like it.
    """

    request: ReadyRequest
    example: Example
    refusals: Sequence[RefusalExample]
    scenarios: Sequence[Scenario]
    facts: Sequence[Fact]


def method_page(method: Method, page: MethodPage, language: str) -> str:
    """The page of one method."""
    say = speaker(language)
    works = say("This request works as it stands, with the key of your account:")
    if page.request.prepares:
        works = say("Your account has nothing yet that a request could name. Make it with this command, then reload the page:")  # noqa: E501  # fmt: skip
    parts = [
        f"# {method.title}", _introduction(method, say),
        f"## {say('Request')}", _request_table(method, say), works, code_block("sh", page.request.command),
        f"## {say('Answer')}", *_answer(method, page.example, say),
        f"## {say('Notification')}", *_notification(method, page.example, say),
        f"## {say('Refusals')}", say("What this method refuses, as the sandbox has just played it:"),
        _refusals_table(page.refusals, language),
    ]  # fmt: skip
    if page.scenarios:
        parts += [f"## {say('Scenarios')}", _scenarios_table(page.scenarios, say)]
    if page.facts:
        rows = [(fact.behaviour, say(fact.basis), fact.source) for fact in page.facts]
        head = (say("behaviour"), say("known"), say("source"))
        parts += [f"## {say('Evidence')}", table(head, rows)]
    return "\n\n".join(parts)


def methods_reference(language: str) -> str:
    """All methods with what an example account sends and gets, and the notifications of each kind."""
    say = speaker(language)
    parts = [_overview(say)]
    for method in ALL_METHODS:
        sandbox = ExampleSandbox.of_the_docs()
        example = sandbox.play(method.title)
        parts += [f"## {method.title}", _introduction(method, say), f"### {say('Request')}",
                  _request_table(method, say), code_block("sh", sandbox.command(example)),
                  f"### {say('Answer')}", *_answer(method, example, say)]  # fmt: skip
        if method.notified:
            name = method.kind.name
            title = say(_KINDS.get(name, name))
            parts.append(say("Each change of state sends a notification: [{title}]({link}).", title=title,
                             link=f"#{anchor(title)}"))  # fmt: skip
    return "\n\n".join([*parts, notifications_reference(language)])


def _overview(say: Say) -> str:
    """A table of all methods, with links to their sections."""
    rows = [
        (say(method.summary), f"[`{method.title}`](#{anchor(method.title)})",
         ", ".join(f"`{wallet.name}`" for wallet in method.wallets), say("yes") if method.notified else say("no"))
        for method in ALL_METHODS
    ]  # fmt: skip
    return table((say("what for"), say("method"), say("wallets"), say("sends notifications")), rows)


@cache
def notifications_reference(language: str) -> str:
    """The notifications of each kind of object, each of the first method that causes one."""
    say = speaker(language)
    parts = [f"## {say('Notifications')}", _about_notifications(say)]
    causes: dict[str, str] = {}
    for method in ALL_METHODS:
        if method.notified:
            causes.setdefault(method.kind.name, method.title)
    for name, title in causes.items():
        body = ExampleSandbox.of_the_docs().play(title).notification
        parts += [f"### {say(_KINDS.get(name, name))}", fields_table(KINDS[name].notified, say), _json_block(body)]
    return "\n\n".join(parts)


def fields_table(fields: Iterable[DataField], say: Say) -> str:
    """A table of fields that the gateway sends."""
    rows = [
        (f"`{field.name}`", say(field.form), say(field.meaning), say(field.when or _ALWAYS), field.source)
        for field in fields
    ]
    return table((say("field"), say("format"), say("meaning"), say("sent"), say("source")), rows)


_ALWAYS = message("always")


def _introduction(method: Method, say: Say) -> str:
    parts = [say(method.summary)]
    if method.pay_methods:
        parts.append(f"`pay_method`: {', '.join(f'`{one}`' for one in method.pay_methods)}.")
    if method.wallets:
        names = ", ".join(f"`{wallet.name}`" for wallet in method.wallets)
        parts.append(say("Wallets: {names}.", names=names))
    if method.super_admin_only:
        parts.append(say("Only for super admins."))
    return " ".join([*parts, say("Source: {source}.", source=method.source)])


def _request_table(method: Method, say: Say) -> str:
    rows = [
        (f"`{field.name}`", say("required") if field.required else say("optional"), say(field.meaning), field.source)
        for field in method.fields
    ]
    return table((say("field of data"), say("needed"), say("meaning"), say("source")), rows)


def _answer(method: Method, example: Example, say: Say) -> list[str]:
    if method.exports:
        columns = say("The answer is a CSV file with these columns:")
        return [columns, fields_table(method.answer, say), code_block("csv", "\n".join(example.answer.splitlines()))]
    fields = say("The fields of `data` in the answer, and an example:")
    return [fields, fields_table(method.answer, say), _json_block(example.answer)]


def _notification(method: Method, example: Example, say: Say) -> list[str]:
    if not method.notified:
        return [say("None: this method changes nothing.")]
    return [_about_notifications(say), fields_table(method.notified, say), _json_block(example.notification)]


def _about_notifications(say: Say) -> str:
    return say(
        "The gateway sends it to `notify_url` at each change of state, and signs all fields of `data`. Answer `ok`."
        " A field without a value is left out."
    )


def _refusals_table(refusals: Sequence[RefusalExample], language: str) -> str:
    say = speaker(language)
    rows = [
        (
            f"`{one.code}`",
            say(one.cause, **{name: f"`{value}`" for name, value in one.values.items()}),
            one.message,
            "" if one.reason == one.message and language == "en" else translate_reason(language, one.reason),
            say(CURES[one.code]),
        )
        for one in refusals
    ]
    head = (say("code"), say("if"), say("message in the answer"), "X-Sandbox-Reason", say("what to do"))
    return table(head, rows)


def _scenarios_table(scenarios: Sequence[Scenario], say: Say) -> str:
    rows = [
        (f"`{scenario.name}`", ", ".join(f"{name} `{value}`" for name, value in triggers_of(scenario)[:2]),
         say(scenario.summary))
        for scenario in scenarios
    ]  # fmt: skip
    return table((say("scenario"), say("selected by"), say("what happens")), rows)


def _json_block(text: str) -> str:
    return code_block("json", json.dumps(json.loads(text), ensure_ascii=False, indent=2))
