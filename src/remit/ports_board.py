"""The print of the board report as a protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from remit.report.board import Board


class Press(Protocol):
    """Sets the board report for print."""

    def pdf(self, board: Board, drawings: Sequence[str]) -> bytes:
        """Set each sheet on a page, with its drawing, an SVG or nothing; raises RemitError.

        The same report makes the same bytes.
        """
        ...
