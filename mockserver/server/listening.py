"""The sockets on which a sandbox listens: one for HTTP, and one for HTTPS where it is asked for."""

from __future__ import annotations

import errno
import socket
import sys
from typing import TYPE_CHECKING, NamedTuple

from mockserver.addresses import reachable

if TYPE_CHECKING:
    import ssl

    from mockserver.settings import Settings


_PRIVILEGE = (
    "Another program has this port for itself, or Windows has reserved it (netsh int ipv4 show excludedportrange tcp)."
    if sys.platform == "win32"
    else "Ports below 1024 need a privilege."
)


class PortTakenError(OSError):
    """This address cannot be listened on; the message says why and what to do."""


class SecureListener(NamedTuple):
    """The socket for HTTPS with its certificate; `authority` is that of `mockserver.server.tls.Identity`.

    `advice` is for clients that do not accept the certificate.
    """

    sock: socket.socket
    context: ssl.SSLContext
    authority: bytes
    advice: str


class ConnectionCounts:
    """How many connections each worker of a sandbox has, in memory that all of them share.

    A worker that others have fewer connections than lets these go first. Otherwise the first one to wake up would take
    most connections that arrive together, and they stay with it for as long as they are open.
    """

    _NO_WORKER = 2**32 - 1

    def __init__(self, workers: int) -> None:
        import mmap  # noqa: PLC0415 - a sandbox of one process shares nothing

        self._counts = memoryview(mmap.mmap(-1, 4 * workers)).cast("I")
        self.own = 0
        for worker in range(workers):
            self.clear(worker)

    def clear(self, worker: int) -> None:
        """Nobody need wait for this worker, because its process has ended."""
        self._counts[worker] = self._NO_WORKER

    def publish(self, count: int) -> None:
        """Set the count of this process, which is the worker `own`."""
        self._counts[self.own] = count

    def is_another_first(self) -> bool:
        """Whether a worker has fewer connections than this one."""
        return min(self._counts) < self._counts[self.own]


class Listeners(NamedTuple):
    """Where a sandbox listens. The server that gets them closes them. `counts` are for workers, which share them."""

    plain: socket.socket
    secure: SecureListener | None
    counts: ConnectionCounts | None = None

    @property
    def url(self) -> str:
        """The address for HTTP at which clients on this machine reach it."""
        return base_url(self.plain)

    @property
    def secure_url(self) -> str:
        """The address for HTTPS; empty if there is none."""
        return "" if self.secure is None else base_url(self.secure.sock, "https")

    def close(self) -> None:
        """Close the sockets."""
        self.plain.close()
        if self.secure is not None:
            self.secure.sock.close()


def listen(settings: Settings) -> Listeners:
    """Bind what the settings ask for; port 0 takes a free one.

    Raises:
        PortTakenError: an address is in use, needs a privilege, or is none of this machine.
        ValueError: the settings of TLS do not go together, or a certificate cannot be used.
    """
    plain = bind(settings.host, settings.port)
    try:
        return Listeners(plain, _listen_securely(settings))
    except BaseException:
        plain.close()
        raise


def _listen_securely(settings: Settings) -> SecureListener | None:
    if not settings.tls:
        for flag, file in (("ca-file", settings.ca_file), ("tls-certificate", settings.tls_certificate),
                           ("tls-key", settings.tls_key)):  # fmt: skip
            if file is not None:
                raise ValueError(f"--{flag} is for HTTPS, which is off; add --tls")
        return None
    from mockserver.server.tls import check_settings, prove_identity, trust_advice  # noqa: PLC0415 - TLS is imported only when asked for

    check_settings(settings)
    identity = prove_identity(settings)
    sock = bind(settings.host, settings.tls_port, "--tls-port")
    return SecureListener(sock, identity.context, identity.authority, trust_advice(settings))


def bind(host: str, port: int, port_flag: str = "--port") -> socket.socket:
    """A socket bound to an address; port 0 takes a free one.

    Raises:
        PortTakenError: the address is in use, needs a privilege, or is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's delay off for sockets that say they are TCP.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform == "win32":  # where SO_REUSEADDR lets two programs have one port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        privilege = f" {_PRIVILEGE}" if error.errno == errno.EACCES else ""
        raise PortTakenError(
            f"Cannot listen on {host} port {port}: {error.strerror}.{privilege} "
            f"Choose another with --host and {port_flag}, or {port_flag} 0 for a free one."
        ) from error
    return sock


def base_url(sock: socket.socket, scheme: str = "http") -> str:
    """The address at which clients on this machine reach a listening socket."""
    host, port = sock.getsockname()[:2]
    return f"{scheme}://{reachable(host)}:{port}"
