"""HTTPS without preparation: a certificate made at the start, one's own, and the gateway's name leading here."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests
import trustme

from mockserver.addresses import GATEWAY_HOST
from mockserver.app import assemble
from mockserver.client import signed_request
from mockserver.gateway.example import documented_request
from mockserver.server.listening import listen
from mockserver.server.readiness import NotReadyError, wait_until_ready
from mockserver.server.tls import certified_names
from mockserver.settings import Settings
from mockserver.testing import Sandbox
from tests.helpers import SECRET_KEY, USER, signed
from tests.machine import free_port, needs_php_with_curl
from tests.sockets import connect, request, statuses, until_closed, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SETTINGS = Settings(port=0, tls=True, tls_port=0, seed="tests")


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(replace(SETTINGS, ca_file=tmp_path / "ca.pem")) as sandbox:
        yield sandbox


def pay(url: str, verify: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{url}/Payments", data=signed(), verify=verify, timeout=30)


def test_http_and_https_serve_the_same_sandbox(secure: Sandbox, tmp_path: Path) -> None:
    by_https = pay(secure.secure_url, str(tmp_path / "ca.pem")).json()
    by_http = pay(secure.url, "").json()
    assert by_https["status"] is by_http["status"] is True
    with secure.app.store.unit(USER) as unit:
        assert [exchange.code for exchange in unit.exchanges(5)] == ["200", "200"]


def test_who_does_not_trust_the_authority_is_not_served(secure: Sandbox) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="certificate verify failed"):
        requests.post(f"{secure.secure_url}/Payments", data=signed(), timeout=30)


def test_a_scenario_spoils_answers_over_https_too(secure: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.post(
            f"{secure.secure_url}/Payments", data=signed(order_id="RESETBUTCREATED-1"), verify=str(tmp_path / "ca.pem"),
            timeout=30,
        )  # fmt: skip
    with secure.app.store.unit(USER) as unit:
        assert unit.exchanges(1)[0].scenario == "reset-but-created"


def test_the_certificate_is_good_for_every_name_by_which_a_sandbox_is_reached() -> None:
    names = certified_names(
        replace(SETTINGS, host="0.0.0.0", public_url="https://pay.example:444", tls_name=("sandbox", "10.0.0.7"))  # noqa: S104
    )
    assert names == [
        "localhost", "127.0.0.1", "::1", GATEWAY_HOST, socket.gethostname(), "pay.example", "sandbox", "10.0.0.7"
    ]  # fmt: skip


@pytest.mark.parametrize("name", [GATEWAY_HOST, "localhost", socket.gethostname(), "127.0.0.1", "sandbox"])
def test_the_certificate_proves_each_name(tmp_path: Path, name: str) -> None:
    settings = replace(SETTINGS, ca_file=tmp_path / "ca.pem", tls_name=("sandbox",))
    with Sandbox(settings) as sandbox:
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        place = urlsplit(sandbox.secure_url)
        with (
            socket.create_connection((place.hostname, place.port)) as plain,
            context.wrap_socket(plain, server_hostname=name) as proven,
        ):
            assert proven.version() in {"TLSv1.2", "TLSv1.3"}


def test_the_authoritys_key_is_written_nowhere(secure: Sandbox, tmp_path: Path) -> None:
    assert [file.name for file in tmp_path.iterdir()] == ["ca.pem"]
    written = (tmp_path / "ca.pem").read_bytes()
    assert written == secure.authority
    assert written.count(b"BEGIN") == written.count(b"BEGIN CERTIFICATE") == 1


class TestOwnCertificate:
    @pytest.fixture
    def own(self, tmp_path: Path) -> Settings:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        authority.cert_pem.write_to_path(tmp_path / "own-ca.pem")
        certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(tmp_path / "chain.pem", append=True)
        return replace(SETTINGS, tls_certificate=tmp_path / "chain.pem", tls_key=tmp_path / "key.pem")

    def test_it_is_served(self, own: Settings, tmp_path: Path) -> None:
        with Sandbox(own) as sandbox:
            assert pay(sandbox.secure_url, str(tmp_path / "own-ca.pem")).json()["status"] is True
            assert sandbox.authority == b""

    def test_it_needs_its_own_key(self, own: Settings, tmp_path: Path) -> None:
        trustme.CA().issue_cert("127.0.0.1").private_key_pem.write_to_path(tmp_path / "key.pem")
        with pytest.raises(ValueError, match=r"chain\.pem with --tls-key .*key\.pem cannot be used .*its own key"):
            listen(own)

    def test_a_key_with_a_password_is_refused(self, own: Settings, tmp_path: Path) -> None:
        encrypted = ["openssl", "ec", "-aes256", "-passout", "pass:x", "-in", "key.pem", "-out", "locked.pem"]
        subprocess.run(encrypted, cwd=tmp_path, check=True, capture_output=True)
        with pytest.raises(ValueError, match=r"--tls-key: .*locked\.pem is encrypted; give a key without a password"):
            listen(replace(own, tls_key=tmp_path / "locked.pem"))

    def test_a_file_that_is_not_there_is_named(self, own: Settings, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"no\.pem: No such file or directory"):
            listen(replace(own, tls_key=tmp_path / "no.pem"))

    def test_no_port_stays_taken_when_it_cannot_be_used(self, own: Settings, tmp_path: Path) -> None:
        port = free_port()
        with pytest.raises(ValueError, match="No such file"):
            listen(replace(own, port=port, tls_key=tmp_path / "no.pem"))
        listen(replace(SETTINGS, port=port, tls=False)).close()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tls": False, "ca_file": Path("ca.pem")}, "--ca-file is for HTTPS, which is off; add --tls"),
        ({"tls": False, "tls_key": Path("k.pem")}, "--tls-key is for HTTPS, which is off; add --tls"),
        ({"tls_key": Path("k.pem")}, "expected both --tls-certificate and --tls-key, or neither"),
        ({"tls_certificate": Path("c.pem"), "tls_key": Path("k.pem"), "ca_file": Path("a.pem")}, "leave it out"),
        ({"ca_file": Path("no/such/folder/ca.pem")}, "--ca-file: no/such/folder/ca.pem cannot be written: No such"),
    ],
)
def test_settings_that_do_not_go_together_are_reported(changes: dict[str, Path], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        listen(replace(SETTINGS, **changes))  # type: ignore[arg-type]


def test_stopping_does_not_wait_for_an_idle_tls_connection(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    sandbox = Sandbox(replace(SETTINGS, ca_file=tmp_path / "ca.pem")).__enter__()
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    place = urlsplit(sandbox.secure_url)
    with (
        socket.create_connection((place.hostname, place.port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as idle,
    ):
        idle.sendall(b"GET /Payments HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += idle.recv(65536)
        sandbox.__exit__(None, None, None)
    assert set(threading.enumerate()) <= before


def test_a_client_that_says_in_one_segment_what_it_wants_and_that_it_ends_is_answered(
    secure: Sandbox, tmp_path: Path
) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=str(tmp_path / "ca.pem")).wrap_bio(
        incoming, outgoing, server_hostname="localhost"
    )
    with ExitStack() as others:  # beside which responses are written at the end of a turn
        for _ in range(5):
            others.enter_context(connect(secure.url))
        client = others.enter_context(connect(secure.secure_url))
        wait_until(lambda: len(secure._server.context.connections) == 5)
        while not _is_done(tls.do_handshake):
            client.sendall(outgoing.read())
            incoming.write(client.recv(65536))
        client.sendall(outgoing.read())
        wait_until(lambda: len(secure._server.context.connections) == 6)
        tls.write(request(signed()))
        _is_done(tls.unwrap)
        client.sendall(outgoing.read())
        incoming.write(until_closed(client))
        assert statuses(tls.read(65536)) == [200]


def _is_done(step: Callable[[], object]) -> bool:
    try:
        step()
    except ssl.SSLWantReadError:
        return False
    return True


def test_readiness_is_asked_for_over_https(secure: Sandbox, tmp_path: Path) -> None:
    wait_until_ready(secure.secure_url, context=ssl.create_default_context(cafile=str(tmp_path / "ca.pem")))
    with pytest.raises(NotReadyError, match="certificate verify failed"):
        wait_until_ready(secure.secure_url, 0)


def test_a_payers_page_is_at_the_address_that_the_shop_called(secure: Sandbox, tmp_path: Path) -> None:
    body = signed_request({"user": USER, "method": "v3.CreatePayments", "time": 1, "data": {
        **documented_request(USER)["data"], "sub_pay_method": "iDEAL"}}, SECRET_KEY)  # fmt: skip
    for host, base in (("", secure.secure_url), (GATEWAY_HOST, f"https://{GATEWAY_HOST}")):
        answered = requests.post(f"{secure.secure_url}/Payments", data=body, headers={"Host": host} if host else {},
                                 verify=str(tmp_path / "ca.pem"), timeout=30)  # fmt: skip
        assert answered.json()["data"]["url"].startswith(f"{base}/checkout/")


def test_without_tls_nothing_of_it_is_there() -> None:
    app = assemble(Settings())
    assert app.secure_url == ""
    app.close()


class TestGatewaysOwnName:
    """The documented request to https://mapi.yabandpay.com/Payments, where that name leads to this machine."""

    PYTHON = """
import json, os, socket, sys
import requests
resolve = socket.getaddrinfo
def to_this_machine(host, port, *rest, **options):
    return resolve("127.0.0.1", int(sys.argv[1]), *rest, **options) if host == "mapi.yabandpay.com" else resolve(host, port, *rest, **options)
socket.getaddrinfo = to_this_machine
print(requests.post("https://mapi.yabandpay.com/Payments", data=sys.stdin.buffer.read(), verify=sys.argv[2], timeout=30).text)
"""
    PHP = """
[, $port, $ca] = $argv;
$curl = curl_init('https://mapi.yabandpay.com/Payments');
curl_setopt_array($curl, [CURLOPT_POST => true, CURLOPT_RETURNTRANSFER => true, CURLOPT_CAINFO => $ca,
  CURLOPT_CONNECT_TO => ["mapi.yabandpay.com:443:127.0.0.1:$port"], CURLOPT_POSTFIELDS => file_get_contents('php://stdin')]);
$body = curl_exec($curl);
echo $body === false ? curl_error($curl) : $body;
"""

    def answer(self, command: list[str], secure: Sandbox, tmp_path: Path) -> dict[str, object]:
        body = signed_request(documented_request(USER), SECRET_KEY)
        arguments = [str(urlsplit(secure.secure_url).port), str(tmp_path / "ca.pem")]
        done = subprocess.run([*command, *arguments], input=body, capture_output=True, check=True)
        answered: dict[str, object] = json.loads(done.stdout)
        return answered

    def test_from_python(self, secure: Sandbox, tmp_path: Path) -> None:
        assert self.answer([sys.executable, "-c", self.PYTHON], secure, tmp_path)["code"] == "200"

    @needs_php_with_curl
    def test_from_php(self, secure: Sandbox, tmp_path: Path) -> None:
        assert self.answer(["php", "-r", self.PHP, "--"], secure, tmp_path)["code"] == "200"
