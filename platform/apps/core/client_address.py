"""Where a request comes from. What a client claims in X-Forwarded-For counts for nothing."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address

# A household or a server has a network of this size, so its single addresses cost nothing.
IPV6_PREFIX = 64
# A web server behind a Unix socket knows no address, and neither does it tell clients apart.
UNKNOWN = "unknown"


def address_of(request: HttpRequest) -> str | None:
    """The client's address, plainly written, as far as it is known."""
    address = _address(request)
    return None if address is None else str(address)


def network_of(request: HttpRequest) -> str:
    """What is counted as one client: an IPv4 address or an IPv6 network."""
    address = _address(request)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_PREFIX), strict=False))
    return UNKNOWN if address is None else str(address)


def _address(request: HttpRequest) -> Address | None:
    return _parsed(_forwarded(request)) or _parsed(request.META.get("REMOTE_ADDR", ""))


def _forwarded(request: HttpRequest) -> str:
    """What the outermost trusted proxy wrote; each one appends where its request came from.

    A request with fewer entries did not come through all of them, so none of it is trusted.
    """
    proxies: int = settings.TRUSTED_PROXY_COUNT
    if not proxies:
        return ""
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", proxies)
    entry: str = entries[-proxies] if len(entries) >= proxies else ""
    return entry


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(_without_port(text.strip()))
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    # The integer is without a zone, which means something on one host only.
    return address.ipv4_mapped or IPv6Address(int(address))


def _without_port(text: str) -> str:
    """Of `1.2.3.4:5`, `[::1]:5` and `[::1]` the address."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
