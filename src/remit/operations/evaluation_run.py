"""Runs of evaluations: names that nobody makes up, so that no header alone spares what they are spared."""

from __future__ import annotations

from hmac import compare_digest

from remit.operations.system import System
from remit.record.call_entry import EVALUATION_RUN


def run_of(system: System, use_case: str, id: str) -> str:
    """Name the run of an evaluation of a use case."""
    return f"{EVALUATION_RUN}{id}-{system.pseudonym(use_case, EVALUATION_RUN, id)}"


def is_run(system: System, use_case: str, run: str) -> bool:
    """Say whether a run that a caller names is one of an evaluation that was begun here."""
    if not run.startswith(EVALUATION_RUN):
        return False
    id = run.removeprefix(EVALUATION_RUN).partition("-")[0]
    return compare_digest(run.encode(), run_of(system, use_case, id).encode())
