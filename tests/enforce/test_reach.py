"""Reach is told by the rules that calls are held to, with the limits, prices and providers that changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, StageName
from remit.declare.plan import plan
from remit.declare.price import Price
from remit.enforce.effect import effects
from remit.enforce.model_rules import Reach, may_call
from remit.enforce.reach import changed_models
from remit.enforce.remit import resolve
from remit.enforce.standing import Effect, Standing, Use
from remit.kernel.usage import Usage
from strategies import (
    COSTLY,
    MODELS,
    MOMENT,
    flat_prices,
    model_block,
    operating_model,
    operating_models,
)

SINCE = date(2026, 11, 1)
TODAY = MOMENT.date()
USED = Use(keys=2, calls=200, input_tokens=100_000, output_tokens=20_000)
RUNNING = Standing("experiment", SINCE, keys=3, used={"model/a": USED})
IDLE = Standing("experiment", SINCE, keys=3)
KEYLESS = Standing("experiment", SINCE, used={"model/a": USED})
WAS_USED = "; 2 keys and 200 calls used it in the last 31 days"
PROVIDERS: dict[str, Any] = {
    "echo": {"technology": "echo"},
    "cloud": {"technology": "openai", "base_url": "https://models.example.com/v1"},
}


def model(*, remit: Any = None, case: Any = None, providers: Any = None, **block: Any) -> OperatingModel:
    """Make a model in which `triage` may call `model/a`, which is as given."""
    allows = {"calls": "true", "models": ["model/a"], "spend": "unlimited", **(remit or {})}
    return operating_model(
        use_cases={"triage": {"name": "T", "unit": "motor", "purpose": "p", "remit": allows, **(case or {})}},
        blocks={"model/a": model_block(**block), "model/b": model_block()},
        providers=providers or PROVIDERS,
    )


def found(before: OperatingModel, after: OperatingModel, standing: Standing = RUNNING) -> list[Effect]:
    planned = plan(before, after)
    return list(effects(before, after, planned, standings={"triage": standing}, posted={}, now=MOMENT))


def one(before: OperatingModel, after: OperatingModel, standing: Standing = RUNNING) -> Effect:
    [effect] = found(before, after, standing)
    return effect


OUT_OF_REACH: dict[str, tuple[dict[str, Any], str]] = {
    "a model that was rejected": ({"status": "rejected"}, "it is rejected (block-not-approved)"),
    "a model that waits for approval": (
        {"status": "pending_approval"},
        "it is pending approval (block-not-approved)",
    ),
    "a model whose last day was yesterday": (
        {"status": "deprecated", "last_day": "2026-11-22"},
        "it was deprecated, and 2026-11-22 was its last day (block-not-approved)",
    ),
    "a model that moved": (
        {"regions": ["us"], "remit": {"regions": ["eu"]}},
        "it handles data in us; the remit allows eu (region-outside-remit)",
    ),
    "a model that left the private connection": (
        {"private_connection": "false", "remit": {"private_connection": "true"}},
        "it is not reached by a private connection, which the remit asks for (connection-not-private)",
    ),
    "a model that is approved for less": (
        {"data_class_max": "public"},
        "it is approved for public data, not internal (data-class-too-high)",
    ),
    "a model without a price": ({"prices": []}, "it has no price in force today (model-without-price)"),
}
SOUND = {"regions": ["eu"], "private_connection": "true"}


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_a_model_in_use_that_a_rule_puts_out_of_reach_breaks_and_its_way_back_widens(name: str) -> None:
    changed, why = OUT_OF_REACH[name]
    remit = changed.get("remit")
    before, after = model(**SOUND, remit=remit), model(**{**SOUND, **changed})
    lost = one(before, after)
    assert lost.what == f"can no longer call `model/a`: {why}{WAS_USED}"
    assert (lost.field, lost.widens, lost.breaks, lost.narrows) == ("reach", False, True, True)
    back = one(after, before)
    assert back.what == f"can call `model/a` now; it could not before: {why}"
    assert (back.field, back.widens, back.breaks) == ("reach", True, False)


def test_nobody_misses_what_they_did_not_use_or_could_not_call() -> None:
    rejected = model(status="rejected")
    assert one(model(), rejected, IDLE).what.endswith("; no call used it in the last 31 days")
    for standing in (IDLE, KEYLESS):
        assert not one(model(), rejected, standing).breaks
    without = model(status="rejected", remit={"models": ["model/b"]})
    lost, gained = found(rejected, without)
    assert (lost.what, lost.breaks) == (f"loses `model/a`{WAS_USED}", False)
    assert (gained.what, gained.widens) == ("gains `model/b`", True)
    assert found(rejected, model(status="draft")) == []


def test_where_no_call_may_be_made_models_make_no_difference() -> None:
    none = {"calls": "false"}
    assert found(model(remit=none), model(remit=none, status="rejected")) == []
    assert found(model(remit=none), model(remit=none, context_tokens="1")) == []
    first, second = found(model(), model(remit=none, status="rejected"))
    assert (first.field, first.breaks) == ("calls", True)
    assert (second.field, second.breaks) == ("reach", True)


def test_a_model_that_is_gained_and_cannot_be_called_says_so() -> None:
    before = model(remit={"models": ["model/b"]}, status="draft")
    gained, lost = found(before, model(status="draft"))
    assert gained.what == "gains `model/a`, and cannot call it yet: it is draft (block-not-approved)"
    assert gained.widens
    assert lost.what.startswith("loses `model/b`")


def test_data_that_becomes_more_sensitive_than_a_used_model_breaks() -> None:
    block = {"data_class_max": "confidential"}
    before, after = model(**block), model(**block, case={"data_class": "restricted"})
    said, lost = found(before, after)
    assert (said.what, said.neutral, said.widens) == (
        "handles `restricted` data instead of `internal`", True, False,
    )  # fmt: skip
    assert lost.what == (
        "can no longer call `model/a`: it is approved for confidential data, not restricted"
        f" (data-class-too-high){WAS_USED}"
    )
    assert lost.breaks
    said, back = found(after, before)
    assert back.widens
    assert not said.narrows


def test_data_above_the_remit_puts_every_model_out_of_reach() -> None:
    remit = {"data_class_max": "internal", "models": ["model/a", "model/b"]}
    _, first, second = found(model(remit=remit), model(remit=remit, case={"data_class": "confidential"}))
    assert first.what.startswith(
        "can no longer call `model/a`: it handles confidential data; its remit ends at internal"
    )
    assert (first.breaks, second.breaks) == (True, False)


def test_a_narrower_region_of_the_remit_is_told_with_the_models_that_it_costs() -> None:
    before, after = model(regions=["us"]), model(regions=["us"], remit={"regions": ["eu"]})
    field, lost = found(before, after)
    assert (field.field, lost.field) == ("regions", "reach")
    assert lost.what.startswith("can no longer call `model/a`: it handles data in us; the remit allows eu")
    assert (field.breaks, lost.breaks) == (False, True)


def test_a_last_day_that_is_still_to_come_narrows_and_a_later_one_widens() -> None:
    first = model(status="deprecated", last_day="2026-12-31")
    later = model(status="deprecated", last_day="2027-01-31")
    never = model(status="deprecated")
    told = [one(*pair) for pair in ((model(), first), (first, later), (later, first), (first, never))]
    assert [(effect.what, effect.widens, effect.breaks) for effect in told] == [
        ("can call `model/a` until 2026-12-31", False, False),
        ("can call `model/a` until 2027-01-31 instead of until 2026-12-31", True, False),
        ("can call `model/a` until 2026-12-31 instead of until 2027-01-31", False, False),
        ("can call `model/a` without a last day instead of until 2026-12-31", True, False),
    ]
    assert found(model(), never) == []


def test_smaller_limits_break_what_was_larger_on_average() -> None:
    # 500 tokens in and 100 out for each call.
    enough, short = one(model(), model(context_tokens="600")), one(model(), model(context_tokens="599"))
    assert enough.what == "has 600 tokens of context with `model/a` instead of 4,096"
    assert short.what == (
        "has 599 tokens of context with `model/a` instead of 4,096;"
        " its calls had 600 on average in the last 31 days"
    )
    assert (enough.breaks, short.breaks) == (False, True)
    assert not one(model(), model(context_tokens="599"), KEYLESS).breaks
    enough, short = one(model(), model(output_tokens_max="100")), one(model(), model(output_tokens_max="99"))
    assert short.what == (
        "gets at most 99 output tokens from `model/a` instead of 1,000;"
        " its calls had 100 on average in the last 31 days"
    )
    assert (enough.breaks, short.breaks, short.widens) == (False, True, False)
    assert one(model(output_tokens_max="99"), model()).widens
    assert one(model(context_tokens="99"), model()).widens


def test_a_limit_of_the_model_above_that_of_the_remit_is_no_effect() -> None:
    remit = {"output_tokens_max": "50"}
    assert found(model(remit=remit), model(remit=remit, output_tokens_max="60")) == []
    assert one(model(remit=remit), model(remit=remit, output_tokens_max="40")).what == (
        "gets at most 40 output tokens from `model/a` instead of 50;"
        " its calls had 100 on average in the last 31 days"
    )


def priced(*rates: tuple[str, str, str], **more: Any) -> OperatingModel:
    listed = [{"starts": starts, "input": input, "output": output, **more} for starts, input, output in rates]
    return model(prices=listed)


def test_a_price_says_its_rates_and_about_what_the_last_days_would_have_cost_more() -> None:
    before = priced(("2020-01-01", "1", "2"))
    today = one(before, priced(("2020-01-01", "1", "2"), ("2026-11-23", "3", "12")))
    # 100,000 tokens at 2 EUR more and 20,000 at 10 EUR more for a million.
    assert today.what == (
        "pays for a million tokens of `model/a`: input 3 EUR instead of 1, output 12 EUR instead of 2,"
        " read from a cache 3 EUR instead of 1, written to a cache 3 EUR instead of 1;"
        " its 200 calls of the last 31 days would have cost about 0.40 EUR more"
    )
    assert (today.widens, today.breaks, today.narrows) == (False, False, True)
    later = one(before, priced(("2020-01-01", "1", "2"), ("2027-01-01", "1", "1")))
    assert later.what == (
        "pays for a million tokens of `model/a` from 2027-01-01 on: output 1 EUR instead of 2;"
        " its 200 calls of the last 31 days would have cost about 0.02 EUR less"
    )
    assert later.widens, "a budget of the same size buys more"
    assert "would have cost" not in one(before, priced(("2020-01-01", "3", "2")), IDLE).what


def test_several_prices_are_told_each_with_its_day_and_past_ones_not_at_all() -> None:
    before = priced(("2020-01-01", "1", "2"), ("2027-01-01", "2", "2"))
    after = priced(("2020-01-01", "3", "2"), ("2027-01-01", "2", "2"), ("2028-01-01", "4", "2"))
    told = [effect.what.partition(":")[0] for effect in found(before, after)]
    assert told == [
        "pays for a million tokens of `model/a`",
        "pays for a million tokens of `model/a` from 2028-01-01 on",
    ]
    old = priced(("2019-01-01", "9", "9"), ("2020-01-01", "1", "2"))
    assert found(old, priced(("2019-01-01", "7", "7"), ("2020-01-01", "1", "2"))) == []


def test_rates_of_a_cache_alone_are_told_too() -> None:
    before = priced(("2020-01-01", "1", "2"))
    assert one(before, priced(("2020-01-01", "1", "2"), cache_read="0.5")).what == (
        "pays for a million tokens of `model/a`: read from a cache 0.5 EUR instead of 1"
    )


@given(flat_prices, flat_prices, st.integers(0, 10**9), st.integers(0, 10**9))
def test_what_a_price_would_have_cost_more_is_the_exact_difference(
    old: Price, new: Price, input_tokens: int, output_tokens: int
) -> None:
    before, after = (model(prices=[{**price.model_dump(), "starts": "2020-01-01"}]) for price in (old, new))
    use = Use(1, 7, input_tokens, output_tokens)
    got = found(before, after, Standing("experiment", SINCE, keys=1, used={"model/a": use}))
    usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
    more = new.cost(usage) - old.cost(usage)
    said = [effect.what.partition("would have cost about ")[2].split() for effect in got]
    if more:
        [(amount, _, word)] = said
        assert (Decimal(amount.replace(",", "")), word) == (abs(more), "more" if more > 0 else "less")
    else:
        assert said in ([], [[]])


def test_another_provider_widens_because_data_goes_elsewhere_and_other_options_are_only_told() -> None:
    moved = one(model(), model(provider="cloud"))
    assert moved.what == (
        "is served `model/a` by `cloud` (openai at https://models.example.com/v1) instead of `echo` (echo)"
    )
    assert moved.widens
    elsewhere = {**PROVIDERS, "cloud": {**PROVIDERS["cloud"], "base_url": "https://other.example.com/v1"}}
    readdressed = one(model(provider="cloud"), model(provider="cloud", providers=elsewhere))
    assert "(openai at https://other.example.com/v1) instead of" in readdressed.what
    named = one(model(), model(options={"model": "large-2"}))
    assert named.what == "is served `model/a` with `model` large-2 instead of none"
    assert (named.widens, named.breaks, named.neutral, named.narrows) == (False, False, True, False)


def test_words_about_a_model_change_nobody_s_reach() -> None:
    assert found(model(), model(name="Another", owner="new@example.com", description="Good.")) == []
    assert found(model(), operating_model(**{**dict(model()), "governance": {}})) == []


def test_a_block_of_another_kind_concerns_no_remit() -> None:
    blocks = {"model/a": model_block(), "model/b": model_block(), "prompt/p": {"name": "P", "text": "Hi."}}
    with_prompt = model().model_copy(update={"blocks": operating_model(blocks=blocks).blocks})
    assert found(model(), with_prompt) == []
    assert changed_models(model(), with_prompt, plan(model(), with_prompt)) == frozenset()


blocks = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(("approved", "rejected", "deprecated")),
        "last_day": st.sampled_from(("2026-11-22", "2026-11-23")),
        "regions": st.sampled_from((["eu"], ["eu", "us"], [])),
        "private_connection": st.sampled_from(("true", "false")),
        "data_class_max": st.sampled_from(("internal", "restricted")),
        "prices": st.sampled_from(([], [{"starts": "2026-11-24", "input": "1", "output": "1"}])),
    },
)


@st.composite
def with_blocks(draw: st.DrawFn) -> OperatingModel:
    """Draw an operating model in which models and data differ as much as remits do."""
    drawn = draw(operating_models())
    changed = {address: model_block(**draw(blocks)) for address in MODELS}
    level = draw(st.sampled_from(("internal", "confidential")))
    cases = {name: case.model_copy(update={"data_class": level}) for name, case in drawn.use_cases.items()}
    return drawn.model_copy(update={"blocks": {**drawn.blocks, **changed}, "use_cases": cases})


@COSTLY
@given(with_blocks(), with_blocks(), st.sampled_from(STAGES))
def test_a_use_case_is_told_of_a_model_exactly_if_a_call_would_be_decided_otherwise(
    before: OperatingModel, after: OperatingModel, stage: StageName
) -> None:
    standings = {
        name: Standing(stage, SINCE, 1, dict.fromkeys(MODELS, USED)) for name in ("triage", "letters")
    }
    got = effects(before, after, plan(before, after), standings=standings, posted={}, now=MOMENT)
    for name in standings:
        remits = resolve(before, name, stage), resolve(after, name, stage)
        for address in MODELS:
            could, can = (
                bool(remit.calls)
                and may_call(Reach(remit, address, side.model(address), TODAY, "")).effect == "allow"
                for remit, side in zip(remits, (before, after), strict=True)
            )
            told = [
                effect
                for effect in got
                if effect.use_case == name
                and f"`{address}`" in effect.what
                and effect.what.startswith(("can no longer call", "loses", "gains", "can call"))
                and "until" not in effect.what
            ]
            if could and not can and remits[1].calls:
                assert [effect.breaks for effect in told] == [True]
            if can and not could and remits[0].calls:
                assert [effect.widens for effect in told] == [True]
            assert not any(effect.breaks for effect in told if not could)


def test_how_much_of_a_model_its_callers_share_is_an_effect() -> None:
    shared = [model(), model(requests_per_minute="60"), model(requests_per_minute="0")]
    lower, none = (one(before, after) for before, after in pairwise(shared))
    assert (
        lower.what == "shares `requests_per_minute` 60 of `model/a` with all its callers instead of unlimited"
    )
    assert (lower.field, lower.widens, lower.breaks) == ("reach", False, False)
    assert (none.widens, none.breaks) == (False, True)
    assert not one(shared[1], shared[2], IDLE).breaks
    assert one(shared[2], shared[1]).widens
    assert one(shared[1], shared[0]).widens
    assert found(shared[0], model(requests_per_minute="unlimited")) == []
