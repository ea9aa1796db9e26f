"""Plan the scoring of live calls: what was answered by one release is one evaluation."""

from __future__ import annotations

from hashlib import sha256

from remit.decide.evaluation_case import Case, DataSet
from remit.decide.release import Release, release_of
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import NotFound
from remit.operations.model_in_force import model_in_force
from remit.operations.plan_evaluation import PlannedEvaluation, plan_given
from remit.operations.read_history import find_version, model_of
from remit.operations.sample_live import LiveSample
from remit.operations.system import System
from remit.record.call_entry import Call

LIVE = "live"
"""What a sample of live calls is called in the place of a data set."""


def plan_live(system: System, sample: LiveSample) -> tuple[PlannedEvaluation, ...]:
    """Plan one evaluation for each release that gave answers, the one with the most of them first.

    A release is what was declared when the call was made: the same prompt, reworded since, is another one.
    """
    versions = {call.purpose.model_version for _, call in sample.cases}
    models = {version: _model_at(system, version) for version in versions}
    grouped: dict[str, list[tuple[Case, Call]]] = {}
    releases: dict[str, Release] = {}
    for case, call in sample.cases:
        release = _release(models[call.purpose.model_version], call)
        releases[release.digest] = release
        grouped.setdefault(release.digest, []).append((case, call))
    return tuple(
        plan_given(
            system,
            sample.use_case,
            _data_set([case for case, _ in cases]),
            release=releases[digest],
            given={case.id: call for case, call in cases},
            drawn=sample.drawn,
        )
        for digest, cases in sorted(grouped.items(), key=lambda each: (-len(each[1]), each[0]))
    )


def _model_at(system: System, version: int) -> OperatingModel:
    """Read the operating model of a version; where a new store has lost it, the one in force."""
    try:
        return model_of(system, find_version(system, version))
    except NotFound:
        return model_in_force(system)[1]


def _release(model: OperatingModel, call: Call) -> Release:
    # Parameters that callers set beside their prompt's are not in the ledger.
    day = call.began.astimezone(model.organisation.zone).date()
    return release_of(model, call.purpose.model, day=day, prompt=call.prompt_block)


def _data_set(cases: list[Case]) -> DataSet:
    """Make a data set of calls: its digest is that of their ids, since their texts may be erased one day."""
    digest = sha256("\n".join(case.id for case in cases).encode()).hexdigest()
    return DataSet(LIVE, digest, tuple(cases))
