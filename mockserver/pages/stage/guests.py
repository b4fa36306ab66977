"""The address at which the phone of a guest reaches the payer's page, and its QR code."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import segno
from flask import request
from markupsafe import Markup

from mockserver.addresses import ip_of
from mockserver.pages.rendering import address_here
from mockserver.system.command import shared_command
from mockserver.system.words import in_lines

if TYPE_CHECKING:
    from mockserver.app import Application

_ELSEWHERE = ("192.0.2.1", 9)  # an address of documentation (RFC 5737): a UDP socket picks its way, and sends nothing
_FLAGS = ("--host 0.0.0.0", "--control-token choose-a-word", "--public-url")


class Guests(NamedTuple):
    """How guests reach a page: its address and QR code; without a code, the command that makes it reachable."""

    address: str
    qr_code: Markup | None
    command: str


def guests_of(app: Application, path: str) -> Guests:
    """How guests reach the page at a path of this sandbox."""
    address = address_here(app)
    port = urlsplit(address).port or urlsplit(app.base_url).port
    if _is_of_this_machine(address):
        own = _own_ip()
        bound = ip_of(app.settings.host)
        if not own or bound is None or not bound.is_unspecified:
            shown = f"http://{own or 'ADDRESS'}:{port or 8765}"
            return Guests("", None, in_lines(f"{shared_command()} serve", *_FLAGS) + f" {shown}")
        address = f"{urlsplit(address).scheme}://{own}:{port}{request.script_root}"
    return Guests(address + path, qr_code(address + path), "")


def qr_code(text: str) -> Markup:
    """A QR code as an inline drawing."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, svgclass="code", lineclass=None))  # noqa: S704 - black squares


def _is_of_this_machine(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    ip = ip_of(host)
    return host == "localhost" or host.endswith(".localhost") or (ip is not None and ip.is_loopback)


def _own_ip() -> str:
    """The address of this machine in its network; empty if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(_ELSEWHERE)
            found = str(asked.getsockname()[0])
        except OSError:
            return ""
    ip = ip_of(found)
    return "" if ip is None or ip.is_loopback else found
