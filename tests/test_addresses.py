"""How hosts, origins and IP addresses are read, and which of them are the sandbox's own."""

import pytest

from mockserver.addresses import OwnAddresses, ip_of, name_in, origin_of, read_origin


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7F.1", "0177.0.0.1", "017700000001",
     "::ffff:127.0.0.1", "::ffff:7f00:1", "[::ffff:127.0.0.1]"],
)  # fmt: skip
def test_every_spelling_of_an_address_is_that_address(text: str) -> None:
    assert str(ip_of(text)) == "127.0.0.1"


@pytest.mark.parametrize(
    "text", ["", "localhost", "1.2.3.4.5", "256.1.1.1", "1.16777216", "4294967296", "08.1", "1_0", "+1", "-1", "1.", ".1",
             "0xg", "\u0661", "9" * 5000, "shop.example"],
)  # fmt: skip
def test_what_is_no_address_is_none(text: str) -> None:
    assert ip_of(text) is None


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("http", "localhost:49153", "http://localhost:49153"),
        ("http", "Shop.Example:80", "http://shop.example"),
        ("https", "mapi.yabandpay.com", "https://mapi.yabandpay.com"),
        ("https", "mapi.yabandpay.com:443", "https://mapi.yabandpay.com"),
        ("https", "mapi.yabandpay.com:8443", "https://mapi.yabandpay.com:8443"),
        ("http", "[::1]:8765", "http://[::1]:8765"),
        ("http", "[::1]", "http://[::1]"),
        ("http", "my_sandbox:", "http://my_sandbox"),
        ("http", "shop.example.", "http://shop.example"),
    ],
)
def test_an_origin_is_the_scheme_the_name_and_an_unusual_port(scheme: str, host: str, origin: str) -> None:
    assert origin_of(scheme, host) == origin
    assert read_origin(f"{scheme}://{host}") == origin


MALFORMED = ["", ":80", "[", "[]", "[zz]", "[1.2", "[1]", "a b", "a/b", "user@a", "a?b", "a#b", 'a"b', "<a>", "a:99999",
             "a:abc", "a:1:2", "::1", "\u00fc.example", "a\nb", "a" * 301, "http://a"]  # fmt: skip


@pytest.mark.parametrize("host", MALFORMED)
def test_a_malformed_host_has_neither_name_nor_origin(host: str) -> None:
    assert (name_in(host), origin_of("http", host)) == ("", "")
    assert not OwnAddresses(names=frozenset({"*"})).answers_to(host)


@pytest.mark.parametrize("origin", ["null", "", "http://[", "shop.example", "ftp://shop.example", "http://", "://a"])
def test_what_names_no_origin_is_nobodys_own(origin: str) -> None:
    own = OwnAddresses("http://127.0.0.1:1")
    assert read_origin(origin) == ""
    assert not own.is_own_page(origin, "http://127.0.0.1:1")
    assert not own.is_own_page(origin, "")


OWN = OwnAddresses(
    "http://127.0.0.1:8765", "https://127.0.0.1:8443", "https://pay.example.test/sandbox",
    frozenset({"build.example.com", "*.ci.example.com"}),
)  # fmt: skip


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8765", "127.1", "10.0.0.7", "[::1]:1", "localhost", "LOCALHOST:1", "localhost.", "a.localhost",
     "sandbox", "my_sandbox:8765", "host.docker.internal", "mapi.yabandpay.com", "pay.example.test",
     "build.example.com:80", "Build.Example.com.", "job7.ci.example.com", "a.b.ci.example.com"],
)  # fmt: skip
def test_own_names_and_those_that_nobody_can_register_are_answered(host: str) -> None:
    assert OWN.answers_to(host)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evilmapi.yabandpay.com.example",
     "x.mapi.yabandpay.com", "x.build.example.com", "ci.example.com", "xci.example.com", "pay.example.test.evil.example",
     "internal.example", "1.2.3.4.5", "xlocalhost.example"],
)  # fmt: skip
def test_other_names_are_not(host: str) -> None:
    assert not OWN.answers_to(host)


@pytest.mark.parametrize(
    ("origin", "reached", "own"),
    [
        ("https://pay.example.test", "http://127.0.0.1:8765", True),
        ("https://pay.example.test:443", "", True),
        ("http://127.0.0.1:8765", "http://elsewhere", True),
        ("https://127.0.0.1:8443", "http://elsewhere", True),
        ("http://localhost:49153", "http://localhost:49153", True),
        ("https://proxied.example", "http://proxied.example", True),
        ("http://pay.example.test", "http://127.0.0.1:8765", False),
        ("https://pay.example.test:444", "http://127.0.0.1:8765", False),
        ("http://127.0.0.1:8766", "http://127.0.0.1:8765", False),
        ("https://evil.example", "http://127.0.0.1:8765", False),
    ],
)
def test_a_page_is_own_by_its_whole_origin(origin: str, reached: str, own: bool) -> None:  # noqa: FBT001 - a case
    assert OWN.is_own_page(origin, reached) is own


def test_payers_are_sent_to_the_public_url_then_to_where_the_request_came_then_to_the_own_address() -> None:
    assert OWN.seen_from("http://localhost:1") == "https://pay.example.test/sandbox"
    assert OWN._replace(public="").seen_from("http://localhost:1") == "http://localhost:1"
    assert OWN._replace(public="").seen_from("") == "http://127.0.0.1:8765"
