"""Export a training set: kept calls, where the remit allows it, masked on their way out.

    choose by entries → open → mask → write → read again → record

INVARIANT: no text is written that the masking of today has not read whole, and the entry is in the ledger
before anybody is given the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import BinaryIO

from remit.decide.training_set import (
    Choice,
    Example,
    LeftOut,
    asked_digest,
    example_of,
    is_held_back,
    to_mask,
    unfit_call,
    unfit_text,
)
from remit.declare.stage_name import STAGES
from remit.enforce.capture import capture_of, is_over
from remit.enforce.decision import Decision
from remit.enforce.remit import Remit, resolve
from remit.kernel.errors import Conflict, NotFound, RemitError, StoreError
from remit.kernel.money import ZERO
from remit.operations.capture_queue import patterns_of
from remit.operations.compare_evaluations import find_evaluation, read_details
from remit.operations.find_entries import list_entries
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_block, require_use_case
from remit.operations.read_history import model_of, versions
from remit.operations.sample_live import see_kept
from remit.operations.system import RECORD, System
from remit.operations.training_sheet import Sheet, unsound
from remit.operations.view import View, read_view
from remit.ports_capture import Masker
from remit.record.call_entry import Call
from remit.record.captured import Captured, Spoken, decode
from remit.record.keeping import TrainingSetExported
from remit.record.ledgered import decode as decode_entry
from remit.record.projection import EntryFilter
from remit.report.training_format import (
    FORMATS,
    FormatName,
    joined,
    read_line,
    unfit_format,
    write_line,
)
from remit.report.training_set import TrainingSet

POPULATION_MAX = 200_000
"""The most calls that are looked at; of more in a window, the newest."""

_UNMASKED_MAX = 5
"""After so many in a row that cannot be masked, something is wrong with what masks."""

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class TrainingWanted:
    """What to write: of which calls, in which format, how many at most, and which part for validation.

    `evaluations` are those of live calls in one of which an answer has to have passed. Without `answers` only
    what was asked is written.
    """

    use_case: str
    format: FormatName
    limit: int
    choice: Choice
    evaluations: tuple[str, ...] = ()
    held_back: Decimal = ZERO
    answers: bool = True


def export_training_set(
    system: System, wanted: TrainingWanted, out: BinaryIO, *, held_back: BinaryIO, author: str
) -> TrainingSet:
    """Write examples, the newest first, and those for validation apart; the ledger says who did.

    Both files are new and can be read. Raises RemitError where the remit allows no training or no text to be
    kept, where nothing masks, and where no call is an example; then nobody should get them.
    """
    assert 0 < wanted.limit <= FORMATS[wanted.format].examples_max, "the door asks for so many"
    fold_ledger(system)
    view = read_view(system)
    require_use_case(view.model, wanted.use_case)
    remit = view.remit(wanted.use_case)
    consent = _consent(view, remit)
    see_kept(view.model, remit)
    found = FORMATS[wanted.format]
    main = Sheet(out, wanted.format, found.bytes_max)
    apart = Sheet(held_back, wanted.format, found.validation_bytes_max)
    run = _Run(system, view, remit, wanted, _choice(system, view, wanted), main, apart)
    masker = system.make_masker()
    try:
        run.write(masker)
    finally:
        masker.close()
    made = run.result(consent, author)
    with system.journals.exclusive(RECORD) as journal:
        journal.append([made.entry])
    return made


def _consent(view: View, remit: Remit) -> str:
    """Name the layer that allows training; raises RemitError, with who may allow it."""
    if remit.training:
        return remit.decided["training"][0].address
    layer = remit.decider("training")
    said = f"`{layer.address}` sets `training` to `false`" if layer else "no layer says `training`"
    owner = layer.owner if layer else view.model.owner_of(remit.use_case)
    raise RemitError(
        f"kept calls of `{remit.use_case}` may not train models: {said}",
        help=f"ask {owner} for `training: true`; calls from then on may be given out",
        code="training-not-allowed",
    )


def _choice(system: System, view: View, wanted: TrainingWanted) -> Choice:
    """Say of what is chosen which versions are meant, and which calls passed. Raises NotFound."""
    choice, day = wanted.choice, view.day(system.clock.now())
    prompt, model = (each and require_block(view.model, each, day) for each in (choice.prompt, choice.model))
    passed = _passed(system, wanted) if wanted.evaluations else None
    return replace(choice, prompt=prompt, model=model, passed=passed)


def _passed(system: System, wanted: TrainingWanted) -> frozenset[str]:
    """List the calls whose answers passed in evaluations of live calls."""
    passed: set[str] = set()
    for id in wanted.evaluations:
        evaluation = find_evaluation(system, id)
        if not evaluation.live or evaluation.use_case != wanted.use_case:
            raise NotFound(
                f"evaluation `{evaluation.id}` is not of live calls of `{wanted.use_case}`",
                help="`remit evaluation list` shows which are; `remit evaluate --live` makes one",
            )
        details = read_details(system, evaluation)
        for outcomes in details.outcomes.values() if details else ():
            named = zip(details.cases if details else (), outcomes, strict=True)
            passed.update(case for case, outcome in named if outcome.status == "passed")
    return frozenset(passed)


@dataclass(slots=True)
class _Run:
    """One export under way: what has been left out so far, and what has been asked already."""

    system: System
    view: View
    remit: Remit
    wanted: TrainingWanted
    choice: Choice
    main: Sheet
    apart: Sheet
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    asked: set[str] = field(default_factory=set)
    looked_at: int = 0
    taken: int = 0
    simulated: int = 0
    more_calls: bool = False
    unmasked: int = 0

    def write(self, masker: Masker) -> None:
        """Look at each call of the window, and write those that are examples."""
        now = self.system.clock.now()
        guards = self.view.guards(self.remit.use_case, self.view.day(now))
        if isinstance(guards, Decision):
            raise RemitError(guards.summary, help=guards.help, code=guards.rule)
        patterns = patterns_of(guards)
        consented = _consented(self.system, self.view, self.remit.use_case)
        days = getattr(capture_of(self.remit), "days", None)
        for call in self._calls():
            found = unfit_call(call, self.choice)
            if found is None and not consented(call):
                found = "not_consented"
            if found is None and is_over(call.began, days=days, now=now):
                found = "over_age"
            if found is None:
                found = self._open_and_write(call, masker, patterns)
            if found is not None:
                self.left_out[found] += 1

    def _calls(self) -> Iterator[Call]:
        """List the calls of a window, the newest first."""
        before, choice = "", self.choice
        while True:
            asked = EntryFilter(kind="call", use_case=self.remit.use_case, since=choice.since, before=before)
            rows = list_entries(self.system, asked, limit=_PAGE)
            for row in rows:
                call = decode_entry(row.body)
                if isinstance(call, Call) and (choice.until is None or call.at < choice.until):
                    if self.looked_at == POPULATION_MAX:
                        self.more_calls = True
                        return
                    self.looked_at += 1
                    yield call
            if len(rows) < _PAGE:
                return
            before = rows[-1].id

    def _open_and_write(self, call: Call, masker: Masker, patterns: Mapping[str, str]) -> LeftOut | None:
        key = call.origin.asked_digest
        if key and key in self.asked:
            return "duplicate"
        if self.taken == self.wanted.limit:
            return "over_limit"
        captured = _opened(self.system, call.id)
        if isinstance(captured, str):
            return captured
        found = unfit_text(call, captured) or self._masked(captured, masker, patterns)
        if isinstance(found, str):
            return found
        if (unfit := unfit_format(self.wanted.format, found)) is not None:
            return unfit
        digest = asked_digest(found)
        key = key or digest.hex()
        if key in self.asked:
            return "duplicate"
        sheet = self.apart if is_held_back(digest, self.wanted.held_back) else self.main
        turns = found.turns if self.wanted.answers else found.asked
        line = write_line(self.wanted.format, turns)
        # INVARIANT: what the format's own reader does not read as it was meant is not written.
        if read_line(self.wanted.format, line) != joined(turns):
            raise unsound(f"call `{call.id}`")
        if not sheet.write(line, call):
            return "over_limit"
        self.asked.add(key)
        self.taken += 1
        self.simulated += call.simulated
        return None

    def _masked(self, captured: Captured, masker: Masker, patterns: Mapping[str, str]) -> Example | LeftOut:
        """Mask a call's words as if it were kept today, whichever way it is kept."""
        said = Spoken(
            call=captured.call,
            use_case=captured.use_case,
            at=captured.at,
            messages=to_mask(captured),
            inputs=(),
            tools=(),
            pieces=[],
        )
        try:
            masked = decode(masker.mask(said, patterns=patterns, told={}))
        except RemitError:
            self.unmasked += 1
            if self.unmasked >= _UNMASKED_MAX:
                raise
            return "not_masked"
        self.unmasked = 0
        if masked.mode != "masked" or masked.cut or masked.left_out:
            return "not_whole"
        return example_of(captured.call, masked.messages)

    def result(self, consent: str, author: str) -> TrainingSet:
        """Sum up what was written, with the entry that says so; raises RemitError if it is nothing."""
        main, apart = self.main.read_again(), self.apart.read_again()
        if not main.calls:
            raise RemitError(
                f"no call of `{self.remit.use_case}` is an example to train with: {self.looked_at:,} were"
                f" looked at, {len(apart.calls):,} are for validation",
                help=_why_none(self.left_out),
                code="nothing-to-train-on",
            )
        ids = sorted((*main.calls, *apart.calls))
        if any(self.system.captures.open(id) is None for id in ids):
            raise Conflict(
                "calls were erased while they were written out, so nothing is given out",
                help="run the command again; they are not in it then",
            )
        now = self.system.clock.now()
        entry = TrainingSetExported(
            id=self.system.ids.new(now),
            at=now,
            use_case=self.remit.use_case,
            format=self.wanted.format,
            model_version=self.view.version,
            consent=consent,
            examples=len(main.calls),
            held_back=len(apart.calls),
            calls=(ids[0], ids[-1]),
            digest=main.digest,
            held_back_digest=apart.digest,
            left_out={str(reason): number for reason, number in self.left_out.items()},
            simulated=bool(self.simulated),
            author=author,
        )
        return TrainingSet(entry, main, apart, self.looked_at, self.simulated, self.more_calls)


def _opened(system: System, call: str) -> Captured | LeftOut:
    """Open what is kept of a call, or say that nothing is, or that it cannot be read."""
    try:
        body = system.captures.open(call)
    except (NotFound, StoreError) as error:
        if isinstance(error, StoreError) and error.code != "capture-unreadable":
            raise
        return "unreadable"
    return "not_kept" if body is None else decode(body)


def _consented(system: System, view: View, use_case: str) -> Callable[[Call], bool]:
    """Make what says whether training was allowed when a call was made, at its stage, under its version.

    A version that can no longer be read has allowed nothing.
    """
    known: dict[tuple[int, str], bool] = {}
    applied = {each.model_version: each for each in versions(system.store)}

    def allowed(version: int, stage: str) -> bool:
        found = applied.get(version)
        if found is None or stage not in STAGES:
            return False
        try:
            model = view.model if version == view.version else model_of(system, found)
        except NotFound:
            return False
        return use_case in model.use_cases and bool(resolve(model, use_case, stage).training)

    def consented(call: Call) -> bool:
        key = call.purpose.model_version, call.purpose.stage
        if key not in known:
            known[key] = allowed(*key)
        return known[key]

    return consented


def _why_none(left_out: Counter[LeftOut]) -> str:
    """Say which reasons most calls were left out for, by their names."""
    most = ", ".join(f"{reason} {number:,}" for reason, number in left_out.most_common(3))
    return (
        f"look further back with `--since`; left out: {most}" if most else "look further back with `--since`"
    )
