"""Web hooks: who is told of what happens, where, and in which form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import PlainValidator as Reads
from pydantic import StringConstraints, field_validator

from remit.declare.declared import Contact, Declared, Id, Prose, Seconds, whole

HOOK_URL_PATTERN = (
    r"^(?:https://(?:[A-Za-z0-9.-]{1,200}|\[[0-9A-Fa-f:.]{2,45}\])|http://(?:localhost|127\.0\.0\.1|\[::1\]))"
    r"(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~!$&'()*+,;=:%/-]{0,400})?$"
)
HookUrl = Annotated[str, StringConstraints(pattern=HOOK_URL_PATTERN)]
"""A web address that begins with `https://`, without credentials or query; on this machine itself, `http://`
does as well."""

EventName = Literal[
    "budget.reached",
    "budget.refused",
    "budget.forecast",
    "spend.anomaly",
    "guardrail.stopped",
    "model.applied",
    "stage.changed",
    "evidence.given",
    "evaluation.done",
    "gate.reviewed",
    "study.registered",
    "study.done",
    "criterion.waived",
    "approval.requested",
    "approval.due",
    "approval.given",
    "key.changed",
    "finding.reviewed",
    "calls.stopped",
    "cost.adjusted",
    "period.closed",
    "sunset.due",
    "ledger.halted",
]
"""What somebody is told of; see [web hooks](../guides/webhooks.md)."""

EVENTS: tuple[EventName, ...] = get_args(EventName)

HookFormat = Literal["remit", "slack"]
"""How a message is written: as JSON of Remit's own, or as Slack and what is compatible with it read it."""

RETRY_HOURS_MAX = 24


def _retry_hours(value: Any) -> int:
    number = int(whole(value))
    if number > RETRY_HOURS_MAX:
        raise ValueError(f"write a whole number from 0 to {RETRY_HOURS_MAX}")
    return number


RetryHours = Annotated[int, Reads(_retry_hours)]
"""A whole number from 0 to 24."""


class Webhook(Declared):
    """Somebody who is told of what happens, by messages that are signed.

    Neither what signs them nor a secret part of the address is declared: they are sealed under `webhook-NAME`
    and `address-webhook-NAME`.
    """

    url: HookUrl
    """Where messages are posted to. What is sealed under `address-webhook-NAME` is put to its end."""
    owner: Contact
    """Who answers for the receiver."""
    events: tuple[EventName, ...]
    """What it is told of; at least one."""
    format: HookFormat = "remit"
    """How messages are written."""
    use_cases: tuple[Id, ...] = ()
    """The use cases whose events it is told of. With neither these nor units, it is told of all."""
    units: tuple[Id, ...] = ()
    """The business units whose events it is told of, with all that is below them."""
    description: Prose | None = None
    """What it is for."""
    timeout_seconds: Seconds = 10.0
    """How long it may take to answer."""
    retry_hours: RetryHours = 24
    """For how many hours a message that it does not take is tried again."""

    @field_validator("events", mode="after")
    @classmethod
    def _some(cls, value: tuple[EventName, ...]) -> tuple[EventName, ...]:
        if not value:
            raise ValueError(f"name at least one, such as {', '.join(EVENTS[:4])}")
        return value


_URL = re.compile(r"^(?P<scheme>https?)://(?P<host>\[[^\]]+\]|[^:/]+)(?::(?P<port>[0-9]+))?(?P<path>/.*)?$")
_METADATA_NAMES = ("metadata", "metadata.google.internal", "instance-data")
_METADATA = frozenset(
    ipaddress.ip_address(each)
    for each in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
"""Where clouds tell a machine its own secrets, beside the link-local addresses."""
_TRANSLATED: Mapping[ipaddress.IPv6Network, int] = {
    ipaddress.IPv6Network("64:ff9b::/96"): 0,
    ipaddress.IPv6Network("64:ff9b:1::/48"): 0,
    ipaddress.IPv6Network("2002::/16"): 80,
}
"""IPv6 addresses that lead to an IPv4 one, and how many bits stand behind that."""


def host_of(url: str) -> str:
    """Return the host of a declared address, an IPv6 address without its brackets."""
    found = _URL.fullmatch(url)
    assert found is not None, "checked when it was declared"
    return found["host"].strip("[]").lower()


def port_of(url: str) -> int | None:
    found = _URL.fullmatch(url)
    assert found is not None, "checked when it was declared"
    return int(found["port"]) if found["port"] else None


def is_plain(url: str) -> bool:
    """Say whether an address is reached without TLS, and so on this machine alone."""
    return url.startswith("http://")


def may_be_reached(address: str, *, plain: bool) -> bool:
    """Say whether messages may go to an IP address.

    Never to one where a cloud tells a machine its own secrets, nor to one that is no single machine's; and
    without TLS only to this machine.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    found = _meant(found)
    if plain:
        return found.is_loopback
    never = found.is_link_local or found.is_multicast or found.is_unspecified or found in _METADATA
    return not never and not (found.is_reserved and found.version == 4)


def _meant(
    found: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Unwrap an IPv4 address that an IPv6 one stands for."""
    if isinstance(found, ipaddress.IPv4Address):
        return found
    if found.ipv4_mapped is not None:
        return found.ipv4_mapped
    for network, behind in _TRANSLATED.items():
        if found in network:
            return ipaddress.IPv4Address((int(found) >> behind) & 0xFFFFFFFF)
    return found


def host_may_be_named(url: str) -> bool:
    """Say whether a declared host may be one that is told; a name is asked again when it is reached."""
    host = host_of(url).rstrip(".")
    if is_plain(url):
        return True
    if host in _METADATA_NAMES:
        return False
    if ":" in host or re.fullmatch(r"[0-9.]+", host):
        return may_be_reached(host, plain=False)
    return True
