"""Where a source may be: at an http or https address, on any host but those that lead to a machine's own
surroundings (link-local addresses answer with a cloud's credentials, RFC 3927 and RFC 4291)."""

import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

WHY_NOT = "leads to a link-local, multicast or unspecified address, where no source may be"
_SCHEMES = ("http", "https")


def refusal(url: str) -> str:
    """Why a source cannot be at this address; empty where it can. Looks nothing up, and quotes nothing: a
    password may be in it."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in _SCHEMES:
        return "is no http:// or https:// address"
    if not host:
        return "names no host"
    if parts.username is not None or "?" in url or "#" in url:
        return "has more than a host, a port and a path: a login, a query or a fragment"
    return WHY_NOT if is_forbidden(host) else ""


def is_forbidden(host: str) -> bool:
    """Whether a host, written as an IP address, is one of those; a name is none until it is looked up."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    bare = _inside(address)
    return bare.is_link_local or bare.is_multicast or bare.is_unspecified


def leads_astray(host: str, port: int) -> bool:
    """Whether any address that a host's name stands for now is one of those; not where it stands for none."""
    with suppress(OSError):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return any(is_forbidden(str(place[0])) for *_, place in found)
    return False


def _inside(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.packed.startswith(_NAT64):
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


_NAT64 = bytes.fromhex("0064ff9b") + bytes(8)
