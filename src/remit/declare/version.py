"""Versions in addresses: `model/large@2` is one version of what the name `model/large` stands for."""

from __future__ import annotations

from collections.abc import Container


def family(address: str) -> str:
    """Take the name of an address, without its version.

    >>> family("model/large@2"), family("model/small")
    ('model/large', 'model/small')
    """
    return address.partition("@")[0]


def number(address: str) -> int:
    """Take the version of an address; 0 stands for none.

    >>> number("model/large@2"), number("model/small")
    (2, 0)
    """
    return int(address.partition("@")[2] or 0)


def covers(names: Container[str], address: str) -> bool:
    """Say whether names cover an address: it is among them, or its name is, which covers all its versions.

    >>> covers({"model/large"}, "model/large@2"), covers({"model/large@2"}, "model/large")
    (True, False)
    """
    return address in names or family(address) in names
