"""The destinations of notifications: the host map, forbidden addresses, and the rules of a delivery."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from mockserver import __version__
from mockserver.addresses import IpAddress, ip_of, origin_of
from mockserver.texts import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Address = tuple[Any, ...]  # of a socket: IP address, port, and more for IPv6

USER_AGENT = f"yabandpay-mock/{__version__}"
"""The User-Agent of notifications."""

_PORTS = {"http": 80, "https": 443}
_LOOPBACK: IpAddress = ipaddress.IPv4Address("127.0.0.1")
_MOST_KNOWN = 1000
_SLACK = 5_000
GATEWAY_DOMAINS = ("yabandpay.com", "yabandmedia.com")


class HostMapping(NamedTuple):
    """Sends notifications for addresses below `source` to the same path below `target`."""

    source: str
    target: str


class DestinationRefused(Exception):
    """The sandbox does not send to this address; the message says why and which setting changes it."""


def is_web_address(text: str) -> bool:
    """Whether a text is an absolute http or https URL."""
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


class OwnPlaces(NamedTuple):
    """The sandbox's own addresses, to which no notification is sent, except to its example merchant.

    `listening` are its addresses (`http://127.0.0.1:8765`), `everywhere` says that it listens on all addresses of this
    machine, `public` is the address for payers, `merchant` the path of the example merchant.
    """

    listening: tuple[str, ...] = ()
    everywhere: bool = False
    public: str = ""
    merchant: str = ""


class Destinations:
    """Determines and checks destinations, before and after a connection is opened."""

    def __init__(self, mappings: Iterable[HostMapping] = (), own: OwnPlaces | None = None) -> None:
        self._mappings = tuple(mappings)
        self._own = own or OwnPlaces()
        self._sockets = frozenset(filter(None, map(_socket_of, self._own.listening)))
        self._known: dict[str, str] = {}

    def add(self, mapping: HostMapping) -> None:
        """Map further addresses, after all others."""
        self._mappings += (mapping,)
        self._known.clear()

    def destination(self, url: str) -> str:
        """The address to send to, after the host map.

        Raises:
            DestinationRefused: the address is invalid, the gateway's or the sandbox's own.
        """
        known = self._known.get(url)
        if known is None:
            known = self._checked(self._mapped(url))
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[url] = known
        return known

    def _checked(self, url: str) -> str:
        try:
            host = _plain_host(urlsplit(url).hostname or "")
        except ValueError:
            raise DestinationRefused(
                f"{url!r} is not an address; expected one such as https://shop.example/notify"
            ) from None
        if any(host == domain or host.endswith(f".{domain}") for domain in GATEWAY_DOMAINS):
            raise DestinationRefused(
                f"{host} is the gateway's own host; "
                f"to send its notifications to another address, use --notify-map https://{host}=http://127.0.0.1:PORT"
            )
        place = _socket_of(url)
        if _is_within(url, self._own.public) or (place is not None and self._is_own(*place, place[0].is_loopback)):
            self._refuse_itself(url)
        return url

    def check_peer(self, url: str, peer: Address, local: Address) -> None:
        """Check the address that a connection has reached, before anything is sent.

        `peer` and `local` are the addresses of both ends of the socket.

        Raises:
            DestinationRefused: it is link-local, as metadata services of machines are, or the sandbox's own.
        """
        ip = _ip_of_peer(peer)
        if ip.is_link_local:
            raise DestinationRefused(f"{ip} is a link-local address; send to another address with --notify-map FROM=TO")
        if self._is_own(ip, peer[1], ip.is_loopback or ip == _ip_of_peer(local)):
            self._refuse_itself(url)

    def _mapped(self, url: str) -> str:
        for source, target in self._mappings:
            if url == source or url.startswith((f"{source}/", f"{source}?")):
                return target + url[len(source) :]
        return url

    def _is_own(self, ip: IpAddress, port: int, is_here: bool) -> bool:  # noqa: FBT001 - a fact about the address
        """Whether the sandbox listens on an address and port; `is_here` says whether it is this machine's."""
        if self._own.everywhere and is_here:
            return any(port == own for _, own in self._sockets)
        return (ip, port) in self._sockets

    def _refuse_itself(self, url: str) -> None:
        """Refuse an address of the sandbox, except the example merchant's."""
        path, merchant = unquote(urlsplit(url).path), self._own.merchant
        if merchant and f"{path}/".startswith(f"{merchant}/") and ".." not in path:
            return
        at = next(iter(self._own.listening), self._own.public)
        raise DestinationRefused(
            f"{url} is an address of this sandbox; use an address of your shop as notify_url,"
            f" or {at}{merchant} for its example merchant"
            if merchant
            else f"{url} is an address of this sandbox; use an address of your shop as notify_url"
        )


class DeliveryRules(NamedTuple):
    """How notifications are delivered: delays of retries in milliseconds, timeout in seconds, and destinations."""

    retry_plan: Sequence[int]
    timeout: float
    destinations: Destinations | None = None

    @property
    def claim_lasts(self) -> int:
        """Real milliseconds after which a delivery without a result is due again, as its process must have died."""
        return round(self.timeout * 2000) + _SLACK

    @property
    def soonest_consequence(self) -> int:
        """Milliseconds after which a delivery in flight can schedule work, at the earliest."""
        return min([*self.retry_plan, self.claim_lasts])


def _is_within(url: str, top: str) -> bool:
    if not top or _origin_of(url) != _origin_of(top):
        return False
    return f"{unquote(urlsplit(url).path)}/".startswith(f"{urlsplit(top).path}/")


def _origin_of(url: str) -> str:
    place = urlsplit(url)
    return origin_of(place.scheme, place.netloc.rpartition("@")[2])


def _socket_of(url: str) -> tuple[IpAddress, int] | None:
    """The IP address and port of a URL, as far as they are known without DNS; otherwise None."""
    try:
        place = urlsplit(url)
        port = place.port or _PORTS.get(place.scheme, 0)
    except ValueError:
        return None
    host = (place.hostname or "").rstrip(".")
    ip = _LOOPBACK if host == "localhost" or host.endswith(".localhost") else ip_of(host)
    if ip is None:
        return None
    return (_LOOPBACK if ip.is_unspecified else ip), port


def _ip_of_peer(address: Address) -> IpAddress:
    ip = ip_of(str(address[0]))
    if ip is None:
        raise DestinationRefused(f"{address[0]} is not an IP address")
    return ip


def _plain_host(host: str) -> str:
    try:
        return (host if host.isascii() else host.encode("idna").decode()).rstrip(".").lower()
    except UnicodeError:
        raise DestinationRefused(f"{host!r} is not a valid host name") from None
