from __future__ import annotations

import pytest

from mockserver.notify.destination import DestinationRefused, HostMapping, check_peer, destination, parse_mapping


def test_an_address_that_is_not_mapped_stays() -> None:
    mapping = HostMapping("https://shop.example", "http://127.0.0.1:3000")
    assert destination("https://other.example/n", [mapping]) == "https://other.example/n"
    assert destination("https://shop.example.evil/n", [mapping]) == "https://shop.example.evil/n"


@pytest.mark.parametrize("rest", ["", "/", "/notify", "/notify?shop=1", "?shop=1"])
def test_a_mapped_address_keeps_what_follows(rest: str) -> None:
    mapping = parse_mapping("https://shop.example=http://127.0.0.1:3000/base")
    assert destination(f"https://shop.example{rest}", [mapping]) == f"http://127.0.0.1:3000/base{rest}"


def test_the_first_mapping_that_fits_counts() -> None:
    mappings = [HostMapping("https://a.example/x", "http://one"), HostMapping("https://a.example", "http://two")]
    assert destination("https://a.example/x/1", mappings) == "http://one/1"
    assert destination("https://a.example/y", mappings) == "http://two/y"


@pytest.mark.parametrize(
    "host", ["yabandpay.com", "mapi.yabandpay.com", "WWW.YabandPay.com", "www.yabandmedia.com", "mapi.yabandpay.com."]
)
def test_the_gateways_own_hosts_are_refused_with_the_setting(host: str) -> None:
    with pytest.raises(DestinationRefused, match="own host; .* use --notify-map https://"):
        destination(f"https://{host}/notify", [])


@pytest.mark.parametrize("host", ["mapi\u3002yabandpay\u3002com", "\uff4dapi.\uff59abandpay.com"])
def test_a_look_alike_of_the_gateways_host_is_refused_too(host: str) -> None:
    with pytest.raises(DestinationRefused, match="mapi.yabandpay.com is the gateway's own host"):
        destination(f"https://{host}/notify", [])


def test_a_host_that_no_resolver_takes_is_refused() -> None:
    with pytest.raises(DestinationRefused, match="is no host name"):
        destination("https://" + "\u00e9" * 70 + ".example/", [])


def test_a_map_does_not_lead_to_the_gateway() -> None:
    with pytest.raises(DestinationRefused, match="own host"):
        destination("https://shop.example/n", [HostMapping("https://shop.example", "https://mapi.yabandpay.com")])


def test_a_host_in_another_script_is_left_as_it_is() -> None:
    assert destination("https://b\u00fccher.example/", []) == "https://b\u00fccher.example/"


def test_a_host_that_only_resembles_the_gateways_is_none_of_them() -> None:
    assert destination("https://notyabandpay.com/", []) == "https://notyabandpay.com/"


def test_the_gateways_own_host_may_be_mapped() -> None:
    mapping = HostMapping("https://www.yabandpay.com", "http://127.0.0.1:3000")
    assert destination("https://www.yabandpay.com/notify", [mapping]) == "http://127.0.0.1:3000/notify"


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.0.1"])
def test_link_local_addresses_are_refused(address: str) -> None:
    with pytest.raises(DestinationRefused, match="link-local address; name another with --notify-map"):
        check_peer(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "::ffff:127.0.0.1", "93.184.216.34"])
def test_other_addresses_are_not(address: str) -> None:
    check_peer(address)


@pytest.mark.parametrize(
    "text", ["", "https://a.example", "https://a.example=", "a.example=http://b", "=http://b", "ftp://a=http://b"]
)
def test_a_mapping_of_another_form_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="expected FROM=TO such as"):
        parse_mapping(text)
