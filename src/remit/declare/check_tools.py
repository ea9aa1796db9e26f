"""Check tools: whether it is clear whom they are asked at, what was approved, and whom they reach."""

from __future__ import annotations

from collections.abc import Iterator

from remit.declare.block import ToolBlock
from remit.declare.fault import Fault
from remit.declare.scope import Scope, Spot


def check_tools(scope: Scope) -> Iterator[Fault]:
    """Check every tool; what it says of arguments is held against its schema where that is known."""
    for name, block in scope.sections["blocks"].items():
        if isinstance(block, ToolBlock):
            spot = scope.spot("blocks", name)
            yield from _server(spot, block)
            yield from _reach(spot, block)


def _server(spot: Spot, block: ToolBlock) -> Iterator[Fault]:
    if block.server is None:
        return
    sources = block.server.sources
    if len(sources) != 1:
        said = f"says {' and '.join(f'`{each}`' for each in sources)}" if sources else "does not say"
        yield spot.fault(
            "server",
            code="tool-source-unclear",
            summary=f"`{spot.name}` {said} whom it is asked at",
            help="write one of `stdio`, `url`, `openapi`, `python`, `knowledge` and `memory`",
            at="key",
        )
    if block.pin is None and block.status in ("approved", "deprecated"):
        yield spot.fault(
            code="tool-not-pinned",
            summary=f"`{spot.name}` is {block.status}, and no pin says with which description and schema",
            help="add `pin:`, or `status: pending_approval` until somebody has looked at it",
            at="key",
        )


def _reach(spot: Spot, block: ToolBlock) -> Iterator[Fault]:
    targets = block.named("target")
    if block.data_goes == "targets" and not targets:
        yield spot.fault(
            "data_goes",
            code="tool-without-target",
            summary=f"what `{spot.name}` is given goes to its targets, and no argument names them",
            help="give the argument that does the role `target`, as in `arguments: {recipient: target}`",
        )
    elif block.effect == "writes" and not targets and not block.named("record"):
        yield spot.fault(
            code="tool-without-target",
            summary=f"`{spot.name}` writes, and no argument says what it reaches or changes",
            help="give arguments the role `target` or `record`; without, nothing counts how far it reaches",
            severity="warning",
            at="key",
        )
    if block.effect == "writes" and not block.asked_as:
        yield spot.fault(
            code="tool-never-asked-for",
            summary=f"`{spot.name}` writes, and nothing says in which words people ask for it",
            help="add `asked_as:`; without, a run that has read what others wrote cannot use it by itself",
            severity="warning",
            at="key",
        )
