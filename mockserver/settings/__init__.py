"""All settings, declared once for the flags, the environment variables and the docs."""

from __future__ import annotations

import os
from dataclasses import Field, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from mockserver.delivery.destination import HostMapping, parse_mapping
from mockserver.domain.accounts import DEFAULT_SECRET_KEY
from mockserver.domain.money import amount_text, parse_amount
from mockserver.durations import parse_duration
from mockserver.settings.declaration import (
    declare,
    durations,
    host_name,
    host_pattern,
    in_milliseconds,
    one_of,
    place,
    read_value,
    skew,
    skew_text,
    some_time,
    switch,
    token,
    unless_empty,
    web_address,
    whole_number,
)
from mockserver.texts import parse_optional_text, parse_text, parse_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

ENVIRONMENT_PREFIX = "YABANDPAY_MOCK_"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a sandbox behaves. Durations are milliseconds.

    Raises:
        ValueError: a value is out of its range.
    """

    host: str = declare(
        "127.0.0.1", parse_text, "HOST", "Address to listen on; 0.0.0.0 for all addresses of this machine."
    )
    port: int = declare("8765", whole_number(0, 65535), "PORT", "Port to listen on; 0 picks a free port and prints it.")
    workers: int = declare(
        "1",
        whole_number(1, 64),
        "COUNT",
        "Number of processes that serve on the same port. More than 1 need a PostgreSQL --database, which they share.",
    )
    allowed_host: tuple[str, ...] = declare(
        "",
        host_pattern,
        "NAME",
        "Additional host name at which the API and the dashboard are used, such as sandbox.example.com;"
        " `*.example.com` for all subdomains, `*` for any name. Always allowed are IP addresses, names without a dot,"
        " and the names of --host, --public-url and --tls-name.",
        many=True,
    )
    tls: bool = switch(
        "Also serve HTTPS, with a certificate generated for localhost, this machine and mapi.yabandpay.com."
    )
    tls_port: int = declare(
        "8443",
        whole_number(0, 65535),
        "PORT",
        "Port for HTTPS; 443 for clients with the gateway's address built in.",
        needs="tls",
    )
    tls_name: tuple[str, ...] = declare(
        "", host_name, "NAME", "Additional host name or IP address in the certificate.", many=True, needs="tls"
    )
    ca_file: Path | None = declare(  # noqa: RUF009 - the default is None
        "", place, "FILE", "File to write the certificate authority to, which clients must trust (PEM).", needs="tls"
    )
    tls_certificate: Path | None = declare(  # noqa: RUF009 - the default is None
        "", place, "FILE", "Your own certificate with its chain (PEM), instead of a generated one.", needs="tls"
    )
    tls_key: Path | None = declare(  # noqa: RUF009 - the default is None
        "", place, "FILE", "Private key of your own certificate (PEM).", needs="tls"
    )
    ready_file: Path | None = declare(  # noqa: RUF009 - the default is None
        "",
        place,
        "FILE",
        "File for the addresses, HTTP and HTTPS on a line each; written when the sandbox accepts requests.",
    )
    user: str = declare("016683", parse_user, "UID", "UID of the default account. It can call all methods.")
    secret_key: str = declare(
        DEFAULT_SECRET_KEY,
        parse_text,
        "KEY",
        "Secret key of the account, for signing requests and notifications.",
        secret=True,
    )
    account_name: str = declare(
        "", parse_optional_text, "NAME", "Name of the account, which payers see as the merchant."
    )
    seed: str = declare(
        "", parse_optional_text, "TEXT",
        "Seed of generated ids and names; the same seed gives the same values. Default: random at each start.",
    )  # fmt: skip
    database: str = declare(
        "",
        str,
        "URL",
        "Database to store everything in: sqlite:///sandbox.db for one process, or "
        "postgresql+psycopg://user:password@host/name for any number of them. Default: in memory.",
    )
    accounts: Path | None = declare(  # noqa: RUF009 - the default is None
        "", place, "FILE", "YAML file of additional accounts and their payments, created at the start."
    )
    demo_data: int = declare(
        "0", whole_number(0, 100_000), "COUNT",
        "Number of orders of the last seven days to fill the default account with, and what became of them; 0 for none."
        " An account in a database that was filled before stays as it is.",
    )  # fmt: skip
    scenarios: Path | None = declare(  # noqa: RUF009 - the default is None
        "", place, "DIR", "Folder of additional scenario files; a file replaces the shipped scenario of the same name."
    )
    scenario: str = declare("default", parse_text, "NAME", "Scenario for requests that select none.")
    profile: Path | None = declare(  # noqa: RUF009 - the default is None
        "",
        place,
        "FILE",
        "YAML file of what was observed at a gateway, which the sandbox then imitates; `yabandpay-mock compare --write`"
        " writes one.",
    )
    duplicate_orders: str | None = declare(
        "",
        unless_empty(one_of("accept", "return", "refuse")),
        "KIND",
        "How to handle an order_id that was used before: accept creates another trade, return answers with the first"
        " trade unless it has failed, refuse answers -1000. Default: as in --profile, or else accept.",
        kind=str,
    )
    max_clock_skew: int | None = declare(
        "",
        unless_empty(skew),
        "TIME",
        "How far the time of a request may be from the account's clock, such as 5m; others are refused with -1000."
        " `none` for no limit. Default: as in --profile, or else none.",
        write=skew_text,
        kind=int,
    )
    pay_delay: int = declare(
        "1s", parse_duration, "TIME", "Time after which the payer pays, such as 500ms or 2s.", write=in_milliseconds
    )
    opening_balance: int = declare(
        "10000.00",
        parse_amount,
        "AMOUNT",
        "Opening balance of the account in euros, for refunds and payouts.",
        write=amount_text,
    )
    public_url: str = declare(
        "",
        web_address,
        "URL",
        "Address at which payers reach the sandbox's pages. Default: the address that the shop's request was sent to.",
    )
    return_method: str = declare(
        "post",
        one_of("post", "raw", "get"),
        "KIND",
        "How the payer's browser returns to redirect_url: post sends the signed payload as resultData, raw sends it"
        " percent-encoded without a prefix, get is a plain link.",
    )
    control_token: str = declare(
        "", token, "TOKEN", "Bearer token that the sandbox's own API requires. Default: none.", secret=True
    )
    notify_map: tuple[HostMapping, ...] = declare(
        "",
        parse_mapping,
        "FROM=TO",
        "Send notifications whose notify_url is under FROM to TO instead; the signed notify_url does not change.",
        write="=".join,
        many=True,
    )
    retry_plan: tuple[int, ...] = declare(
        "15s,30s,1m,5m,30m,1h,2h,6h,15h",
        durations,
        "TIMES",
        "Delays of the retries of a notification, counted from the first attempt; empty for no retries.",
        write=lambda times: ",".join(map(in_milliseconds, times)),
    )
    notify_timeout: int = declare(
        "10s", some_time, "TIME", "How long to wait for the response to a notification.", write=in_milliseconds
    )
    error_http_status: int | None = declare(
        "",
        unless_empty(whole_number(200, 599)),
        "STATUS",
        "HTTP status of the gateway's error responses. Default: as in --profile, or else 200.",
        kind=int,
    )
    log: str = declare(
        "lines",
        one_of("lines", "none"),
        "KIND",
        "Whether to print a line for each request and notification: lines or none.",
    )
    strict: bool = switch(
        "Exit with status 1, and list the findings, if there were requests with hints, refused requests, requests to"
        " unknown addresses, or queued scenarios that no request used."
    )
    journal_size: int = declare(
        "1000",
        whole_number(0, 10_000_000),
        "COUNT",
        "Number of requests that the journal of an account keeps; 0 only counts them, for load tests.",
    )

    def __post_init__(self) -> None:
        for setting in declared():
            value = getattr(self, setting.name)
            if value is not setting.default:
                object.__setattr__(self, setting.name, read_value(setting, value, setting.name))


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
            values[name] = read_value(setting, value, name if name in given else variable)
    return replace(base or Settings(), **values)
