"""Prompts: what a call of a prompt block by name, version and variables asks of a model.

A value becomes text inside one part of one message. It is put in once and never read again, so whatever it
says, it cannot add a message, fill another place or name a variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from re import Match
from typing import Any

import msgspec

from remit.declare.block import PLACEHOLDER, PromptBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.version import covers
from remit.enforce.decision import Decision, deny
from remit.enforce.request import Message, ModelRequest, OutputFormat, Text, Think
from remit.kernel.diagnostic import named
from remit.kernel.suggest import did_you_mean

VARIABLES_MAX = 100
VALUE_CHARACTERS_MAX = 200_000


class PromptCall(msgspec.Struct, frozen=True):
    """That a prompt is called: `prompt/letter`, or one version of it, with the values of its variables."""

    address: str
    variables: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Expanded:
    """The request that a prompt became, and the exact address of the block that it was made from."""

    request: ModelRequest
    prompt: str


def expand(
    request: ModelRequest, call: PromptCall, *, model: OperatingModel, use_case: str, day: date
) -> Expanded | Decision:
    """Put a prompt's messages before a request's own, and its model and parameters in their places.

    A request whose model is empty names none. What the prompt sets, the request may not set otherwise: the
    two take effect as one version, and a call that changes a part of it is another one.
    """
    found = _found(call, model, use_case, day)
    if isinstance(found, Decision):
        return found
    address, block = found
    said = _Said(address, block.owner or model.organisation.contact)
    if not block.is_usable(day):
        return said.deny("block-not-approved", f"`{address}` {block.state}", "use another version or prompt")
    values = _values(said, block, call.variables)
    if isinstance(values, Decision):
        return values
    settings = _settings(said, request, block)
    if isinstance(settings, Decision):
        return settings
    messages = (*(_message(turn.role, turn.text, values) for turn in block.turns), *request.messages)
    if all(message.role == "system" for message in messages):
        return said.deny("prompt-incomplete", f"`{address}` asks nothing by itself", "send a message with it")
    return Expanded(msgspec.structs.replace(request, messages=messages, **settings), address)


@dataclass(frozen=True, slots=True)
class _Said:
    """Whose prompt it is, for refusals."""

    address: str
    owner: str

    def deny(self, rule: str, summary: str, help: str) -> Decision:
        return deny(rule, summary, help=help, layer=self.address, owner=self.owner)


def _found(
    call: PromptCall, model: OperatingModel, use_case: str, day: date
) -> tuple[str, PromptBlock] | Decision:
    """Find the block that a call means: of a name without a version, the newest that its use case lists."""
    listed = model.use_cases[use_case].blocks
    address = model.newest([each for each in model.versions(call.address) if covers(listed, each)], day)
    block = model.blocks.get(address) if address else None
    if address is not None and isinstance(block, PromptBlock):
        return address, block
    prompts = [each.partition("/")[2] for each in listed if each.startswith("prompt/")]
    names = ", ".join(f"`{name}`" for name in sorted(prompts)) or "none"
    name = call.address.partition("/")[2]
    return deny(
        "prompt-outside-use-case",
        f"prompt {named(name)} is not among the blocks of `{use_case}`",
        help=did_you_mean(
            name, prompts, otherwise=f"listed are {names}; ask the owner to add it to `blocks`"
        ),
        layer=f"use-case/{use_case}",
        owner=model.owner_of(use_case),
    )


def _values(said: _Said, block: PromptBlock, given: Mapping[str, str]) -> dict[str, str] | Decision:
    """Give every variable its value; names are told, values never."""
    values: dict[str, str] = {}
    for name in given:
        if name not in block.variables:
            help = did_you_mean(name, block.variables, otherwise="leave it out")
            return said.deny("unknown-variable", f"`{said.address}` has no variable {named(name)}", help)
    for name, variable in block.variables.items():
        value = given.get(name, variable.default)
        if value is None and variable.required:
            help = f"send a value for `{name}`"
            return said.deny("prompt-incomplete", f"variable `{name}` of `{said.address}` has no value", help)
        values[name] = value or ""
        if len(values[name]) > VALUE_CHARACTERS_MAX:
            summary = f"variable `{name}` has more than {VALUE_CHARACTERS_MAX:,} characters"
            return said.deny("input-too-large", summary, "shorten it")
    return values


def _message(role: Any, text: str, values: Mapping[str, str]) -> Message:
    def value(place: Match[str]) -> str:
        # A model that was put in force before variables could be declared keeps its words as they were.
        return values.get(place[1], place[0])

    return Message(role, (Text(PLACEHOLDER.sub(value, text)),))


def _settings(said: _Said, request: ModelRequest, block: PromptBlock) -> dict[str, Any] | Decision:
    """Take what a prompt sets, unless the request sets it otherwise."""
    if not request.model and block.model is None:
        help = "name a model in the call"
        return said.deny(
            "prompt-incomplete", f"`{said.address}` names no model, and neither does the call", help
        )
    settings: dict[str, Any] = {}
    for name, field, value in _set(block, request.think):
        if not value and value != 0:
            continue
        asked = getattr(request, field)
        if _says(asked) and asked != value:
            help = "leave it out, or call another version"
            if name == "model":
                help = f"name `{value.partition('/')[2]}`, or call another version"
            summary = f"`{said.address}` sets its `{name}`, and the call sets it otherwise"
            return said.deny("prompt-contradicted", summary, help)
        settings[field] = value
    most = block.parameters.output_tokens_max
    if most is not None and (request.output_tokens_max is None or request.output_tokens_max > most):
        settings["output_tokens_max"] = most
    return settings


def _says(asked: Any) -> bool:
    """Say whether a call sets a field. Whether reasoning is summed up for the caller is its own affair."""
    if isinstance(asked, Think):
        return asked.effort is not None or asked.tokens_max is not None
    return asked not in (None, "", ())


def _set(block: PromptBlock, think: Think | None) -> tuple[tuple[str, str, Any], ...]:
    """List what a prompt sets: its own name for it, the field of a request, and the value."""
    parameters = block.parameters
    wanted, effort = parameters.output_schema, parameters.effort
    told = think or Think()
    return (
        ("model", "model", block.model),
        ("temperature", "temperature", _number(parameters.temperature)),
        ("top_p", "top_p", _number(parameters.top_p)),
        ("stop", "stop", parameters.stop),
        ("effort", "think", effort and Think(effort, summary=told.summary, by_default=told.by_default)),
        ("output_schema", "output_format", wanted and OutputFormat(wanted.encode(), name="answer")),
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
