"""How each behaviour of the sandbox is known.

Each module that imitates the gateway declares a tuple of facts, `EVIDENCE`, next to its code, and what it sends as
`DataField`s. `mockserver.pages.docs.reference` generates `docs/fidelity.md` and `docs/methods.md` from them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Basis = Literal["documented", "client", "assumed"]


class Fact(NamedTuple):
    """One behaviour, and how it is known.

    `basis` is `documented` (by the gateway), `client` (a published client relies on it) or `assumed` (no source; the
    sandbox chose). `source` is a section of protocol.md, or the reason for an assumption.
    """

    subject: str
    behaviour: str
    basis: Basis
    source: str


class DataField(NamedTuple):
    """One field of the `data` that the gateway sends, in an answer or a notification.

    A `name` such as `parameters.pay_url` is in an object, one such as `receivers[].role` in each object of an array.
    `form` is the type of its JSON value and how it is written, one of `FORMS`. `when` says when it is sent, and is
    empty for a field that always is. `source` is its section of protocol.md.
    """

    name: str
    form: str
    meaning: str
    source: str
    when: str = ""


FORMS: Mapping[str, str] = MappingProxyType(
    {
        "text": ".*",
        "amount": "-?[0-9]+[.][0-9]{2}",
        "amount as sent": "[0-9]+([.][0-9]+)?",
        "digits": "[0-9]+",
        "rate": "[0-9]+([.][0-9]+)?",
        "Unix time": "[0-9]{10}",
        "currency": "[A-Z]{3}",
        "uuid": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "address": ".+",
        "number": "",
        "object": "",
        "array": "",
        "text or null": "",
    }
)
"""The forms of fields: for those that are texts a regular expression of the whole text, empty for others."""


def fields_inside(name: str, fields: Iterable[DataField]) -> tuple[DataField, ...]:
    """Fields as members of an object or, with `[]` at its end, of each object of an array."""
    return tuple(field._replace(name=f"{name}.{field.name}") for field in fields)


def pick_fields(known: Iterable[DataField], names: Iterable[str]) -> tuple[DataField, ...]:
    """The fields of some names, in the order of the names."""
    by_name = {field.name: field for field in known}
    return tuple(by_name[name] for name in names)


def always_sent(fields: Iterable[DataField]) -> tuple[DataField, ...]:
    """Fields where they are sent even without a value."""
    return tuple(field._replace(when="") for field in fields)
