"""How callers name guardrails in a header: what is read, and what is said to be wrong."""

from __future__ import annotations

import pytest

from remit.gateway.guardrail_call import GUARDRAIL, GUARDRAILS_MAX, guardrails_of
from remit.gateway.wire import Failure


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("baseline", ("guardrail/baseline",)),
        ("baseline@2, other@1", ("guardrail/baseline@2", "guardrail/other@1")),
        (" guardrail/baseline@2 ", ("guardrail/baseline@2",)),
    ],
)
def test_a_header_names_guardrails(said: str, found: tuple[str, ...]) -> None:
    assert guardrails_of({GUARDRAIL: said}) == found


def test_without_the_header_none_is_named() -> None:
    assert guardrails_of({"x-remit-user": "a"}) == ()


@pytest.mark.parametrize(
    "said",
    [
        "",
        ",",
        "baseline,",
        "baseline@0",
        "baseline@latest",
        "Baseline",
        "model/small",
        "baseline other",
        ",".join(f"g{number}" for number in range(GUARDRAILS_MAX + 1)),
        "a" * 1_001,
    ],
)
def test_what_is_no_list_of_guardrails_is_refused_and_not_passed_over(said: str) -> None:
    failure = guardrails_of({GUARDRAIL: said})
    assert isinstance(failure, Failure)
    assert (failure.status, failure.code, failure.param) == (400, "invalid-field", GUARDRAIL)
