"""Record outcomes: what rows say of business results becomes entries, once, however often it is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

import msgspec

from remit.decide.outcome_row import (
    OutcomeRow,
    RefusedRow,
    Terms,
    Told,
    entry_of,
    not_there,
    repeated,
    row_of,
    says_the_same,
    told,
)
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.system import OUTCOMES, System
from remit.ports import Journal
from remit.record.outcome_entry import Outcome

BATCH = 5_000
"""How many rows are written under the journal's lock at once; others wait for no longer than that."""
ROWS_MAX = 5_000_000
KEPT_MAX = 200_000
"""Rows that are looked at and then written; a larger file is read a second time instead."""
SHOWN_MAX = 100
SOURCE_MAX = 60

Status = Literal["recorded", "corrected", "withdrawn", "unchanged"]


class Written(msgspec.Struct, frozen=True):
    """What became of a row: of one that is `unchanged`, `id` is the entry that said the same before."""

    row: int
    status: Status
    id: str


@dataclass(slots=True)
class Recorded:
    """What became of many rows; of those refused, the first are shown."""

    use_case: str
    source: str
    rows: int = 0
    recorded: int = 0
    corrected: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    refused: int = 0
    shown: list[RefusedRow] = field(default_factory=list)
    written: bool = False
    """Whether anything was: of a file with a row that is refused nothing is, unless the good rows are asked
    for."""
    shown_max: int = SHOWN_MAX

    def refuse(self, row: RefusedRow) -> None:
        self.refused += 1
        if len(self.shown) < self.shown_max:
            self.shown.append(row)


@dataclass(frozen=True, slots=True)
class Giver:
    """Whose outcomes they are, from which source, and who gives them."""

    use_case: str
    source: str
    author: str


def record_all(
    system: System,
    rows: Callable[[], Iterable[tuple[int, Any]]],
    giver: Giver,
    *,
    accept_good: bool = False,
    rows_max: int = ROWS_MAX,
) -> Recorded:
    """Record the rows of a source that can be read twice: all of them, or none unless the good are asked for.

    The end of this process may leave a part of them written; the same again writes the rest.
    """
    fold_ledger(system)
    _, model = model_in_force(system)
    _require(model, giver)
    if sum(1 for _ in islice(rows(), rows_max + 1)) > rows_max:
        raise too_many(rows_max)
    found = Recorded(giver.use_case, giver.source)
    batches = _checked(system, model, rows(), giver, found)
    if not accept_good:
        sound = _all_sound(system, batches, giver, found)
        if found.refused:
            return found
        if sound is None:
            found = Recorded(giver.use_case, giver.source)
            batches = _checked(system, model, rows(), giver, found)
        else:
            batches = iter(sound)
    found.written = True
    for batch in batches:
        for done in record_batch(system, batch, giver):
            if isinstance(done, RefusedRow):
                found.refuse(done)
            else:
                setattr(found, done.status, getattr(found, done.status) + 1)
    return found


def _all_sound(
    system: System, batches: Iterable[list[Told]], giver: Giver, found: Recorded
) -> list[list[Told]] | None:
    """Look at every row before one is written; gives them back, or None where they are too many to keep."""
    kept: list[list[Told]] = []
    for batch in batches:
        # What shall be withdrawn must be there; this is asked again when it is.
        for row in _missing(system, [each for each in batch if each.row.withdrawn], giver):
            found.refuse(row)
        if found.rows <= KEPT_MAX:
            kept.append(batch)
        else:
            kept.clear()
    return kept if found.rows <= KEPT_MAX else None


def record_few(
    system: System, given: Sequence[Any], giver: Giver, *, model: OperatingModel
) -> list[Written | RefusedRow]:
    """Record the rows of one request, of which the good ones are taken; says of each what became of it."""
    _require(model, giver)
    found = Recorded(giver.use_case, giver.source, shown_max=len(given))
    kept = [each for batch in _checked(system, model, enumerate(given, 1), giver, found) for each in batch]
    written = record_batch(system, kept, giver) if kept else []
    refused: list[Written | RefusedRow] = [*found.shown]
    return sorted([*refused, *written], key=lambda each: each.row)


def withdraw(system: System, metric: str, key: str, *, giver: Giver) -> Written:
    """Take one outcome back; raises NotFound where nothing is known of it."""
    row = OutcomeRow(metric=metric, key=key, withdrawn=True)
    fold_ledger(system)
    [done] = record_few(system, [msgspec.to_builtins(row)], giver, model=model_in_force(system)[1])
    if isinstance(done, RefusedRow):
        raise RemitError(f"the outcome cannot be withdrawn: {done.summary}", help=done.help, code=done.code)
    return done


def _require(model: OperatingModel, giver: Giver) -> None:
    require_use_case(model, giver.use_case)
    if not 0 < len(giver.source) <= SOURCE_MAX or not giver.source.isprintable() or "@" in giver.source:
        raise RemitError(
            f"the source has no name, or one that is longer than {SOURCE_MAX} characters",
            help="name where the outcomes come from, such as `crm`; it names no person",
            code="outcome-unsound",
        )


def _checked(
    system: System,
    model: OperatingModel,
    rows: Iterable[tuple[int, Any]],
    giver: Giver,
    found: Recorded,
) -> Iterator[list[Told]]:
    """Give the sound rows in batches, and count those that are not."""
    terms = Terms(
        giver.use_case,
        model.use_cases[giver.use_case].outcomes,
        model.organisation.zone,
        system.clock.now(),
    )
    seen: set[int] = set()
    source = iter(rows)
    while taken := list(islice(source, BATCH)):
        batch = []
        for number, given in taken:
            found.rows += 1
            row = given if isinstance(given, OutcomeRow | RefusedRow) else row_of(given, number)
            sound = row if isinstance(row, RefusedRow) else told(row, number, terms=terms)
            if isinstance(sound, Told):
                place = hash((sound.row.metric, sound.row.name))
                if place not in seen:
                    seen.add(place)
                    batch.append(sound)
                    continue
                sound = repeated(number)
            found.refuse(sound)
        yield batch


def too_many(rows_max: int) -> RemitError:
    return RemitError(
        f"there are more than {rows_max:,} rows",
        help="sum them up by day, arm and cluster, each row with the mean as `value` and how many it is of as"
        " `count`; or give them in several files",
        code="too-many-outcomes",
    )


def record_batch(system: System, batch: Sequence[Told], giver: Giver) -> list[Written | RefusedRow]:
    """Write what a batch says that was not said before, alone, and fold it."""
    with system.journals.exclusive(OUTCOMES) as journal:
        # Nobody else writes outcomes from here on, so what is known now holds until this is written.
        fold_ledger(system, (OUTCOMES,))
        done = _written(system, journal, batch, giver)
    fold_ledger(system, (OUTCOMES,))
    return done


def _written(
    system: System, journal: Journal, batch: Sequence[Told], giver: Giver
) -> list[Written | RefusedRow]:
    known = _known(system, batch, giver)
    # INVARIANT: nothing is written as known before what was written earlier, though a clock be set back.
    at = max(system.clock.now(), system.store.last_known() or system.clock.now())
    entries: list[Outcome] = []
    done: list[Written | RefusedRow] = []
    for each in batch:
        before = known.get((each.row.metric, each.row.name))
        if each.row.withdrawn and (before is None or before.withdrawn):
            done.append(not_there(each.number))
            continue
        id = system.ids.new(at)
        if each.row.withdrawn:
            assert before is not None, "else it is refused"
            entry = msgspec.structs.replace(before, id=id, at=at, withdrawn=True, author=giver.author)
        else:
            entry = entry_of(
                each,
                id=id,
                at=at,
                use_case=giver.use_case,
                source=giver.source,
                cluster=_pseudonym(system, giver.use_case, each.row.cluster),
                author=giver.author,
            )
        if before is not None and says_the_same(before, entry):
            done.append(Written(each.number, "unchanged", before.id))
            continue
        status: Status = "withdrawn" if entry.withdrawn else "corrected" if before else "recorded"
        entries.append(entry)
        done.append(Written(each.number, status, id))
    journal.append(entries)
    return done


def _known(system: System, batch: Sequence[Told], giver: Giver) -> dict[tuple[str, str], Outcome]:
    keys: dict[str, list[str]] = {}
    for each in batch:
        keys.setdefault(each.row.metric, []).append(each.row.name)
    return {
        (metric, key): entry
        for metric, names in keys.items()
        for key, entry in system.store.newest(giver.use_case, metric, giver.source, names).items()
    }


def _missing(system: System, withdrawn: Sequence[Told], giver: Giver) -> Iterator[RefusedRow]:
    known = _known(system, withdrawn, giver) if withdrawn else {}
    for each in withdrawn:
        before = known.get((each.row.metric, each.row.name))
        if before is None or before.withdrawn:
            yield not_there(each.number)


def _pseudonym(system: System, use_case: str, cluster: str) -> str:
    """Hash whom an outcome belongs to, as the gateway hashes for whom a call is."""
    return system.pseudonym(use_case, cluster) if cluster else ""
