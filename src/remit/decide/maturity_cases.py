"""Evidence of maturity that is counted over use cases: of those that something is asked of, which show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from remit.decide.maturity_answer import Answer, Scope, ids, several, share, some
from remit.decide.maturity_known import PRODUCTION, Case, Known, is_pinned
from remit.record.entry import Entry

Shows = Callable[[Known, Case], bool]
Rests = Callable[[Known, Case], Iterable[Entry]]


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted. Of the use cases `among` which it is asked, `shows` picks those that show it.

    Where `one` is set, one of them is enough, and none is no; otherwise all of them are asked, and where
    there are none nothing can be said. `rests` are the entries behind it; without them, it is declared, or
    with `by_calls` rests on the calls of the last thirty days.
    """

    among: Shows
    words: str
    shows: Shows
    of: str = ""
    one: bool = False
    rests: Rests | None = None
    by_calls: bool = False


def answer_counted(counted: Counted, known: Known, scope: Scope) -> Answer:
    """Count the use cases of a scope."""
    asked = [case for case in scope.cases if counted.among(known, case)]
    shown = [case for case in asked if counted.shows(known, case)]
    status = some(len(shown)) if counted.one else share(len(shown), len(asked))
    noun = f"use case{counted.of}"
    if asked:
        basis = f"{counted.words}: {len(shown):,} of {_many(len(asked), counted.of)}"
    else:
        basis = f"no {noun}"
    entries = [each for case in shown for each in counted.rests(known, case)] if counted.rests else []
    simulated = sum(_simulated(counted, known, case) for case in shown)
    if 0 < simulated < len(shown):
        basis += f", {simulated:,} of them on what is simulated alone"
    return Answer(
        status,
        basis,
        shown=len(shown),
        of=len(asked),
        at=_at(counted, known, entries) if shown else None,
        entries=ids(each.id for each in entries),
        simulated=0 < simulated == len(shown),
    )


def _many(number: int, of: str) -> str:
    return several(number, "use case") + of


def _at(counted: Counted, known: Known, entries: list[Entry]) -> date:
    if counted.by_calls:
        return known.today
    if not entries:
        return known.declared_on
    return max(each.at for each in entries).astimezone(known.model.organisation.zone).date()


def _simulated(counted: Counted, known: Known, case: Case) -> bool:
    """Say whether a use case that shows something rests on nothing but what was simulated."""
    if counted.by_calls:
        return not case.calls
    return counted.rests is not None and all(map(is_simulated, counted.rests(known, case)))


def is_simulated(entry: Entry) -> bool:
    """Say whether an entry rests on nothing but what was simulated."""
    results = getattr(entry, "results", None)
    if results is not None:
        return all(each.simulated for each in results)
    return bool(getattr(entry, "simulated", False))


def _all(_: Known, case: Case) -> bool:
    return True


def _pilot(_: Known, case: Case) -> bool:
    return case.stage == "experiment"


def _begun(_: Known, case: Case) -> bool:
    return case.stage != "envision"


def _production(_: Known, case: Case) -> bool:
    return case.stage in PRODUCTION


def _called(_: Known, case: Case) -> bool:
    return case.has_calls


def _owned(_: Known, case: Case) -> bool:
    return case.declared.risk_owner not in (None, case.owner)


def _guarded(_: Known, case: Case) -> bool:
    # One that only looks on stops nothing.
    return any(block.mode == "enforce" for _, block in case.guardrails)


def _measurable(_: Known, case: Case) -> bool:
    return any(
        each.baseline is not None and each.target is not None for each in case.declared.outcomes.values()
    )


def _priced(_: Known, case: Case) -> bool:
    return any(each.value_of_one is not None for each in case.declared.outcomes.values())


def _scored(*names: str) -> Shows:
    return lambda _, case: all(getattr(case.declared.scores, name) is not None for name in names)


def _reviews(into: tuple[str, ...]) -> Rests:
    return lambda _, case: (each for each in case.reviews if each.into in into)


def _reviewed(into: tuple[str, ...]) -> Shows:
    return lambda _, case: any(each.into in into for each in case.reviews)


def _attack(_: Known, case: Case) -> Iterator[Entry]:
    return (each for each in case.evaluations if each.measure == "attack_success_rate")


def _live(_: Known, case: Case) -> Iterator[Entry]:
    return (each for each in case.evaluations if each.live)


def _compared(_: Known, case: Case) -> Iterator[Entry]:
    return (each for each in case.evaluations if len({result.model for result in each.results}) > 1)


def _again(_: Known, case: Case) -> Iterator[Entry]:
    """Find evaluations of a data set that an evaluation before was of."""
    seen: set[str] = set()
    for each in sorted(case.evaluations, key=lambda entry: entry.id):
        if each.dataset in seen:
            yield each
        seen.add(each.dataset)


def _said(gate: str, pillar: str) -> Rests:
    def rests(known: Known, case: Case) -> Iterator[Entry]:
        asked = known.said_at_gate(gate, pillar)  # type: ignore[arg-type]  # the names stand below
        return (each for about, each in case.attested.items() if about in asked)

    return rests


def _any(rests: Rests) -> Shows:
    return lambda known, case: any(True for _ in rests(known, case))


def _bounded(_: Known, case: Case) -> bool:
    return case.remit.data_class_max is not None


def _governed(known: Known, case: Case) -> bool:
    return _bounded(known, case) and _owned(known, case)


def _sources_or_tools(_: Known, case: Case) -> bool:
    return any(name.partition("/")[0] in ("knowledge", "tool") for name in case.uses)


def _on_shared_models(known: Known, case: Case) -> bool:
    return any(len(known.users[name]) > 1 for name in case.uses if name.startswith("model/"))


_PILOT, _BEGUN, _LIVE = " at experiment", " past envision", " in production"
_LAUNCH = ("launch",)
_PAST_PILOT = ("launch", "scale")
_PEOPLE, _RUN_BOOK, _TRAINED = (
    _said("launch", "people"),
    _said("launch", "operations"),
    _said("scale", "people"),
)


def _evaluations(_: Known, case: Case) -> Iterable[Entry]:
    return case.evaluations


def _studies(_: Known, case: Case) -> Iterable[Entry]:
    return case.studies


COUNTED: Mapping[str, Counted] = {
    # What is declared of each.
    "use_cases_declared": Counted(_all, "are declared", _all, one=True),
    "risk_owned": Counted(_all, "name somebody else for the risk than their owner", _owned),
    "problems_stated": Counted(_all, "state a problem", lambda _, case: bool(case.declared.problem)),
    "chains_declared": Counted(
        _all, "have a chain from an objective", lambda _, case: case.declared.chain is not None
    ),
    "data_scored": Counted(_all, "score the maturity of their data", _scored("data_maturity")),
    "ranked": Counted(_all, "score value and feasibility", _scored("value", "feasibility")),
    "strategic_fit_scored": Counted(_all, "score their strategic fit", _scored("strategic_fit")),
    "ai_act_facts": Counted(
        _all,
        "state facts that the AI Act asks about",
        lambda _, case: bool(case.declared.ai_act.model_fields_set),
    ),
    "personal_data_stated": Counted(
        _all,
        "state whether personal data is in them",
        lambda _, case: case.declared.personal_data is not None,
    ),
    "outcomes_measurable": Counted(
        _begun, "declare an outcome with a baseline and a target", _measurable, of=_BEGUN
    ),
    "outcomes_priced": Counted(_begun, "say what an outcome is worth", _priced, of=_BEGUN),
    "sources_or_tools": Counted(_begun, "list a source or a tool", _sources_or_tools, of=_BEGUN, one=True),
    "funnel": Counted(
        lambda _, case: case.stage == "envision",
        "are scored by value and feasibility",
        _scored("value", "feasibility"),
        of=" at envision",
        one=True,
    ),
    # What their remits say.
    "governed": Counted(
        _begun, "are held to a class of data and name somebody for the risk", _governed, of=_BEGUN
    ),
    "data_bounded": Counted(_begun, "are held to a class of data", _bounded, of=_BEGUN),
    "pilots_bounded": Counted(
        _pilot,
        "have a budget and an end",
        lambda _, case: (
            bool(case.remit.spend)
            and (case.remit.expires is not None or isinstance(case.remit.time_box_days, int))
        ),
        of=_PILOT,
    ),
    "personal_data_guarded": Counted(
        _begun,
        "pass a guardrail on sensitive data",
        lambda _, case: any(block.sensitive for _, block in case.guardrails),
        of=_BEGUN,
    ),
    "production_guardrails": Counted(_production, "pass a guardrail", _guarded, of=_LIVE),
    "guardrails_pinned": Counted(
        _production,
        "pass guardrails that are all fixed to a version",
        lambda _, case: bool(case.guardrails) and all(is_pinned(name) for name, _ in case.guardrails),
        of=_LIVE,
    ),
    "production_guarded": Counted(
        _production,
        "pass a guardrail and came through a review",
        lambda known, case: _guarded(known, case) and _reviewed(_PAST_PILOT)(known, case),
        of=_LIVE,
        rests=_reviews(_PAST_PILOT),
    ),
    "production_owned": Counted(_production, "have an owner and another for the risk", _owned, of=_LIVE),
    "production_budgeted": Counted(
        _production, "are held to a budget", lambda _, case: bool(case.remit.spend), of=_LIVE
    ),
    # What their calls say.
    "pilots_running": Counted(
        _pilot, "made calls in the last 30 days", _called, of=_PILOT, one=True, by_calls=True
    ),
    "calls_on_shared_models": Counted(
        _called, "call models that other units use", _on_shared_models, of=" with calls", by_calls=True
    ),
    # What is filed of them.
    "production_valued": Counted(
        _production,
        "have outcomes and a study of their value",
        lambda _, case: bool(case.declared.outcomes and case.studies),
        of=_LIVE,
        one=True,
        rests=_studies,
    ),
    "value_studied": Counted(
        _begun, "have a study of their value", lambda _, case: bool(case.studies), of=_BEGUN, rests=_studies
    ),
    "pilots_evaluated": Counted(
        _begun, "were evaluated", lambda _, case: bool(case.evaluations), of=_BEGUN, rests=_evaluations
    ),
    "evaluated_again": Counted(
        _begun, "were evaluated on the same data again", _any(_again), of=_BEGUN, one=True, rests=_again
    ),
    "models_compared": Counted(
        _all, "were evaluated on several models", _any(_compared), one=True, rests=_compared
    ),
    "live_judged": Counted(_production, "have live calls evaluated", _any(_live), of=_LIVE, rests=_live),
    "red_teamed": Counted(_production, "were attacked on purpose", _any(_attack), of=_LIVE, rests=_attack),
    "pilots_reviewed": Counted(
        _begun, "had their gate into launch reviewed", _reviewed(_LAUNCH), of=_BEGUN, rests=_reviews(_LAUNCH)
    ),
    "gate_reviews_kept": Counted(
        _begun,
        "came where they are by a review",
        lambda _, case: case.stage_basis == "reviewed",
        of=_BEGUN,
        rests=lambda _, case: case.reviews,
    ),
    "production_reviewed": Counted(
        _production, "had a gate reviewed", _reviewed(_PAST_PILOT), of=_LIVE, rests=_reviews(_PAST_PILOT)
    ),
    "people_in_loop": Counted(
        _production, "attest where a person looks at answers", _any(_PEOPLE), of=_LIVE, rests=_PEOPLE
    ),
    "run_books": Counted(_production, "attest a run book", _any(_RUN_BOOK), of=_LIVE, rests=_RUN_BOOK),
    "users_trained": Counted(
        _production, "attest that their users were trained", _any(_TRAINED), of=_LIVE, rests=_TRAINED
    ),
}
"""Every such answer by its name."""
