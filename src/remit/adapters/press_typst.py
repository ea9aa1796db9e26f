"""The board report as PDF, set by Typst from a template that gets everything as data."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from importlib import resources
from typing import Any

import msgspec
import typst

from remit.kernel.errors import RemitError
from remit.report.board import Board, Sheet


class TypstPress:
    """Sets pages with the fonts that Typst brings, so that every machine sets the same ones."""

    def pdf(self, board: Board, drawings: Sequence[str]) -> bytes:
        data = msgspec.json.encode(printed(board, drawings)).decode()
        template = resources.files("remit.adapters").joinpath("typeset/board.typ").read_bytes()
        try:
            compiler = typst.Compiler(template, ignore_system_fonts=True, sys_inputs={"board": data})
            made = compiler.compile(format="pdf", timestamp=int(board.as_of.timestamp()))
        except typst.TypstError as error:
            raise RemitError(
                "the board report cannot be set for print",
                help="write it as `.html` or `.md`, which have the same figures",
                code="board-not-printed",
            ) from error
        assert isinstance(made, bytes), "one document is asked for"
        return made


def printed(board: Board, drawings: Sequence[str]) -> dict[str, Any]:
    """Turn the report into what the template reads: words and drawings, and nothing that is markup."""
    sheets = []
    for sheet, drawing in zip(board.sheets, drawings, strict=True):
        commands = list(sheet.figures)
        sheets.append({**_fields(sheet, but="chart"), "commands": commands, "drawing": drawing})
    at = f"{board.as_of:%Y-%m-%d %H:%M} UTC"
    return {**_fields(board, but="sheets"), "as_of": at, "sheets": sheets}


def _fields(value: Board | Sheet, *, but: str) -> dict[str, Any]:
    names = (each.name for each in dataclasses.fields(value))
    return {name: getattr(value, name) for name in names if name != but}
