"""Read studies: what was registered, in which versions, and what was found."""

from __future__ import annotations

from remit.decide.study import StudyView, study_views
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.record.filed import FiledFilter
from remit.record.outcome_entry import StudyRegistered, StudyResult


def read_studies(system: System, use_case: str = "") -> list[StudyView]:
    """List every study that was ever registered, or those of one use case."""
    fold_ledger(system)
    _, model = model_in_force(system)
    filed = system.store.filed(FiledFilter(kinds=(StudyRegistered, StudyResult), use_case=use_case or None))
    return list(study_views(model, filed, now=system.clock.now()).values())


def read_study(system: System, name: str) -> tuple[StudyView, bytes]:
    """Return a study and the text of its newest version; raises NotFound for one that is not registered."""
    found = {each.study: each for each in read_studies(system)}
    if name not in found:
        raise NotFound(
            f"no study `{name[:80]}` is registered",
            help=did_you_mean(name, found, otherwise="declare it under `studies:` and apply it"),
            code="study-not-registered",
        )
    return found[name], system.store.text(found[name].newest.digest)
