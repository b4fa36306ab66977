"""Looks host names up without holding up the event loop, and without keeping a process alive."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from mockserver.threads import DaemonPool

_THREADS = 16
_LOOPBACK = ["127.0.0.1", "::1"]


class Resolver:
    """Gives the addresses of host names. Addresses and localhost need no look-up, so they wait for no slow name."""

    def __init__(self) -> None:
        self._pool = DaemonPool(_THREADS, "deliver look-up")

    async def addresses(self, host: str) -> list[str]:
        """The IP addresses of a host, the preferred one first.

        Raises:
            OSError: the name is not known, or cannot be looked up.
            UnicodeError: it cannot be a host name.
        """
        if _is_address(host):
            return [host]
        name = host.rstrip(".").lower()
        if name == "localhost" or name.endswith(".localhost"):
            return _LOOPBACK
        return await asyncio.get_running_loop().run_in_executor(self._pool, _look_up, host)

    def close(self) -> None:
        """Stop; a look-up under way ends with its thread."""
        self._pool.close(0)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _look_up(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
