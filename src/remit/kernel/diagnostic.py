"""Diagnostics: what is wrong with a declared text, collected and never raised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


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


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort by place, so that two runs print the same text."""
    return tuple(sorted(set(diagnostics)))
