"""A training set as it was written: what is in each file, and the manifest that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from remit.decide.training_set import LEFT_OUT, Choice
from remit.kernel.money import EXACT, Money
from remit.record.keeping import TrainingSetExported
from remit.report.training_format import FORMATS, FormatName

MANIFEST_VERSION = 1


@dataclass(frozen=True, slots=True)
class Written:
    """What is in one file: the calls in the order of its lines, and tokens as the ledger counts them.

    `digest` is its SHA-256, empty where nothing is in it.
    """

    calls: tuple[str, ...] = ()
    bytes: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    digest: str = ""

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """What was written, with the entry that says so. Of `looked_at` calls in the window, older ones aside
    where there were `more_calls`, `simulated` examples are of simulated models."""

    entry: TrainingSetExported
    main: Written
    held_back: Written
    looked_at: int
    simulated: int = 0
    more_calls: bool = False

    @property
    def tokens(self) -> int:
        """How many tokens one pass over the file for training reads, as the ledger counted them unmasked."""
        return self.main.tokens

    def cost(self, price: Money, epochs: int) -> Money:
        """Estimate what so many passes cost at a price for a million tokens."""
        amount = EXACT.multiply(price.amount, self.tokens * epochs).scaleb(-6, EXACT)
        return Money(amount, price.currency)


@dataclass(frozen=True, slots=True)
class Named:
    """The names of the two files, and what was asked for beside the use case and the format."""

    file: str
    held_back_file: str
    choice: Choice
    evaluations: tuple[str, ...] = ()
    answers: bool = True


def manifest(made: TrainingSet, named: Named) -> dict[str, Any]:
    """Say what a training set is, for a file beside it: no word of any call, and its calls by their ids.

    Who erases a call can find in which sets it is.
    """
    entry = made.entry
    written = FORMATS[cast(FormatName, entry.format)]
    return {
        "v": MANIFEST_VERSION,
        "use_case": entry.use_case,
        "format": entry.format,
        "format_version": written.version,
        "format_source": written.source,
        "format_verified_on": written.verified_on.isoformat(),
        "at": entry.at.isoformat(),
        "author": entry.author,
        "entry": entry.id,
        "model_version": entry.model_version,
        "consent": entry.consent,
        "masked": True,
        "simulated": made.simulated,
        "wanted": {
            "since": _moment(named.choice.since),
            "until": _moment(named.choice.until),
            "prompt": named.choice.prompt or None,
            "model": named.choice.model or None,
            "passed": list(named.evaluations),
            "answers": named.answers,
        },
        "training": _file(named.file, made.main),
        "validation": _file(named.held_back_file, made.held_back) if named.held_back_file else None,
        "looked_at": made.looked_at,
        "more_calls": made.more_calls,
        "left_out": {reason: entry.left_out[reason] for reason in LEFT_OUT if reason in entry.left_out},
    }


def _file(name: str, written: Written) -> dict[str, Any]:
    return {
        "file": name,
        "sha256": written.digest,
        "bytes": written.bytes,
        "examples": len(written.calls),
        "input_tokens": written.input_tokens,
        "output_tokens": written.output_tokens,
        "calls": list(written.calls),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
