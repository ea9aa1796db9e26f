"""Plan an evaluation: which calls it would make, what they may cost at most, and if that may be spent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

import msgspec

from remit.decide.current_release import called
from remit.decide.evaluation_case import Case, DataSet, Scorer
from remit.decide.evaluation_judge import judge_knock
from remit.decide.release import Release, release_of
from remit.declare.block import ModelBlock, PromptBlock, PromptParameters
from remit.declare.operating_model import OperatingModel
from remit.enforce.account import Account
from remit.enforce.decision import Decision
from remit.enforce.grant import accounts_of, output_tokens_most
from remit.enforce.model_name import MODEL, ROUTE, names_under
from remit.enforce.model_rules import Reach, may_call
from remit.enforce.prompt import PromptCall, expand
from remit.enforce.remit import Remit, resolve
from remit.enforce.request import Message, ModelRequest, OutputFormat, Think
from remit.kernel.errors import RemitError
from remit.kernel.money import EXACT, ZERO, Money, canonical
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.record.call_entry import Call
from remit.record.dossier_entry import Guarded
from remit.record.evaluation_detail import Drawn

OUTPUT_TOKENS = 512
"""How long an answer may be where neither the data set nor the prompt says it."""

RELEASES_MAX = 8
VARIABLES_MAX = 16_000
"""How many characters the values of a case's variables may be, written as JSON: they are sent in a header."""

_BYTES_PER_TOKEN = 4
"""A judge reads an answer, whose length is known in tokens, and whose worst case is bounded in bytes."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A release with what is sent for it: a prompt, and parameters that the prompt does not set itself."""

    release: Release
    request: ModelRequest
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """A budget that the calls draw from, and what is left of it now."""

    budget: str
    left: Money
    owner: str


@dataclass(frozen=True, slots=True)
class PlannedEvaluation:
    """What an evaluation would do: at most so many `calls` and `judge_calls`, which cost `most` together.

    Of a sample of live calls, `given` are the calls that brought the answers, by the ids of their cases, and
    `drawn` is how they were drawn. `guardrails` are those that its calls would pass.
    """

    use_case: str
    data_set: DataSet
    candidates: tuple[Candidate, ...]
    judges: tuple[str, ...]
    calls: int
    judge_calls: int
    most: Money
    budgets: tuple[BudgetLeft, ...]
    stage: str
    model_version: int
    names_user: bool
    given: Mapping[str, Call] = field(default_factory=dict)
    drawn: Drawn | None = None
    guardrails: tuple[Guarded, ...] = ()

    @property
    def needs_gateway(self) -> bool:
        return self.calls + self.judge_calls > 0


def plan_evaluation(
    system: System, use_case: str, data_set: DataSet, *, models: Sequence[str], prompt: str = ""
) -> PlannedEvaluation:
    """Say what an evaluation would do; raises RemitError for what the use case may not do, or cannot pay."""
    ground = _ground(system, use_case)
    return _plan(system, ground, data_set, tuple(_candidates(ground, data_set, models, prompt)))


def plan_given(
    system: System,
    use_case: str,
    data_set: DataSet,
    *,
    release: Release,
    given: Mapping[str, Call],
    drawn: Drawn,
) -> PlannedEvaluation:
    """Say what it would take to score answers that a release has given in live calls, by the ids of cases."""
    candidate = Candidate(release, ModelRequest(release.model, ()), release.prompt)
    planned = _plan(system, _ground(system, use_case), data_set, (candidate,))
    # Live calls passed the guardrails of their day.
    return replace(planned, given=given, drawn=drawn, guardrails=())


def _ground(system: System, use_case: str) -> _Ground:
    fold_ledger(system)
    version, model = model_in_force(system)
    require_use_case(model, use_case)
    now = system.clock.now()
    stage = system.store.stages(now, use_case)[use_case].stage
    return _Ground(version, model, resolve(model, use_case, stage), now)


def _plan(
    system: System, ground: _Ground, data_set: DataSet, candidates: tuple[Candidate, ...]
) -> PlannedEvaluation:
    judges = tuple(dict.fromkeys(map(ground.address, _judges(data_set))))
    asked = [case for case in data_set.cases if case.answer is None]
    if len(asked) < len(data_set.cases) and len(candidates) > 1:
        raise RemitError(
            "the data set brings answers, which are those of one release",
            help="name the one model that gave them, or leave `answer` out",
            code="case-unsound",
        )
    most = EXACT.add(_most_of_calls(ground, candidates, asked), _most_of_judges(ground, candidates, data_set))
    planned = PlannedEvaluation(
        ground.remit.use_case,
        data_set,
        candidates,
        judges,
        calls=len(asked) * len(candidates),
        judge_calls=sum(1 for _ in _judges(data_set)) * len(candidates),
        most=Money(most, ground.model.organisation.currency),
        budgets=tuple(_budgets(system, ground)),
        stage=ground.remit.stage,
        model_version=ground.version,
        names_user=isinstance(ground.remit.users_max, int),
        guardrails=called(ground.model, ground.remit, ground.day).guardrails,
    )
    _see_affordable(planned)
    return planned


@dataclass(frozen=True, slots=True)
class _Ground:
    """What holds for every call: the operating model, the remit and the moment."""

    version: int
    model: OperatingModel
    remit: Remit
    now: datetime

    @property
    def day(self) -> date:
        return self.now.astimezone(self.model.organisation.zone).date()

    def address(self, name: str) -> str:
        """Find the model block that a name means; raises RemitError unless the remit lets it be called."""
        name = name if name.startswith(MODEL) else f"{MODEL}{name}"
        address = names_under(self.model, self.remit, self.day).get(name, name)
        if address.startswith(ROUTE):
            raise RemitError(
                f"`{name[:80]}` is a route, which leads to several models",
                help="name the models that it leads to, each is a release of its own",
                code="not-a-model",
            )
        if not self.remit.calls:
            raise RemitError(
                f"use case `{self.remit.use_case}` is at stage `{self.remit.stage}`, which allows no calls",
                help=f"pass the gate to the next stage; `remit gate show {self.remit.use_case}` says how",
                code="stage-allows-no-calls",
            )
        reach = Reach(
            self.remit, address, self.model.model(address), self.day, self.model.organisation.contact
        )
        if (decision := may_call(reach)).effect == "deny":
            raise _no(decision)
        return address

    def block(self, address: str) -> ModelBlock:
        block = self.model.model(address)
        assert block is not None, "it may be called"
        return block

    def most(self, request: ModelRequest) -> Decimal:
        """Price the worst case of a request, as its hold will."""
        block = self.block(request.model)
        price = block.price_at(self.day)
        assert price is not None, "a model without a price may not be called"
        assert request.output_tokens_max is not None, "a candidate has a limit"
        tokens = min(request.input_tokens_bound, block.context_tokens)
        return price.most(input_tokens=tokens, output_tokens=request.output_tokens_max)


def _no(decision: Decision) -> RemitError:
    return RemitError(decision.summary, help=decision.help, code=decision.rule)


def _judges(data_set: DataSet) -> Iterator[str]:
    """Name the model that judges, for each case and scorer that has one."""
    for case in data_set.cases:
        yield from (scorer.model for scorer in case.scorers if scorer.model is not None)


def _candidates(
    ground: _Ground, data_set: DataSet, models: Sequence[str], prompt: str
) -> Iterator[Candidate]:
    """Make a release of each model, with the prompt if one is named."""
    block, address = _prompt(ground, prompt) if prompt else (None, "")
    named = list(models) or ([block.model] if block is not None and block.model else [])
    if not 0 < len(named) <= RELEASES_MAX:
        raise RemitError(
            "no model is named" if not named else f"{len(named)} models are named",
            help=f"name 1 to {RELEASES_MAX} with `--models`, or a prompt that has a model of its own",
            code="not-a-model",
        )
    found = list(dict.fromkeys(map(ground.address, named)))
    for each in found:
        yield _candidate(ground, data_set.parameters, each, block=block, prompt=address)


def _prompt(ground: _Ground, prompt: str) -> tuple[PromptBlock, str]:
    """Find the prompt that a use case means by a name; raises RemitError if it may not call it."""
    call = PromptCall(prompt if prompt.startswith("prompt/") else f"prompt/{prompt}")
    probe = ModelRequest("model/any", (Message.of("user", "any"),))
    found = expand(probe, call, model=ground.model, use_case=ground.remit.use_case, day=ground.day)
    # Only which block it is counts here; each case is put in by itself.
    address = found.prompt if not isinstance(found, Decision) else (found.layer or "")
    block = ground.model.blocks.get(address)
    if not isinstance(block, PromptBlock):
        assert isinstance(found, Decision), "a prompt that is found is declared"
        raise _no(found)
    return block, address


def _candidate(
    ground: _Ground, given: PromptParameters, address: str, *, block: PromptBlock | None, prompt: str
) -> Candidate:
    own = block.parameters if block is not None else PromptParameters()
    limit = given.output_tokens_max or (
        None
        if own.output_tokens_max is not None
        else min(OUTPUT_TOKENS, output_tokens_most(ground.remit, ground.block(address)))
    )
    request = ModelRequest(
        address,
        (),
        output_tokens_max=limit,
        temperature=None if given.temperature is None else float(given.temperature),
        top_p=None if given.top_p is None else float(given.top_p),
        stop=given.stop,
        think=None if given.effort is None else Think(given.effort),
        output_format=OutputFormat(given.output_schema.encode(), "answer") if given.output_schema else None,
    )
    parameters = own.model_dump(exclude_defaults=True, mode="json")
    parameters |= given.model_dump(exclude_defaults=True, mode="json")
    if limit is not None:
        parameters["output_tokens_max"] = limit
    written = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()
    }
    release = release_of(ground.model, address, day=ground.day, prompt=prompt, parameters=written)
    return Candidate(release, request, prompt)


def request_of(candidate: Candidate, case: Case) -> ModelRequest:
    """Put what a case asks into what is sent for a release."""
    messages = tuple(Message.of(turn.role, turn.content) for turn in case.messages)
    return msgspec.structs.replace(candidate.request, messages=messages)


def _most_of_calls(ground: _Ground, candidates: Sequence[Candidate], cases: Sequence[Case]) -> Decimal:
    total = ZERO
    for candidate in candidates:
        for case in cases:
            total = EXACT.add(total, ground.most(_whole(ground, candidate, case)))
    return total


def _whole(ground: _Ground, candidate: Candidate, case: Case) -> ModelRequest:
    """Return what a model will be asked of a case; raises RemitError where it cannot be."""
    request = request_of(candidate, case)
    if not candidate.prompt:
        if case.messages:
            return request
        raise _of_case(case, "asks nothing without a prompt", "give it `input:`, or name a prompt")
    if len(json.dumps(dict(case.variables))) > VARIABLES_MAX:
        raise _of_case(case, "has variables that are too long to be sent", "send long texts in `input:`")
    call = PromptCall(candidate.prompt, case.variables)
    found = expand(request, call, model=ground.model, use_case=ground.remit.use_case, day=ground.day)
    if isinstance(found, Decision):
        raise _of_case(case, f"cannot be asked: {found.summary}", found.help or "change it")
    return found.request


def _of_case(case: Case, what: str, help: str) -> RemitError:
    return RemitError(f"case `{case.id}` {what}", help=help, code="case-unsound")


def _most_of_judges(ground: _Ground, candidates: Sequence[Candidate], data_set: DataSet) -> Decimal:
    """Price the worst case of all judging: an answer is as long as it may be."""
    total = ZERO
    for case, scorer in _judged(data_set):
        asked = judge_knock(scorer, case, case.answer or "", mark="0" * 24)
        asked = msgspec.structs.replace(asked, model=ground.address(asked.model))
        block = ground.block(asked.model)
        price = block.price_at(ground.day)
        assert price is not None, "a model without a price may not be called"
        for candidate in candidates:
            limit = candidate.request.output_tokens_max or OUTPUT_TOKENS
            answer = 0 if case.answer is not None else limit * _BYTES_PER_TOKEN
            tokens = min(asked.input_tokens_bound + answer, block.context_tokens)
            most = price.most(input_tokens=tokens, output_tokens=asked.output_tokens_max or 0)
            total = EXACT.add(total, most)
    return total


def _judged(data_set: DataSet) -> Iterator[tuple[Case, Scorer]]:
    for case in data_set.cases:
        for scorer in case.scorers:
            if scorer.model is not None:
                yield case, scorer


def _budgets(system: System, ground: _Ground) -> Iterator[BudgetLeft]:
    """List what is left of every budget that a new key's calls must fit into."""
    organisation = ground.model.organisation
    posted, pending = system.store.posted(), dict[str, Decimal]()
    for hold, _ in system.store.open_holds():
        for name in hold.accounts:
            pending[name] = EXACT.add(pending.get(name, ZERO), hold.amount)
    held = accounts_of(
        ground.remit,
        key="new",
        agent="",
        now=ground.now,
        zone=organisation.zone,
        year_starts=organisation.fiscal_year_starts,
    )
    for each in held:
        if each.spend.on_breach != "warn":
            account = Account(posted.get(each.account, ZERO), pending.get(each.account, ZERO))
            left = max(account.available(each.spend.limit), ZERO)
            yield BudgetLeft(each.spend.id, Money(left, organisation.currency), each.spend.owner)


def _see_affordable(planned: PlannedEvaluation) -> None:
    """Raise RemitError if the worst case is above what is left of any budget."""
    tightest = min(planned.budgets, key=lambda each: each.left.amount, default=None)
    if tightest is None or planned.most.amount <= tightest.left.amount:
        return
    raise RemitError(
        f"the evaluation may cost {planned.most} and budget `{tightest.budget}` has"
        f" {canonical(tightest.left.amount)} {tightest.left.currency} left",
        help=f"take fewer cases, set `output_tokens_max` lower, or ask {tightest.owner} to raise the budget",
        code="evaluation-above-budget",
    )
