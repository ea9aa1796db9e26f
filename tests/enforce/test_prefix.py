"""Digests of how prompts begin: what they have in common can be told, and nothing else."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from hashlib import blake2b
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.prefix import BLOCKS, DIGEST_BYTES, PREFIX_BYTES, prefix_of, prompt_of
from remit.enforce.request import Media, Message, ModelRequest, Text, Tool, ToolResult, ToolUse


def keyed(secret: bytes = b"claims") -> blake2b:
    return blake2b(key=secret, digest_size=DIGEST_BYTES)


def asked(*texts: str, tools: tuple[Tool, ...] = ()) -> ModelRequest:
    return ModelRequest("model/m@1", tuple(Message.of("user", text) for text in texts), tools=tools)


def digests(request: ModelRequest, secret: bytes = b"claims") -> list[bytes]:
    written = prefix_of(request, keyed(secret)).digests
    found = urlsafe_b64decode(written + "=" * (-len(written) % 4))
    return [found[at : at + DIGEST_BYTES] for at in range(0, len(found), DIGEST_BYTES)]


def in_common(one: list[bytes], other: list[bytes]) -> int:
    return sum(a == b for a, b in zip(one, other, strict=False))


@given(st.integers(0, 40_000), st.integers(0, 20_000), st.integers(0, 20_000))
def test_prompts_share_as_many_digests_as_whole_blocks(shared: int, first: int, second: int) -> None:
    one, other = asked("s" * shared + "a" * first), asked("s" * shared + "b" * second)
    a, b = prompt_of(one), prompt_of(other)
    same = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    assert in_common(digests(one), digests(other)) == same // PREFIX_BYTES


def test_a_prompt_shorter_than_a_block_has_none() -> None:
    request = asked("x" * (PREFIX_BYTES - len(prompt_of(asked(""))) - 1))
    assert prefix_of(request, keyed()) == prefix_of(asked("y"), keyed())
    assert prefix_of(request, keyed()).digests == ""
    longer = asked("x" * (PREFIX_BYTES - len(prompt_of(asked("")))))
    assert (len(digests(longer)), prefix_of(longer, keyed()).prompt_bytes) == (1, PREFIX_BYTES)


def test_long_prompts_have_eight_digests_each_time_that_they_double() -> None:
    assert BLOCKS[:64] == tuple(range(1, 65))
    assert BLOCKS[64:81] == (72, 80, 88, 96, 104, 112, 120, 128, *range(144, 257, 16), 288)
    assert all(later - earlier <= earlier / 8 or later <= 64 for earlier, later in pairwise(BLOCKS))
    assert len(digests(asked("x" * 1_000_000))) == 64 + 8 + 8 + 7


def test_use_cases_say_nothing_of_each_other() -> None:
    request = asked("word " * 1_000)
    assert in_common(digests(request), digests(request, b"another")) == 0


def test_tools_come_before_messages_and_whose_they_are_counts() -> None:
    tool, other = Tool("find", "f" * 3_000), Tool("find", "g" * 3_000)
    long = "x" * 3_000
    assert in_common(digests(asked(long, tools=(tool,))), digests(asked(long + "y", tools=(tool,)))) == 2
    assert in_common(digests(asked(long, tools=(tool,))), digests(asked(long, tools=(other,)))) == 0
    system = ModelRequest("model/m@1", (Message.of("system", long),))
    assert in_common(digests(system), digests(asked(long))) == 0


def test_where_cache_points_stand_changes_nothing() -> None:
    parts = (Text("x" * 3_000), Text("y" * 3_000))
    marked = tuple(msgspec.structs.replace(part, cache="5m") for part in parts)
    plain, pointed = (ModelRequest("model/m@1", (Message("user", each),)) for each in (parts, marked))
    assert digests(plain) == digests(pointed)


def test_of_images_and_documents_there_is_a_digest_alone() -> None:
    def shown(data: str) -> ModelRequest:
        image = Media("image", "image/png", data)
        result = ToolResult("t1", (Text("x" * 3_000), image))
        parts = (ToolUse("t1", "find", "{}"), result, image, Text("z" * 3_000))
        return ModelRequest("model/m@1", (Message("user", parts),))

    assert len(prompt_of(shown("A" * 100_000))) == len(prompt_of(shown("B"))) < 7_000
    assert in_common(digests(shown("A" * 100_000)), digests(shown("B"))) == 1
