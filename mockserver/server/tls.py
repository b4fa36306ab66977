"""The certificate for HTTPS: made at the start, or your own.

A plug-in that knows nothing but https://mapi.yabandpay.com/Payments (protocol.md 1.1) reaches a sandbox to which that
name leads, once it trusts the authority. The authority's key is never written anywhere.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from mockserver.addresses import GATEWAY_HOST
from mockserver.clock import real_dates

if TYPE_CHECKING:
    from mockserver.settings import Settings

_ALWAYS = ("localhost", "127.0.0.1", "::1", GATEWAY_HOST)
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
_REFUSED = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED", "UNSUPPORTED_CERTIFICATE")
_INCOMPATIBLE = ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "VERSION_TOO_LOW", "WRONG_VERSION", "NO_SHARED_CIPHER")


class Identity(NamedTuple):
    """What HTTPS is served with; `authority` is the certificate for clients to trust (PEM), empty with your own."""

    context: ssl.SSLContext
    authority: bytes


def check_settings(settings: Settings) -> None:
    """See that the settings of a sandbox with TLS go together.

    Raises:
        ValueError: they do not; the message says what is missing.
    """
    own = settings.tls_certificate, settings.tls_key
    if own.count(None) == 1:
        raise ValueError("expected both --tls-certificate and --tls-key, or neither for a generated certificate")
    if own[0] is not None and settings.ca_file is not None:
        raise ValueError("--ca-file is for a certificate that is made at the start; leave it out with your own one")


def prove_identity(settings: Settings) -> Identity:
    """The certificate that the settings ask for, ready to serve with.

    Raises:
        ValueError: your own certificate cannot be used, or --ca-file cannot be written.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if settings.tls_certificate is not None and settings.tls_key is not None:
        _load_own(context, settings)
        return Identity(context, b"")
    import trustme  # noqa: PLC0415 - cryptography takes a tenth of a second to import, and your own needs none

    with real_dates():
        made = trustme.CA(
            organization_name="YabandPay sandbox", organization_unit_name="made at the start, for tests only"
        )
        made.issue_cert(*certified_names(settings)).configure_cert(context)
    authority = made.cert_pem.bytes()
    if settings.ca_file is not None:
        try:
            settings.ca_file.write_bytes(authority)
        except OSError as error:
            raise ValueError(f"--ca-file: {settings.ca_file} cannot be written: {error.strerror}") from error
    return Identity(context, authority)


def describe_failure(error: OSError, advice: str) -> tuple[str, str]:
    """What went wrong in a handshake and what to do about it: a kind, and a line for the log."""
    reason = str(getattr(error, "reason", None) or "").upper()
    if any(word in reason for word in _REFUSED):
        return "certificate", f"A client rejected the certificate ({_in_words(reason)}). {advice}"
    if any(word in reason for word in _INCOMPATIBLE):
        return "TLS version", f"A TLS handshake failed ({_in_words(reason)}). Have the client use TLS 1.2 or 1.3."
    if isinstance(error, ConnectionAbortedError):
        return "slow TLS", f"A client began a TLS handshake and did not finish it in time. {advice}"
    if reason:
        return "TLS", f"A TLS handshake failed ({_in_words(reason)})."
    return "broken TLS", f"A client broke off the TLS handshake. If it does not trust the certificate: {advice}"


def _in_words(reason: str) -> str:
    return re.sub(r"^.*ALERT_", "", reason).replace("_", " ").lower()


def trust_advice(settings: Settings) -> str:
    """How a client comes to accept the certificate."""
    if settings.tls_certificate is not None:
        return f"Have it trust the authority of {settings.tls_certificate}, and call the sandbox by a name in it."
    if settings.ca_file is None:
        return "Start the sandbox with --ca-file FILE, and have the client trust that file."
    return f"Have it trust {settings.ca_file}; if it calls the sandbox by another name, add --tls-name NAME."


def certified_names(settings: Settings) -> list[str]:
    """The names and addresses that a made certificate is good for, each once."""
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    found = [*_ALWAYS, socket.gethostname(), settings.host, public, *settings.tls_name]
    return [name for name in dict.fromkeys(found) if name and name not in _EVERY_ADDRESS and _can_be_certified(name)]


def _can_be_certified(name: str) -> bool:
    """Whether a name is an address, or letters that a certificate may hold."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.isascii() and ":" not in name
    return True


def _load_own(context: ssl.SSLContext, settings: Settings) -> None:
    def refuse_password() -> str:
        raise ValueError(f"--tls-key: {settings.tls_key} is encrypted; give a key without a password")

    try:
        context.load_cert_chain(str(settings.tls_certificate), str(settings.tls_key), refuse_password)
    except ssl.SSLError as error:
        raise ValueError(
            f"--tls-certificate {settings.tls_certificate} with --tls-key {settings.tls_key} cannot be used "
            f"({error.reason or error}): expected a certificate and its own key, both PEM"
        ) from None
    except OSError as error:
        missing = [file for file in (settings.tls_certificate, settings.tls_key) if file and not file.is_file()]
        raise ValueError(f"{', '.join(map(str, missing)) or settings.tls_key}: {error.strerror}") from None
