"""Advice from a real ledger: written into texts, put in force, and held to what it saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from completed_call import completed
from gated_house import SetClock
from remit.cli.directory import read_texts, shipped_files, write_text
from remit.decide.finops.edited import holds
from remit.decide.finops.saving import Edit, Saving
from remit.declare.load import load
from remit.declare.price import Rates
from remit.kernel.errors import JournalError, RemitError
from remit.kernel.usage import Usage
from remit.operations.advise_finops import advise
from remit.operations.apply_model import apply_model
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import GATEWAY
from remit.operations.take_advice import Taking, read_realised, take_advice, write_advice
from remit.record.advice_entry import AdviceTaken
from remit.record.call_entry import Call, Origin, Purpose
from remit.record.filed import FiledFilter

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
RATES = Rates(date(2026, 1, 1), Decimal(3), Decimal(15))
NUMBERS = count()
AUTHOR = "owner@example.com"
TEXT = """
# Our house.
organisation: {name: House, contact: head@example.com, currency: EUR}
units:
  desk: {name: Desk, lead: lead@example.com}
providers:
  there: {technology: openai, base_url: "https://models.example.com/v1"}
blocks:
  model/large:
    name: Large
    provider: there
    context_tokens: 100_000
    output_tokens_max: 4_096
    data_class_max: confidential
    prices: [{starts: 2026-01-01, input: 3, output: 15}]
stages:
  launch: {description: In use., remit: {calls: true, models: any, spend: unlimited}}
use_cases:
  letters:
    name: Letters
    unit: desk
    owner: owner@example.com
    purpose: Answer letters. # what they are for
    adoption: {stage: launch, basis: It ran before.}
"""


def sound(texts: Any) -> Any:
    loaded = load(texts)
    assert loaded.operating_model is not None, loaded.diagnostics
    return loaded.operating_model


def texts() -> dict[str, str]:
    return shipped_files() | {"house.yaml": TEXT}


def call(at: datetime, asked: str, **more: Any) -> Call:
    purpose = Purpose(
        key="k", use_case="letters", unit="desk", stage="launch", model="model/large", model_version=1,
        remit="r",
    )  # fmt: skip
    id = f"c{next(NUMBERS):025d}"
    made = completed(id, at, Usage(input_tokens=1_000, output_tokens=100), RATES, purpose=purpose)
    return changed(made, provider="there", origin=Origin(asked_digest=asked), **more)


def day_of_calls(day: datetime, **more: Any) -> Iterator[Call]:
    """Ten calls of a day that all ask the same, a quarter of an hour apart."""
    for each in range(10):
        yield call(day + timedelta(minutes=15 * each), f"{day:%j}", **more)


def write(system: Any, calls: list[Call]) -> None:
    with system.journals.exclusive(GATEWAY) as journal:
        journal.append(calls)
    fold_ledger(system)


@pytest.fixture
def asked(house: Any) -> Iterator[Any]:
    with house.system() as opened:
        system = replace(opened, clock=SetClock(NOW))
        apply_model(system, sound(texts()), author=AUTHOR, reason="")
        write(
            system, [each for back in range(20, 0, -1) for each in day_of_calls(NOW - timedelta(days=back))]
        )
        yield system


def test_advice_is_written_where_it_is_declared_and_checked_by_what_calls_cost_since(asked: Any) -> None:
    found = advise(asked, use_cases=frozenset({"letters"}), answers=True)
    assert (found.calls, found.simulated) == (200, 0)
    assert found.answers is not None
    ranked = found.find("response-cache:letters")
    assert ranked.standing == "recommended"
    taking = write_advice(texts(), sound(texts()), ranked.saving, in_force=sound(texts()))
    [written] = taking.files.values()
    assert "cache_minutes: 1440" in written.text
    assert "# what they are for" in written.text

    take_advice(asked, ranked, taking=taking, author=AUTHOR)
    [waiting] = read_realised(asked)
    assert waiting.verdict == "not-in-force"

    after = sound(shipped_files() | {name: each.text for name, each in taking.files.items()})
    apply_model(asked, after, author=AUTHOR, reason="")
    nothing = {"usage": Usage(), "charge": Decimal(0), "settlement": "void"}
    given_again = {"cached": "c", "saved": Decimal("0.0045"), **nothing}
    for day in range(1, 10):
        at = NOW + timedelta(days=day)
        calls = list(day_of_calls(at))
        write(
            asked, [each if not place else changed(each, **given_again) for place, each in enumerate(calls)]
        )
    asked.clock.on(days=10)
    [held] = read_realised(asked)
    assert (held.since, held.until) == (NOW.date(), date(2026, 11, 25))
    assert held.saved == Decimal("0.0045") * 9 * 9
    assert held.verdict == "as-predicted"
    # It was put in force; what follows it no longer would is not advised.
    assert held.a_month == pytest.approx(ranked.saving.a_month, rel=Decimal("0.6"))


def test_cache_points_are_written_beside_what_is_there_with_what_the_cache_costs(asked: Any) -> None:
    saving = advise(asked).find("response-cache:letters").saving
    text = TEXT.replace(
        '{technology: openai, base_url: "https://models.example.com/v1"}', "{technology: anthropic}"
    )
    points = {"at": ["end"], "keep": "5m"}
    rates = {"cache_read": "0.3", "cache_write": "3.75", "cache_write_1h": "6"}
    first = {"starts": "2026-01-01", "input": "3", "output": "15"}
    edits = (
        Edit("use-case/letters", "prompt_cache.model/large", points),
        Edit("model/large", "prices", [first, first | {"starts": "2026-11-16"} | rates]),
    )
    before = shipped_files() | {"house.yaml": text}
    taking = write_advice(before, sound(before), replace(saving, edits=edits), in_force=sound(before))
    [written] = taking.files.values()
    assert "# what they are for" in written.text
    after = load(shipped_files() | {name: each.text for name, each in taking.files.items()})
    assert after.operating_model is not None
    assert holds(after.operating_model, edits)
    assert "cache-without-rates" not in {each.code for each in after.diagnostics}


def test_what_is_done_by_hand_holds_from_the_day_on_which_it_was_said(asked: Any) -> None:
    ranked = advise(asked).find("response-cache:letters")
    entry = take_advice(asked, ranked, author=AUTHOR)
    [kept] = asked.store.filed(FiledFilter(kinds=(AdviceTaken,)))
    assert kept == entry
    assert entry.edits == ()
    assert take_advice(asked, ranked, author=AUTHOR) == entry
    asked.clock.on(days=1)
    [held] = read_realised(asked)
    assert (held.since, held.verdict) == (NOW.date(), "no-calls")


def test_advice_that_is_no_longer_there_or_is_nothing_to_declare_is_refused(asked: Any) -> None:
    found = advise(asked)
    with pytest.raises(RemitError) as refused:
        found.find("response-cache:nobody")
    assert refused.value.code == "unknown-advice"
    ranked = found.find("response-cache:letters")
    by_hand = replace(ranked.saving, edits=(), by_hand="say it")
    with pytest.raises(RemitError) as refused:
        write_advice(texts(), sound(texts()), by_hand, in_force=sound(texts()))
    assert refused.value.code == "advice-by-hand"


def test_prices_that_are_not_in_force_yet_are_not_written_over(asked: Any) -> None:
    found = advise(asked, use_cases=frozenset({"letters"}))
    declared = sound(texts())
    name = next(each for each in declared.blocks if each.startswith("model/"))
    block = declared.model(name)
    assert block is not None
    dearer = Edit(name, "prices", [{"starts": "2026-01-01", "input": "4", "output": "15"}])
    saving = replace(found.find("response-cache:letters").saving, edits=(dearer,))
    free = block.model_copy(update={"prices": ()})
    in_force = declared.model_copy(update={"blocks": {**declared.blocks, name: free}})
    with pytest.raises(RemitError, match="says something else") as refused:
        write_advice(texts(), declared, saving, in_force=in_force)
    assert refused.value.code == "advice-not-declared"


def test_a_use_case_without_calls_is_advised_nothing(asked: Any) -> None:
    asked.clock.on(days=200)
    found = advise(asked, use_cases=frozenset({"letters"}), answers=True)
    assert (found.calls, found.ranking.ranked, found.answers) == (0, (), None)


def test_whoever_is_cut_off_between_the_files_and_the_entry_takes_the_advice_again(
    asked: Any, tmp_path: Path
) -> None:
    ranked = advise(asked, use_cases=frozenset({"letters"})).find("response-cache:letters")
    (tmp_path / "house.yaml").write_text(TEXT)
    taking = _written(tmp_path, ranked.saving)
    assert taking.files
    with pytest.raises(JournalError):
        take_advice(replace(asked, journals=Full()), ranked, taking=taking, author=AUTHOR)
    assert asked.store.filed(FiledFilter(kinds=(AdviceTaken,))) == []

    again = _written(tmp_path, ranked.saving)
    assert (again.files, again.digest) == ({}, taking.digest)
    entry = take_advice(asked, ranked, taking=again, author=AUTHOR)
    assert take_advice(asked, ranked, taking=_written(tmp_path, ranked.saving), author=AUTHOR) == entry
    assert asked.store.filed(FiledFilter(kinds=(AdviceTaken,))) == [entry]
    [waiting] = read_realised(asked)
    assert waiting.verdict == "not-in-force"
    applied = apply_model(asked, sound(read_texts(tmp_path)), author=AUTHOR, reason="")
    assert applied.digest == entry.declared


def test_advice_of_which_one_of_two_files_is_written_is_written_to_its_end(asked: Any) -> None:
    saving = advise(asked).find("response-cache:letters").saving
    first = {"starts": "2026-01-01", "input": "3", "output": "15"}
    edits = (
        Edit("use-case/letters", "remit.cache_minutes", 1440),
        Edit("model/large", "prices", [first, first | {"starts": "2026-11-16"}]),
    )
    cut = TEXT.index("stages:")
    before = shipped_files() | {"blocks.yaml": TEXT[:cut], "cases.yaml": TEXT[cut:]}
    both = replace(saving, edits=edits)
    taking = write_advice(before, sound(before), both, in_force=sound(before))
    assert set(taking.files) == {"blocks.yaml", "cases.yaml"}
    for written, left in (("blocks.yaml", "cases.yaml"), ("cases.yaml", "blocks.yaml")):
        half = before | {written: taking.files[written].text}
        rest = write_advice(half, sound(half), both, in_force=sound(before))
        assert rest.files == {left: taking.files[left]}
        assert rest.digest == taking.digest


class Full:
    """Journals that cannot be written to."""

    def exclusive(self, name: str) -> Any:
        raise JournalError("the disk is full", help="free some")


def _written(directory: Path, saving: Saving) -> Taking:
    found = read_texts(directory)
    taking = write_advice(found, sound(found), saving, in_force=sound(texts()))
    for name, file in taking.files.items():
        write_text(directory / name, file.text)
    return taking
