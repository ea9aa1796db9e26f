"""A model that judges: its own governed call, what it sees, and what becomes of its word or its silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from guarded_calls import INPUT, OUTPUT, STOPPED_INPUT, STOPPED_OUTPUT, Run, batches, declared, text_of
from remit.adapters.provider_echo import EchoProvider
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce.answer import Delta, Finish, ModelEvent
from remit.enforce.guardrail.trust import Span
from remit.enforce.request import EmbedRequest, Message, ModelRequest, Request, Terms, Text
from remit.kernel.errors import ProviderFailed
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.operations.admitted import Admitted
from remit.operations.apply_guardrail import Applied, Check, apply_guardrail
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.count_tokens import Counted, count_tokens
from remit.operations.issue_key import issue_key
from remit.operations.judge_later import AT_ONCE_MAX
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.record.call_entry import Origin

QUESTION = "Is the text free of badgers?"
JURY = """providers:
  jury: {technology: echo}
"""
JUDGE = """blocks:
  model/judge:
    name: Judge
    provider: jury
    context_tokens: 100000
    output_tokens_max: 1000
    retries: 0
    prices: [{starts: 2020-01-01, input: 3.00, output: 5.00}]
"""
USAGE = Usage(input_tokens=100, output_tokens=3)
FAILS = ProviderFailed("the provider answered with status 500", help="try again")


class Jury(EchoProvider):
    """Says of each request what it was told to, in turn and then again; waits where that is nothing."""

    simulated = False

    def __init__(self, *words: str | ProviderFailed | None) -> None:
        super().__init__()
        self.words = list(words)
        self.asked: list[ModelRequest] = []
        self.waits = asyncio.Event()

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        assert isinstance(request, ModelRequest)
        self.asked.append(request)
        said = self.words.pop(0) if len(self.words) > 1 else self.words[0]
        if said is None:
            self.waits.set()
            await asyncio.Event().wait()
        if isinstance(said, ProviderFailed):
            raise said
        yield [Delta(str(said))]
        yield [Finish("stop", USAGE, "judge")]

    @property
    def shown(self) -> list[str]:
        return [request.messages[-1].text for request in self.asked]


def judge(**said: Any) -> dict[str, Any]:
    rule = {"model": "model/judge", "question": QUESTION, "timeout_seconds": 60, **said}
    return {"custom": {"no-badgers": rule}}


def with_judge(*guardrails: dict[str, Any]) -> str:
    return declared(*guardrails).replace("providers:\n", JURY).replace("blocks:\n  model", JUDGE + "  model")


def run(house: Any, model: str, jury: Jury, work: Callable[[Run], Any]) -> Any:
    """Put a model in force and do something with a worker whose judge is this one, in one event loop."""
    house.apply(model)

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        return jury if name == "jury" else EchoProvider()

    async def within(worker: Worker, secret: str) -> Any:
        try:
            return await work(Run(worker, secret))
        finally:
            await worker.close()

    with house.system() as opened, opened.journals.exclusive(GATEWAY) as journal:
        system = replace(opened, make_provider=make_provider)
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        return asyncio.run(within(Worker(system, journal), secret))


def calls(house: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """List the entries of callers' calls and of those that judge them."""
    every = house.entries("call")
    return [each for each in every if "judges" not in each], [each for each in every if "judges" in each]


def found_in(entry: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (*(each.get(name) for name in ("side", "type", "kind", "action")), each.get("confidence", "high"))
        for each in entry.get("findings", ())
    ]


def grounded(question: str, *sources: str) -> ModelRequest:
    parts = (*(Text(each, label="source") for each in sources), Text(question, label="query"))
    return ModelRequest("model/echo", (Message("user", parts),), output_tokens_max=1_000)


# ── its word ──


def test_an_input_that_passes_goes_on_and_both_calls_are_in_the_ledger_and_paid_for(house: Any) -> None:
    jury = Jury("PASS 90")
    assert run(house, with_judge(judge(**INPUT)), jury, lambda on: on.said("a fox")) == "Simulated: a fox"
    [call], [judging] = calls(house)
    assert judging["judges"] == call["id"]
    assert judging["id"] != call["id"]
    assert [each["purpose"]["model"] for each in (call, judging)] == ["model/echo", "model/judge"]
    assert judging["purpose"]["key"] == call["purpose"]["key"]
    assert (judging["status"], judging.get("guardrails", {})) == ("completed", {})
    assert found_in(call) == []
    assert call["guardrails"] == {"guardrail/g0": "organisation"}
    # 100 tokens at 3.00 and 3 at 5.00 for a million; 2 at 1.00 and 3 at 2.00.
    assert Decimal(judging["charge"]) == Decimal("0.000315")
    assert Decimal(call["charge"]) == Decimal("0.000008")
    assert set(house.posted().values()) == {Decimal("0.000323")}
    assert house.verify() == ()


@pytest.mark.parametrize(
    ("word", "confidence"),
    [("FAIL 80", "high"), ("FAIL 79", "medium"), ("FAIL 49", "low"), ("FAIL 0", "low")],
)
def test_an_input_that_fails_is_stopped_however_sure_the_judge_is(
    house: Any, word: str, confidence: str
) -> None:
    jury = Jury(word)
    assert run(house, with_judge(judge(**INPUT)), jury, lambda on: on.said("a fox")) == STOPPED_INPUT
    [call], [judging] = calls(house)
    assert (call["status"], call["charge"], judging["judges"]) == ("blocked", "0", call["id"])
    assert found_in(call) == [("input", "NO_BADGERS", "no-badgers", "block", confidence)]


@pytest.mark.parametrize(
    "rule", [judge(**INPUT), judge(**OUTPUT), judge(wait=False, action="none", **OUTPUT)]
)
def test_a_judge_belongs_to_the_run_and_the_trace_of_the_call_that_it_judges(
    house: Any, rule: dict[str, Any]
) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    origin = Origin("openai.chat", run="run-7", trace=trace, asked_digest="d")

    async def judged(on: Run) -> None:
        await on.said("a fox", origin=origin)
        while on.worker.judges.asked_apart:
            await asyncio.sleep(0)

    run(house, with_judge(rule), Jury("PASS 90"), judged)
    [call], [judging] = calls(house)
    assert judging["judges"] == call["id"]
    assert judging["origin"] == {"wire": "judge", "run": "run-7", "trace": trace}


def test_texts_to_embed_are_refused_under_the_id_that_the_judge_names(house: Any) -> None:
    asked = EmbedRequest("model/echo", ("a fox",))
    refused = run(house, with_judge(judge(**INPUT)), Jury("FAIL 99"), lambda on: on.admit(asked))
    assert isinstance(refused, Refused)
    [entry] = house.entries("refusal")
    [judging] = house.entries("call")
    assert judging["judges"] == entry["id"] == refused.id
    assert house.verify() == ()


def test_what_is_found_may_be_masked_whole(house: Any) -> None:
    rule = judge(action="anonymize", **INPUT)
    said = run(house, with_judge(rule), Jury("FAIL 99"), lambda on: on.said("a fox"))
    assert said == "Simulated: {NO_BADGERS_1}"


@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_that_fails_is_not_given(house: Any, streamed: bool) -> None:
    jury = Jury("FAIL 99")
    said = run(house, with_judge(judge(**OUTPUT)), jury, lambda on: on.said("a fox", streamed=streamed))
    assert said == STOPPED_OUTPUT
    [call], [judging] = calls(house)
    assert (call["status"], judging["status"], judging["judges"]) == ("blocked", "completed", call["id"])
    assert found_in(call) == [("output", "NO_BADGERS", "no-badgers", "block", "high")]
    assert "Simulated: a fox" in jury.shown[0]
    assert house.verify() == ()


@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_that_passes_is_given_whole(house: Any, streamed: bool) -> None:
    said = run(
        house, with_judge(judge(**OUTPUT)), Jury("PASS 0"), lambda on: on.said("a fox", streamed=streamed)
    )
    assert said == "Simulated: a fox"


def test_each_window_is_judged_by_a_call_of_its_own(house: Any) -> None:
    rule = judge(**OUTPUT) | {"streaming": "windowed", "window_characters": 100}
    jury = Jury("PASS 90", "FAIL 90")
    said = run(house, with_judge(rule), jury, lambda on: on.said("fox " * 60, streamed=True))
    assert said.endswith(STOPPED_OUTPUT)
    assert said.startswith("Simulated: fox fox")
    [call], judging = calls(house)
    assert [each["judges"] for each in judging] == [call["id"]] * 2


def test_one_in_shadow_only_notes(house: Any) -> None:
    rule = judge(**OUTPUT) | {"mode": "shadow"}
    assert run(house, with_judge(rule), Jury("FAIL 99"), lambda on: on.said("a fox")) == "Simulated: a fox"
    [call], [_] = calls(house)
    assert call["findings"][0]["shadow"] == {"guardrail/g0": "block"}


def test_a_text_on_its_own_is_judged_in_the_name_of_its_check(house: Any) -> None:
    async def work(on: Run) -> Applied | Refused:
        key = authenticate(on.worker, on.secret)
        assert not isinstance(key, Refused)
        check = Check((), "output", (Span("a fox", "answer"),), ("ask fox@example.com",), "who?")
        return await apply_guardrail(on.worker, key, check)

    own = {"sensitive": {"EMAIL": "anonymize"}}
    jury = Jury("FAIL 99")
    applied = run(house, with_judge(judge(sources=True) | own), jury, work)
    assert applied.texts == (STOPPED_OUTPUT,)
    [judging] = house.entries("call")
    assert judging["judges"] == applied.id
    # What it is shown beside the answer was read as what goes to a model is.
    assert "ask {EMAIL_1}" in jury.shown[0]
    assert "fox@example.com" not in jury.shown[0]


def test_a_count_of_tokens_asks_no_judge_and_no_provider(house: Any) -> None:
    async def work(on: Run) -> Counted | Refused:
        key = authenticate(on.worker, on.secret)
        assert not isinstance(key, Refused)
        request = ModelRequest("model/echo", (Message.of("user", "a fox"),))
        return await count_tokens(on.worker, key, Asked(request, streamed=False))

    jury = Jury("FAIL 99")
    counted = run(house, with_judge(judge()), jury, work)
    assert counted.estimated
    assert (jury.asked, house.entries("call")) == ([], [])


# ── what it sees ──


def test_it_is_asked_for_one_line_and_sees_what_others_have_let_pass(house: Any) -> None:
    own = {"patterns": {"order": {"pattern": "PO-[0-9]{4}", "output_enabled": False}}}
    jury = Jury("PASS 90")
    run(house, with_judge(judge(**INPUT) | own), jury, lambda on: on.said("PO-4711 is a fox"))
    [request] = jury.asked
    assert (request.temperature, request.output_tokens_max) == (0.0, 16)
    assert QUESTION in request.messages[0].text
    assert "{order_1} is a fox" in jury.shown[0]
    assert "4711" not in jury.shown[0]


def test_nobody_foretells_what_stands_around_a_text(house: Any) -> None:
    jury = Jury("PASS 90")

    async def twice(on: Run) -> None:
        await on.said("a fox")
        await on.said("a fox")

    run(house, with_judge(judge(**INPUT)), jury, twice)
    first, second = (shown.splitlines()[0].split()[1] for shown in jury.shown)
    assert first != second
    assert len(first) == len(second) == 24


def test_it_is_shown_sources_and_question_of_an_answer_where_that_is_asked_for(house: Any) -> None:
    jury = Jury("PASS 90")
    request = grounded("Where do foxes live?", "Foxes live in dens.", "Foxes are red.")
    run(house, with_judge(judge(sources=True)), jury, lambda on: on.said(request))
    asked, answered = jury.shown
    assert "SOURCE 1\nFoxes live in dens." in answered
    assert "SOURCE 2\nFoxes are red." in answered
    assert "QUESTION OF THE PERSON\nWhere do foxes live?" in answered
    assert "SOURCE" not in asked


def test_an_answer_without_sources_is_not_judged_by_them(house: Any) -> None:
    jury = Jury("FAIL 90")
    rule = with_judge(judge(sources=True, **OUTPUT))
    assert run(house, rule, jury, lambda on: on.said("a fox")) == "Simulated: a fox"
    assert jury.asked == []


# ── its silence ──


@pytest.mark.parametrize("word", ["I think FAIL 90", "pass 90", "PASS", "FAIL 101", "PASS 090", "", FAILS])
def test_what_is_no_word_is_silence_which_stops_or_is_noted(house: Any, word: Any) -> None:
    passing = with_judge(judge(on_failure="pass", **INPUT))
    assert run(house, passing, Jury(word), lambda on: on.said("a fox")) == "Simulated: a fox"
    assert found_in(calls(house)[0][-1]) == [("input", "UNAVAILABLE", "no-badgers", "none", "none")]
    blocking = with_judge(judge(**INPUT))
    assert run(house, blocking, Jury(word), lambda on: on.said("a fox")) == STOPPED_INPUT
    assert found_in(calls(house)[0][-1]) == [("input", "UNAVAILABLE", "no-badgers", "block", "none")]
    assert house.verify() == ()


def narrowed(model: str, old: str, new: str) -> str:
    assert model.count(old) == 1
    return model.replace(old, new)


def test_a_model_outside_the_remit_is_a_failure_of_the_judge_alone(house: Any) -> None:
    model = narrowed(
        with_judge(judge(on_failure="pass", **OUTPUT)), "    models: any\n", "    models: [model/echo]\n"
    )
    jury = Jury("FAIL 90")
    assert run(house, model, jury, lambda on: on.said("a fox")) == "Simulated: a fox"
    [call], judging = calls(house)
    assert (judging, jury.asked) == ([], [])
    assert found_in(call) == [("output", "UNAVAILABLE", "no-badgers", "none", "none")]
    [refusal] = house.entries("refusal")
    assert refusal["judges"] == call["id"]


def test_an_exhausted_budget_is_a_failure_of_the_judge_alone(
    house: Any, caplog: pytest.LogCaptureFixture
) -> None:
    # The product's call fits, and what the judge may cost does not.
    model = narrowed(with_judge(judge(on_failure="pass", **OUTPUT)), "100.00 EUR", "0.002 EUR")
    request = ModelRequest("model/echo", (Message.of("user", "a fox"),), output_tokens_max=100)
    jury = Jury("FAIL 90")
    assert run(house, model, jury, lambda on: on.said(request)) == "Simulated: a fox"
    [call], judging = calls(house)
    assert (call["status"], judging, jury.asked) == ("completed", [], [])
    assert found_in(call) == [("output", "UNAVAILABLE", "no-badgers", "none", "none")]
    assert house.entries("refusal")[0]["decision"]["rule"] == "budget-exhausted"
    [warned] = [record.getMessage() for record in caplog.records]
    assert warned.startswith(
        "`guardrail/g0` has no word from `no-badgers`: the model that judges is not asked"
    )


def test_a_call_that_has_no_money_left_once_it_was_judged_is_refused_under_the_id_that_was_named(
    house: Any,
) -> None:
    model = narrowed(with_judge(judge(**INPUT)), "100.00 EUR", "0.0044 EUR")
    request = ModelRequest("model/echo", (Message.of("user", "a fox"),), output_tokens_max=2_050)
    refused = run(house, model, Jury("PASS 90"), lambda on: on.admit(request))
    assert isinstance(refused, Refused)
    assert refused.decision.rule == "budget-exhausted"
    [judging] = house.entries("call")
    assert judging["judges"] == refused.id
    assert "judges" not in house.entries("refusal")[0]


def test_one_that_takes_too_long_is_stopped_and_charged(house: Any) -> None:
    model = with_judge(judge(timeout_seconds=1, **INPUT))
    assert run(house, model, Jury(None), lambda on: on.said("a fox")) == STOPPED_INPUT
    [_], [judging] = calls(house)
    assert (judging["status"], judging["usage_estimated"]) == ("hung_up", True)
    assert Decimal(judging["charge"]) > ZERO


@pytest.mark.parametrize("side", [INPUT, OUTPUT])
def test_who_leaves_while_it_is_judged_stops_the_judge_and_frees_all_that_is_held(
    house: Any, side: dict[str, Any]
) -> None:
    jury = Jury(None)

    async def ask(on: Run) -> None:
        admitted = await on.admit("a fox", streamed=True)
        assert isinstance(admitted, Admitted)
        await batches(admitted)

    async def work(on: Run) -> list[Decimal]:
        asking = asyncio.create_task(ask(on))
        await jury.waits.wait()
        asking.cancel()
        await asyncio.wait([asking])
        assert on.worker.interactive == 0
        return [account.pending for account in on.worker.accounts.values()]

    assert set(run(house, with_judge(judge(**side)), jury, work)) == {ZERO}
    of_callers, [judging] = calls(house)
    assert judging["status"] == "hung_up"
    # A call whose input is not judged yet is none.
    assert [each["status"] for each in of_callers] == ([] if side is INPUT else ["hung_up"])
    assert house.verify() == ()


def test_one_in_shadow_that_the_gateway_does_not_wait_for_is_settled_when_it_ends(house: Any) -> None:
    jury = Jury(None)

    async def work(on: Run) -> str:
        said = await on.said("a fox")
        await jury.waits.wait()
        return said

    rule = with_judge(judge(**INPUT) | {"mode": "shadow"})
    assert run(house, rule, jury, work) == "Simulated: a fox"
    [_], [judging] = calls(house)
    assert judging["status"] == "hung_up"
    assert house.verify() == ()


def test_it_is_asked_anew_where_answers_may_be_given_again(house: Any) -> None:
    model = narrowed(
        with_judge(judge(**INPUT)), "    models: any\n", "    models: any\n    cache_minutes: 5\n"
    )
    jury = Jury("PASS 90")

    async def twice(on: Run) -> list[str]:
        return [await on.said("a fox"), await on.said("a fox")]

    assert run(house, model, jury, twice) == ["Simulated: a fox"] * 2
    of_callers, judging = calls(house)
    assert [bool(each.get("cached")) for each in of_callers] == [False, True]
    assert [each["judges"] for each in judging] == [each["id"] for each in of_callers]


# ── where nobody waits ──


async def rested() -> None:
    """Wait for all that goes on beside this."""
    beside = asyncio.all_tasks() - {asyncio.current_task()}
    if beside:
        await asyncio.wait(beside)


@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_that_waits_for_nobody_is_judged_when_it_was_given(house: Any, streamed: bool) -> None:
    jury = Jury("FAIL 60")

    async def work(on: Run) -> str:
        admitted = await on.admit("a fox", streamed=streamed)
        assert isinstance(admitted, Admitted)
        said = text_of([event for batch in await batches(admitted) for event in batch])
        assert jury.asked == []
        await rested()
        return said

    assert run(house, with_judge(judge(wait=False, **OUTPUT)), jury, work) == "Simulated: a fox"
    [call], [judging] = calls(house)
    assert (call["status"], call.get("findings", ())) == ("completed", ())
    [check] = house.entries("guardrail_check")
    assert check["judges"] == judging["judges"] == call["id"]
    assert (check["side"], check["action"]) == ("output", "none")
    assert found_in(check) == [("output", "NO_BADGERS", "no-badgers", "none", "medium")]
    assert check["findings"][0]["guardrails"] == {"guardrail/g0": "none"}
    assert check["guardrails"] == {"guardrail/g0": "organisation"}
    assert (check["characters"], check["units"]) == (16, {"custom": 1})
    assert "NO_BADGERS" in house.run("guardrail", "findings")
    assert call["id"] in house.run("ledger", "list", "--kind", "guardrail_check")
    assert house.verify() == ()


def test_where_nothing_is_found_afterwards_the_judges_call_is_all_that_says_so(house: Any) -> None:
    async def work(on: Run) -> None:
        await on.said("a fox")
        await rested()

    run(house, with_judge(judge(wait=False, **OUTPUT)), Jury("PASS 90"), work)
    [call], [judging] = calls(house)
    assert judging["judges"] == call["id"]
    assert house.entries("guardrail_check") == []


def test_an_input_that_waits_for_nobody_goes_on(house: Any) -> None:
    async def work(on: Run) -> str:
        said = await on.said("a fox")
        await rested()
        return said

    rule = judge(wait=False, action="anonymize", **INPUT)
    assert run(house, with_judge(rule), Jury("FAIL 99"), work) == "Simulated: a fox"
    [call], [_] = calls(house)
    [check] = house.entries("guardrail_check")
    assert (check["side"], check["judges"]) == ("input", call["id"])
    assert found_in(check) == [("input", "NO_BADGERS", "no-badgers", "none", "high")]


def test_of_what_was_stopped_nobody_is_asked_afterwards(house: Any) -> None:
    async def work(on: Run) -> list[str]:
        said = [await on.said("a fox"), await on.said("fox", streamed=True)]
        await rested()
        return said

    jury = Jury("FAIL 99")
    own = {"words": {"listed": ["fox"], "input_enabled": False}}
    rule = judge(wait=False, **OUTPUT) | own
    whole, streamed = run(house, with_judge(rule), jury, work)
    assert whole == STOPPED_OUTPUT
    assert streamed.endswith(STOPPED_OUTPUT)
    assert jury.asked == []


def test_one_in_shadow_that_nobody_waits_for_says_what_it_would_have_done(house: Any) -> None:
    async def work(on: Run) -> None:
        await on.said("a fox")
        await rested()

    run(house, with_judge(judge(wait=False, **OUTPUT) | {"mode": "shadow"}), Jury("FAIL 99"), work)
    [check] = house.entries("guardrail_check")
    assert check["findings"][0]["shadow"] == {"guardrail/g0": "block"}


def test_its_silence_afterwards_is_noted_whatever_was_declared(house: Any) -> None:
    async def work(on: Run) -> str:
        said = await on.said("a fox")
        await rested()
        return said

    rule = judge(wait=False, on_failure="block", **OUTPUT)
    assert run(house, with_judge(rule), Jury(FAILS), work) == "Simulated: a fox"
    [check] = house.entries("guardrail_check")
    assert found_in(check) == [("output", "UNAVAILABLE", "no-badgers", "none", "none")]


def test_of_more_than_a_worker_has_judged_at_once_nobody_is_asked_and_that_is_noted(house: Any) -> None:
    jury = Jury(None)

    async def work(on: Run) -> None:
        for _ in range(AT_ONCE_MAX + 1):
            await on.said("a fox")
        while len(jury.asked) < AT_ONCE_MAX:
            await asyncio.sleep(0)

    run(house, with_judge(judge(wait=False, **OUTPUT)), jury, work)
    [check] = house.entries("guardrail_check")
    assert found_in(check) == [("output", "UNAVAILABLE", "no-badgers", "none", "none")]
    assert len(jury.asked) == AT_ONCE_MAX
    assert house.verify() == ()


def test_a_text_on_its_own_is_judged_afterwards_as_well(house: Any) -> None:
    async def work(on: Run) -> Applied | Refused:
        key = authenticate(on.worker, on.secret)
        assert not isinstance(key, Refused)
        applied = await apply_guardrail(on.worker, key, Check((), "input", (Span("a fox", "person"),)))
        await rested()
        return applied

    applied = run(house, with_judge(judge(wait=False)), Jury("FAIL 99"), work)
    assert applied.texts == ("a fox",)
    late, check = sorted(house.entries("guardrail_check"), key=lambda entry: "judges" not in entry)
    assert late["judges"] == check["id"] == applied.id
