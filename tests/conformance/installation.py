"""The gateway's worker under the matrix: an operating model with a model of each provider, and a ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from conformance.providers import Upstream
from conftest import CASE, House
from remit.adapters.provider_anthropic import AnthropicProvider
from remit.adapters.provider_bedrock import BedrockProvider
from remit.adapters.provider_gemini import GeminiProvider
from remit.adapters.provider_openai import OpenAIProvider
from remit.declare.provider import Provider as DeclaredProvider
from remit.operations.issue_key import issue_key
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.ports import Journal
from remit.ports import Provider as Adapter
from remit.record.call_entry import Call, Refusal
from remit.record.entry import Entry

DECLARED = """
organisation:
  name: Test house
  contact: administrator@example.com
  currency: EUR
  remit: {models: any, data_class_max: confidential, spend: unlimited}
units:
  desk: {name: Desk, lead: desk-lead@example.com}
providers:
  openai: {technology: openai, base_url: "http://127.0.0.1:1"}
  anthropic: {technology: anthropic, base_url: "http://127.0.0.1:1"}
  gemini: {technology: gemini, base_url: "http://127.0.0.1:1"}
  bedrock: {technology: bedrock, region: eu-west-1, base_url: "http://127.0.0.1:1"}
blocks:
"""
BLOCK = """
  model/{name}:
    name: {name}
    provider: {provider}
    options: {options}
    context_tokens: 100000
    output_tokens_max: 5000
    data_class_max: confidential
    retries: 0
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00}}]
"""
BEDROCK_MODEL = "model: anthropic.a-model-v1"
OPTIONS = {
    "openai": "{}",
    "anthropic": "{}",
    "gemini": "{}",
    "bedrock": f"{{{BEDROCK_MODEL}}}",
}
ALLOWING = {
    "openai": "{reasoning: reasoning_content, cache_points: send}",
    "anthropic": "{system: anywhere}",
    "gemini": "{}",
    "bedrock": f"{{{BEDROCK_MODEL}, system: anywhere}}",
}
"""Options of a block that let more be said, for models that take it."""

STAGES = """
stages:
  experiment: {description: A pilot., remit: {calls: true}}
"""


class Written:
    """A journal that also shows what was written to it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.entries: list[Entry] = []

    def append(self, entries: Sequence[Entry]) -> None:
        self._journal.append(entries)
        self.entries += [entry for entry in entries if isinstance(entry, Call | Refusal)]

    @property
    def size(self) -> int:
        return self._journal.size

    def sync(self) -> None:
        self._journal.sync()

    def close(self) -> None:
        self._journal.close()


@contextmanager
def bench(root: Path, **others: type[OpenAIProvider]) -> Iterator[tuple[str, Worker, Written, Upstream]]:
    """Open a worker whose providers are the scripted servers, asked by our adapters, or by others."""
    house, upstream = House(root), Upstream()
    blocks = "".join(
        BLOCK.format(name=f"{name}{suffix}", provider=name, options=options)
        for suffix, all_options in (("", OPTIONS), ("-allowing", ALLOWING))
        for name, options in all_options.items()
    )
    house.apply(f"{DECLARED}{blocks}{STAGES}{CASE}")

    def make_provider(name: str, declared: DeclaredProvider) -> Adapter:
        address = f"{upstream.address}/{name}"
        if name == "openai":
            return others.get("openai", OpenAIProvider)(address, "sk")
        if name == "anthropic":
            return AnthropicProvider(address, "sk")
        if name == "gemini":
            return GeminiProvider(address, "sk")
        return BedrockProvider(address, region="eu-west-1", api_key="sk")

    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        written = Written(journal)
        system = replace(opened, make_provider=make_provider)
        key = issue_key(system, "pilot", author="tester@example.com").secret
        yield key, Worker(system, written), written, upstream
