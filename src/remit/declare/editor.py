"""Editor: one declared text, changed in the ranges of what is to be said otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

import msgspec

from remit.declare.node import Item, Node, nodes
from remit.declare.written import flow, inline, item_lines, list_lines, mapping_lines, wants_block

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file's new text, and how many of its lines were changed, added or removed."""

    text: str
    lines: int


def typed(value: Any) -> Any:
    """Let dates and numbers be written as people write them, without quotes; our reader takes any text."""
    if isinstance(value, Mapping):
        return {name: typed(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [typed(each) for each in value]
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


class Editor:
    """Collects what is to be replaced in one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.edits: list[tuple[int, int, str]] = []
        self.gone: dict[str, list[Item]] = {}
        self.added: dict[str, dict[str, Any]] = {}
        root = nodes(text)
        assert root is not None, "a text that declares something has a root"
        self.root: Node = root

    def change(self, section: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any] | None) -> None:
        """Change one declaration where it stands, or take it out."""
        item = self.root.named[section]
        if name:
            item = item.node.named[name]
        if new is None and not name:
            self._remove(self.root, [item])
        elif new is None:
            self.gone.setdefault(section, []).append(item)
        else:
            self._value(item, old, new)

    def add(self, section: str, name: str, body: Mapping[str, Any]) -> None:
        """Put a declaration at the end of its section."""
        self.added.setdefault(section, {})[name] = body

    def result(self) -> Rewritten:
        for section, items in self.gone.items():
            item = self.root.named[section]
            whole = len(items) == len(item.node.items)
            if whole and section not in self.added:
                # A section is not left without a declaration.
                self._remove(self.root, [item])
            elif whole and item.node.flow:
                self._replace(item, self.added.pop(section))
            else:
                self._remove(item.node, items, with_comment=True)
        for section, bodies in self.added.items():
            self._insert(self.root.named[section].node, bodies)
        # Of two edits at one place the earlier stands first, so they are made from the last to the first.
        order = sorted(
            enumerate(self.edits), key=lambda each: (each[1][0], each[1][1], each[0]), reverse=True
        )
        text, lines = self.text, 0
        for _, (start, end, new) in order:
            lines += max(text.count("\n", start, end), new.count("\n"), 1)
            text = text[:start] + new + text[end:]
        return Rewritten(text, lines)

    def _value(self, item: Item, old: Any, new: Any, *, in_list: bool = False) -> None:
        node = item.node
        if old == new:
            return
        same_kind = isinstance(new, dict) if node.kind == "mapping" else isinstance(new, list)
        if node.kind == "mapping" and same_kind and new and (not in_list or old.keys() == new.keys()):
            self._fields(item, old, new)
        elif node.kind == "list" and same_kind and new and self._may_walk(node, old, new):
            self._items(node, old, new)
        else:
            self._replace(item, new)

    def _may_walk(self, node: Node, old: Any, new: Any) -> bool:
        """A list in one line is walked if no item comes or goes; another if it begins on its own line."""
        if node.flow:
            return len(old) == len(new)
        return all(self._is_first(item.start) for item in node.items)

    def _fields(self, item: Item, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        node, kept = item.node, [name for name in old if name in new]
        if not kept and node.flow:
            self._replace(item, new)
            return
        for name in kept:
            self._value(node.named[name], old[name], new[name])
        self._remove(node, [item for item in node.items if item.name in old and item.name not in new])
        if more := {name: value for name, value in new.items() if name not in old}:
            self._insert(node, more)

    def _items(self, node: Node, old: list[Any], new: list[Any]) -> None:
        if node.flow:
            for item, was, becomes in zip(node.items, old, new, strict=True):
                self._value(item, was, becomes, in_list=True)
            return
        one, other = ([msgspec.json.encode(each) for each in values] for values in (old, new))
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            both = min(i2 - i1, j2 - j1)
            for step in range(both):
                self._value(node.items[i1 + step], old[i1 + step], new[j1 + step], in_list=True)
            self._remove(node, node.items[i1 + both : i2])
            if j1 + both < j2:
                self._insert_items(node, i1 + both, new[j1 + both : j2])

    def _insert_items(self, node: Node, before: int, values: list[Any]) -> None:
        at = node.items[before].start if before < len(node.items) else None
        lines = list_lines(typed(values), " " * node.items[0].column)
        if at is None:
            self._after(node.items[-1].node.end, lines)
        else:
            start = self.text.rfind("\n", 0, at) + 1
            self.edits.append((start, start, "".join(line + self.newline for line in lines)))

    def _replace(self, item: Item, new: Any) -> None:
        node, new = item.node, typed(new)
        if item.in_flow or (node.flow and not isinstance(new, str)):
            self.edits.append((node.start, node.end, flow(new)))
            return
        commented = self._rest(node.end).strip() != ""
        indent = " " * item.column
        if isinstance(new, str) and (commented or not wants_block(new)):
            lines = [f"{self._head(item)} {inline(new)}"]
        elif item.name:
            lines = list(item_lines(self._head(item), new, indent))
        else:
            lines = list(list_lines([new], indent))
            lines[0] = lines[0].removeprefix(indent)
        if len(lines) == 1 and node.kind == "scalar" and lines[0].startswith(self._head(item) + " "):
            self.edits.append((node.start, node.end, lines[0][len(self._head(item)) + 1 :]))
        else:
            self.edits.append((item.start, node.end, self.newline.join(lines)))

    def _head(self, item: Item) -> str:
        """Take what names an item as it is written: `field:`, or the dash of a list."""
        if not item.name:
            return "-"
        return self.text[item.start : self.text.index(":", item.start + len(item.name)) + 1]

    def _insert(self, node: Node, fields: Mapping[str, Any]) -> None:
        last = node.items[-1].node.end
        if node.flow:
            added = "".join(f", {flow(name)}: {flow(typed(value))}" for name, value in fields.items())
            self.edits.append((last, last, added))
        else:
            self._after(last, mapping_lines(typed(fields), " " * node.items[0].column))

    def _after(self, end: int, lines: Iterable[str]) -> None:
        """Put lines below the line that something ends on."""
        at = self.text.find("\n", end)
        if at < 0:
            self.edits.append((len(self.text),) * 2 + ("".join(self.newline + line for line in lines),))
        else:
            self.edits.append((at + 1, at + 1, "".join(line + self.newline for line in lines)))

    def _remove(self, node: Node, gone: list[Item], *, with_comment: bool = False) -> None:
        if node.flow:
            self._remove_between_brackets(node, gone)
            return
        for item in gone:
            start = self.text.rfind("\n", 0, item.start) + 1
            if with_comment:
                start = self._comment_above(start, item.column)
            end = self.text.find("\n", item.node.end) + 1 or len(self.text)
            self.edits.append((start, end, ""))

    def _remove_between_brackets(self, node: Node, gone: list[Item]) -> None:
        """Take items out with the comma before them, or after them where they are the first."""
        names = {item.name for item in gone}
        first = next((at for at, item in enumerate(node.items) if item.name not in names), None)
        if first is None:
            return
        if first:
            self.edits.append((node.items[0].start, node.items[first].start, ""))
        for at in range(first + 1, len(node.items)):
            if node.items[at].name in names:
                self.edits.append((node.items[at - 1].node.end, node.items[at].node.end, ""))

    def _comment_above(self, start: int, column: int) -> int:
        """Find where the comment begins that stands directly above, in the same column."""
        while start > 0:
            line = self.text.rfind("\n", 0, start - 1) + 1
            text = self.text[line:start]
            if not text.lstrip(" ").startswith("#") or len(text) - len(text.lstrip(" ")) != column:
                break
            start = line
        return start

    def _rest(self, end: int) -> str:
        at = self.text.find("\n", end)
        return self.text[end : at if at >= 0 else len(self.text)]

    def _is_first(self, start: int) -> bool:
        line = self.text.rfind("\n", 0, start) + 1
        return not self.text[line:start].strip(" \ufeff")
