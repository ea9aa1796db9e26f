"""Commands on the registry of tools: which a server has, and what has changed since they were approved."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from remit.bootstrap import open_tools
from remit.cli.change import directory, sound_model
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.cli.directory import load_directory, read_texts, write_text
from remit.cli.table import table
from remit.decide.tool_review import PROBLEMS as FOUND_PROBLEMS
from remit.decide.tool_review import Reviewed, read_kept, write_kept
from remit.declare.tool import TOOL_URL_PATTERN, ToolServer
from remit.kernel.errors import NotFound
from remit.operations.review_tools import (
    KEPT,
    ToolReview,
    discover_tools,
    draft,
    review_tools,
    server_of,
)
from remit.operations.tools_knowledge import OwnTexts
from remit.ports_tools import ToolSources
from remit.settings import Settings

_T = TypeVar("_T")


@click.command()
@directory
@click.argument("server")
@click.option("--openapi", is_flag=True, help="SERVER is the address of an OpenAPI document.")
@click.option("--credential", default="", help="What it is asked with, sealed as `tool-NAME`.")
@json_option
@click.pass_obj
def discover(
    settings: Settings, directory: Path, server: str, openapi: bool, credential: str, as_json: bool
) -> None:
    """Ask SERVER for its tools, and write them as drafts for DIRECTORY to standard output.

    SERVER is a tool that is declared there, whose server is asked, or the address of an MCP server. A program
    is only started if a declaration names it. What each tool does is left for a person to say.
    """
    asked = _server(directory, server, openapi=openapi, credential=credential)
    found = _with_sources(settings, lambda sources: discover_tools(sources, asked))
    kept = directory / KEPT
    write_text(kept, write_kept({**_kept(directory), **{each.pin: each for each in found}}))
    if as_json:
        say_json([{"name": each.name, "description": each.description, "pin": each.pin} for each in found])
    else:
        say(draft(found, asked).rstrip())
    note(f"{count(len(found), 'tool')}; how they read is kept in {kept}")


def _server(directory: Path, said: str, *, openapi: bool, credential: str) -> ToolServer:
    if re.match(TOOL_URL_PATTERN, said):
        place = {"openapi" if openapi else "url": said}
        return ToolServer(**place, credential=credential or None)
    loaded = load_directory(directory)
    if loaded.operating_model is None:
        raise NotFound(
            "the directory is not sound, so that no server of a declared tool is known",
            help="`remit check` says what is wrong with it; or name an address",
        )
    return server_of(loaded.operating_model, said)


@click.command()
@directory
@click.argument("tools", nargs=-1)
@click.option("--write", is_flag=True, help="Write the new pins; what changed waits for approval again.")
@json_option
@click.pass_obj
def review(settings: Settings, directory: Path, tools: tuple[str, ...], write: bool, as_json: bool) -> None:
    """Show what has changed of the tools in DIRECTORY, or of each TOOL, since they were pinned.

    Exit code: 0 all read as they were approved; 1 one does not, is gone, or its server cannot be asked.
    """
    model = sound_model(directory, otherwise="nothing was asked")
    texts, kept = read_texts(directory), _kept(directory)
    found = _with_sources(settings, lambda sources: review_tools(sources, texts, model, kept, names=tools))
    if write:
        for name, file in found.files.items():
            write_text(directory / name, file.text)
        write_text(directory / KEPT, write_kept(found.kept))
    if as_json:
        say_json({"tools": [_plain(each) for each in found.reviewed], "written": write})
    else:
        _say(found, write=write)
    if any(each.finding in FOUND_PROBLEMS for each in found.reviewed):
        sys.exit(PROBLEMS)


def _say(found: ToolReview, *, write: bool) -> None:
    if not found.reviewed:
        note("no tool with a server is declared")
        return
    rows = [
        (each.address, each.finding.replace("_", " "), each.pin[:12], each.why) for each in found.reviewed
    ]
    say(table(["tool", "reads", "pin", "why"], rows))
    for each in found.reviewed:
        if each.finding in ("changed", "not_pinned"):
            unknown = each.finding == "changed" and each.before is None
            say(f"\n{each.address}{': how it read before was not kept; it reads now' if unknown else ''}")
            say("\n".join(f"  {line}" for line in each.difference))
    for name, file in sorted(found.files.items()) if write else ():
        note(f"wrote {name}: {count(file.lines, 'line')}")
    if found.files and not write:
        note("`--write` writes the new pins with `status: pending_approval`, and approves nothing")


def _plain(each: Reviewed) -> dict[str, Any]:
    return {
        "tool": each.address,
        "finding": each.finding,
        "pin": each.pin,
        "difference": each.difference,
        "why": each.why,
    }


def _kept(directory: Path) -> dict[str, Any]:
    path = directory / KEPT
    return read_kept(path.read_text("utf-8", "replace")) if path.exists() else {}


def _with_sources(settings: Settings, work: Callable[[ToolSources], Awaitable[_T]]) -> _T:
    async def run() -> _T:
        sources = OwnTexts(open_tools(settings))
        try:
            return await work(sources)
        finally:
            await sources.close()

    return asyncio.run(run())
