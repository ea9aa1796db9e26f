"""A stop: what a kill switch holds, and whether a call falls under one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from remit.declare.version import family
from remit.enforce.decision import Decision, deny

EVERYTHING = "all"
KINDS = ("unit", "use-case", "agent", "key", "model", "provider", "tool", "run")
"""What a switch can stop beside everything; a unit with all below it, and a run with all that it began."""


class Stop(msgspec.Struct, frozen=True):
    """A kill switch that is on, since when, by whom and why."""

    address: str
    since: datetime
    author: str
    reason: str


Stops = Mapping[str, Stop]
"""The switches that are on, by the address that each stops."""


def of_caller(*, units: tuple[str, ...], use_case: str, agent: str, key: str) -> tuple[str, ...]:
    """List the addresses that stop a caller, whatever model it asks for; the widest first."""
    found = [EVERYTHING, *(f"unit/{unit}" for unit in units), f"use-case/{use_case}"]
    if agent:
        found.append(f"agent/{agent}")
    return (*found, f"key/{key}")


def of_model(address: str, provider: str) -> tuple[str, ...]:
    """List the addresses that stop a model: its own, that of all its versions, and its provider's."""
    return (address, family(address), f"provider/{provider}")


def of_tool(address: str, runs: tuple[str, ...], agents: tuple[str, ...] = ()) -> tuple[str, ...]:
    """List the addresses that stop a call of a tool beside its caller's: the tool, all its versions, its run.

    `runs` are the run and those that it was begun by, `agents` who works in them.
    """
    return (
        family(address),
        address,
        *(f"agent/{each}" for each in agents if each),
        *(f"run/{each}" for each in runs),
    )


def stopped(stops: Stops, addresses: tuple[str, ...]) -> Stop | None:
    """Find the widest switch that is on."""
    return next((stops[address] for address in addresses if address in stops), None)


def refusal(stop: Stop) -> Decision:
    return deny(
        "kill-switch",
        f"`{stop.address}` was stopped on {stop.since:%Y-%m-%d at %H:%M} UTC: {stop.reason}",
        help=f"ask {stop.author}; `remit kill-switch off {stop.address}` lets it go on",
        layer=stop.address,
        owner=stop.author,
    )
