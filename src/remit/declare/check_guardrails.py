"""Check guardrails: whether what they look for can be found, and what they ask for can be done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from remit.declare.block import GuardrailBlock
from remit.declare.fault import Fault
from remit.declare.guardrail import CustomRule, content_rule, entity_rule
from remit.declare.pattern import pattern_fault
from remit.declare.provider import Provider
from remit.declare.scope import Scope, Spot
from remit.declare.sensitive_type import TYPES
from remit.kernel.diagnostic import quoted
from remit.kernel.suggest import did_you_mean

_TYPES = frozenset(each.identifier for each in TYPES)
_SOURCES = ("webhook", "bedrock", "python", "onnx", "model")
_VERSIONED = re.compile(r".+/(?:[1-9][0-9]{0,7}|DRAFT)")


def check_guardrails(scope: Scope) -> Iterator[Fault]:
    """Check every guardrail block."""
    for name, block in scope.sections["blocks"].items():
        if isinstance(block, GuardrailBlock):
            spot = scope.spot("blocks", name)
            yield from _types(spot, block)
            yield from _patterns(spot, block)
            for custom, rule in block.custom.items():
                yield from _custom(spot.at("custom", custom), custom, rule)
            yield from _prices(spot, block)
            yield from _audit(spot, block)
            yield from _silence(spot, block)


def _types(spot: Spot, block: GuardrailBlock) -> Iterator[Fault]:
    for type in block.sensitive:
        if type not in _TYPES:
            yield spot.fault(
                "sensitive",
                type,
                code="unknown-sensitive-type",
                summary=f"{quoted(type)} is no type of personal data or secret that is known here",
                help=did_you_mean(type, _TYPES, otherwise="declare what it looks like under `patterns:`"),
                at="key",
            )


def _patterns(spot: Spot, block: GuardrailBlock) -> Iterator[Fault]:
    for name, rule in block.patterns.items():
        reason = pattern_fault(rule.pattern)
        if reason:
            yield spot.fault(
                "patterns",
                name,
                "pattern",
                code="pattern-unusable",
                summary=f"pattern `{name}` cannot be used: {quoted(reason)}",
                help="write it in RE2's syntax, which has no look-around and no back-references",
            )


def _custom(spot: Spot, name: str, rule: CustomRule) -> Iterator[Fault]:
    given = [source for source in _SOURCES if getattr(rule, source) is not None]
    if len(given) != 1:
        what = "nobody" if not given else " and ".join(f"`{each}`" for each in given)
        yield spot.fault(
            code="custom-source-unclear",
            summary=f"custom guardrail `{name}` names {what} to ask",
            help="give exactly one of `webhook`, `bedrock`, `python`, `onnx` and `model`",
            at="key",
        )
    elif rule.bedrock is not None:
        yield from _bedrock(spot, name, rule)
    elif rule.provider is not None:
        yield spot.fault(
            "provider",
            code="custom-source-unclear",
            summary=f"custom guardrail `{name}` names a provider and asks no guardrail of Bedrock",
            help="take `provider` out, or give `bedrock`",
            at="key",
        )
    if len(given) == 1:
        yield from _model(spot, name, rule)


def _model(spot: Spot, name: str, rule: CustomRule) -> Iterator[Fault]:
    if rule.model is None:
        for field in ("question", "sources"):
            if getattr(rule, field):
                yield spot.fault(
                    field,
                    code="custom-source-unclear",
                    summary=f"custom guardrail `{name}` has `{field}` and asks no model",
                    help=f"take `{field}` out, or give `model`",
                    at="key",
                )
        return
    if rule.question is None:
        yield spot.fault(
            code="custom-without-question",
            summary=f"custom guardrail `{name}` does not say what the model judges",
            help="add `question:`, so that yes lets a text pass, such as `Is the text polite?`",
            at="key",
        )
    if not spot.scope.has("blocks", rule.model):
        yield spot.undeclared("model", target=rule.model, code="undeclared-block")
    elif not rule.model.startswith("model/"):
        yield spot.fault(
            "model",
            code="not-a-model",
            summary=f"`{rule.model}` is not a model",
            help="name a block whose address begins with `model/`",
        )


def _bedrock(spot: Spot, name: str, rule: CustomRule) -> Iterator[Fault]:
    if _VERSIONED.fullmatch(rule.bedrock or "") is None:
        yield spot.fault(
            "bedrock",
            code="bedrock-version-missing",
            summary=f"custom guardrail `{name}` says no version of Bedrock's",
            help="write the version after a slash, as `abc123/4`, or `abc123/DRAFT`",
        )
    if rule.provider is None:
        yield spot.fault(
            code="custom-without-provider",
            summary=f"custom guardrail `{name}` does not say through which provider Bedrock is asked",
            help="add `provider:` with a declared provider whose technology is `bedrock`",
            at="key",
        )
        return
    providers: Mapping[str, Provider] = spot.scope.sections["providers"]
    if not spot.scope.has("providers", rule.provider):
        yield spot.undeclared("provider", target=rule.provider, code="undeclared-provider")
    elif rule.provider in providers and providers[rule.provider].technology != "bedrock":
        yield spot.fault(
            "provider",
            code="provider-not-bedrock",
            summary=f"provider `{rule.provider}` is not Amazon Bedrock, whose guardrail `{name}` asks",
            help="name a provider whose technology is `bedrock`",
        )


def _prices(spot: Spot, block: GuardrailBlock) -> Iterator[Fault]:
    """Check that each price is of a guardrail that is asked and paid for by what it reads."""
    last: dict[str, date] = {}
    for number, price in enumerate(block.prices):
        rule = block.custom.get(price.custom)
        if rule is None:
            yield spot.fault(
                *("prices", number, "custom"),
                code="guardrail-price-misplaced",
                summary=f"`{spot.name}` asks no guardrail by others that it calls `{price.custom}`",
                help=did_you_mean(price.custom, block.custom, otherwise="declare it under `custom:` first"),
            )
        elif rule.model is not None:
            yield spot.fault(
                *("prices", number, "custom"),
                code="guardrail-price-misplaced",
                summary=f"custom guardrail `{price.custom}` asks a model, whose calls are charged already",
                help=f"take the price out; what it costs is in the calls of `{rule.model}`",
            )
        if price.custom in last and price.starts <= last[price.custom]:
            yield spot.fault(
                *("prices", number, "starts"),
                code="price-order",
                summary=f"the prices of `{price.custom}` do not stand in the order of their dates",
                help="order them by `starts`, each date once; add a new price at the end",
            )
        last[price.custom] = price.starts
    priced = {price.custom for price in block.prices}
    for name, rule in block.custom.items():
        if rule.bedrock is None or name in priced:
            continue
        if not any(_bedrock(spot.at("custom", name), name, rule)):
            yield spot.fault(
                *("custom", name, "bedrock"),
                code="guardrail-without-price",
                summary=f"custom guardrail `{name}` asks Bedrock, and what that costs is not counted",
                help=f"add `{{custom: {name}, starts: DATE, per_1000_units: RATE}}` to the block's `prices:`",
                severity="warning",
            )


def _audit(spot: Spot, block: GuardrailBlock) -> Iterator[Fault]:
    """Find what is to be masked in an answer that has left by then."""
    if block.streaming != "audit":
        return
    rules = [
        *(("sensitive", type, entity_rule(setting)) for type, setting in block.sensitive.items()),
        *(("patterns", name, rule) for name, rule in block.patterns.items()),
    ]
    masks = [
        (section, name)
        for section, name, rule in rules
        if rule.output_enabled and rule.output_action == "anonymize"
    ]
    masks += [
        ("custom", name)
        for name, rule in block.custom.items()
        if rule.output_enabled and rule.wait and rule.action == "anonymize"
    ]
    for section, name in masks:
        yield spot.fault(
            section,
            name,
            code="audit-cannot-mask",
            summary=f"`{name}` is to be masked in answers, which have left when `audit` looks at them",
            help="use `streaming: hold_back`, or do not mask it on the way back",
            at="key",
        )


def _silence(spot: Spot, block: GuardrailBlock) -> Iterator[Fault]:
    strengths = [content_rule(setting) for setting in block.content.values()]
    says = (
        any(rule.input_strength != "none" or rule.output_strength != "none" for rule in strengths)
        or (block.words is not None and (block.words.listed or block.words.profanity))
        or any((block.topics, block.sensitive, block.patterns, block.custom))
        or block.grounding is not None
        or block.relevance is not None
    )
    if not says:
        yield spot.fault(
            code="guardrail-says-nothing",
            summary=f"`{spot.name}` looks for nothing, so everything passes it",
            help="say what it looks for, such as `content: {PROMPT_ATTACK: medium}`",
            severity="warning",
            at="key",
        )
