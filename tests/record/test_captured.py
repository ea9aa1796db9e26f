"""What is kept of a call is no more than its bound, masked before it is cut, and the latest first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.answer import Delta, Piece, Thought, ToolDelta, ToolStart, Vectors
from remit.enforce.capture import Bucket, bucket_of, fewest, is_over
from remit.enforce.guardrail.finding import Found
from remit.enforce.request import (
    EmbedRequest,
    Media,
    Message,
    ModelRequest,
    Part,
    Reasoning,
    Request,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)
from remit.record.captured import MARGIN, Captured, captured, decode, encode, in_words, masking, spoken

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
SECRET = "s3cr3t"

words = st.text(max_size=40).map(lambda text: text.encode("utf-8", "ignore").decode())
said = st.one_of(words, st.just(SECRET), words.map(lambda text: f"{text} {SECRET} {text}"))
media = st.builds(Media, st.sampled_from(("image", "document")), st.just("text/plain"), said, said, said)
texts = st.builds(Text, said)
parts: st.SearchStrategy[Part] = st.one_of(
    texts,
    media,
    st.builds(Reasoning, said, said, said),
    st.builds(ToolUse, said, said, said | said.map(lambda text: f'{{"a": "{text}"}}')),
    st.builds(ToolResult, said, st.lists(st.one_of(texts, media), max_size=2).map(tuple)),
)
messages = st.builds(
    Message, st.sampled_from(("system", "user", "assistant")), st.lists(parts, max_size=3).map(tuple), said
)
requests: st.SearchStrategy[Request] = st.one_of(
    st.builds(
        ModelRequest,
        st.just("model/echo"),
        st.lists(messages, max_size=4).map(tuple),
        tools=st.lists(st.builds(Tool, said), max_size=2).map(tuple),
    ),
    st.builds(EmbedRequest, st.just("model/echo"), st.lists(said, max_size=4).map(tuple)),
)
pieces: st.SearchStrategy[list[Piece]] = st.lists(
    st.one_of(
        st.builds(Delta, said),
        st.builds(Thought, said),
        st.builds(ToolStart, said, said),
        st.builds(ToolDelta, said),
        st.just(Vectors(((0.5,),))),
    ),
    max_size=6,
)


def find(text: str) -> list[Found]:
    return [Found("SECRET", match.start(), match.end()) for match in re.finditer(SECRET, text)]


def kept(request: Request, answer: list[Piece], **more: Any) -> Captured:
    more = {"mode": "raw", "mask": None} | more
    return captured(spoken(request, answer, call="c", use_case="u", at=NOW), **more)


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


@given(requests, pieces, st.integers(0, 400))
def test_nothing_that_is_to_be_masked_is_kept(request: Request, answer: list[Piece], most: int) -> None:
    found = kept(request, answer, mode="masked", mask=masking(find, {}), bytes_max=most)
    assert not [text for text in strings(in_words(found)) if SECRET in text]


@given(requests, pieces, st.integers(0, 400))
def test_no_more_than_its_bound_is_kept_and_a_cut_is_said(
    request: Request, answer: list[Piece], most: int
) -> None:
    found = kept(request, answer, bytes_max=most)
    content = in_words(found)
    size = sum(
        len(text.encode())
        for name in ("messages", "inputs", "tools", "answer")
        for text in strings(without_marks(content.get(name, ())))
    )
    assert size <= most
    whole = kept(request, answer)
    assert not whole.cut
    assert found.cut or (found.messages, found.inputs, found.answer) == (
        whole.messages,
        whole.inputs,
        whole.answer,
    )


def without_marks(value: Any) -> Any:
    """Leave out what says of a part which kind it is, and not what was said."""
    if isinstance(value, dict):
        marks = ("kind", "role", "what", "media_type", "data")
        return {name: without_marks(each) for name, each in value.items() if name not in marks}
    return [without_marks(each) for each in value] if isinstance(value, list | tuple) else value


@given(requests, pieces)
def test_what_is_kept_is_read_as_it_was_written(request: Request, answer: list[Piece]) -> None:
    found = kept(request, answer)
    assert decode(encode(found)) == found


def test_a_text_is_cut_before_what_may_have_begun_at_its_end() -> None:
    text = "x" * 100 + SECRET
    request = ModelRequest("model/echo", (Message.of("user", text),))
    found = kept(request, [], mode="masked", mask=masking(find, {}), bytes_max=103)
    assert found.cut
    assert found.messages[0].text == ""
    longer = ModelRequest("model/echo", (Message.of("user", text + "y" * 2 * MARGIN),))
    found = kept(longer, [], mode="masked", mask=masking(find, {}), bytes_max=103)
    assert found.messages[0].text == "x" * 100 + "{SE"


def test_words_that_others_found_are_masked_the_longest_first() -> None:
    mask = masking(find, {"Ada": "NAME", "Ada Lovelace": "PERSON"})
    assert mask(f"Ada Lovelace told Ada {SECRET}") == "{PERSON} told {NAME} {SECRET}"


def test_data_keys_serve_an_hour_or_a_day_by_how_long_is_kept() -> None:
    day = NOW.replace(hour=0, minute=0)
    assert bucket_of(NOW, 8) == bucket_of(NOW, None) == Bucket(day, day.replace(day=26))
    assert bucket_of(NOW, 1) == Bucket(NOW.replace(minute=0), NOW.replace(hour=13, minute=0))


@given(st.datetimes(timezones=st.just(UTC)), st.integers(1, 400))
def test_nothing_is_kept_for_longer_than_its_days(at: datetime, days: int) -> None:
    if at.year > 9990:
        return
    bucket = bucket_of(at, days)
    assert bucket.start <= at < bucket.end
    assert not is_over(bucket.start, days=days, now=at)


@given(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9))
def test_of_two_retentions_the_shorter_one_holds(one: int | None, other: int | None) -> None:
    found = fewest(one, other)
    assert found == fewest(other, one)
    assert found in (one, other)
    assert all(found is not None and found <= each for each in (one, other) if each is not None)
