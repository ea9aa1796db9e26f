"""The caller's address: that of the connection, or what a trusted proxy says of who connected to it."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import msgspec

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@lru_cache(maxsize=4096)
def read_network(text: str) -> Network:
    """Read a network as `192.0.2.0/24` or `2001:db8::/32`, or one address; raises ValueError.

    An address inside of a network is refused, because it is not known which of the two was meant.
    """
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        raise ValueError("an IPv4 network is written as one")
    return network


def read_address(text: str) -> Address | None:
    """Read an address; one of IPv4 that is written as IPv6 is the one of IPv4.

    Some proxies write the port as well.

    >>> read_address("::ffff:192.0.2.1"), read_address("[2001:db8::1]:80"), read_address("unknown")
    (IPv4Address('192.0.2.1'), IPv6Address('2001:db8::1'), None)
    """
    host = text.strip()
    if host[:1] == "[":
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def lies_in(address: Address | None, networks: tuple[str, ...]) -> bool:
    """Say whether an address lies in one of some networks; one that is not known lies in none."""
    return address is not None and any(address in read_network(each) for each in networks)


class Sender(msgspec.Struct, frozen=True):
    """Whence a request came: the peer of its connection, and what `x-forwarded-for` says.

    `proxies` are the networks whose word about others is taken.
    """

    peer: str = ""
    forwarded: str = ""
    proxies: tuple[str, ...] = ()

    @property
    def by_proxy(self) -> bool:
        """Whether a trusted proxy passed the request on, so that its headers may be believed."""
        return bool(self.proxies) and lies_in(read_address(self.peer), self.proxies)

    @property
    def address(self) -> Address | None:
        """The nearest address that is not a trusted proxy's; None if it cannot be known.

        Each proxy adds at the right whom it heard from. What stands further left than the first one that is
        not trusted is the caller's own word, and is never taken.
        """
        if not self.forwarded or not self.by_proxy:
            return read_address(self.peer)
        found: Address | None = None
        for text in reversed(self.forwarded.split(",")):
            found = read_address(text)
            if not lies_in(found, self.proxies):
                break
        return found


NOWHERE = Sender()
"""A caller of whom nothing is known; it lies in no network."""
