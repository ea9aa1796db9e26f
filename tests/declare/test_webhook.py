"""Where messages may go, whatever a name leads to."""

from __future__ import annotations

import pytest

from remit.declare.webhook import may_be_reached


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "::",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "",
        "example.com",
    ],
)
def test_no_message_goes_where_a_machine_s_secrets_are_or_to_no_single_one(address: str) -> None:
    assert not may_be_reached(address, plain=False)


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "127.0.0.1", "2001:db8::1", "fd12::1", "::1"])
def test_messages_go_to_machines_of_one_s_own_and_of_others(address: str) -> None:
    assert may_be_reached(address, plain=False)


@pytest.mark.parametrize(
    ("address", "may"),
    [
        *(("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("::ffff:127.0.0.1", True)),
        *(("192.0.2.7", False), ("10.0.0.1", False), ("169.254.169.254", False)),
    ],
)
def test_without_tls_they_stay_on_this_machine(address: str, may: bool) -> None:
    assert may_be_reached(address, plain=True) is may
