"""The process that masks what is kept of calls: `python -m remit.adapters.masking_process FD`.

It does so for one gateway, on the socket that it was given, and ends when that one does.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

import msgspec

from remit.adapters.detectors import TrainedKit
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.adapters.masking_frames import Done, Job, receive, send
from remit.declare.sensitive_type import TYPES
from remit.enforce.guardrail.clean import CleanTexts
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.kit import Find, Kit, Spotter
from remit.kernel.errors import RemitError
from remit.record.captured import captured, encode, masking

_NICE = 10
"""How much calls go before it."""

_FINDERS_MAX = 16


class Finders:
    """What finds personal data and secrets: all types that are known, and patterns of a call's guardrails.

    A capture lies longer than a call lives, so more is looked for in it than the call's own guardrails ask.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._made: dict[tuple[tuple[str, str], ...], Find] = {}

    def of(self, patterns: Mapping[str, str]) -> Find:
        """Make what finds these patterns beside all types; raises RemitError or ValueError."""
        key = tuple(sorted(patterns.items()))
        found = self._made.get(key)
        if found is None:
            while len(self._made) >= _FINDERS_MAX:
                del self._made[next(iter(self._made))]
            types = [type.identifier for type in TYPES]
            spotter = self._kit.spotter(types, patterns, {}, profanity=False, shifts={})
            found = self._made[key] = _remembering(spotter)
        return found


def _remembering(spotter: Spotter) -> Find:
    """Find what a spotter does, and read no text again in which nothing was, as most of a conversation."""
    clean = CleanTexts()

    def find(text: str) -> Sequence[Found]:
        key = clean.key("input", "person", text)
        if not text or key in clean:
            return ()
        found = spotter.find(text)
        if not found:
            clean.add(key)
        return found

    return find


def done(finders: Finders, job: Job) -> Done:
    """Do a job; whatever goes wrong is said by a code, and never by the words that it went wrong with."""
    try:
        find = finders.of(job.patterns)
        if job.said is None:
            return Done()
        found = captured(job.said, mode="masked", mask=masking(find, job.told))
        return Done(encode(found))
    except RemitError as error:
        return Done(fault=error.code)
    except Exception as error:  # noqa: BLE001 (the door of this process: one call less must not end it)
        return Done(fault=type(error).__name__)


def main(descriptor: int) -> None:
    # A terminal interrupts all of its processes; the gateway ends this one when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICE)
    decoder = msgspec.msgpack.Decoder(Job)
    finders = Finders(TrainedKit(WordllamaEmbedding()))
    with socket.socket(fileno=descriptor) as connection:
        while (frame := receive(connection)) is not None:
            send(connection, msgspec.msgpack.encode(done(finders, decoder.decode(frame))))


if __name__ == "__main__":
    main(int(sys.argv[1]))
