"""Sources: whether one result came from two places, and would count twice."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

import numpy as np

from remit.decide.value.estimate import Check
from remit.record.outcome_entry import Outcome


class Sources:
    """Hears outcomes as they are read, and keeps of each twelve bytes: what it is of, and whence it came."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._of = array("q")
        self._from = array("I")

    def heard(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """Pass outcomes on."""
        for each in outcomes:
            self._of.append(hash((each.reference or each.key, each.happened)))
            self._from.append(self._names.setdefault(each.source, len(self._names)))
            yield each

    def check(self) -> Iterator[Check]:
        """Refuse the claim where a result that has one name and one time was told by two sources."""
        if len(self._names) < 2:
            return
        pairs = np.column_stack([np.array(self._of), np.array(self._from, dtype=np.int64)])
        once = np.unique(pairs, axis=0)
        twice = len(once) - len(np.unique(once[:, 0]))
        names = ", ".join(f"`{name}`" for name in sorted(self._names)[:3])
        said = (
            f"{twice:,} of {len(pairs):,} outcomes, of {names}, have the reference and time of one from"
            " another source, and would count twice: withdraw them at one of both"
            if twice
            else f"no outcome is there twice in the {len(self._names):,} sources"
        )
        yield Check("one source each", not twice, said)
