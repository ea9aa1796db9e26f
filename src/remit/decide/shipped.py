"""Data that ships with the product, read from its text."""

from __future__ import annotations

from typing import Any

from remit.declare.text import read


def read_shipped(text: str, file: str) -> dict[str, Any]:
    """Read a mapping; a fault in what ships is ours."""
    tree, diagnostics = read(text, file)
    assert isinstance(tree, dict), [each.render() for each in diagnostics]
    assert not diagnostics, [each.render() for each in diagnostics]
    return tree
