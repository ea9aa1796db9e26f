"""Whose address counts: the connection's, unless a trusted proxy says whom it heard from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.decision import ALLOW
from remit.enforce.key import Key, live
from remit.enforce.sender import NOWHERE, Sender, lies_in, read_address, read_network

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
PROXIES = ("10.0.0.0/8", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("2001:db8:1::1", "[2001:db8:2::1]:80", "2001:db8:2::1"),
        ("2001:db8:1::1", "2001:db8:2::1", "2001:db8:2::1"),
        ("10.0.0.1", "203.0.113.9, unknown", None),
        ("10.0.0.1", "203.0.113.9, ", None),
        ("", "203.0.113.9", None),
    ],
)
def test_the_nearest_address_that_no_proxy_of_ours_has_is_the_caller_s(
    peer: str, forwarded: str, address: str | None
) -> None:
    found = Sender(peer, forwarded, PROXIES).address
    assert found == (None if address is None else read_address(address))


@given(st.ip_addresses(), st.lists(st.ip_addresses(), max_size=4))
def test_what_a_caller_says_of_itself_never_changes_its_address(peer: object, said: list[object]) -> None:
    forwarded = ", ".join([*map(str, said), str(peer)])
    assert Sender("10.0.0.1", forwarded, ("10.0.0.1/32",)).address in (
        read_address(str(peer)),
        *(map(read_address, map(str, said)) if str(peer) == "10.0.0.1" else ()),
    )
    assert Sender(str(peer), forwarded).address == read_address(str(peer))


@pytest.mark.parametrize(
    "text", ["10.0.0.1/8", "10.0.0.0/33", "::ffff:10.0.0.0/104", "home", "", "1.2.3.4/a"]
)
def test_what_could_be_meant_otherwise_is_no_network(text: str) -> None:
    with pytest.raises(ValueError):
        read_network(text)


def test_one_address_is_a_network_and_an_unknown_one_lies_in_none() -> None:
    assert lies_in(read_address("192.0.2.7"), ("192.0.2.7",))
    assert not lies_in(read_address("192.0.2.8"), ("192.0.2.7",))
    assert not lies_in(None, ("0.0.0.0/0", "::/0"))
    assert not lies_in(read_address("2001:db8::1"), ("0.0.0.0/0",))


def test_a_key_for_some_networks_opens_from_there_alone() -> None:
    key = Key("k1", "triage", networks=("192.0.2.0/24", "2001:db8::/32"))
    for peer in ("192.0.2.7", "2001:db8::1", "::ffff:192.0.2.1"):
        assert live(key, now=NOW, administrator="head@example.com", sender=Sender(peer)) is ALLOW
    for sender in (Sender("198.51.100.1"), Sender("198.51.100.1", "192.0.2.7"), NOWHERE):
        refused = live(key, now=NOW, administrator="head@example.com", sender=sender)
        assert (refused.rule, refused.owner) == ("key-outside-network", "head@example.com")
        assert "`k1`" in refused.summary
        assert "192.0.2" not in refused.summary + refused.help


def test_a_rotated_key_that_has_ended_names_the_one_in_its_place() -> None:
    key = Key("k1", "triage", expires=NOW, successor="k2")
    refused = live(key, now=NOW, administrator="head@example.com")
    assert refused.rule == "expired-key"
    assert "`k2`" in refused.help
