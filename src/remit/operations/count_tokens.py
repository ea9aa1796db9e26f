"""Count what an input would be to a model: through the same keys and remit as a call, and free of charge."""

from __future__ import annotations

from dataclasses import dataclass

from remit.enforce.admission import Key
from remit.enforce.request import ModelRequest, Request
from remit.operations.call_model import Refused, reach
from remit.operations.worker import Worker


@dataclass(frozen=True, slots=True)
class Counted:
    """How many tokens an input is; `estimated` where its provider cannot be asked."""

    tokens: int
    estimated: bool


async def count_tokens(worker: Worker, key: Key, request: Request) -> Counted | Refused:
    """Ask the model's provider for a count, or estimate it; nothing is held and nothing is charged.

    Raises ProviderError where the provider was asked and did not do its part.
    """
    assert isinstance(request, ModelRequest), "no format asks for a count of texts to embed"
    reached = reach(worker, key, request)
    if isinstance(reached, Refused):
        return reached
    tokens = await reached.provider.count(request, reached.terms)
    if tokens is None:
        return Counted(request.input_tokens_estimate, estimated=True)
    return Counted(tokens, estimated=False)
