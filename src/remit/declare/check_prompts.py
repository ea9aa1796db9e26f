"""Check prompts: whether every place in a text is a declared variable, and every variable has a place."""

from __future__ import annotations

from collections.abc import Iterator

from remit.declare.block import PLACEHOLDER, PromptBlock
from remit.declare.fault import Fault
from remit.declare.scope import Scope, Spot
from remit.declare.text import Path
from remit.kernel.diagnostic import quoted
from remit.kernel.suggest import did_you_mean


def check_prompts(scope: Scope) -> Iterator[Fault]:
    """Check every prompt block."""
    for name, block in scope.sections["blocks"].items():
        if isinstance(block, PromptBlock):
            spot = scope.spot("blocks", name)
            yield from _form(spot, block)
            yield from _variables(spot, block)
            yield from _model(spot, block)


def _form(spot: Spot, block: PromptBlock) -> Iterator[Fault]:
    if (block.text is None) == (not block.messages):
        summary = f"`{spot.name}` has neither `text` nor `messages`"
        if block.messages:
            summary = f"`{spot.name}` has both `text` and `messages`"
        yield spot.fault(
            code="text-or-messages",
            summary=summary,
            help="give one of them: `text` is one system message, `messages` are any",
            at="key",
        )


def _variables(spot: Spot, block: PromptBlock) -> Iterator[Fault]:
    used: set[str] = set()
    texts: dict[Path, str] = {("messages", at, "text"): turn.text for at, turn in enumerate(block.messages)}
    if block.text is not None:
        texts[("text",)] = block.text
    for path, text in texts.items():
        found = dict.fromkeys(PLACEHOLDER.findall(text))
        used |= found.keys()
        for name in found:
            if name not in block.variables:
                yield spot.fault(
                    *path,
                    code="undeclared-variable",
                    summary=f"`{spot.name}` uses undeclared variable {quoted(name)}",
                    help=did_you_mean(name, block.variables, otherwise="declare it under `variables:`"),
                )
    for name in block.variables:
        if name not in used:
            yield spot.fault(
                "variables",
                name,
                code="unused-variable",
                summary=f"variable `{name}` stands nowhere in the text of `{spot.name}`",
                help=f"write `{{{{{name}}}}}` where its value belongs, or take it out",
                at="key",
            )


def _model(spot: Spot, block: PromptBlock) -> Iterator[Fault]:
    if block.model is None:
        return
    if not spot.scope.has("blocks", block.model):
        yield spot.undeclared("model", target=block.model, code="undeclared-block")
    elif not block.model.startswith("model/"):
        yield spot.fault(
            "model",
            code="not-a-model",
            summary=f"`{block.model}` is not a model",
            help="name a block whose address begins with `model/`",
        )
