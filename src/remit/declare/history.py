"""A simulated past: what a new installation is shown to have lived through, so that no page is empty."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from remit.declare.block import Portion
from remit.declare.declared import BlockAddress, Contact, Count, Declared, Id, Prose, Rate, Title
from remit.declare.fault import Fault, faults_in, in_place
from remit.declare.study import StudyEstimator
from remit.declare.text import read
from remit.declare.use_case import Figure
from remit.kernel.diagnostic import Diagnostic, in_order

Ago = Annotated[Count, Field(ge=1, le=400)]
"""How many days before its last day something happens."""

Deed = Literal[
    "attest", "request", "consent", "deny", "stop", "lift", "study", "confirm", "close", "waive", "evaluate"
]
"""What people do: attest, ask for a gate, agree, refuse, throw a kill switch, lift it, run a study, have a
figure confirmed, close the month before, ask for a waiver, try releases on a
data set."""


class OddDay(Declared):
    """A day on which many times as many calls come."""

    ago: Ago
    """How many days before the last day."""
    times: Annotated[Count, Field(ge=2, le=50)]
    """How many times the calls of such a day."""


class Traffic(Declared):
    """The calls of one use case."""

    model: BlockAddress
    """The model that is asked. Nothing is: answers are simulated."""
    from_a_day: Annotated[Count, Field(le=200)]
    """Calls on a working day at the beginning."""
    to_a_day: Annotated[Count, Field(le=200)]
    """Calls on a working day at the end."""
    at_weekends: Rate = Decimal("0.2")
    """What part of a working day's calls comes on Saturdays and Sundays."""
    ago: Ago = 400
    """Since when, as days before the last day; from the first if left out."""
    asks: Annotated[tuple[Prose, ...], Field(min_length=1, max_length=20)]
    """What is asked, in turn; each time with another number, so that calls differ."""
    output_tokens_max: Annotated[Count, Field(ge=1, le=4096)] = 80
    """The limit of each answer."""
    again: Rate = Decimal(0)
    """What part is asked word for word as before, so that it can be answered from what was kept."""
    odd_day: OddDay | None = None


class PastWindow(Declared):
    """Days from one to another, both included, as days before the last day."""

    since: Ago
    until: Ago


class PastStudy(Declared):
    """A study of the past; it is declared on the first day, and stays so."""

    use_case: Id
    metric: Id
    hypothesis: Prose
    estimator: StudyEstimator
    baseline: PastWindow | None = None
    starts: Ago
    ends: Ago
    smallest_effect: Figure
    treated: Portion | None = None
    """The part of cases that the gateway assigns to the use case; all others are held out."""


class OutcomeTrend(Declared):
    """The outcomes of one metric, and where they move."""

    use_case: Id
    metric: Id
    of: Literal["days", "calls"] = "days"
    """Whether there are so many on each day, or one of each case that is called about: then what is held out
    stays at `first`."""
    a_day: Annotated[Count, Field(ge=1, le=50)] = 1
    """Outcomes on each day, where they are of days."""
    first: Rate
    """About what they are at the beginning."""
    last: Rate
    """About what they are at the end."""
    spread: Rate
    """How far they lie apart: at most so much to either side."""
    turns: Ago = 400
    """From when on they move, as days before the last day; before that they stay at `first`."""


class Event(Declared):
    """What somebody did on one day."""

    ago: Ago
    does: Deed
    use_case: Id | None = None
    """Which use case it is about."""
    subject: Title | None = None
    """What is attested (`control/data-owner`), stopped (`use-case/…`), run (a study), or tried on (a data
    set, by its path beside this file)."""
    by: tuple[Contact, ...]
    """The roles that do it, one after another."""
    reason: Prose
    """Why. It is written down as simulated."""


class History(Declared):
    """A simulated past of so many days. The same text and last day give the same calls."""

    days: Annotated[Count, Field(ge=2, le=400)]
    seed: Title
    """What chance is drawn by."""
    author: Contact
    """Whom entries name that nobody in particular made."""
    calls: dict[Id, Traffic] = {}
    studies: dict[Id, PastStudy] = {}
    outcomes: tuple[OutcomeTrend, ...] = ()
    events: tuple[Event, ...] = ()


def studies_text(history: History, ends: date) -> str:
    """Write the studies of a past that ends on a day as a file of an operating model."""

    def day(ago: int) -> str:
        return (ends - timedelta(days=ago)).isoformat()

    found = {}
    for name, each in history.studies.items():
        said = each.model_dump(mode="json", exclude_none=True, exclude={"treated"})
        said |= {"starts": day(each.starts), "ends": day(each.ends)}
        if each.baseline is not None:
            said["baseline"] = {"since": day(each.baseline.since), "until": day(each.baseline.until)}
        if each.treated is not None:
            said["assignment"] = {"treated": str(each.treated)}
        found[name] = said
    return json.dumps({"studies": found}, indent=1)


def read_past(text: str, file: str) -> tuple[History | None, tuple[Diagnostic, ...]]:
    """Read a simulated past, or find every fault in it at once."""
    tree, diagnostics = read(text, file)
    if tree is None or diagnostics:
        return None, in_order(diagnostics)
    if not isinstance(tree, dict) or set(tree) != {"history"}:
        help = "begin with `history:`, indent its fields below it, and write nothing else"
        faults = [Fault(file, (), "not-a-history", "the file is not a simulated past", help)]
        return None, in_order(in_place(faults, {file: text}))
    try:
        return History.model_validate(tree["history"]), ()
    except ValidationError as error:
        faults = list(faults_in(error, file, ("history",), kind=History))
        return None, in_order(in_place(faults, {file: text}))
