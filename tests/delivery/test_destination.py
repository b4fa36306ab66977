from __future__ import annotations

import pytest

from mockserver.delivery.destination import DestinationRefused, Destinations, HostMapping, OwnPlaces, parse_mapping


def test_an_address_that_is_not_mapped_stays() -> None:
    mapping = HostMapping("https://shop.example", "http://127.0.0.1:3000")
    assert Destinations([mapping]).destination("https://other.example/n") == "https://other.example/n"
    assert Destinations([mapping]).destination("https://shop.example.evil/n") == "https://shop.example.evil/n"


@pytest.mark.parametrize("rest", ["", "/", "/notify", "/notify?shop=1", "?shop=1"])
def test_a_mapped_address_keeps_what_follows(rest: str) -> None:
    mapping = parse_mapping("https://shop.example=http://127.0.0.1:3000/base")
    assert Destinations([mapping]).destination(f"https://shop.example{rest}") == f"http://127.0.0.1:3000/base{rest}"


def test_the_first_mapping_that_fits_counts() -> None:
    mappings = [HostMapping("https://a.example/x", "http://one"), HostMapping("https://a.example", "http://two")]
    assert Destinations(mappings).destination("https://a.example/x/1") == "http://one/1"
    assert Destinations(mappings).destination("https://a.example/y") == "http://two/y"


@pytest.mark.parametrize(
    "host", ["yabandpay.com", "mapi.yabandpay.com", "WWW.YabandPay.com", "www.yabandmedia.com", "mapi.yabandpay.com."]
)
def test_the_gateways_own_hosts_are_refused_with_the_setting(host: str) -> None:
    with pytest.raises(DestinationRefused, match="own host; .* use --notify-map https://"):
        Destinations([]).destination(f"https://{host}/notify")


@pytest.mark.parametrize("host", ["mapi\u3002yabandpay\u3002com", "\uff4dapi.\uff59abandpay.com"])
def test_a_look_alike_of_the_gateways_host_is_refused_too(host: str) -> None:
    with pytest.raises(DestinationRefused, match="mapi.yabandpay.com is the gateway's own host"):
        Destinations([]).destination(f"https://{host}/notify")


def test_a_host_that_no_resolver_takes_is_refused() -> None:
    with pytest.raises(DestinationRefused, match="is not a valid host name"):
        Destinations([]).destination("https://" + "\u00e9" * 70 + ".example/")


def test_a_map_does_not_lead_to_the_gateway() -> None:
    with pytest.raises(DestinationRefused, match="own host"):
        Destinations([HostMapping("https://shop.example", "https://mapi.yabandpay.com")]).destination(
            "https://shop.example/n"
        )


def test_a_host_in_another_script_is_left_as_it_is() -> None:
    assert Destinations([]).destination("https://b\u00fccher.example/") == "https://b\u00fccher.example/"


def test_a_host_that_only_resembles_the_gateways_is_none_of_them() -> None:
    assert Destinations([]).destination("https://notyabandpay.com/") == "https://notyabandpay.com/"


def test_the_gateways_own_host_may_be_mapped() -> None:
    mapping = HostMapping("https://www.yabandpay.com", "http://127.0.0.1:3000")
    assert Destinations([mapping]).destination("https://www.yabandpay.com/notify") == "http://127.0.0.1:3000/notify"


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.0.1"])
def test_link_local_addresses_are_refused(address: str) -> None:
    with pytest.raises(DestinationRefused, match="link-local address; send to another address with --notify-map"):
        Destinations().check_peer("http://shop.example/n", (address, 80), ("10.0.0.9", 40000))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "::ffff:127.0.0.1", "93.184.216.34"])
def test_other_addresses_are_not(address: str) -> None:
    Destinations().check_peer("http://shop.example/n", (address, 80), ("10.0.0.9", 40000))


@pytest.mark.parametrize(
    "text", ["", "https://a.example", "https://a.example=", "a.example=http://b", "=http://b", "ftp://a=http://b"]
)
def test_a_mapping_of_another_form_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="expected FROM=TO such as"):
        parse_mapping(text)


HERE = OwnPlaces(
    ("http://127.0.0.1:8765", "https://127.0.0.1:8443"),
    public="https://pay.example.test/s",
    merchant="/_sandbox/merchant",
)
EVERYWHERE = HERE._replace(everywhere=True)
RESEND = "/_sandbox/api/accounts/b/notifications/1/resend"


@pytest.mark.parametrize("own", [HERE, EVERYWHERE], ids=["loopback", "everywhere"])
@pytest.mark.parametrize("path", [RESEND, "/Payments", "/checkout/016683/t", "/", "", "?x", "/_sandbox/merchants",
                                  "/_sandbox/merchant/../api/accounts", "/_sandbox/merchant/%2e%2e/api"])  # fmt: skip
@pytest.mark.parametrize(
    "place",
    ["http://127.0.0.1:8765", "http://127.1:8765", "http://2130706433:8765", "http://0x7f.1:8765", "http://0.0.0.0:8765",
     "http://0:8765", "http://localhost:8765", "http://LOCALHOST.:8765", "http://a.localhost:8765", "http://[::]:8765",
     "http://[::ffff:127.0.0.1]:8765", "http://user@127.0.0.1:8765", "https://127.0.0.1:8443", "https://localhost:8443",
     "https://pay.example.test/s", "https://PAY.example.test:443/s"],
)  # fmt: skip
def test_the_sandbox_itself_is_refused_by_every_name(place: str, path: str, own: OwnPlaces) -> None:
    with pytest.raises(DestinationRefused, match="is an address of this sandbox; use an address of your shop"):
        Destinations([], own).destination(place + path)


def test_one_that_does_not_listen_itself_knows_its_public_address() -> None:
    unbound = Destinations([], OwnPlaces(public="https://pay.example.test", merchant="/_sandbox/merchant"))
    with pytest.raises(
        DestinationRefused, match="or https://pay.example.test/_sandbox/merchant for its example merchant"
    ):
        unbound.destination(f"https://pay.example.test{RESEND}")


def test_the_host_map_does_not_lead_round_that() -> None:
    with pytest.raises(DestinationRefused, match="example merchant"):
        Destinations([HostMapping("https://shop.example", "http://localhost:8765")], HERE).destination(
            f"https://shop.example{RESEND}"
        )


@pytest.mark.parametrize("path", ["/_sandbox/merchant", "/_sandbox/merchant/notify?a=b", "/_sandbox/merchant?a"])
@pytest.mark.parametrize("place", ["http://127.0.0.1:8765", "https://localhost:8443"])
def test_its_example_merchant_is_not(place: str, path: str) -> None:
    own = Destinations([], HERE)
    assert own.destination(place + path) == place + path
    own.check_peer(place + path, ("127.0.0.1", 8765), ("127.0.0.1", 40000))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:3000/n", "http://localhost/n", "https://127.0.0.1/n", "http://[::1]:8765/n", "http://127.0.0.2:8765/n",
     "http://10.0.0.7:8765/n", "https://pay.example.test/shop", "https://pay.example.test/sandbox", "http://pay.example.test/s",
     "http://shop.example:8765/n", "http://127.0.0.1:99999/n", "http://127.0.0.1:x/n"],
)  # fmt: skip
def test_neighbours_of_the_sandbox_are_reached(url: str) -> None:
    assert Destinations([], HERE).destination(url) == url


@pytest.mark.parametrize("url", ["http://[", "http://[zz]/n", "http://a]b/n"])
def test_what_is_no_address_is_refused_as_that(url: str) -> None:
    with pytest.raises(DestinationRefused, match="is not an address; expected one such as"):
        Destinations([], HERE).destination(url)


@pytest.mark.parametrize(
    ("own", "peer", "local", "refused"),
    [
        (HERE, ("127.0.0.1", 8765), ("127.0.0.1", 40000), True),
        (HERE, ("::ffff:127.0.0.1", 8443, 0, 0), ("::ffff:127.0.0.1", 40000, 0, 0), True),
        (HERE, ("127.0.0.1", 3000), ("127.0.0.1", 40000), False),
        (HERE, ("10.0.0.7", 8765), ("10.0.0.7", 40000), False),
        (EVERYWHERE, ("10.0.0.7", 8765), ("10.0.0.7", 40000), True),
        (EVERYWHERE, ("127.9.9.9", 8765), ("127.0.0.1", 40000), True),
        (EVERYWHERE, ("::1", 8443, 0, 0), ("::1", 40000, 0, 0), True),
        (EVERYWHERE, ("10.0.0.8", 8765), ("10.0.0.7", 40000), False),
        (EVERYWHERE, ("10.0.0.7", 8766), ("10.0.0.7", 40000), False),
    ],
)  # fmt: skip
def test_a_name_that_leads_to_the_sandbox_is_found_out_once_connected(
    own: OwnPlaces, peer: tuple[object, ...], local: tuple[object, ...], refused: bool  # noqa: FBT001 - a case
) -> None:  # fmt: skip
    destinations, url = Destinations([], own), f"http://shop.example:8765{RESEND}"
    assert destinations.destination(url) == url
    if refused:
        with pytest.raises(DestinationRefused, match="is an address of this sandbox"):
            destinations.check_peer(url, peer, local)
    else:
        destinations.check_peer(url, peer, local)
