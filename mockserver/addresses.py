"""Parses hosts, origins and IP addresses, and knows which are the sandbox's own. No I/O."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

GATEWAY_HOST = "mapi.yabandpay.com"
BUILT_IN_MERCHANT = "https://built-in-merchant.example"
"""The host of the built-in merchants. Nobody can register this name."""

_SHOWN_AS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
_LONGEST = 300  # a host name has up to 253 letters
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{0,5}))?")
_NUMBER = re.compile(r"0x[0-9a-f]+|[0-9]+")
_LARGEST_PORT = 65535
_REMEMBERED = 64
# Nobody can register these names, so no site of the internet can have one.
_PRIVATE_ENDINGS = (".localhost", ".internal")


IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def built_in_merchant(user: str) -> str:
    """The notify_url for orders of an account that the built-in merchant is to be notified of."""
    return f"{BUILT_IN_MERCHANT}/{quote(user, safe='')}"


def ip_of(host: str) -> IpAddress | None:
    """The IP address that a host is, in any notation of resolvers (127.1, 0x7f000001, ::ffff:127.0.0.1), or None."""
    try:
        ip: IpAddress = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return _old_ipv4(host)
    return getattr(ip, "ipv4_mapped", None) or ip


def _old_ipv4(host: str) -> IpAddress | None:
    """An IPv4 address of one to four numbers, decimal, octal or hexadecimal; the last one fills the remaining bytes."""
    parts = host.lower().split(".") if len(host) <= _LONGEST else []
    if not 0 < len(parts) <= 4 or not all(map(_NUMBER.fullmatch, parts)):  # noqa: PLR2004 - the bytes of an address
        return None
    try:
        *first, last = (int(part, 16 if part.startswith("0x") else 8 if part.startswith("0") else 10) for part in parts)
    except ValueError:  # 08
        return None
    room = 8 * (4 - len(first))
    if any(not 0 <= number < 256 for number in first) or not 0 <= last < 1 << room:  # noqa: PLR2004 - a byte
        return None
    high = sum(number << 8 * (3 - place) for place, number in enumerate(first))
    return ipaddress.IPv4Address(high + last)


def is_local_name(host: str) -> bool:
    """Whether a host is of this machine or of a private network, as far as that is known without DNS."""
    name = host.lower().rstrip(".")
    ip = ip_of(name)
    return not ip.is_global if ip is not None else "." not in name or name.endswith((*_PRIVATE_ENDINGS, ".local"))


def name_in(host: str) -> str:
    """The name in a Host header, in lower case and without its port; empty if the header is malformed."""
    found = _HOST.fullmatch(host.lower()) if len(host) <= _LONGEST else None
    if found is None or int(found[2] or 0) > _LARGEST_PORT:
        return ""
    name = found[1].rstrip(".")
    return "" if name.startswith("[") and ip_of(name) is None else name


def origin_of(scheme: str, host: str) -> str:
    """The origin of a request, from its scheme and Host header, without a default port; empty if malformed."""
    return _origin_of(scheme, host) if len(host) <= _LONGEST else ""


@lru_cache(_REMEMBERED)  # called for each payment, with few different names
def _origin_of(scheme: str, host: str) -> str:
    name, port = name_in(host), host.rpartition(":")[2] if not host.endswith("]") and ":" in host else ""
    if not name or scheme not in _DEFAULT_PORTS:
        return ""
    return f"{scheme}://{name}:{port}" if port and port != _DEFAULT_PORTS[scheme] else f"{scheme}://{name}"


def reachable(host: str) -> str:
    """How an address that a server listens on is written in a URL for clients on this machine."""
    return _SHOWN_AS.get(host, f"[{host}]" if ":" in host and not host.startswith("[") else host)


def read_origin(text: str) -> str:
    """The origin of a URL or an Origin header; empty if it has none."""
    scheme, separator, rest = text.partition("://")
    return origin_of(scheme.lower(), rest.partition("/")[0]) if separator else ""


class OwnAddresses(NamedTuple):
    """The addresses of a sandbox: those it listens on, the one for payers, and its host names.

    `names` are exact names, `*.NAME` for all subdomains, or `*`.
    """

    plain: str = ""
    secure: str = ""
    public: str = ""
    names: frozenset[str] = frozenset()

    def seen_from(self, reached: str) -> str:
        """The base address of the pages, for a caller that reached the sandbox at an origin."""
        return self.public or reached or self.plain

    def is_own_page(self, origin: str, reached: str) -> bool:
        """Whether an Origin header names this sandbox, for a request that reached it at an origin.

        The scheme of the request does not count, as a proxy may terminate TLS.
        """
        named = read_origin(origin)
        if not named:
            return False
        same_host = bool(reached) and named.partition("://")[2] == reached.partition("://")[2]
        return same_host or named in {read_origin(own) for own in (self.plain, self.secure, self.public) if own}

    def answers_to(self, host: str) -> bool:
        """Whether the API and the dashboard accept a Host header.

        A site of the internet can point its own name to this machine (DNS rebinding), but not an IP address, a name
        that nobody can register, or the gateway's name.
        """
        name = name_in(host)
        if not name or "*" in self.names:
            return bool(name)
        cannot_be_registered = "." not in name or name.endswith(_PRIVATE_ENDINGS) or ip_of(name) is not None
        return (
            cannot_be_registered
            or name in self._known()
            or any(name.endswith(known[1:]) for known in self.names if known.startswith("*."))
        )

    def _known(self) -> set[str]:
        own = (self.plain, self.secure, self.public)
        return {GATEWAY_HOST, *self.names, *(name_in(read_origin(address).partition("://")[2]) for address in own)}
