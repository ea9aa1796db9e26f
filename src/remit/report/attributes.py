"""What telemetry says of a call, a refusal and a check: each attribute's name, what it is, and its value.

No attribute holds words of a prompt or an answer, a secret, whom a call was for, or words that a caller
chose: its reference and the name of its run stay in the ledger, where the call's id finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from remit.declare.guardrail import HANDLINGS
from remit.declare.version import family
from remit.enforce.guardrail.noted import Noted
from remit.kernel import genai
from remit.record.call_entry import Call, GuardrailCheck, Purpose, Refusal

Value = str | bool | int | float | Sequence[str]
Providers = Mapping[str, str]
"""The technology of each declared provider, by its name."""

E = TypeVar("E")


class Attribute(NamedTuple, Generic[E]):
    """One attribute of a span; what is None is left out."""

    name: str
    says: str
    value: Callable[[E], Value | None]


def request_model(purpose: Purpose) -> str:
    """Name a model as callers do, without its version."""
    return family(purpose.model).removeprefix("model/")


def provider_name(provider: str, providers: Providers) -> str:
    """Name a provider in the words of the conventions."""
    technology = providers.get(provider, provider)
    return genai.PROVIDERS.get(technology, technology)


def strictest(findings: Iterable[Noted]) -> str | None:
    """Say the most that was done about anything that was found; None if nothing was."""
    return max((each.action for each in findings), key=HANDLINGS.index, default=None)


def error_type(call: Call) -> str | None:
    """Say how a call failed; one that its caller left, or that a guardrail stopped, has not failed."""
    return (call.fault or call.status) if call.status in ("failed", "interrupted") else None


def _finish(call: Call) -> tuple[str, ...] | None:
    if call.stop_reason is None:
        return None
    return (genai.FINISHES.get(call.stop_reason, call.stop_reason),)


def _first_chunk(call: Call) -> float | None:
    return call.first_token_ms / 1000 if call.streamed and call.first_token_ms is not None else None


def _found(findings: Sequence[Noted]) -> int | None:
    return sum(each.count for each in findings) or None


CALL: tuple[Attribute[Call], ...] = (
    Attribute(genai.OPERATION_NAME, "What was asked of the model.", lambda call: call.origin.operation),
    Attribute(
        genai.REQUEST_MODEL,
        "The model's name, without its version.",
        lambda call: request_model(call.purpose),
    ),
    Attribute(
        genai.RESPONSE_MODEL,
        "The model that the provider says served.",
        lambda call: call.served_model or None,
    ),
    Attribute(genai.REQUEST_STREAM, "That the answer was streamed.", lambda call: call.streamed or None),
    Attribute(genai.TIME_TO_FIRST_CHUNK, "Seconds to the first piece of a streamed answer.", _first_chunk),
    Attribute(genai.FINISH_REASONS, "Why the answer ended.", _finish),
    Attribute(
        genai.USAGE_INPUT, "All tokens read, cached ones among them.", lambda call: call.usage.input_total
    ),
    Attribute(
        genai.USAGE_OUTPUT,
        "All tokens written, those of reasoning among them.",
        lambda call: call.usage.output_tokens,
    ),
    Attribute(
        genai.USAGE_CACHE_READ,
        "Of the tokens read, those from the provider's cache.",
        lambda call: call.usage.cache_read_tokens or None,
    ),
    Attribute(
        genai.USAGE_CACHE_CREATION,
        "Of the tokens read, those written to the provider's cache.",
        lambda call: (call.usage.cache_write_tokens + call.usage.cache_write_1h_tokens) or None,
    ),
    Attribute(
        genai.USAGE_REASONING,
        "Of the tokens written, those of reasoning.",
        lambda call: call.usage.reasoning_tokens or None,
    ),
    Attribute(
        genai.AGENT_NAME, "The agent that the key is bound to.", lambda call: call.purpose.agent or None
    ),
    Attribute(genai.ERROR_TYPE, "How the call failed: a code with a page of its own.", error_type),
    Attribute("remit.call.id", "The entry's id in the ledger.", lambda call: call.id),
    Attribute("remit.use_case", "Whose call it was.", lambda call: call.purpose.use_case),
    Attribute("remit.unit", "The unit that owns the use case.", lambda call: call.purpose.unit),
    Attribute("remit.stage", "The use case's stage.", lambda call: call.purpose.stage),
    Attribute("remit.key", "The key's id, which opens nothing.", lambda call: call.purpose.key),
    Attribute("remit.model", "The exact address of the model.", lambda call: call.purpose.model),
    Attribute(
        "remit.model.asked",
        "The route, or the model, that was asked for where another served.",
        lambda call: call.purpose.asked or None,
    ),
    Attribute("remit.provider", "The declared provider.", lambda call: call.provider),
    Attribute(
        "remit.prompt_block", "The prompt block that was called.", lambda call: call.prompt_block or None
    ),
    Attribute("remit.wire", "The wire format that the caller spoke.", lambda call: call.origin.wire or None),
    Attribute("remit.service_tier", "The tier in which the provider served.", lambda call: call.tier or None),
    Attribute("remit.status", "How the call ended.", lambda call: call.status),
    Attribute("remit.simulated", "That no real model answered.", lambda call: call.simulated or None),
    Attribute(
        "remit.charge",
        "What it was charged, as a binary number; the ledger has it exact.",
        lambda call: float(call.charge),
    ),
    Attribute("remit.currency", "The charge's currency.", lambda call: call.currency),
    Attribute(
        "remit.list_charge",
        "What it would be at list prices, where they differ.",
        lambda call: None if call.list_charge is None else float(call.list_charge),
    ),
    Attribute(
        "remit.usage.estimated", "That usage is an estimate.", lambda call: call.usage_estimated or None
    ),
    Attribute("remit.cached", "The call whose kept answer was given.", lambda call: call.cached or None),
    Attribute("remit.saved", "What that saved.", lambda call: float(call.saved) if call.cached else None),
    Attribute("remit.batch", "The batch that it belongs to.", lambda call: call.batch or None),
    Attribute(
        "remit.hedge_of", "The call beside which it asked the same.", lambda call: call.hedge_of or None
    ),
    Attribute("remit.judges", "The call whose text it judged.", lambda call: call.judges or None),
    Attribute("remit.attempts", "How many tries failed before it.", lambda call: len(call.attempts) or None),
    Attribute(
        "remit.policies_noted",
        "Policies in `log_only` mode that would have refused it.",
        lambda call: call.policies_noted or None,
    ),
    Attribute(
        "remit.guardrails", "The guardrails that it passed.", lambda call: tuple(call.guardrails) or None
    ),
    Attribute("remit.guardrail.findings", "How much they found.", lambda call: _found(call.findings)),
    Attribute(
        "remit.guardrail.action",
        "The most that was done about it: `none`, `anonymize`, `block`.",
        lambda call: strictest(call.findings),
    ),
    Attribute(
        "remit.operating_model.version",
        "The version of the operating model.",
        lambda call: call.purpose.model_version,
    ),
)


def _of(refusal: Refusal, field: str) -> str | None:
    return (getattr(refusal.purpose, field) or None) if refusal.purpose is not None else None


REFUSAL: tuple[Attribute[Refusal], ...] = (
    Attribute(
        genai.REQUEST_MODEL,
        "The model that was asked for, where it is declared.",
        lambda refusal: (request_model(refusal.purpose) or None) if refusal.purpose else None,
    ),
    Attribute(genai.ERROR_TYPE, "The rule.", lambda refusal: refusal.decision.rule),
    Attribute("remit.call.id", "The entry's id, the refusal's own.", lambda refusal: refusal.id),
    Attribute("remit.decision.effect", "`deny`.", lambda refusal: refusal.decision.effect),
    Attribute(
        "remit.decision.rule", "The code of the rule that refused it.", lambda refusal: refusal.decision.rule
    ),
    Attribute(
        "remit.decision.layer", "The layer that set it.", lambda refusal: refusal.decision.layer or None
    ),
    Attribute(
        "remit.repeated",
        "How many more there were of an unknown key.",
        lambda refusal: refusal.repeated or None,
    ),
    Attribute("remit.use_case", "Whose call it was.", lambda refusal: _of(refusal, "use_case")),
    Attribute("remit.unit", "The unit that owns the use case.", lambda refusal: _of(refusal, "unit")),
    Attribute("remit.stage", "The use case's stage.", lambda refusal: _of(refusal, "stage")),
    Attribute("remit.key", "The key's id.", lambda refusal: _of(refusal, "key")),
    Attribute("remit.model", "The exact address of the model.", lambda refusal: _of(refusal, "model")),
    Attribute("remit.judges", "The call whose text it judged.", lambda refusal: refusal.judges or None),
    Attribute("remit.guardrail.findings", "How much was found.", lambda refusal: _found(refusal.findings)),
    Attribute(
        "remit.guardrail.action", "What was done about it.", lambda refusal: strictest(refusal.findings)
    ),
)

CHECK: tuple[Attribute[GuardrailCheck], ...] = (
    Attribute("remit.call.id", "The entry's id, the check's own.", lambda check: check.id),
    Attribute("remit.use_case", "Whose check it was.", lambda check: check.purpose.use_case),
    Attribute("remit.unit", "The unit that owns the use case.", lambda check: check.purpose.unit),
    Attribute("remit.stage", "The use case's stage.", lambda check: check.purpose.stage),
    Attribute("remit.key", "The key's id.", lambda check: check.purpose.key),
    Attribute("remit.guardrail.side", "`input` or `output`.", lambda check: check.side),
    Attribute("remit.guardrail.action", "What became of the text.", lambda check: check.action),
    Attribute("remit.guardrail.findings", "How much was found.", lambda check: _found(check.findings)),
    Attribute(
        "remit.guardrails", "The guardrails that read it.", lambda check: tuple(check.guardrails) or None
    ),
    Attribute("remit.characters", "How long the text was.", lambda check: check.characters),
    Attribute("remit.judges", "The call whose text it was.", lambda check: check.judges or None),
)

FINDING: tuple[Attribute[Noted], ...] = (
    Attribute("remit.guardrail.side", "`input` or `output`.", lambda found: found.side),
    Attribute("remit.guardrail.policy", "The kind of policy that found it.", lambda found: found.policy),
    Attribute("remit.guardrail.type", "What was found, never the words.", lambda found: found.type),
    Attribute("remit.guardrail.trust", "Who said it.", lambda found: found.trust),
    Attribute("remit.guardrail.action", "What was done about it.", lambda found: found.action),
    Attribute("remit.guardrail.count", "How often.", lambda found: found.count),
    Attribute("remit.guardrails", "Who asked for it.", lambda found: tuple(found.guardrails) or None),
    Attribute("remit.guardrails.shadow", "Who only watches.", lambda found: tuple(found.shadow) or None),
)
"""What the event `remit.guardrail.finding` of a span says."""


def values(attributes: Iterable[Attribute[E]], entry: E) -> list[tuple[str, Value]]:
    """Name what an entry says, in the order of its table."""
    found: list[tuple[str, Value]] = []
    for name, _, value in attributes:
        said: Any = value(entry)
        if said is not None:
            found.append((name, said))
    return found
