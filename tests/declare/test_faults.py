"""Faults in declared text: each is said once, where it stands, with a remedy."""

from __future__ import annotations

from remit.declare.load import load

UNIT = "units:\n  fleet:\n    name: {name}\n    lead: fleet-lead@example.com\n"
ORGANISATION = "organisation: {name: Example, contact: head-of-ai@example.com, currency: EUR}\n"


def said(name: str) -> list[str]:
    """Read a unit of this name, and render what is found."""
    found = load({"organisation.yaml": ORGANISATION, "units.yaml": UNIT.format(name=name)})
    return [diagnostic.render() for diagnostic in found.diagnostics]


def test_a_field_without_a_value_is_said_once_where_it_stands() -> None:
    [only] = said("")
    assert only.startswith("units.yaml:3:10: error[empty-value]: `name` has no value")


def test_an_alias_is_said_once_and_not_its_consequences() -> None:
    [only] = said("*other")
    assert only.startswith("units.yaml:3:11: error[yaml-alias]")


def test_a_quoted_empty_text_is_told_in_words() -> None:
    [only] = said("''")
    assert only.endswith("help: write a text that is not empty")


def test_a_text_that_is_too_long_is_told_how_long_it_may_be() -> None:
    [only] = said("x" * 401)
    assert only.endswith("help: write at most 400 characters")


def test_of_very_many_fields_that_are_known_some_are_named_and_the_rest_counted() -> None:
    long = load({"organisation.yaml": ORGANISATION.replace("EUR", "EUR, remit: {xyzzy: 1}")}).diagnostics
    short = load({"organisation.yaml": ORGANISATION, "units.yaml": UNIT.format(name="F") + "    xyzzy: 1\n"})
    [many], [few] = long, short.diagnostics
    assert many.help.startswith("known here are agency_max, approvals,")
    assert many.help.endswith(" more")
    assert many.help.count(",") == 15
    assert "more" not in few.help
