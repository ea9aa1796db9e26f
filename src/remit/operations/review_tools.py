"""Review tools: ask their servers how they describe them now, and hold that against what was approved.

Nothing is called. What a server says is shown to people; it decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remit.decide.tool_review import Described, Reviewed, review
from remit.declare.block import ToolBlock
from remit.declare.editor import Rewritten
from remit.declare.operating_model import OperatingModel
from remit.declare.rewrite import rewrite
from remit.declare.tool import PIN_PATTERN, ToolServer
from remit.declare.version import family
from remit.declare.written import written
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.suggest import did_you_mean
from remit.ports_tools import ToolSources, called_there

WHOSE = "registry/review"
"""As whom servers are asked: never in a conversation of a use case's."""

KEPT = "tool-texts.json"
"""The file beside the declarations that holds how pinned tools read; each text is proved by its pin."""


@dataclass(frozen=True, slots=True)
class ToolReview:
    """What was found, the files with new pins, and the texts that these pins name."""

    reviewed: tuple[Reviewed, ...]
    files: Mapping[str, Rewritten]
    kept: Mapping[str, Described]


def server_of(model: OperatingModel, address: str) -> ToolServer:
    """Find the server of a declared tool; raises NotFound."""
    tools = {name: block for name, block in model.blocks.items() if isinstance(block, ToolBlock)}
    block = tools.get(address) or tools.get(f"tool/{address}")
    if block is None or block.server is None:
        raise NotFound(
            f"no tool `{address[:80]}` with a server is declared",
            help=did_you_mean(address, tools, otherwise="name one that is, or give an address with `--url`"),
        )
    return block.server


async def discover_tools(sources: ToolSources, server: ToolServer) -> tuple[Described, ...]:
    """Ask a server which tools it has; raises ToolNotReached."""
    # Of an installed function there is one tool, called as it is.
    address = f"tool/{server.called or server.python or 'discover'}"
    source = sources.source(address, server, whose=WHOSE)
    texts = await source.texts()
    return tuple(Described(each.name, each.description, each.schema) for each in texts)


def draft(found: Sequence[Described], server: ToolServer) -> str:
    """Write what was found as drafts of tools, with all that a person has yet to say as comments."""
    said = server.model_dump(exclude_none=True, exclude={"called", "outcome"})
    blocks: dict[str, Any] = {}
    for each in found:
        name = _name_of(each.name)
        arguments = list(each.schema.get("properties") or ())
        at = {**said, "called": each.name} if name != each.name else dict(said)
        blocks[f"tool/{name}"] = {
            "name": each.name[:120],
            "status": "draft",
            "effect": "writes",
            "arguments": {
                each: "content" for each in arguments if re.fullmatch(r"[A-Za-z_][\w.-]{0,79}", each)
            }
            or None,
            "server": at,
            "pin": each.pin,
        }
    text = written({"blocks": blocks}, comment="drafts: say of each what it does, see docs/guides/tools.md")
    # What it does is for a person to say, so that the check asks for it as long as nobody has.
    return text.replace("    effect: writes\n", "    # effect: reads, or writes\n")


def _name_of(name: str) -> str:
    """Make the name of a block from what a server calls its tool.

    >>> _name_of("Claims.lookUp_v2")
    'claims-lookup-v2'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80] or "tool"


async def review_tools(
    sources: ToolSources,
    texts: Mapping[str, str],
    model: OperatingModel,
    kept: Mapping[str, Described],
    *,
    names: Sequence[str] = (),
) -> ToolReview:
    """Ask for every declared tool, or those named. Nothing is written here.

    The files have each new pin, and with it the status `pending_approval`: it is approved by a second,
    reviewed change.
    """
    asked = _asked(model, names)
    reviewed: list[Reviewed] = []
    for address, block in asked.items():
        assert block.server is not None, "only those are asked for"
        called = called_there(address, block.server)
        try:
            source = sources.source(address, block.server, whose=WHOSE)
            found = {
                each.name: Described(each.name, each.description, each.schema)
                for each in await source.texts()
            }
        except RemitError as fault:
            reviewed.append(Reviewed(address, "not_reached", block.pin or "", why=fault.summary))
            continue
        reviewed.append(review(address, called, block.pin, found, kept))
    after = {**model.blocks}
    for each in reviewed:
        if each.finding in ("changed", "not_pinned"):
            status = "draft" if asked[each.address].status == "draft" else "pending_approval"
            pinned = {"pin": each.pin, "status": status}
            after[each.address] = asked[each.address].model_copy(update=pinned)
    files = rewrite(texts, model, model.model_copy(update={"blocks": after}))
    if files is None:
        raise RemitError(
            "the new pins cannot be written into these files",
            help="nothing was written; change the pins that are shown by hand",
            code="not-written-back",
        )
    named = {each.now.pin: each.now for each in reviewed if each.now is not None}
    return ToolReview(tuple(reviewed), files, {**_still_named(model, kept), **named})


def _asked(model: OperatingModel, names: Sequence[str]) -> dict[str, ToolBlock]:
    tools = {
        name: block
        for name, block in sorted(model.blocks.items())
        if isinstance(block, ToolBlock) and block.server is not None
    }
    if not names:
        return tools
    found: dict[str, ToolBlock] = {}
    for name in names:
        address = name if name.startswith("tool/") else f"tool/{name}"
        meant = {each: block for each, block in tools.items() if address in (each, family(each))}
        if not meant:
            raise NotFound(
                f"no tool `{address[:80]}` with a server is declared",
                help=did_you_mean(address, tools, otherwise="`remit tool list` shows every tool"),
            )
        found |= meant
    return found


def _still_named(model: OperatingModel, kept: Mapping[str, Described]) -> dict[str, Described]:
    named = {block.pin for block in model.blocks.values() if isinstance(block, ToolBlock)}
    return {pin: text for pin, text in kept.items() if pin in named and re.fullmatch(PIN_PATTERN, pin)}
