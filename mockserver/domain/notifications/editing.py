"""A notification that somebody edits by hand: reads the text, signs it, and names what the merchant should notice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import unquote_to_bytes

from mockserver.domain.notifications.outbox import wrong_content
from mockserver.signing.php import NotJsonError, parse
from mockserver.signing.signature import both_strings_to_sign, is_sign, sign, string_to_sign
from mockserver.texts import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.domain.notifications.notification import Form
    from mockserver.signing.php import Value

Signing = Literal["new", "kept"]
"""Whether an edited notification is signed with the account's key, or keeps the sign that is in its text."""

_NEAR = 12


class EditError(ValueError):
    """A text cannot be sent: `template` says why, with `values` in it."""

    def __init__(self, template: str, **values: str | int) -> None:
        super().__init__(template.format(**values))
        self.template = template
        self.values = values


def decoded(body: bytes, form: Form) -> bytes:
    """The JSON of a notification's body, the reverse of `encoded` (protocol.md 4.0)."""
    return body if form == "json" else unquote_to_bytes(body.removeprefix(b"resultData=").replace(b"+", b" "))


def edited_body(text: str, signing: Signing, secret_key: str) -> bytes:
    """The body to send: signed and written as the gateway does, or exactly the text if the sign is kept.

    Raises:
        EditError: the text is not JSON, or has no data to sign.
    """
    content = _read(text)
    if signing == "kept":
        return text.encode()
    if not isinstance(content, dict) or not isinstance(content.get("data"), dict):
        raise EditError(message("The body has no data to sign. Expected: {example}."), example='{"data": {…}}')
    data = _written(content["data"])
    signature = sign(string_to_sign(cast("dict[str, Value]", parse(data))), secret_key)
    return _written({**({} if "sign" in content else {"sign": ""}), **content, "sign": signature})


def _written(content: Any) -> bytes:  # noqa: ANN401 - any JSON
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _read(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        content = json.loads(text)
        parse(text.encode())
    except json.JSONDecodeError as error:
        raise _not_json(error) from None
    except UnicodeEncodeError:
        raise EditError(message("The body has half a surrogate pair, which UTF-8 cannot encode.")) from None
    except (NotJsonError, RecursionError, ValueError):  # such as a number of thousands of digits
        raise EditError(message("The body is nested too deeply, or has a value that cannot be sent.")) from None
    return content


def _not_json(error: json.JSONDecodeError) -> EditError:
    near = error.doc[error.pos : error.pos + _NEAR].partition("\n")[0]
    template = message("The body is not JSON: line {line}, column {column}, at “{near}”.")
    return EditError(template, line=error.lineno, column=error.colno, near=near)


def defect_of(body: bytes, real: Mapping[str, Any], secret_key: str) -> str:
    """What a merchant should notice about an edited body; `real` is the data that is true. It may be empty."""
    content = parse(body)
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(data, dict) or "sign" not in content:
        return "missing signature"
    signature = content["sign"]
    if signature is True:
        return "true as signature"
    if not isinstance(signature, str) or not any(
        is_sign(text, signature, secret_key) for text in both_strings_to_sign(data)
    ):
        return "wrong signature"
    if content.keys() - {"sign", "data"}:
        return "unsigned fields beside the data"
    return wrong_content(real, {name: value for name, value in data.items() if isinstance(value, str)})
