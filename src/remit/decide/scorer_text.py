"""The text of scorers alone, for answers whose cases no file holds."""

from __future__ import annotations

from pydantic import ValidationError

from remit.decide.evaluation_case import SCORERS_MAX, Scorer, Scorers
from remit.declare.declared import Declared
from remit.declare.fault import Fault, faults_in, in_place
from remit.declare.text import read
from remit.kernel.diagnostic import Diagnostic, in_order


class _Written(Declared):
    """What such a file says."""

    scorers: Scorers = ()
    """How answers are scored."""


def read_scorers(text: str, file: str) -> tuple[tuple[Scorer, ...], tuple[Diagnostic, ...]]:
    """Read scorers from YAML, under `scorers:`, or find what is wrong with the text."""
    tree, diagnostics = read(text, file)
    if tree is None or diagnostics:
        return (), in_order(diagnostics)
    try:
        scorers = _Written.model_validate(tree if isinstance(tree, dict) else {}).scorers
    except ValidationError as error:
        faults = list(faults_in(error, file, (), kind=_Written))
        return (), in_order(list(in_place(faults, {file: text})))
    if not 1 <= len(scorers) <= SCORERS_MAX:
        summary = f"`scorers` has {len(scorers):,} items"
        help = f"write 1 to {SCORERS_MAX} in a list under `scorers:`"
        fault = Fault(file, (), "scorer-unsound", summary, help)
        return (), tuple(in_place([fault], {file: text}))
    return scorers, ()
