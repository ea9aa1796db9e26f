"""Learned: what one step adds to what a run knows, so that a run is kept as a list of what it learned."""

from __future__ import annotations

import msgspec

from remit.declare.declared import DATA_CLASSES, DataClass
from remit.enforce.tool.run import Run


class Learned(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a run knows after a step and did not before. Texts are folded, as a run has them."""

    asked: str = ""
    registered: tuple[str, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()
    own: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    data_class: DataClass = "public"
    is_tainted: bool = False
    led: tuple[str, ...] = ()


def learned(before: Run, after: Run) -> Learned:
    """Say what a run has learned between two of its states, the later of which only adds to the earlier."""
    return Learned(
        asked=after.asked if after.asked != before.asked else "",
        registered=tuple(sorted(after.registered - before.registered)),
        roles=tuple(sorted(after.roles - before.roles)),
        own=after.own[len(before.own) :],
        foreign=after.foreign[len(before.foreign) :],
        data_class=after.data_class,
        is_tainted=after.is_tainted,
        led=tuple(sorted(after.led - before.led)),
    )


def knowing(run: Run, more: Learned) -> Run:
    """Give the run that has learned this as well; in whichever order runs learn, they know the same."""
    return Run(
        asked=more.asked or run.asked,
        registered=run.registered | frozenset(more.registered),
        roles=run.roles | frozenset(more.roles),
        own=(*run.own, *more.own),
        foreign=(*run.foreign, *more.foreign),
        data_class=max(run.data_class, more.data_class, key=DATA_CLASSES.index),
        is_tainted=run.is_tainted or more.is_tainted,
        led=run.led | frozenset(more.led),
    )


def encoded(more: Learned) -> bytes:
    return msgspec.json.encode(more)


def decoded(body: bytes) -> Learned:
    return msgspec.json.decode(body, type=Learned)
