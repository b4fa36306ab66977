"""Where a notification goes: the host map, and the addresses that nothing is sent to."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from mockserver.texts import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

GATEWAY_DOMAINS = ("yabandpay.com", "yabandmedia.com")


class HostMapping(NamedTuple):
    """Notifications to addresses below `source` go to the same place below `target`."""

    source: str
    target: str


class DestinationRefused(Exception):
    """The sandbox does not send there; the message says why and which setting changes it."""


def is_web_address(text: str) -> bool:
    """Whether a text is an absolute http or https address that a request can be sent to."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    has_place = parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0
    return has_place and re.search(r"[\s\x00-\x1f\x7f]", text) is None


def parse_mapping(text: str) -> HostMapping:
    """Read `FROM=TO`, both `http(s)://host[:port][/path]`.

    Raises:
        ValueError: the text has another form.
    """
    source, separator, target = text.partition("=")
    if not separator or not is_web_address(source) or not is_web_address(target):
        raise ValueError(f"expected FROM=TO such as https://shop.example=http://127.0.0.1:3000, not {shown(text)}")
    return HostMapping(source.rstrip("/"), target.rstrip("/"))


def destination(url: str, mappings: Iterable[HostMapping]) -> str:
    """The address to send to, after the host map.

    Raises:
        DestinationRefused: the address, after the map, is the gateway's own, or none.
    """
    for source, target in mappings:
        if url == source or url.startswith((f"{source}/", f"{source}?")):
            url = target + url[len(source) :]
            break
    try:
        host = _plain_host(urlsplit(url).hostname or "")
    except ValueError:
        raise DestinationRefused(f"{shown(url)} is no address that can be sent to") from None
    if any(host == domain or host.endswith(f".{domain}") for domain in GATEWAY_DOMAINS):
        raise DestinationRefused(
            f"{host} is the gateway's own host; "
            f"to have its notifications, use --notify-map https://{host}=http://127.0.0.1:PORT"
        )
    return url


def _plain_host(host: str) -> str:
    """A host name as a resolver will read it: look-alike letters and dots become plain ones."""
    try:
        return (host if host.isascii() else host.encode("idna").decode()).rstrip(".").lower()
    except UnicodeError:
        raise DestinationRefused(f"{host!r} is no host name that can be looked up") from None


def check_peer(address: str) -> None:
    """Refuse an address that a connection has reached, before anything is sent.

    Raises:
        DestinationRefused: the address is link-local, where machines keep their own services.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_link_local:
        raise DestinationRefused(f"{ip} is a link-local address; name another with --notify-map FROM=TO")
