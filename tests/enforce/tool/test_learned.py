"""Learned: a run that is kept as what it learned is the run that it was, in whichever order that is read."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import accumulate, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from remit.declare.tool import ToolReturns
from remit.enforce.tool.learned import Learned, decoded, encoded, knowing, learned
from remit.enforce.tool.run import Run, begun
from strategies import COSTLY

_words = st.text("ab @.e", max_size=12)
_step = st.tuples(
    st.sampled_from(
        (
            ToolReturns(trust="trusted", data_class="public"),
            ToolReturns(trust="trusted", data_class="restricted", registers=("account",)),
            ToolReturns(data_class="confidential"),
        )
    ),
    _words,
    st.none() | st.fixed_dictionaries({"account": _words}),
)
_steps = st.lists(_step, max_size=5)


def lived(asked: str, steps: list[tuple[ToolReturns, str, object]]) -> list[Run]:
    """Give the states of a run, from nothing on."""
    first = begun(asked)
    return [Run(), *accumulate(steps, lambda run, step: run.after(*step), initial=first)]


@settings(COSTLY)
@given(asked=_words, steps=_steps)
def test_a_run_that_is_read_again_is_the_run_that_was_kept(asked: str, steps: list[object]) -> None:
    states = lived(asked, steps)  # type: ignore[arg-type]
    kept = [encoded(learned(before, after)) for before, after in pairwise(states)]
    assert reduce(knowing, map(decoded, kept), Run()) == states[-1]


@settings(COSTLY)
@given(asked=_words, steps=_steps, targets=st.lists(_words, max_size=3))
def test_no_order_of_what_was_learned_takes_a_label_away(
    asked: str, steps: list[object], targets: list[str]
) -> None:
    states = lived(asked, steps)  # type: ignore[arg-type]
    states.append(states[-1].approved(tuple(targets)))
    more = [learned(before, after) for before, after in pairwise(states)]
    one, other = reduce(knowing, more, Run()), reduce(knowing, reversed(more), Run())
    same = replace(other, own=one.own, foreign=one.foreign)
    assert same == one
    assert (sorted(other.own), sorted(other.foreign)) == (sorted(one.own), sorted(one.foreign))


def test_nothing_new_is_nothing_learned() -> None:
    run = begun("pay bob")
    assert learned(run, run) == Learned(data_class="public")
    assert knowing(run, Learned()) == run
