"""Releases: a prompt, a model and parameters, which are tried and go live as one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from remit.declare.block import Block, ModelBlock, RouteBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import MUTABLE


@dataclass(frozen=True, slots=True)
class Release:
    """What answers: a model block, with a version if it has one, a prompt and parameters.

    `prompt` is the exact address of a prompt block, empty where messages are sent as they are. Their digests
    are of what their declarations say, so that an edit under the same address makes another release.
    `parameters` are those beside the prompt's own, in the same words.
    """

    model: str
    prompt: str = ""
    prompt_digest: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    model_digest: str = ""

    @property
    def digest(self) -> str:
        return release_digest(
            self.model,
            prompt=self.prompt,
            prompt_digest=self.prompt_digest,
            parameters=self.parameters,
            model_digest=self.model_digest,
        )


def release_digest(
    model: str,
    *,
    prompt: str = "",
    prompt_digest: str = "",
    parameters: Mapping[str, str] | None = None,
    model_digest: str = "",
) -> str:
    """Return the SHA-256 of the three as one; any other prompt, model or parameter is another release.

    >>> release_digest("model/small") == release_digest("model/small", parameters={})
    True
    >>> release_digest("model/small", parameters={"temperature": "0"})[:8]
    '7fb9219c'
    """
    return _sha256([model, prompt, prompt_digest, sorted((parameters or {}).items()), model_digest])


def _sha256(parts: Any) -> str:
    return sha256(json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def release_of(
    model: OperatingModel,
    address: str,
    *,
    day: date,
    prompt: str = "",
    parameters: Mapping[str, str] | None = None,
) -> Release:
    """Make a release of declared blocks: a model or route by its exact address, and a prompt by its own."""
    return Release(
        address,
        prompt,
        block_digest(model, prompt, day) if prompt else "",
        dict(parameters or {}),
        block_digest(model, address, day),
    )


_OF_A_MODEL = ("provider", "options", "maker", "context_tokens", "output_tokens_max")
"""What a model block says of how it answers; the rest says what it costs and who may have it."""


def block_digest(model: OperatingModel, address: str, day: date) -> str:
    """Return the SHA-256 of what a block's declaration says of its answers; empty if there is no such block.

    For a route that is where it leads, with the models as they are on a day. Who owns a block, what people
    call it and where it is in its life change no answer.
    """
    block = model.blocks.get(address)
    if block is None:
        return ""
    parts: list[Any] = [_said(block)]
    if isinstance(block, RouteBlock):
        meant = sorted({model.meant(target.to, day) or target.to for target in block.targets})
        parts += [[each, block_digest(model, each, day)] for each in meant]
    provider = model.providers.get(getattr(block, "provider", ""))
    if provider is not None:
        parts.append([provider.technology, provider.base_url])
    return _sha256(parts)


def _said(block: Block) -> dict[str, Any]:
    # Without what was left unset: a field that later versions of the product add changes no digest.
    dumped = block.model_dump(mode="json", exclude_unset=True)
    names: Iterable[str] = _OF_A_MODEL if isinstance(block, ModelBlock) else dumped
    return {name: dumped[name] for name in sorted(names) if name in dumped and name not in MUTABLE}
