"""Masking in another process: it does as it is told, and where it cannot, nothing comes back unmasked."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from remit.adapters import masker_process
from remit.adapters.masker_process import ProcessMasker
from remit.adapters.masking_frames import Job
from remit.adapters.masking_process import Finders, done
from remit.enforce.answer import Delta
from remit.enforce.guardrail.kit import Kit
from remit.enforce.request import Message, Text
from remit.kernel.errors import RemitError
from remit.record.captured import Spoken, decode

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SAID = Spoken(
    call="c",
    use_case="u",
    at=NOW,
    messages=(Message.of("user", "ORD-123456 of ada@example.com, a badger"),),
    inputs=(),
    tools=(),
    pieces=[Delta("it is "), Delta("ada@example.com's")],
)
PATTERNS = {"0/order": "ORD-[0-9]{6}"}


@pytest.fixture
def masker() -> Iterator[ProcessMasker]:
    made = ProcessMasker()
    yield made
    made.close()


def test_it_masks_all_types_patterns_and_words_that_others_found(masker: ProcessMasker) -> None:
    found = decode(masker.mask(SAID, patterns=PATTERNS, told={"badger": "ANIMAL"}))
    assert found.messages[0].text == "{order} of {EMAIL}, a {ANIMAL}"
    assert found.answer == (Text("it is {EMAIL}'s"),)
    assert (found.mode, found.call) == ("masked", "c")
    # Once more, with what was made before, and with other patterns.
    assert decode(masker.mask(SAID, patterns=PATTERNS, told={})).messages[0].text.endswith("a badger")
    masker.prepare({})
    assert decode(masker.mask(SAID, patterns={}, told={})).messages[0].text.startswith("ORD-123456 of {E")


def test_one_that_was_killed_is_said_and_another_one_is_started(masker: ProcessMasker) -> None:
    masker.prepare({})
    assert masker._process is not None
    first = masker._process
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    with pytest.raises(RemitError) as fault:
        masker.mask(SAID, patterns={}, told={})
    assert fault.value.code == "detectors-unavailable"
    assert decode(masker.mask(SAID, patterns={}, told={})).answer == (Text("it is {EMAIL}'s"),)


def test_one_that_takes_too_long_is_ended(masker: ProcessMasker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masker_process, "TIMEOUT_S", 0.001)
    with pytest.raises(RemitError):
        masker.mask(SAID, patterns={}, told={})
    assert masker._process is None


def test_what_is_too_long_is_not_sent(masker: ProcessMasker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masker_process, "FRAME_BYTES_MAX", 10)
    with pytest.raises(RemitError, match="too long"):
        masker.mask(SAID, patterns={}, told={})
    assert masker._process is None


def test_a_pattern_that_cannot_be_used_is_a_fault_without_its_words(masker: ProcessMasker) -> None:
    with pytest.raises(RemitError) as fault:
        masker.mask(SAID, patterns={"0/broken": "(ada@example.com"}, told={})
    assert "ValueError" in fault.value.summary
    assert "ada" not in fault.value.summary


def test_it_ends_with_the_one_that_it_masks_for(masker: ProcessMasker) -> None:
    masker.prepare({})
    process, connection = masker._process, masker._connection
    assert process is not None
    assert connection is not None
    connection.close()
    assert process.wait(30) == 0
    masker.close()


class Missing:
    """A kit whose lists cannot be read."""

    def __getattr__(self, name: str) -> object:
        raise RemitError("a list is missing", help="install again", code="detectors-unavailable")


def test_a_job_that_fails_is_answered_with_a_code() -> None:
    kit: Kit = Missing()  # type: ignore[assignment]  # it fails whatever it is asked
    answered = done(Finders(kit), Job({}, {}, SAID))
    assert (answered.body, answered.fault) == (b"", "detectors-unavailable")
