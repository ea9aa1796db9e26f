"""Check knowledge bases: whether whoever is to read one is declared."""

from __future__ import annotations

from collections.abc import Iterator

from remit.declare.block import KnowledgeBlock, ToolBlock
from remit.declare.declared import DATA_CLASSES
from remit.declare.fault import Fault
from remit.declare.scope import Scope, Spot
from remit.declare.version import family
from remit.kernel.suggest import did_you_mean


def check_knowledge(scope: Scope) -> Iterator[Fault]:
    """Check every knowledge base."""
    for name, block in scope.sections["blocks"].items():
        if isinstance(block, ToolBlock) and block.server is not None and block.server.knowledge is not None:
            yield from _tool(scope, name, block, block.server.knowledge)
        elif isinstance(block, KnowledgeBlock):
            spot = scope.spot("blocks", name)
            for number, reader in enumerate(block.readers):
                yield from _reader(spot.at("readers", number), block, reader, within="")
            for group, members in block.groups.items():
                for number, reader in enumerate(members):
                    yield from _reader(spot.at("groups", group, number), block, reader, within=group)


def _tool(scope: Scope, name: str, block: ToolBlock, base: str) -> Iterator[Fault]:
    """See that what a search returns is taken for no better than what the knowledge base holds."""
    spot, blocks = scope.spot("blocks", name), scope.sections["blocks"]
    found = [each for address, each in blocks.items() if base in (address, family(address))]
    if not any(isinstance(each, KnowledgeBlock) for each in found):
        if not scope.has("blocks", base) or found:
            yield spot.undeclared("server", "knowledge", target=base, code="undeclared-block")
        return
    for each in found:
        if not isinstance(each, KnowledgeBlock):
            continue
        trusting = block.returns.trust == "trusted" and each.trust == "untrusted"
        if trusting or DATA_CLASSES.index(block.returns.data_class) < DATA_CLASSES.index(each.data_class):
            yield spot.fault(
                "returns",
                code="knowledge-tool-unsound",
                summary=f"`{name}` says that what it returns is {block.returns.trust} and"
                f" {block.returns.data_class}, and `{base}` is {each.trust} and {each.data_class}",
                help="write in `returns:` what the knowledge base says of itself",
            )
            return


def _reader(spot: Spot, block: KnowledgeBlock, reader: str, *, within: str) -> Iterator[Fault]:
    kind, _, name = reader.partition("/")
    if kind == "unit" and not spot.scope.has("units", name):
        yield spot.undeclared(target=name, code="undeclared-unit")
    elif reader.startswith("use-case/") and not spot.scope.has("use_cases", name):
        yield spot.undeclared(target=name, code="undeclared-use-case")
    elif kind == "group" and within:
        yield spot.fault(
            code="unknown-reader-group",
            summary=f"group `{within}` of `{spot.name}` names a group",
            help="name units, use cases and agents in groups",
        )
    elif kind == "group" and name not in block.groups:
        yield spot.fault(
            code="unknown-reader-group",
            summary=f"`{spot.name}` has no group `{name}`",
            help=did_you_mean(
                name, block.groups, otherwise="declare it under `groups:` of this knowledge base"
            ),
        )
