"""What every ledger of effects holds: counts that are never passed, one effect for a step and a consent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.adapters.effects_sqlite import SqliteEffects
from remit.enforce.tool.bound import Bound, Full
from remit.enforce.tool.reach import Reached
from remit.kernel.errors import Conflict, StoreError
from remit.ports_effects import Effects
from remit.record.tool_effect import BEGUN, OPEN, Effect, KeptRun, Taken, Waiting

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
PEPPER = b"p" * 32
Open = Callable[[], Effects]


@pytest.fixture(params=["sqlite"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Give what opens the same ledger again, as another worker or the next life of one does."""
    opened: list[SqliteEffects] = []

    def open_again() -> Effects:
        opened.append(SqliteEffects(tmp_path / "effects.sqlite", PEPPER))
        return opened[-1]

    yield open_again
    for each in opened:
        each.close()


@pytest.fixture
def effects(reopen: Open) -> Effects:
    ledger = reopen()
    ledger.open_run(KeptRun("run", "pilot", "key", NOW), b"what was asked")
    return ledger


def effect(claim: str, **more: object) -> Effect:
    made = Effect(
        claim=claim,
        run="run",
        use_case="pilot",
        key="key",
        tool="tool/pay",
        holder="gateway",
        began=NOW,
        meant="meant",
        same="same",
        entry=b"{}",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def taken(*, money: str = "0", targets: tuple[str, ...] = (), records: tuple[str, ...] = ()) -> Taken:
    return Taken("tool/pay", ("run/run", "use-case/pilot/2026-12-01"), Decimal(money), targets, records)


def bound(what: str, limit: int, scope: str = "use-case/pilot/2026-12-01") -> Bound:
    return Bound(scope, f"{what}_per_day", what, limit)  # type: ignore[arg-type]


def test_what_was_begun_is_there_for_the_next_worker(effects: Effects, reopen: Open) -> None:
    assert effects.claim(effect("c1", step="1"), taken(money="2.50", targets=("a",)), ()) is None
    other = reopen()
    [found] = other.effects(states=BEGUN)
    assert (found.claim, found.step, found.entry) == ("c1", "1", b"{}")
    reached = other.reached("tool/pay", ["run/run"], targets=("a", "b"), records=())
    assert reached["run/run"] == Reached(1, Decimal("2.50"), frozenset({"a"}))


def test_a_step_and_a_consent_have_one_effect(effects: Effects, reopen: Open) -> None:
    assert effects.claim(effect("c1", step="1", approval="ask"), taken(), ()) is None
    for again in (
        effect("c2", step="1"),
        effect("c3", approval="ask"),
        effect("c4", step="1", approval="ask"),
    ):
        standing = reopen().claim(again, taken(), ())
        assert isinstance(standing, Effect)
        assert standing.claim == "c1"
    assert effects.reached("tool/pay", ["run/run"], targets=(), records=())["run/run"].calls == 1
    assert effects.of_approval("ask") == effects.of_step("run", "1") == effects.effect("c1")
    # Without a name a step is nobody's, and without a consent none is used up.
    assert effects.claim(effect("c5"), taken(), ()) is None
    assert effects.claim(effect("c6"), taken(), ()) is None
    assert effects.of_step("run", "") is None
    assert effects.of_approval("") is None


@pytest.mark.parametrize(
    ("what", "second"),
    [
        ("calls", taken()),
        ("money", taken(money="0.01")),
        ("targets", taken(targets=("b",))),
        ("records", taken(records=("y",))),
    ],
)
def test_what_would_pass_a_bound_changes_nothing(effects: Effects, what: str, second: Taken) -> None:
    first = taken(money="1", targets=("a",), records=("x",))
    assert effects.claim(effect("c1"), first, (bound(what, 1),)) is None
    full = effects.claim(effect("c2"), second, (bound(what, 1),))
    assert isinstance(full, Full)
    assert full.bound.what == what
    assert effects.effect("c2") is None
    if what in ("targets", "records"):
        # To reach the same one again is no more than before.
        assert effects.claim(effect("c3"), first, (bound(what, 1),)) is None


def test_of_others_marks_only_their_number_is_told(effects: Effects) -> None:
    effects.claim(effect("c1"), taken(targets=("a", "b", "c")), ())
    found = effects.reached("tool/pay", ["run/run"], targets=("b", "d"), records=())["run/run"]
    assert (found.targets, found.other_targets) == (frozenset({"b"}), 2)
    assert effects.reached("tool/other", ["run/run"], targets=(), records=()) == {}


def test_what_was_certainly_not_done_is_given_back(effects: Effects) -> None:
    effects.claim(effect("c1", step="1", approval="ask"), taken(money="3"), ())
    effects.finish("c1", "failed", entry=b"{}", at=NOW, undone=True)
    found = effects.reached("tool/pay", ["run/run"], targets=(), records=())["run/run"]
    assert (found.calls, found.money) == (0, Decimal(0))
    assert effects.same("same", runs=["run"], use_case="pilot", reference="") == []
    assert effects.claim(effect("c2", step="1", approval="ask"), taken(money="3"), ()) is None


def test_an_outcome_is_kept_sealed_until_its_run_ends(effects: Effects, tmp_path: Path) -> None:
    effects.claim(effect("c1"), taken(), ())
    effects.finish("c1", "completed", entry=b'{"a":1}', at=NOW, brought=b"a word", learned=b"a lesson")
    assert effects.brought("c1") == b"a word"
    assert effects.learned("run") == [b"what was asked", b"a lesson"]
    assert effects.learned("run", after=1) == [b"a lesson"]
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"a word" not in held
    assert b"a lesson" not in held
    effects.end_run("run", NOW)
    assert effects.brought("c1") == b""
    assert effects.learned("run") == []
    assert effects.effect("c1") == effect("c1", state="completed", entry=b'{"a":1}', ended=NOW)


def test_a_run_that_ended_begins_nothing_and_neither_does_one_within_it(effects: Effects) -> None:
    effects.open_run(KeptRun("child", "pilot", "key", NOW, parent="run"), b"")
    effects.end_run("run", NOW)
    for run in ("run", "child", "never"):
        with pytest.raises(Conflict) as over:
            effects.claim(effect("c1", run=run), taken(), ())
        assert over.value.code == "run-over"
    effects.learn("run", b"too late")
    assert effects.learned("run") == []
    [child, first] = sorted(effects.runs(limit=9), key=lambda each: each.id)
    assert (child.ended, first.ended, first.learned) == (NOW, NOW, 1)


def test_the_same_deed_is_found_in_runs_and_for_a_reference(effects: Effects) -> None:
    effects.claim(effect("c1", reference="invoice-7"), taken(), ())

    def found(*runs: str, reference: str = "", use_case: str = "pilot", same: str = "same") -> int:
        return len(effects.same(same, runs=runs, use_case=use_case, reference=reference))

    assert (found("run"), found("run", "above"), found("other")) == (1, 1, 0)
    assert (found("other", reference="invoice-7"), found("other", reference="invoice-8")) == (1, 0)
    assert found("other", reference="invoice-7", use_case="another") == 0
    assert found("run", same="else") == 0


def test_the_same_deed_is_claimed_once_by_those_who_knew_of_none(effects: Effects) -> None:
    assert effects.claim(effect("c1", times=0), taken(), ()) is None
    first = effects.claim(effect("c2", times=0), taken(), ())
    assert isinstance(first, Effect)
    assert first.claim == "c1"
    assert effects.claim(effect("c3", times=1), taken(), ()) is None
    assert effects.claim(effect("c4"), taken(), ()) is None


def test_what_waits_is_found_by_what_it_means_in_its_run(effects: Effects) -> None:
    waits = Waiting("ask-1", "run", "meant", "tool/pay", b'{"to":"bob"}', NOW)
    effects.wait(waits)
    effects.wait(waits)
    effects.wait(replace(waits, request="ask-2", at=NOW + timedelta(hours=1)))
    assert [each.request for each in effects.waits("run", "meant")] == ["ask-2", "ask-1"]
    assert effects.waits("another", "meant") == []
    assert effects.waiting("ask-1") == waits
    assert effects.waiting("ask-3") is None


def test_entries_that_the_ledger_lacks_are_listed_until_it_has_them(effects: Effects) -> None:
    for claim in ("c1", "c2"):
        effects.claim(effect(claim), taken(), ())
    assert effects.effects(untold=True) == []
    effects.finish("c1", "unknown", entry=b"{}", at=NOW)
    assert [each.claim for each in effects.effects(untold=True)] == ["c1"]
    effects.tell(["c1"])
    assert effects.effects(untold=True) == []
    assert {each.claim for each in effects.effects(states=OPEN)} == {"c1", "c2"}
    assert effects.effects(holder="another") == []
    assert len(effects.effects(run="run", limit=1)) == 1


def test_what_is_old_is_forgotten_and_what_is_open_is_not(effects: Effects) -> None:
    for claim in ("c1", "c2", "c3"):
        effects.claim(effect(claim), taken(), ())
    effects.finish("c1", "completed", entry=b"{}", at=NOW)
    effects.tell(["c1"])
    effects.finish("c2", "unknown", entry=b"{}", at=NOW)
    effects.end_run("run", NOW)
    effects.forget(NOW + timedelta(days=40))
    assert {each.claim for each in effects.effects()} == {"c2", "c3"}
    assert effects.reached("tool/pay", ["run/run"], targets=(), records=()) == {}


def test_what_was_sealed_elsewhere_is_not_taken_for_what_it_is_not(effects: Effects, tmp_path: Path) -> None:
    other = SqliteEffects(tmp_path / "effects.sqlite", b"q" * 32)
    with pytest.raises(StoreError) as unreadable:
        other.learned("run")
    other.close()
    assert unreadable.value.code == "file-unreadable"


# No matter which order threads come in: the amounts are what is drawn.
@settings(max_examples=8, deadline=None, database=None)
@given(amounts=st.lists(st.decimals("0.01", "9.99", places=2), min_size=16, max_size=48))
def test_sixteen_workers_that_race_for_a_limit_never_pass_it(
    tmp_path_factory: pytest.TempPathFactory, amounts: list[Decimal]
) -> None:
    path = tmp_path_factory.mktemp("race") / "effects.sqlite"
    workers = [SqliteEffects(path, PEPPER) for _ in range(16)]
    workers[0].open_run(KeptRun("run", "pilot", "key", NOW), b"")

    def call(number: int) -> Decimal:
        amount = amounts[number]
        one = effect(f"c{number}", durable=False)
        found = workers[number % 16].claim(one, taken(money=str(amount)), (bound("money", 40),))
        return amount if found is None else Decimal(0)

    with ThreadPoolExecutor(16) as pool:
        spent = sum(pool.map(call, range(len(amounts))))
    day = "use-case/pilot/2026-12-01"
    counted = workers[0].reached("tool/pay", [day], targets=(), records=())[day]
    for each in workers:
        each.close()
    assert spent == counted.money <= 40
    if sum(amounts) <= 40:
        assert spent == sum(amounts)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_effects import PEPPER, effect, taken
from remit.adapters.effects_sqlite import SqliteEffects
ledger = SqliteEffects(Path(sys.argv[1]), PEPPER)
ledger.claim(effect("c1", step="1"), taken(), ())
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_claim_outlasts_whoever_made_it(effects: Effects, tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "effects.sqlite"), here], check=False)
    [found] = effects.effects(states=BEGUN)
    assert found.claim == "c1"
