"""Value through the store: studied, asked, confirmed by finance, and not any more once the figure changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from approvals_house import CENTRE, OWNER, SetClock, consent
from remit.cli.directory import shipped_files
from remit.decide.worth.figure import Figure
from remit.declare.load import load
from remit.kernel.errors import NotFound, RemitError
from remit.operations.apply_model import apply_model
from remit.operations.assess_stage import assess_stage
from remit.operations.confirm_value import confirm_value
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_dossiers import read_dossier
from remit.operations.read_value import read_blocks_value, read_portfolio_value, read_value
from remit.operations.system import CONTROL
from worth_house import naive, result

ENGINEER = "engineer@example.com"
TEXT = """
organisation: {name: House, contact: centre@example.com, currency: EUR}
units:
  desk: {name: Desk, lead: lead@example.com}
portfolio:
  economics: {discount_rate: 0.08}
blocks:
  tool/lookup: {name: Look up, effect: reads, cost_to_build: 900.00 EUR, days_to_build: 10}
use_cases:
  letters:
    name: Letters
    unit: desk
    owner: owner@example.com
    risk_owner: risk@example.com
    purpose: Answer letters.
    outcomes:
      minutes: {name: Minutes, unit: minute, direction: down, baseline: 24, target: 15,
        value_of_one: VALUE EUR, volume_per_year: 10_000}
    costs:
      team: {name: Team, kind: people, amount: 1000.00 EUR, every: month}
    blocks: [tool/lookup]
    adoption: {stage: launch, basis: It ran before.}
  chat:
    name: Chat
    unit: desk
    purpose: Chat.
    blocks: [tool/lookup]
    adoption: {stage: experiment, basis: It ran before.}
  old: {name: Old, unit: desk, purpose: Be over., adoption: {stage: retired, basis: It ran before.}}
"""


def declared(value: str = "0.80") -> Any:
    loaded = load(shipped_files() | {"a.yaml": TEXT.replace("VALUE", value)})
    assert loaded.operating_model is not None, loaded.diagnostics
    return loaded.operating_model


@pytest.fixture
def system(house: Any) -> Iterator[Any]:
    with house.system() as opened:
        apply_model(opened, declared(), author=OWNER, reason="The first one.")
        yield replace(opened, clock=SetClock(opened.clock))


def write(system: Any, *results: Any) -> None:
    with system.journals.exclusive(CONTROL) as journal:
        now = system.clock.now()
        journal.append([replace_entry(each, system.ids.new(now), now) for each in results])
    fold_ledger(system)


def replace_entry(entry: Any, id: str, now: Any) -> Any:
    return type(entry)(
        **{name: getattr(entry, name) for name in entry.__struct_fields__}
        | {"id": id, "at": now, "known": now}
    )


def figure(system: Any) -> Figure:
    [found] = read_value(system, "letters").figures
    return found


def test_from_claimed_to_evidenced_to_confirmed_and_back_when_the_figure_changes(system: Any) -> None:
    assert figure(system).state == "claimed"
    with pytest.raises(RemitError) as refused:
        confirm_value(system, "letters", author=ENGINEER, reason="Now.")
    assert refused.value.code == "value-not-evidenced"
    write(system, result())
    assert figure(system).state == "evidenced"
    [(_, asked)] = confirm_value(system, "letters", author=ENGINEER, reason="The study has ended.")
    assert asked.waits_for == ("centre",)
    assert asked.request.subject == "value/minutes"
    assert figure(system).request == asked.request.id
    [answered] = consent(system, CENTRE, asked.request.id)
    assert (answered.done, answered.fault) == ("minutes of letters is confirmed", None)
    found = figure(system)
    assert (found.state, found.confirmed_by, found.digest) == (
        "confirmed",
        (CENTRE,),
        asked.request.digest,
    )
    [(_, again)] = confirm_value(system, "letters", author=ENGINEER, reason="Twice.")
    assert (again.request.id, again.state) == (asked.request.id, "approved"), "it is not asked again"
    [line] = [each for each in read_portfolio_value(system).lines if each.use_case == "letters"]
    assert (line.state, line.grade) == ("confirmed", "experiment")

    apply_model(system, declared("0.90"), author=OWNER, reason="Wages rose.")
    changed = figure(system)
    assert (changed.state, changed.confirmed_by) == ("evidenced", ())
    assert changed.lapsed_at is not None
    apply_model(system, declared(), author=OWNER, reason="They did not.")
    assert figure(system).state == "confirmed", "the approval is of exactly this figure"


def test_a_figure_that_changed_while_it_was_asked_for_is_not_confirmed(system: Any) -> None:
    write(system, result())
    [(_, asked)] = confirm_value(system, "letters", metric="minutes", author=ENGINEER, reason="Now.")
    system.clock.ahead += timedelta(hours=1)
    write(system, result(effect=-5.0))
    [answered] = consent(system, CENTRE, asked.request.id)
    assert answered.fault is not None
    assert answered.fault.code == "request-spent"
    assert figure(system).state == "evidenced"


def test_the_return_is_a_fact_for_gates_with_its_interval_and_grade(system: Any) -> None:
    model = model_in_force(system)[1]
    assert "return_on_cost" not in read_dossier(system, model, "letters").facts
    write(system, result())
    [fact] = read_dossier(system, model, "letters").facts["return_on_cost"]
    year = Decimal(12_000) + 150
    assert (fact.value, fact.low) == (
        (Decimal(48_000) / year).quantize(Decimal("0.0001")),
        Decimal("2.6337"),
    )
    assert (fact.sure, fact.evidence) == (Decimal("0.95"), "value_study")
    assert fact.basis == "experiment by letters-2026, against the full cost of a year"
    assert len(fact.entries) == 1
    criteria = assess_stage(system, "letters").standing.criteria
    assert [each.status for each in criteria if each.id == "return"] == ["met"], "the shipped gate into scale"
    system.clock.ahead += timedelta(hours=1)
    write(system, result(effect=-3.0, low=-9.0, high=3.0))
    [unsure] = read_dossier(system, model, "letters").facts["return_on_cost"]
    assert unsure.low is not None
    assert unsure.low < 0, "cut off at nothing the interval would look narrower than it is"


def test_lalondes_naive_comparison_counts_nowhere_and_shows_why(system: Any) -> None:
    write(system, naive())
    found = read_value(system, "letters")
    assert (found.by_grade, found.returns) == ((), ())
    assert found.diagnosis is not None
    assert "the arms differed by 1.7 standard deviations" in found.diagnosis.misses
    assert "return_on_cost" not in read_dossier(system, model_in_force(system)[1], "letters").facts
    whole = read_portfolio_value(system, "desk")
    assert (whole.states["refused"], whole.by_grade, whole.use_cases, whole.cost_unknown) == (1, (), 2, 1)
    with pytest.raises(RemitError):
        confirm_value(system, "letters", author=ENGINEER, reason="Now.")


def test_what_is_not_there_has_no_value(system: Any) -> None:
    for name, code in (("nobody", "undeclared-use-case"), ("old", "use-case-retired")):
        with pytest.raises(NotFound) as missing:
            read_value(system, name)
        assert missing.value.code == code
    with pytest.raises(NotFound) as metric:
        confirm_value(system, "letters", metric="hours", author=ENGINEER, reason="Now.")
    assert metric.value.code == "undeclared-outcome"
    saved = read_blocks_value(system)
    assert (saved.grade, saved.avoided, saved.days_saved) == ("claimed", Decimal(900), 10)
