"""Whatever a page is asked for or a form holds: there is a page, or a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.api.paths import API, LIVE_PATH
from mockserver.app import assemble
from mockserver.settings import Settings
from mockserver.site.application import create_site
from tests.bounds import odd
from tests.bounds.field import BOTH_STORES, MANY

if TYPE_CHECKING:
    from tests.bounds.field import Field

RULES = [
    rule
    for rule in create_site(assemble(Settings())).url_map.iter_rules()
    if not rule.rule.startswith((API, LIVE_PATH)) and rule.methods is not None
]
TEXTS = [one for one in odd.ODD if isinstance(one, str) and one not in odd.RAW]
FIELDS = (
    "state", "edge_case", "wallet", "card_number", "expiry", "cvc", "by", "force", "form", "defect", "amount", "currency", "order_id",
    "name", "back", "body", "secret_key", "sign", "scenario", "q", "page", "only", "language",
)  # fmt: skip


def filled(rule: str, **values: str) -> str:
    """The path of a rule with values in place of its names."""
    return re.sub(
        r"<(?:\w+:)?(\w+)>", lambda name: quote(values.get(name[1], "x"), safe="", errors="surrogatepass"), rule
    )


@BOTH_STORES
@pytest.mark.parametrize("rule", [one for one in RULES if one.arguments], ids=lambda one: one.rule)
def test_an_odd_address_is_no_failure(field: Field, rule: Any) -> None:
    for name in rule.arguments:
        for segment in odd.SEGMENTS:
            for verb in rule.methods & {"GET", "POST"}:
                field.ask(verb, filled(rule.rule, **{"user": "other", name: segment}))


@pytest.mark.parametrize("verb", ["GET", "POST"])
@MANY
@given(data=st.data())
def test_an_odd_form_is_no_failure(field: Field, odd_account: tuple[str, str], verb: str, data: st.DataObject) -> None:
    user, trade_id = odd_account
    rule = data.draw(st.sampled_from([one for one in RULES if verb in (one.methods or ())]))
    values = st.one_of(st.sampled_from(TEXTS), st.text(max_size=20))
    form = data.draw(st.dictionaries(st.sampled_from(FIELDS), values, max_size=len(FIELDS)))
    path = filled(rule.rule, user=user, trade_id=trade_id, id=trade_id, number="1")
    if verb == "GET":
        query = "&".join(f"{name}={quote(text, errors='surrogatepass')}" for name, text in form.items())
        field.ask(verb, f"{path}?{query}")
    else:
        field.ask(verb, path, form=form)
    field.the_other_goes_on()


@pytest.mark.parametrize("body", [raw for raw in odd.RAW.values() if len(raw) < 100_000], ids=lambda raw: str(raw[:9]))
def test_the_signature_tool_takes_any_body(field: Field, body: bytes) -> None:
    for text in (
        body,
        b'{"method": "x", "data": {"a": ' + body + b'}, "sign": "x"}',
        b'{"data": {"a": 1}, "sign": ' + body + b"}",
    ):
        answer = field.ask("POST", "/_sandbox/signature-tool", form={"body": text, "secret_key": "k", "sign": "x"})
        assert answer.status_code in {200, 413}
