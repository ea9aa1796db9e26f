"""Files of policies: what is read of them, what they are compared by, and how they are written back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.cedar import statements
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel, decode_model, encode_model
from remit.declare.plan import apply_changes, plan
from remit.declare.policy import Policy
from remit.declare.rewrite import rewrite
from remit.declare.rewrite_policies import written_policy

HOUSE = """
organisation: {name: House, contact: head@example.com, currency: EUR}
units: {claims: {name: Claims, lead: lead@example.com}}
"""
FIRST = """\
// Nights.
@id("nights") @owner("risk@example.com")   // who
@summary("It is \\"late\\".")
forbid (principal, action, resource)
when { context.hour > 20 }; // stays

// About streams;
// nobody knows why.
@id("streams")
forbid (principal, action, resource) when { context.streamed }; // and this

@id("dear") forbid (principal, action, resource) when { context.output_tokens > 22 };
"""


def model(*texts: str) -> OperatingModel:
    loaded = load({"house.yaml": HOUSE, **{f"{n}.cedar": text for n, text in enumerate(texts)}})
    assert loaded.operating_model is not None, loaded.diagnostics
    return loaded.operating_model


def pulled(before: str, after: str) -> str:
    """Write what another text says into a text of policies."""
    files = {"house.yaml": HOUSE, "0.cedar": before}
    found = rewrite(files, model(before), model(after))
    assert found is not None
    assert found.keys() <= {"0.cedar"}
    return found["0.cedar"].text if found else before


def test_a_policy_is_its_text_and_its_annotations() -> None:
    assert model(FIRST).policies["nights"] == Policy(
        text="forbid (principal, action, resource)\nwhen { context.hour > 20 };",
        owner="risk@example.com",
        summary='It is "late".',
    )


def test_the_order_of_policies_their_files_and_line_ends_change_nothing() -> None:
    one, two, three = (FIRST[each.start : each.end] for each in statements(FIRST))
    again = model(three.replace("\n", "\r\n"), two + "\n" + one.replace("\n", "\r\n"))
    assert again.policies == model(FIRST).policies
    assert encode_model(again) == encode_model(model(FIRST))


def test_policies_survive_being_stored() -> None:
    assert decode_model(encode_model(model(FIRST))) == model(FIRST)


def test_a_plan_names_policies_that_are_new_changed_and_retired() -> None:
    after = FIRST.replace("> 20", "> 21").replace('@id("dear")', '@id("cheap")')
    planned = plan(model(FIRST), model(after))
    assert [(change.action, change.address) for change in planned.changes] == [
        ("create", "policy/cheap"),
        ("retire", "policy/dear"),
        ("change", "policy/nights"),
    ]
    assert [field.name for field in planned.changes[2].fields] == ["text"]
    assert apply_changes(model(FIRST), planned) == model(after)


def test_a_changed_policy_is_written_where_it_stands_and_the_rest_stays() -> None:
    written = pulled(FIRST, FIRST.replace("> 20", "> 21"))
    assert written == FIRST.replace('("nights") @owner', '("nights")\n@owner').replace(
        "   // who", ""
    ).replace("> 20", "> 21")


def test_a_retired_policy_goes_with_its_comments_and_a_new_one_comes_last() -> None:
    new = '@id("new")\n@mode("log_only")\nforbid (principal, action, resource) when { context.hour < 3 };\n'
    start, end = FIRST.index("// About"), FIRST.index('@id("dear")')
    without = FIRST[:start] + FIRST[end:]
    assert pulled(FIRST, without) == without
    assert pulled(without, without + "\n" + new) == without + "\n" + new


def test_of_policies_on_one_line_only_what_is_retired_goes() -> None:
    one, two = (
        f'@id("{id}") forbid (principal, action, resource) when {{ context.hour < {hour} }};'
        for id, hour in (("a", 3), ("b", 4))
    )
    assert pulled(f"{one} {two}\n", one) == f"{one} \n"
    assert pulled(f"{one} {two}\n", two) == f" {two}\n"


def test_line_ends_stay_as_they_are() -> None:
    windows = FIRST.replace("\n", "\r\n")
    changed = (
        FIRST.replace("> 20", "> 21") + '\n@id("new")\nforbid (principal, action, resource) when { false };\n'
    )
    assert "\n" not in pulled(windows, changed).replace("\r\n", "")


def test_a_first_policy_gets_a_file_of_its_own() -> None:
    found = rewrite({"house.yaml": HOUSE}, model(), model(FIRST))
    assert found is not None
    assert found.keys() == {"policies.cedar"}
    assert model(found["policies.cedar"].text).policies == model(FIRST).policies


def test_the_last_policy_leaves_a_file_that_declares_nothing() -> None:
    alone = '// Kept.\n\n@id("a") forbid (principal, action, resource) when { context.hour < 3 };\n'
    assert pulled(alone, "") == "// Kept.\n\n"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40))
def test_what_is_written_is_read_as_it_was(summary: str) -> None:
    text = "forbid (principal, action, resource) when { context.hour < 3 };"
    written = written_policy("p", {"text": text, "summary": summary, "mode": "log_only"})
    assert model(written).policies["p"] == Policy(text=text, summary=summary, mode="log_only")


@given(st.text(max_size=200) | st.text('@id("a)forbid{}[];,=&|!<>. \n/?', max_size=200))
def test_no_text_breaks_the_reader_and_every_fault_has_its_place(text: str) -> None:
    loaded = load({"house.yaml": HOUSE, "a.cedar": text})
    lines = re.split("\n", text)
    for each in loaded.diagnostics:
        assert each.span.file == "a.cedar"
        assert each.span.line <= len(lines)
        assert each.span.column <= len(lines[each.span.line - 1]) + 1


@pytest.mark.parametrize(
    "inner",
    ["(" * 4000, "[" * 4000, "{a:" * 2000, "!" * 5000, "a.b" * 2000, "true&&" * 1500, "1+" * 4000],
)
def test_a_text_that_would_end_the_process_is_refused_before_it_is_read(inner: str) -> None:
    text = f'@id("a") forbid (principal, action, resource) when {{ {inner} }};'
    [found] = load({"house.yaml": HOUSE, "a.cedar": text}).diagnostics
    assert found.code in ("nested-too-deep", "policy-syntax", "policy-too-large")


def test_many_broken_policies_cost_no_more_than_as_many_as_are_read() -> None:
    broken = "forbid (principal, action, resource) when { context.hour < };\n" * 500
    found = load({"house.yaml": HOUSE, "a.cedar": broken}).diagnostics
    assert [each.code for each in found] == ["policy-syntax"] * 100 + ["too-many-policies"]


def test_a_file_that_is_too_large_is_not_read() -> None:
    [found] = load({"house.yaml": HOUSE, "a.cedar": "// " + "x" * 2_000_000}).diagnostics
    assert found.code == "file-too-large"


def test_what_cannot_be_seen_is_refused_in_policies_too() -> None:
    [found] = load({"house.yaml": HOUSE, "a.cedar": "// safe\u202e\n"}).diagnostics
    assert (found.code, str(found.span)) == ("invalid-character", "a.cedar:1:8")
