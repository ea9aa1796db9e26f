"""Diagnostics print alike on every run, and never more than a line of somebody's text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.diagnostic import Diagnostic, Span, in_order, quoted

spans = st.builds(Span, st.sampled_from(("a.yaml", "b.yaml")), st.integers(1, 20), st.integers(1, 20))
diagnostics = st.builds(
    Diagnostic,
    spans,
    st.sampled_from(("a-code", "b-code")),
    st.just("s"),
    st.just("h"),
    st.sampled_from(("error", "warning")),
)


@given(st.lists(diagnostics, max_size=12), st.data())
def test_the_order_in_which_faults_are_found_does_not_show(
    found: list[Diagnostic], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(found))
    assert in_order(shuffled) == in_order(found)
    places = [(each.span.file, each.span.line, each.span.column) for each in in_order(found)]
    assert places == sorted(places)


@given(st.lists(diagnostics, max_size=8))
def test_a_fault_that_is_found_twice_is_told_once(found: list[Diagnostic]) -> None:
    assert in_order(found + found) == in_order(found)
    assert set(in_order(found)) == set(found)


def test_lines_sort_as_numbers() -> None:
    late, early = (Diagnostic(Span("a.yaml", line, 1), "a-code", "s", "h") for line in (10, 9))
    assert in_order([late, early]) == (early, late)


def test_a_diagnostic_is_rendered_with_its_place_and_its_help() -> None:
    diagnostic = Diagnostic(
        Span("demo.yaml", 5, 16), "invalid-value", "`hihg` is not a valid `risk_tier`", "did you mean `high`?"
    )
    assert diagnostic.render() == (
        "demo.yaml:5:16: error[invalid-value]: `hihg` is not a valid `risk_tier`\n"
        "  help: did you mean `high`?"
    )


@given(st.text())
def test_quoted_text_is_one_short_visible_line(text: str) -> None:
    shown = quoted(text)
    assert shown.isprintable()
    assert len(shown) <= 2 + 81 * 10
    assert shown[0] == shown[-1] == "`"


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=80))
def test_quoted_text_that_can_be_seen_is_not_changed(text: str) -> None:
    assert quoted(text) == f"`{text}`"
