"""The tree of what can fail: each has a permanent code, and the page that draws the tree is right."""

from __future__ import annotations

import re

from remit.kernel import errors
from remit.kernel.errors import (
    Conflict,
    JournalError,
    JournalTampered,
    ProviderBusy,
    ProviderError,
    RemitError,
)
from remit.kernel.usage import Usage


def kinds(of: type[RemitError] = RemitError) -> list[type[RemitError]]:
    return [
        of,
        *(
            kind
            for inner in of.__subclasses__()
            for kind in kinds(inner)
            if kind.__module__ == errors.__name__
        ),
    ]


def test_the_drawn_tree_is_the_tree() -> None:
    drawn = re.findall(r"^ {4}([│├└─ ]*)([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)
    depths = {name: len(line) // 4 for line, name in drawn}
    assert depths == {kind.__name__: len(kind.__mro__) - len(RemitError.__mro__) for kind in kinds()}


def test_every_code_is_kebab_case_and_a_fault_of_its_own() -> None:
    codes = [kind.code for kind in kinds() if kind is not ProviderError]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", code) for code in codes)


def test_a_fault_says_what_happened_and_what_would_help() -> None:
    fault = Conflict("somebody was first", help="read it again", code="changed-meanwhile")
    assert (str(fault), fault.summary, fault.help, fault.code) == (
        "somebody was first", "somebody was first", "read it again", "changed-meanwhile",
    )  # fmt: skip
    assert Conflict("again", help="wait").code == "conflict"


def test_what_helps_by_trying_again_is_said() -> None:
    busy = ProviderBusy("its queue is full", help="try later", retry_after_s=3)
    assert (busy.retryable, busy.retry_after_s, busy.code) == (True, 3, "provider-busy")
    assert JournalError.retryable
    assert not JournalTampered.retryable


def test_each_kind_of_token_is_counted_once() -> None:
    usage = Usage(
        input_tokens=1, output_tokens=10, cache_read_tokens=100, cache_write_tokens=1000, reasoning_tokens=7
    )
    assert usage.input_total == 1101
    assert usage.total == 1111
