"""Whose request it is: the web server's word, or that of proxies that are trusted by number."""

import pytest
from django.conf import LazySettings
from django.test import RequestFactory

from apps.core.client_address import address_of, network_of

PROXY = "10.0.0.9"
SPOOFED = "6.6.6.6"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, None, PROXY),
        (0, SPOOFED, PROXY),
        (0, f"{SPOOFED}, 203.0.113.7", PROXY),
        (1, None, PROXY),
        (1, "", PROXY),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, f"{SPOOFED}, 203.0.113.7", "203.0.113.7"),
        (1, f"{SPOOFED},{SPOOFED} ,203.0.113.7 ", "203.0.113.7"),
        (2, f"{SPOOFED}, 203.0.113.7, 10.0.0.8", "203.0.113.7"),
        (2, "203.0.113.7, 10.0.0.8", "203.0.113.7"),
        # It came past one of the two: what stands there may be the client's own.
        (2, SPOOFED, PROXY),
        (1, f"{SPOOFED}, garbage", PROXY),
        (1, f"{SPOOFED},", PROXY),
        (1, "203.0.113.256", PROXY),
        (1, "203.0.113.7:51234", "203.0.113.7"),
        (1, "[2001:db8::7]:51234", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "2001:DB8:0::7", "2001:db8::7"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "[", PROXY),
        (1, "[]:1", PROXY),
        (1, ":", PROXY),
        (1, "2001:db8::7::", PROXY),
        (1, "203.0.113.7\x00", PROXY),
    ],
)
def test_only_what_trusted_proxies_wrote_counts(
    settings: LazySettings, *, proxies: int, forwarded: str | None, expected: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}

    request = RequestFactory(REMOTE_ADDR=PROXY).get("/", headers=headers)

    assert address_of(request) == expected


@pytest.mark.parametrize(
    ("remote", "address", "network"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", None, "unknown"),
        ("unix:", None, "unknown"),
    ],
)
def test_an_ipv6_network_is_one_client(remote: str, address: str | None, network: str) -> None:
    request = RequestFactory(REMOTE_ADDR=remote).get("/")

    assert (address_of(request), network_of(request)) == (address, network)


def test_a_request_without_any_address_has_none() -> None:
    request = RequestFactory().get("/")
    del request.META["REMOTE_ADDR"]

    assert (address_of(request), network_of(request)) == (None, "unknown")
