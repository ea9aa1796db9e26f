"""Nodes: where every value of a declared text begins and ends, so that one can be changed in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from remit.declare.text import BYTE_ORDER_MARK, events


@dataclass(slots=True)
class Node:
    """A value: its offsets in the text, without the line breaks and comments after it."""

    kind: Literal["mapping", "list", "scalar"]
    flow: bool
    start: int
    end: int = 0
    items: list[Item] = field(default_factory=list)
    named: dict[str, Item] = field(default_factory=dict)


@dataclass(slots=True)
class Item:
    """A field of a mapping or an item of a list. `start` is where its name, dash or bare value begins.

    `in_flow` tells that it stands between brackets, and has no line of its own.
    """

    name: str
    start: int
    column: int
    node: Node
    in_flow: bool


def nodes(text: str) -> Node | None:
    """Find the nodes of a text that `read` accepted; None if it declares nothing."""
    shift = len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
    return _Walk(text, shift).root()


class _Walk:
    """Goes through the parser's events once."""

    def __init__(self, text: str, shift: int) -> None:
        self.text = text
        self.shift = shift
        self.events: Iterator[Any] = events(text)

    def root(self) -> Node | None:
        first = next((event for event in self.events if isinstance(event, yaml.NodeEvent)), None)
        return None if first is None else self.node(first)

    def node(self, event: Any) -> Node:
        start, stop = event.start_mark.index + self.shift, event.end_mark.index + self.shift
        column = event.start_mark.column
        if isinstance(event, yaml.ScalarEvent):
            if event.style in ("|", ">"):
                stop = start + len(self.text[start:stop].rstrip())
            return Node("scalar", flow=False, start=start, end=stop)
        kind: Literal["mapping", "list"] = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
        found = Node(kind, flow=bool(event.flow_style), start=start)
        child: Any
        while not isinstance(child := next(self.events), yaml.MappingEndEvent | yaml.SequenceEndEvent):
            item = self.item(child, found, column)
            found.items.append(item)
            found.named[item.name] = item
        # What ends in a block is followed by comments and empty lines that are not part of it.
        end: Any = child.end_mark
        found.end = end.index + self.shift if found.flow else found.items[-1].node.end
        return found

    def item(self, event: Any, above: Node, column: int) -> Item:
        start = event.start_mark.index + self.shift
        if above.kind == "mapping":
            at = event.start_mark.column
            return Item(event.value, start, at, self.node(next(self.events)), above.flow)
        if not above.flow:
            start = self._dash(start, column)
        return Item("", start, column, self.node(event), above.flow)

    def _dash(self, start: int, column: int) -> int:
        """Find the dash before an item: on its line or one above, in the column of the list."""
        end = start
        while True:
            line = self.text.rfind("\n", 0, end) + 1
            if line == 0 and self.shift:
                line = self.shift
            before = self.text[line : line + column]
            if line + column < start and self.text[line + column] == "-" and not before.strip(" -"):
                return line + column
            assert line > self.shift, "an item of a list has a dash"
            end = line - 1
