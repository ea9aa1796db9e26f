"""A caller's span is believed only if it is written as W3C Trace Context says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.traceparent import parts_of, read_traceparent

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SOUND = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (SOUND, SOUND),
        (f"00-{TRACE}-{SPAN}-00", f"00-{TRACE}-{SPAN}-00"),
        (f"00-{TRACE}-{SPAN}-03", f"00-{TRACE}-{SPAN}-03"),
        # Flags that nobody knows yet are dropped, and what a later version adds as well.
        (f"00-{TRACE}-{SPAN}-ff", f"00-{TRACE}-{SPAN}-03"),
        (f"cc-{TRACE}-{SPAN}-01", SOUND),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like", SOUND),
    ],
)
def test_what_the_standard_allows_is_read_as_version_00(given: str, read: str) -> None:
    assert read_traceparent(given) == read


@pytest.mark.parametrize(
    "given",
    [
        "",
        "00",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-",
        f"00-{TRACE}-{SPAN}-01.",
        f"00-{TRACE}-{SPAN}-01-what",
        f"cc-{TRACE}-{SPAN}-01.what",
        f"cc-{TRACE}-{SPAN}-01-",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN.upper()}-01",
        f"00-{TRACE}-{SPAN}-0",
        f"00-{TRACE}-{SPAN}-001",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}0-{SPAN}-01",
        f"00-{TRACE[:-1]}.-{SPAN}-01",
        f"0.-{TRACE}-{SPAN}-01",
        f"000-{TRACE}-{SPAN}-01",
        f" {SOUND}",
        f"{SOUND} ",
        f"{SOUND}\n",
        f"{SOUND},{SOUND}",
        SOUND.replace("0af", "\uff10af"),
    ],
)
def test_anything_else_is_no_span(given: str) -> None:
    assert read_traceparent(given) == ""
    assert parts_of(given) is None


@given(st.text(max_size=80))
def test_what_is_read_is_read_the_same_again(text: str) -> None:
    read = read_traceparent(text)
    assert read_traceparent(read) == read


def test_its_parts_are_told_apart() -> None:
    assert parts_of(SOUND) == (TRACE, SPAN, 1)
