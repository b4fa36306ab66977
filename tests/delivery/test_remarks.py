"""What the headers of a merchant's answer show, and how to reach a merchant that cannot be reached."""

from __future__ import annotations

import gzip
import socket
import zlib

import pytest

from mockserver.delivery.connection import _reason, _remark

RAW = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("status", "location", "encoding", "body", "shown"),
    [
        (301, b"https://shop.example/n", b"", b"", (b"", "redirects to https://shop.example/n")),
        (302, b"", b"", b"", (b"", "redirects, but has no Location")),
        (200, b"", b"gzip", gzip.compress(b"ok", mtime=0), (b"ok", "compressed with gzip")),
        (200, b"", b"", gzip.compress(b"bad", mtime=0), (b"bad", "compressed with gzip")),
        (200, b"", b"deflate", RAW.compress(b"ok") + RAW.flush(), (b"ok", "compressed with deflate")),
        (200, b"", b"br", b"\x0b\x80", (b"\x0b\x80", "compressed with br")),
        (200, b"", b"gzip", b"ok", (b"ok", "")),
        (201, b"/n", b"identity", b"ok", (b"ok", "")),
    ],
)
def test_redirects_and_compression_are_named(
    status: int, location: bytes, encoding: bytes, body: bytes, shown: tuple[bytes, str]
) -> None:
    assert _remark(status, location, encoding, body) == shown


def test_what_cannot_be_reached_points_to_the_host_map() -> None:
    unknown = _reason(socket.gaierror(-2, "Name or service not known"), "https://shop.test:8443/n")
    assert unknown.startswith("shop.test is an unknown host")
    assert "--notify-map https://shop.test:8443=http://HOST:PORT" in unknown
    assert "in a container, localhost is the container itself" in _reason(OSError("reset"), "http://localhost/n")
