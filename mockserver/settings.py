"""All settings, declared once for the flags, the environment variables and the docs."""

from __future__ import annotations

import os
import re
from dataclasses import Field, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from mockserver.addresses import name_in, read_origin
from mockserver.delivery.destination import HostMapping, is_web_address, parse_mapping
from mockserver.domain.accounts import DEFAULT_SECRET_KEY
from mockserver.domain.money import amount_text, parse_amount
from mockserver.durations import parse_duration
from mockserver.texts import parse_optional_text, parse_text, parse_user, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

ENVIRONMENT_PREFIX = "YABANDPAY_MOCK_"
_MOST_DIGITS = 10
_MOST_RETRIES = 100
_ON = ("1", "true", "t", "yes", "y", "on")


def _setting(  # noqa: PLR0913 - all that a setting has
    default: str, read: Callable[[str], Any], metavar: str, about: str, *, write: Callable[[Any], str] = str,
    many: bool = False, secret: bool = False, needs: str = "", kind: type | None = None,
) -> Any:  # fmt: skip  # noqa: ANN401 - a dataclass field stands for its value
    """`read` reads a text and checks it; `write` makes the text of a value, so that this is checked in the same way.

    `kind` is the type of the values, where the default is None and they are no paths.
    """
    metadata = {
        "default": default, "read": read, "write": write, "metavar": metavar, "help": about, "many": many,
        "switch": not metavar, "needs": needs, "kind": kind,
    }  # fmt: skip
    return field(default=() if many else read(default), metadata=metadata, repr=not secret)


def _switch(about: str) -> Any:  # noqa: ANN401 - as above
    return _setting("", bool, "", about)


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        if not is_number or not least <= int(text) <= most:
            raise ValueError(f"expected a whole number from {least} to {most}, not {shown(text)}")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"expected {' or '.join(words)}, not {shown(text)}")
        return text

    return read


def _unless_empty(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: read(text) if text else None


def _skew(text: str) -> int:
    """Milliseconds; 0 for no limit."""
    if text == "none":
        return 0
    try:
        return _some_time(text)
    except ValueError as error:
        raise ValueError(f"{error}, or none") from None


def _skew_text(milliseconds: int) -> str:
    return _milliseconds(milliseconds) if milliseconds else "none"


def _web_address(text: str) -> str:
    if text and not (
        re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text) and is_web_address(text) and read_origin(text)
    ):
        raise ValueError(f"expected an address such as https://sandbox.example:8765, not {shown(text)}")
    return text.rstrip("/")


def _some_time(text: str) -> int:
    milliseconds = parse_duration(text)
    if milliseconds == 0:
        raise ValueError(f"expected a duration longer than 0ms, such as 10s, not {shown(text)}")
    return milliseconds


def _place(text: str) -> Path | None:
    if not text:
        return None
    from pathlib import Path  # noqa: PLC0415 - most sandboxes start without a file

    return Path(text)


def _host_name(text: str) -> str:
    if not re.fullmatch(r"[\w.:*-]{1,253}", text, re.ASCII):
        raise ValueError(f"expected a host name or an IP address such as sandbox.internal, not {shown(text)}")
    return text


def _allowed_host(text: str) -> str:
    name = text.lower().rstrip(".")
    if name != "*" and (not name or name_in(name.removeprefix("*.")) != name.removeprefix("*.")):
        raise ValueError(f"expected a host name such as sandbox.example.com, *.example.com or *, not {shown(text)}")
    return name


def _token(text: str) -> str:
    parse_optional_text(text)
    if any(not letter.isprintable() for letter in text) or text != text.strip():
        raise ValueError("expected one line of UTF-8 text without spaces at its ends, as it is sent in a header")
    return text


def _durations(text: str) -> tuple[int, ...]:
    durations = tuple(_some_time(part) for part in text.split(",") if part.strip())
    if len(durations) > _MOST_RETRIES:
        raise ValueError(f"expected at most {_MOST_RETRIES} durations, not {len(durations)}")
    return durations


_milliseconds = "{}ms".format


@dataclass(frozen=True, slots=True)
class Settings:
    """How a sandbox behaves. Durations are milliseconds.

    Raises:
        ValueError: a value is out of its range.
    """

    host: str = _setting(
        "127.0.0.1", parse_text, "HOST", "Address to listen on; 0.0.0.0 for all addresses of this machine."
    )
    port: int = _setting(
        "8765", _whole_number(0, 65535), "PORT", "Port to listen on; 0 picks a free port and prints it."
    )
    workers: int = _setting(
        "1",
        _whole_number(1, 64),
        "COUNT",
        "Number of processes that serve on the same port. More than 1 need a PostgreSQL --database, which they share.",
    )
    allowed_host: tuple[str, ...] = _setting(
        "",
        _allowed_host,
        "NAME",
        "Additional host name at which the API and the dashboard are used, such as sandbox.example.com;"
        " `*.example.com` for all subdomains, `*` for any name. Always allowed are IP addresses, names without a dot,"
        " and the names of --host, --public-url and --tls-name.",
        many=True,
    )
    tls: bool = _switch(
        "Also serve HTTPS, with a certificate generated for localhost, this machine and mapi.yabandpay.com."
    )
    tls_port: int = _setting(
        "8443",
        _whole_number(0, 65535),
        "PORT",
        "Port for HTTPS; 443 for clients with the gateway's address built in.",
        needs="tls",
    )
    tls_name: tuple[str, ...] = _setting(
        "", _host_name, "NAME", "Additional host name or IP address in the certificate.", many=True, needs="tls"
    )
    ca_file: Path | None = _setting(  # noqa: RUF009 - the default is None
        "", _place, "FILE", "File to write the certificate authority to, which clients must trust (PEM).", needs="tls"
    )
    tls_certificate: Path | None = _setting(  # noqa: RUF009 - the default is None
        "", _place, "FILE", "Your own certificate with its chain (PEM), instead of a generated one.", needs="tls"
    )
    tls_key: Path | None = _setting(  # noqa: RUF009 - the default is None
        "", _place, "FILE", "Private key of your own certificate (PEM).", needs="tls"
    )
    ready_file: Path | None = _setting(  # noqa: RUF009 - the default is None
        "",
        _place,
        "FILE",
        "File for the addresses, HTTP and HTTPS on a line each; written when the sandbox accepts requests.",
    )
    user: str = _setting("016683", parse_user, "UID", "UID of the default account. It can call all methods.")
    secret_key: str = _setting(
        DEFAULT_SECRET_KEY,
        parse_text,
        "KEY",
        "Secret key of the account, for signing requests and notifications.",
        secret=True,
    )
    account_name: str = _setting(
        "", parse_optional_text, "NAME", "Name of the account, which payers see as the merchant."
    )
    seed: str = _setting(
        "", parse_optional_text, "TEXT",
        "Seed of generated ids and names; the same seed gives the same values. Default: random at each start.",
    )  # fmt: skip
    database: str = _setting(
        "",
        str,
        "URL",
        "Database to store everything in: sqlite:///sandbox.db for one process, or "
        "postgresql+psycopg://user:password@host/name for any number of them. Default: in memory.",
    )
    accounts: Path | None = _setting(  # noqa: RUF009 - the default is None
        "", _place, "FILE", "YAML file of additional accounts and their payments, created at the start."
    )
    demo_data: int = _setting(
        "0", _whole_number(0, 100_000), "COUNT",
        "Number of orders of the last seven days to fill the default account with, and what became of them; 0 for none."
        " An account in a database that was filled before stays as it is.",
    )  # fmt: skip
    scenarios: Path | None = _setting(  # noqa: RUF009 - the default is None
        "", _place, "DIR", "Folder of additional scenario files; a file replaces the shipped scenario of the same name."
    )
    scenario: str = _setting("default", parse_text, "NAME", "Scenario for requests that select none.")
    profile: Path | None = _setting(  # noqa: RUF009 - the default is None
        "",
        _place,
        "FILE",
        "YAML file of what was observed at a gateway, which the sandbox then imitates; `yabandpay-mock compare --write`"
        " writes one.",
    )
    duplicate_orders: str | None = _setting(
        "",
        _unless_empty(_one_of("accept", "return", "refuse")),
        "KIND",
        "How to handle an order_id that was used before: accept creates another trade, return answers with the first"
        " trade unless it has failed, refuse answers -1000. Default: as in --profile, or else accept.",
        kind=str,
    )
    max_clock_skew: int | None = _setting(
        "",
        _unless_empty(_skew),
        "TIME",
        "How far the time of a request may be from the account's clock, such as 5m; others are refused with -1000."
        " `none` for no limit. Default: as in --profile, or else none.",
        write=_skew_text,
        kind=int,
    )
    pay_delay: int = _setting(
        "1s", parse_duration, "TIME", "Time after which the payer pays, such as 500ms or 2s.", write=_milliseconds
    )
    opening_balance: int = _setting(
        "10000.00",
        parse_amount,
        "AMOUNT",
        "Opening balance of the account in euros, for refunds and payouts.",
        write=amount_text,
    )
    public_url: str = _setting(
        "",
        _web_address,
        "URL",
        "Address at which payers reach the sandbox's pages. Default: the address that the shop's request was sent to.",
    )
    return_method: str = _setting(
        "post",
        _one_of("post", "raw", "get"),
        "KIND",
        "How the payer's browser returns to redirect_url: post sends the signed payload as resultData, raw sends it"
        " percent-encoded without a prefix, get is a plain link.",
    )
    control_token: str = _setting(
        "", _token, "TOKEN", "Bearer token that the sandbox's own API requires. Default: none.", secret=True
    )
    notify_map: tuple[HostMapping, ...] = _setting(
        "",
        parse_mapping,
        "FROM=TO",
        "Send notifications whose notify_url is under FROM to TO instead; the signed notify_url does not change.",
        write="=".join,
        many=True,
    )
    retry_plan: tuple[int, ...] = _setting(
        "15s,30s,1m,5m,30m,1h,2h,6h,15h",
        _durations,
        "TIMES",
        "Delays of the retries of a notification, counted from the first attempt; empty for no retries.",
        write=lambda times: ",".join(map(_milliseconds, times)),
    )
    notify_timeout: int = _setting(
        "10s", _some_time, "TIME", "How long to wait for the response to a notification.", write=_milliseconds
    )
    error_http_status: int | None = _setting(
        "",
        _unless_empty(_whole_number(200, 599)),
        "STATUS",
        "HTTP status of the gateway's error responses. Default: as in --profile, or else 200.",
        kind=int,
    )
    log: str = _setting(
        "lines",
        _one_of("lines", "none"),
        "KIND",
        "Whether to print a line for each request and notification: lines or none.",
    )
    strict: bool = _switch(
        "Exit with status 1, and list the findings, if there were requests with hints, refused requests, requests to"
        " unknown addresses, or queued scenarios that no request used."
    )
    journal_size: int = _setting(
        "1000",
        _whole_number(0, 10_000_000),
        "COUNT",
        "Number of requests that the journal of an account keeps; 0 only counts them, for load tests.",
    )

    def __post_init__(self) -> None:
        for setting in declared():
            value = getattr(self, setting.name)
            if value is not setting.default:
                object.__setattr__(self, setting.name, _read(setting, value, setting.name))


def declared() -> tuple[Field[Any], ...]:
    """The settings in order; `metadata` has default, read, write, metavar, help, many, switch and what it needs."""
    return fields(Settings)


def flag(setting: Field[Any]) -> str:
    return "--" + setting.name.replace("_", "-")


def environment_variable(setting: Field[Any]) -> str:
    return ENVIRONMENT_PREFIX + setting.name.upper()


def without_effect(given: Iterable[str], settings: Settings) -> Iterator[tuple[str, str]]:
    """The names of given settings that have no effect beside the others, each with the end of a sentence about it."""
    needs = {setting.name: setting.metadata["needs"] for setting in declared()}
    for name in given:
        if needs[name] == "tls" and not settings.tls:
            other = ", or use --allowed-host for the API and the dashboard" if name == "tls_name" else ""
            yield name, f"is for HTTPS, which is off; add --tls{other}"
        elif name == "tls_name" and settings.tls_certificate is not None:
            yield name, "is for a generated certificate; leave it out with your own --tls-certificate"


def read_settings(given: Mapping[str, Any], base: Settings | None = None) -> Settings:
    """The given settings, and all others from `base`, or from the environment if there is none.

    Text is read as on the command line, `10ms` as a time.

    Raises:
        ValueError: there is no such setting, or a value cannot be read.
    """
    known = {setting.name: setting for setting in declared()}
    values = {}
    for name in given:
        if name not in known:
            raise ValueError(f"there is no setting {name}; the settings are {', '.join(known)}")
    for name, setting in known.items():
        variable = environment_variable(setting)
        value = given.get(name, None if base is not None else os.environ.get(variable) or None)
        if value is not None:
            values[name] = _read(setting, value, name if name in given else variable)
    return replace(base or Settings(), **values)


def _read(setting: Field[Any], value: Any, source: str) -> Any:  # noqa: ANN401 - of the setting's own type
    about = setting.metadata
    if about["switch"]:
        return str(value).lower() in _ON
    if isinstance(setting.default, tuple) and isinstance(value, list | tuple) and not about["many"]:
        value = ",".join(value) if all(isinstance(part, str) for part in value) else tuple(value)
    is_text = isinstance(value, str)
    if isinstance(value, bool) or not (about["many"] or is_text or isinstance(value, _type_of(setting))):
        wanted, given = _type_of(setting), type(value).__name__
        other = "" if wanted is str else f" or a value of type {wanted.__name__}"
        raise ValueError(f"{source}: expected a text as on the command line{other}, not a value of type {given}")
    try:
        if about["many"]:
            parts = value.split() if is_text else value
            return tuple(about["read"](part if isinstance(part, str) else about["write"](part)) for part in parts)
        return about["read"](value if is_text else about["write"](value))
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None


def _type_of(setting: Field[Any]) -> type:
    if setting.default is not None:
        return type(setting.default)
    kind: type | None = setting.metadata["kind"]
    if kind is not None:
        return kind
    from pathlib import Path  # noqa: PLC0415 - the command line has texts alone

    return Path
