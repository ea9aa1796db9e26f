"""Diagnostics: what is wrong with a declared text, collected and never raised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,79}(?:@[0-9]{1,9})?")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One fault: where, what in one sentence, and what would help."""

    span: Span
    code: str
    summary: str
    help: str
    severity: Severity = "error"

    def render(self) -> str:
        return f"{self.span}: {self.severity}[{self.code}]: {self.summary}\n  help: {self.help}"


def quoted(text: str, *, at_most: int = 80) -> str:
    """Put somebody else's text into a sentence: in backticks, cut short, on one line, with nothing invisible.

    >>> quoted("claims"), quoted("two\\nlines"), quoted("abcdef", at_most=3)
    ('`claims`', '`two\\\\nlines`', '`abc…`')
    """
    cut = text[:at_most] + "…" if len(text) > at_most else text
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
    return f"`{shown}`"


def named(name: str) -> str:
    """Put a name that a caller sent into a sentence that is kept, but not what can be no name.

    >>> named("vendor/small-2@1"), named("ada@example.com"), named("Dear Ada, I write because")
    ('`vendor/small-2@1`', '`…`', '`…`')
    """
    return f"`{name}`" if _NAME.fullmatch(name) else "`…`"


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort by place, so that two runs print the same text."""
    return tuple(sorted(set(diagnostics)))
