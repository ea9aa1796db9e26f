"""A race for money: many calls at once, each worth 1.00, on a budget of 3.50. Three may be let through."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import msgspec

from compiled import Load, Target, body, loaded, loading, provider
from exchange import QUESTION
from governed import environment_of, gateway, remit
from host import Cores
from peers import Peer, Unanswered, free_port, serving
from remit.bootstrap import open_system
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import journal_of
from remit.ports import Journals
from remit.record.call_entry import Call, Refusal
from remit.record.chain import HASH_CHARS
from remit.record.ledgered import decode
from remit.settings import read_settings

AT_ONCE = 64
LIMIT, WORTH = Decimal("3.50"), Decimal("1.00")
ADMITTED = int(LIMIT / WORTH)
_TOKENS = 20
_RATE = WORTH / _TOKENS * 1_000_000
_PAUSE_US = 300_000
"""Of the provider, before it answers: all calls are under way before the first is settled."""
_SECONDS_MAX = 20.0
_PEER_ROUNDS_MAX = 3
"""A peer takes some seconds for each, and ours is the one that has to hold every time."""
_READ_BYTES = 1 << 24
_BUDGETED = "LiteLLM"
"""The one peer whose budgets work without a database."""

_OPERATING_MODEL = """\
organisation:
  name: Race
  contact: platform@example.org
  currency: EUR
  remit:
    models: [model/static-whole]
    data_class_max: confidential
    input_tokens_max: 4096
    requests_per_minute: {{limit: 100000000, each: key}}
    spend: [{{limit: 900000.00 EUR, per: month}}]
units:
  claims:
    name: Claims
    lead: claims-lead@example.org
    remit: {{spend: [{{limit: 600000.00 EUR, per: month}}]}}
providers:
  static: {{technology: openai, base_url: "http://127.0.0.1:{port}/v1"}}
blocks:
  model/static-whole:
    name: A static answer
    provider: static
    context_tokens: 8192
    output_tokens_max: 256
    data_class_max: confidential
    prices: [{{starts: 2020-01-01, input: 0, output: {rate}}}]
use_cases:
{cases}"""

_CASE = """\
  {name}:
    name: Damage by hail, {name}
    unit: claims
    owner: claims-lead@example.org
    risk_owner: risk@example.org
    purpose: Say what damaged a car, so that the right adjuster looks at it first.
    data_class: confidential
    adoption: {{stage: launch, basis: The benchmark begins where a use case is in production.}}
    remit: {{spend: [{{limit: {limit} EUR, per: month}}]}}
"""

_LITELLM = """
  - model_name: race-{number}
    litellm_params:
      model: openai/static-whole
      api_base: "http://127.0.0.1:$upstream/v1"
      api_key: none
      input_cost_per_token: 0
      output_cost_per_token: {rate}
      max_budget: {limit}
      budget_duration: 1d"""


class Raced(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the race at one gateway; `note` says why there was none, whose budget or whose calls."""

    name: str
    admitted: tuple[int, ...] = ()
    """Of each round."""
    refused: int = 0
    broken: int = 0
    posted: tuple[str, ...] = ()
    """What our ledger says was spent in each round."""
    note: str = ""

    @property
    def strict(self) -> bool:
        """Say whether every round let through as many as the money is for, and the ledger says the same."""
        return (
            bool(self.admitted)
            and set(self.admitted) == {ADMITTED}
            and not self.broken
            and {Decimal(each) for each in self.posted} <= {ADMITTED * WORTH}
        )


def _at_once(target: Target, *, core: int) -> Load:
    asked = body(target.model, question=QUESTION, tokens=_TOKENS, pause_us=_PAUSE_US)
    options = ("-n", str(AT_ONCE))
    with loading(
        target, asked, core=core, connections=AT_ONCE, seconds=_SECONDS_MAX, options=options
    ) as running:
        return loaded(running)


def _raced(name: str, loads: list[Load], *, posted: tuple[str, ...] = (), note: str = "") -> Raced:
    return Raced(
        name=name,
        admitted=tuple(load.ok for load in loads),
        refused=sum(load.refused for load in loads),
        broken=sum(load.broken for load in loads),
        posted=posted,
        note=note,
    )


def race_ours(*, rounds: int, workers: int = 1) -> Raced:
    """Race for the money of as many use cases as there are rounds, each with a budget of its own."""
    name = f"Remit, {workers} worker{'s' if workers > 1 else ''}"
    cores = Cores.here()
    cases = [f"race-{number}" for number in range(rounds)]
    with tempfile.TemporaryDirectory(prefix="remit-race-") as folder, ExitStack() as stack:
        home = Path(folder)
        _, upstream = stack.enter_context(provider(core=cores.other))
        declared = home / "operating-model"
        declared.mkdir()
        (declared / "race.yaml").write_text(
            _OPERATING_MODEL.format(
                port=upstream,
                rate=_RATE,
                cases="".join(_CASE.format(name=case, limit=LIMIT) for case in cases),
            )
        )
        environment = environment_of(home)
        remit(environment, "apply", str(declared))
        keys = [remit(environment, "key", "issue", case) for case in cases]
        with gateway(home, core=cores.measured, workers=workers) as (_, port):
            loads = [
                _at_once(
                    Target(port=port, headers=(f"Authorization: Bearer {key}",), model="static-whole"),
                    core=cores.other,
                )
                for key in keys
            ]
        with open_system(read_settings(environment)) as system:
            fold_ledger(system)
            spent = {account.partition(":")[0]: amount for account, amount in system.store.posted().items()}
            each = [_answered(system.journals, journal_of(number + 1)) for number in range(workers)]
        posted = tuple(f"{spent.get(f'use-case/{case}', 0):.2f}" for case in cases)
        note = f"calls of each: {' + '.join(map(str, each))}" if workers > 1 else ""
        return _raced(name, loads, posted=posted, note=note)


def _answered(journals: Journals, journal: str) -> int:
    """Count the calls that a worker let through or refused."""
    data = journals.read(journal, 0, bytes_max=_READ_BYTES)
    entries = (decode(line[HASH_CHARS + 1 :]) for line in data.splitlines())
    return sum(isinstance(entry, Call | Refusal) for entry in entries)


def race_peer(peer: Peer, *, rounds: int) -> Raced:
    """Race at a peer, if it has budgets that work without a database."""
    if peer.name != _BUDGETED:
        return Raced(name=peer.name, note=peer.budget)
    cores, rounds = Cores.here(), min(rounds, _PEER_ROUNDS_MAX)
    entries = "".join(
        _LITELLM.format(number=number, rate=WORTH / _TOKENS, limit=LIMIT) for number in range(rounds)
    )
    config = f"model_list:{entries}\ngeneral_settings: {{master_key: sk-bench}}\n"
    with tempfile.TemporaryDirectory(prefix="remit-race-") as folder, ExitStack() as stack:
        _, upstream = stack.enter_context(provider(core=cores.other))
        try:
            started = stack.enter_context(
                serving(
                    peer,
                    upstream=upstream,
                    port=free_port(),
                    core=cores.measured,
                    folder=Path(folder) / "peer",
                    config=config,
                    model=f"race-{rounds - 1}",
                )
            )
        except Unanswered as fault:
            return Raced(name=peer.name, note=f"did not start: {fault}")
        loads = [
            _at_once(msgspec.structs.replace(started.target, model=f"race-{number}"), core=cores.other)
            for number in range(rounds)
        ]
    return _raced(peer.name, loads, note=peer.budget)
