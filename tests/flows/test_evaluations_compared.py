"""Evaluations that are recorded, shown and compared through the door."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

import msgspec
import pytest

from conftest import House, living_in
from forked_command import Forks
from remit.decide.release import release_of
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.system import RECORD, System
from remit.record.dossier_entry import Evaluation, Scored
from remit.record.evaluation_detail import Details, Outcome

DECLARED = """
blocks:
  model/small: {name: Small, provider: echo, context_tokens: 8_000, output_tokens_max: 800,
    prices: [{starts: 2020-01-01, input: 0.20, output: 0.80}]}
  prompt/letter@1: {name: Letter, text: Write a letter.}
  prompt/letter@2: {name: Letter, text: Write a short letter.}
use_cases:
  pilot:
    name: A pilot
    unit: desk
    owner: pilot-owner@example.com
    purpose: Try the path of a call.
    blocks: [prompt/letter]
    adoption: {stage: experiment, basis: It runs in this test.}
gates:
  launch:
    description: Good enough.
    criteria:
      quality: {name: Good, measure: pass_rate, at_least: 0.70, confidence: 0.95, evidence: evaluation,
        pillar: platform, help: Run it.}
"""
DAY = date(2026, 11, 30)


def tried(
    system: System, day: int, signs: Mapping[tuple[str, str], str], *, cases: str = "c", kept: bool = True
) -> str:
    """Record an evaluation of releases, each a prompt and a model, on cases that end as signs say."""
    model = model_in_force(system)[1]
    outcomes, results = {}, []
    for (prompt, name), ends in signs.items():
        release = release_of(model, name, day=DAY, prompt=prompt)
        outcomes[release.digest] = tuple(Outcome("passed" if end == "+" else "not_passed") for end in ends)
        dear, slow = (Decimal("0.004"), 900) if name == "model/echo" else (Decimal("0.001"), 300)
        results.append(
            Scored(
                *(release.digest, name, prompt),
                cases=len(ends),
                passed=ends.count("+"),
                charge=dear * len(ends),
                latency_ms_p50=slow,
                latency_ms_p95=2 * slow,
                simulated=True,
            )
        )
    length = len(next(iter(signs.values())))
    details = Details(tuple(f"{cases}{number}" for number in range(1, length + 1)), outcomes)
    body = msgspec.json.encode(details)
    digest = sha256(body).hexdigest()
    if kept:
        system.store.put_text(digest, body)
    at = datetime(2026, 11, day, 9, tzinfo=UTC)
    entry = Evaluation(
        id=system.ids.new(at),
        at=at,
        use_case="pilot",
        measure="pass_rate",
        dataset="letters",
        dataset_digest="d1",
        stage="experiment",
        model_version=1,
        began=at,
        results=tuple(results),
        details=digest,
        currency="EUR",
        author="tester@example.com",
    )
    with system.journals.exclusive(RECORD) as journal:
        journal.append([entry])
    fold_ledger(system)
    return entry.id


FIRST, SECOND = "prompt/letter@1", "prompt/letter@2"
ECHO, SMALL = "model/echo", "model/small"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, commands: Forks) -> Iterator[tuple[House, list[str]]]:
    with living_in(tmp_path_factory.mktemp("lab"), commands) as house:
        house.apply(house.base, DECLARED)
        with house.system() as system:
            before = tried(system, 20, {(FIRST, SMALL): "++++" * 10})
            now = tried(
                system,
                27,
                {
                    (SECOND, SMALL): "+++-" * 9 + "++++",
                    (SECOND, ECHO): "++--" * 10,
                    (FIRST, SMALL): "++++" * 10,
                },
            )
            apart = tried(system, 28, {(SECOND, SMALL): "++"}, cases="other")
            lost = tried(system, 29, {(SECOND, SMALL): "+-"}, kept=False)
        yield house, [before, now, apart, lost]


def test_an_evaluation_shows_its_releases_beside_each_other(lab: tuple[House, list[str]]) -> None:
    house, (before, now, *_) = lab
    said = house.run("evaluation", "show", now)
    assert "31 of 40  0.775 (0.625 to 0.877)  0.001 EUR simulated" in said
    assert "B is no better than A or C in quality, cost or time" in said
    assert "-0.225 (-0.375 to -0.091)" in said
    assert f"A beside letter@1 with small of 2026-11-20 09:00 UTC ({before}): 9 broke" in said
    assert f"C beside itself of 2026-11-20 09:00 UTC ({before}): 0 broke and 0 were mended\n" in said
    assert "   broke: c4, c8, c12, c16, c20, c24, c28, c32, c36" in said
    assert "B for quality (at least 0.7) into launch: no number of cases will, as 0.5 is below 0.7" in said
    assert "A for quality (at least 0.7) into launch: 75 more cases that pass as these do" in said
    assert "C is no evidence: the evaluation is of `prompt/letter@1`, and `prompt/letter@2`" in said


def test_the_same_is_there_for_machines(lab: tuple[House, list[str]]) -> None:
    house, (before, now, *_) = lab
    found = json.loads(house.run("evaluation", "compare", before, now, "--json"))
    first, *_ = found["contrasts"]
    assert (first["pairs"]["only_first"], first["pairs"]["only_second"]) == (11, 0)
    assert first["chance"] == pytest.approx(2 * 0.5**11)
    assert {each["earlier"]["id"] for each in found["regressions"]} == {before}


def test_evaluations_are_listed_the_newest_first(lab: tuple[House, list[str]]) -> None:
    house, made = lab
    rows = json.loads(house.run("evaluation", "list", "--use-case", "pilot", "--json"))
    assert [row["id"] for row in rows] == made[::-1]
    said = house.run("evaluation", "list", "--limit", "1").splitlines()
    assert len(said) == 2
    assert "letter@2" in said[1]


def test_what_cannot_be_compared_is_said(lab: tuple[House, list[str]]) -> None:
    house, (before, _, apart, lost) = lab
    done = house.try_run("evaluation", "compare", before, apart)
    assert done.returncode == 1
    assert "error[nothing-to-compare]" in done.stderr
    assert "no evaluation `nowhere` is recorded" in house.try_run("evaluation", "show", "nowhere").stderr
    assert "is not stored here any more" in house.run("evaluation", "show", lost)
