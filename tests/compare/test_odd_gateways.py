"""Gateways that answer oddly or not at all: each is reported in a line, and nothing of the merchant is shown."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from mockserver.compare.comparison import compare
from mockserver.compare.exchange import Answers, Mask, RawAnswer, RawRequest
from mockserver.compare.recording import profile_text
from mockserver.compare.report import report
from mockserver.compare.sending import http_sender, read_base_url
from mockserver.gateway.profile_file import read_profile
from mockserver.pages.docs.reference import ledger
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.compare.gateways import answers_of, sandbox_answers, subject
from tests.helpers import SECRET_KEY, USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FAILURE = {"status": False, "code": "-1", "data": [], "message": "no"}


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler, bytes], None]) -> Iterator[str]:
    """A server whose answers a function writes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.close_connection = True

        do_GET = do_POST  # noqa: N815 - of http.server

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def plain(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content_Type": "application/json", "Content_Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def html(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, b"<html><h1>502 Bad Gateway</h1>\x1b[31m</html>", 502, Content_Type="text/html")


def redirect(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, b"", 302, Location="http://127.0.0.1:9/elsewhere")


def truncated(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, b'{"status":', Content_Length="500")


def compressed(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, gzip.compress(json.dumps(FAILURE).encode()), Content_Encoding="gzip")


def wrongly_compressed(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, b"no gzip", Content_Encoding="gzip")


def deep(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, b"[" * 100_000)


def huge(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, b" " * 10**6)


def empty(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, b"")


def not_utf8(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, b'{"status":false,"code":"-1","data":[],"message":"\xff\xfe"}')


def half_a_pair(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, rb'{"status":false,"code":"-1","data":[],"message":"\ud83d \u2028 \u0000 x"}')


def odd_envelope(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, json.dumps({"status": None, "code": "a b" * 30, "data": {"x": 1}, "message": ["?"]}).encode())


def no_http(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9\r\n\r\n")


def closing(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def success(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, b'{"status":true,"code":"200","data":{"trade_id":5,"transaction_info":[]},"message":""}')


def number_codes(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
    plain(handler, json.dumps({"status": 0, "code": -7, "data": None, "msg": "no"}).encode(), 599)


def echoing(handler: BaseHTTPRequestHandler, sent: bytes) -> None:
    """Echoes the request, and the secret in several forms."""
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in SECRET_KEY)
    body = (
        f'{{"status":false,"code":"-1","data":[],"message":{json.dumps(sent.decode() + SECRET_KEY)},"k":"{escaped}"}}'
    )
    plain(handler, body.encode())


ODD = [
    html, redirect, truncated, compressed, wrongly_compressed, deep, huge, empty, not_utf8, half_a_pair, odd_envelope,
    no_http, closing, success, number_codes, echoing,
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.__name__)
def test_an_odd_gateway_is_reported_and_its_profile_can_be_served(
    odd: Callable[[BaseHTTPRequestHandler, bytes], None], tmp_path: Path
) -> None:
    about = subject()
    with answering(odd) as url:
        theirs = answers_of(url, about)
    comparison = compare(sandbox_answers(), theirs, about, creates=True)
    text = "\n".join(report(comparison, ledger())) + profile_text(comparison, "Observed by a test.")
    assert text.replace("\n", "").isprintable()
    for secret in (SECRET_KEY, USER, about.run):
        assert secret not in text
    file = tmp_path / "profile.yaml"
    file.write_text(profile_text(comparison, "Observed by a test."), encoding="utf-8")
    assert read_profile(file)


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        (html, "HTTP 502 without the gateway's envelope"),
        (redirect, "HTTP 302 without the gateway's envelope"),
        (truncated, "the answer could not be read: "),
        (wrongly_compressed, "the answer could not be read: "),
        (huge, "the answer has more than 256 KiB"),
        (no_http, "no connection, or it was closed: "),
        (closing, "no connection, or it was closed: "),
        (compressed, "-1"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_what_came_is_said(odd: Callable[[BaseHTTPRequestHandler, bytes], None], expected: str) -> None:
    with answering(odd) as url, http_sender(url) as send:
        answer = send(RawRequest(b"{}"))
    assert (answer.problem or answer.code).startswith(expected)


def test_a_silent_gateway_is_given_up() -> None:
    done = threading.Event()

    def wait(_handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
        done.wait()

    with answering(wait) as url, http_sender(url, timeout=0.1) as send:
        assert send(RawRequest(b"{}")).problem == "no answer within 0.1 s"
        done.set()


def test_a_trickling_gateway_is_given_up() -> None:
    done = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler, _sent: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not done.wait(0.02):
            handler.wfile.write(b" " * 20_000)

    with answering(trickle) as url, http_sender(url, timeout=0.1) as send:
        assert send(RawRequest(b"{}")).problem == "the answer took longer than 0.1 s"
        done.set()


def test_a_closed_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with http_sender(f"http://127.0.0.1:{taken.getsockname()[1]}") as send:
            assert send(RawRequest(b"{}")) == RawAnswer(problem="no connection, or it was closed: Connection refused")


def test_an_untrusted_certificate_is_said() -> None:
    with (
        Sandbox(Settings(port=0, tls=True, tls_port=0, log="none")) as sandbox,
        http_sender(sandbox.secure_url) as send,
    ):
        problem = send(RawRequest(b"{}")).problem
    assert problem.startswith("no secure connection: ")
    assert "certificate" in problem


def test_nothing_of_the_netrc_file_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hidden\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    seen: list[str] = []

    def look(handler: BaseHTTPRequestHandler, sent: bytes) -> None:
        seen.append(str(handler.headers))
        empty(handler, sent)

    with answering(look) as url, http_sender(url) as send:
        send(RawRequest(b"{}"))
    assert "Authorization" not in seen[0]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://gateway.example", "https://gateway.example"),
        ("https://gateway.example/", "https://gateway.example"),
        ("https://gateway.example/Payments", "https://gateway.example"),
        ("http://127.0.0.1:8765//Payments/", "http://127.0.0.1:8765"),
        ("https://gateway.example/base", "https://gateway.example/base"),
    ],
)
def test_an_address_is_read(text: str, url: str) -> None:
    assert read_base_url(text) == url


@pytest.mark.parametrize(
    "text",
    ["", "gateway.example", "ftp://x", "https://", "https://u:hidden@x", "https://x?a=1", "https://x#a", "http://x y"],
)
def test_another_address_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(ValueError, match="expected an address such as https://gateway.example") as caught:
        read_base_url(text)
    assert "hidden" not in str(caught.value)


def test_an_answer_is_masked_before_it_is_shortened() -> None:
    mask = Mask(subject())
    answer = RawAnswer(200, "text/plain", b"x" * 595 + SECRET_KEY.encode())
    assert SECRET_KEY[:5] not in mask.shown(answer)
    assert Answers({}, mask).found == {}
