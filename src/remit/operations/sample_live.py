"""Sample live calls: draw some of those whose text is kept, and make cases of them with their answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from remit.decide.evaluation_case import Case, Scorer
from remit.decide.live_sample import SAMPLE_MAX, case_of, drawn_order, is_live, scorer_needs
from remit.declare.operating_model import OperatingModel
from remit.enforce.capture import capture_of
from remit.enforce.remit import Remit, resolve
from remit.kernel.errors import NotFound, RemitError, StoreError
from remit.operations.find_entries import find_entry, list_entries
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.system import RECORD, System
from remit.record.call_entry import Call
from remit.record.captured import Captured, decode
from remit.record.evaluation_detail import Drawn
from remit.record.keeping import CaptureShown
from remit.record.ledgered import decode as decode_entry
from remit.record.projection import EntryFilter

POPULATION_MAX = 100_000
"""Of more calls in a window, the newest are the population."""

_LOOKED_AT_ONCE = 100
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class LiveSample:
    """Live calls as cases with their answers, each with its entry, and how they were drawn."""

    use_case: str
    drawn: Drawn
    cases: tuple[tuple[Case, Call], ...]
    more_calls: bool = False


def sample_live(
    system: System,
    use_case: str,
    *,
    wanted: int,
    days: int,
    scorers: Sequence[Scorer],
    author: str,
    seed: str = "",
) -> LiveSample:
    """Draw live calls of the last days, and read what is kept of them; the ledger says who looked.

    Raises RemitError where the remit lets no text be kept, where a scorer needs somebody to say what is
    right, and where no call could be read.
    """
    assert 0 < wanted <= SAMPLE_MAX, "the door asks for so many"
    if (fault := scorer_needs(scorers)) is not None:
        summary, help = fault
        raise RemitError(f"of a live call nobody says what is right: {summary}", help=help, code=_UNSOUND)
    fold_ledger(system)
    _, model = model_in_force(system)
    require_use_case(model, use_case)
    now = system.clock.now()
    see_kept(model, resolve(model, use_case, system.store.stages(now, use_case)[use_case].stage))

    since = now - timedelta(days=days)
    seed = seed or format(system.ids.draw(), ".17g")
    calls = list(_calls(system, use_case, since, now))
    return _read(system, calls, seed, _Wanted(use_case, wanted, since, now, tuple(scorers), author))


_UNSOUND = "scorer-unsound"


def see_kept(model: OperatingModel, remit: Remit) -> None:
    """Raise RemitError, with whose rule it is, unless the remit lets texts of calls be kept."""
    if capture_of(remit) is not None:
        return
    field = "capture_max" if remit.capture_max in (None, "off") else "retention_days"
    layer = remit.decider(field)
    value = remit.capture_max if field == "capture_max" else remit.retention_days
    said = f"`{layer.address}` sets `{field}` to `{value}`" if layer else f"no layer says `{field}`"
    owner = layer.owner if layer else model.owner_of(remit.use_case)
    raise RemitError(
        f"no text of `{remit.use_case}` may be kept, so no live call can be looked at: {said}",
        help=f"ask {owner} for `capture_max: masked` and some `retention_days`; calls from then on are kept",
        code="capture-not-allowed",
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    use_case: str
    wanted: int
    since: datetime
    until: datetime
    scorers: tuple[Scorer, ...]
    author: str


def _calls(system: System, use_case: str, since: datetime, until: datetime) -> Iterator[str]:
    """Name the live calls of a window, the newest first, as many as the population may have and one."""
    before, found = "", 0
    while found <= POPULATION_MAX:
        wanted = EntryFilter(kind="call", use_case=use_case, completed=True, since=since, before=before)
        rows = list_entries(system, wanted, limit=_PAGE)
        for row in rows:
            call = decode_entry(row.body)
            if isinstance(call, Call) and call.at < until and is_live(call) and found <= POPULATION_MAX:
                found += 1
                yield call.id
        if len(rows) < _PAGE:
            return
        before = rows[-1].id


def _read(system: System, calls: Sequence[str], seed: str, wanted: _Wanted) -> LiveSample:
    """Look at calls in the order that the seed gives, until there are enough."""
    population = calls[:POPULATION_MAX]
    order = drawn_order(population, seed)
    counts = {"not_kept": 0, "unreadable": 0, "unscored": 0}
    cases: list[tuple[Case, Call]] = []
    at = 0
    while at < len(order) and len(cases) < wanted.wanted:
        some = order[at : at + min(_LOOKED_AT_ONCE, wanted.wanted - len(cases))]
        at += len(some)
        for call, found in _looked(system, some, wanted):
            made = found if isinstance(found, str) else case_of(found, wanted.scorers)
            if isinstance(made, str):
                counts[made] += 1
            else:
                cases.append((made, _entry(system, call)))
    drawn = Drawn(seed, wanted.since, wanted.until, wanted.wanted, len(population), at, **counts)
    if not cases:
        raise RemitError(
            f"no live call of `{wanted.use_case}` could be scored: of {len(population):,}, {drawn.not_kept:,}"
            f" were not kept, {drawn.unreadable:,} not as a whole text, and {drawn.unscored:,} no scorer can"
            " score",
            help="look further back with `--since`, or score by what these calls have",
            code="nothing-to-sample",
        )
    return LiveSample(wanted.use_case, drawn, tuple(cases), len(calls) > POPULATION_MAX)


def _entry(system: System, call: str) -> Call:
    entry = decode_entry(find_entry(system, call).body)
    assert isinstance(entry, Call), "it was listed as one"
    return entry


def _looked(system: System, calls: Sequence[str], wanted: _Wanted) -> list[tuple[str, Captured | str]]:
    """Open what is kept of calls; whose text is read is in the ledger before it is."""
    bodies = {call: _opened(system, call) for call in calls}
    now = system.clock.now()
    shown = [
        CaptureShown(
            id=system.ids.new(now), at=now, use_case=wanted.use_case, call=call, author=wanted.author
        )
        for call, body in bodies.items()
        if isinstance(body, bytes)
    ]
    if shown:
        with system.journals.exclusive(RECORD) as journal:
            journal.append(shown)
    return [(call, decode(body) if isinstance(body, bytes) else body) for call, body in bodies.items()]


def _opened(system: System, call: str) -> bytes | str:
    """Open what is kept of a call, or say that nothing is, or that it cannot be read."""
    try:
        return system.captures.open(call) or "not_kept"
    except (NotFound, StoreError) as error:
        if isinstance(error, StoreError) and error.code != "capture-unreadable":
            raise
        return "unreadable"
