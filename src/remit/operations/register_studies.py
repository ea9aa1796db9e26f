"""Register studies: fix what each will show before it starts, in the write that puts it in force."""

from __future__ import annotations

from remit.decide.study import to_register
from remit.declare.operating_model import OperatingModel
from remit.operations.system import System
from remit.record.filed import FiledFilter
from remit.record.outcome_entry import StudyRegistered


def registrations(
    system: System, model: OperatingModel, *, version: int, author: str
) -> list[StudyRegistered]:
    """Store the text of each study that is new or changed, and return the entries that lock it.

    INVARIANT: it is called under the lock of the journal that the entries go to, so that no two have the same
    version.
    """
    if not model.studies:
        return []
    now = system.clock.now()
    today = now.astimezone(model.organisation.zone).date()
    known = system.store.filed(FiledFilter(kinds=(StudyRegistered,)))
    entries = []
    for fixed in to_register(model, (each for each in known if isinstance(each, StudyRegistered))):
        system.store.put_text(fixed.digest, fixed.body)
        study = fixed.declared
        entries.append(
            StudyRegistered(
                id=system.ids.new(now),
                at=now,
                study=fixed.study,
                version=fixed.version,
                digest=fixed.digest,
                use_case=study.use_case,
                metric=study.metric,
                estimator=study.estimator,
                starts=study.starts,
                late=fixed.late(today),
                model_version=version,
                author=author,
            )
        )
    return entries
