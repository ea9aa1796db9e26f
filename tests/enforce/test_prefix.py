"""Digests of how prompts begin: what they have in common can be told, and nothing else."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from hashlib import blake2b
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.prefix import BLOCKS, DIGEST_BYTES, PREFIX_BYTES, prefix_of, prompt_of
from remit.enforce.request import Media, Message, ModelRequest, Role, Text, Tool, ToolResult, ToolUse


def keyed(secret: bytes = b"claims") -> blake2b:
    return blake2b(key=secret, digest_size=DIGEST_BYTES)


def asked(*texts: str, tools: tuple[Tool, ...] = ()) -> ModelRequest:
    return ModelRequest("model/m@1", tuple(Message.of("user", text) for text in texts), tools=tools)


def digests(request: ModelRequest, secret: bytes = b"claims") -> list[bytes]:
    written = prefix_of(request, keyed(secret)).prefix
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
    assert prefix_of(request, keyed()).prefix == ""
    longer = asked("x" * (PREFIX_BYTES - len(prompt_of(asked("")))))
    assert (len(digests(longer)), prefix_of(longer, keyed()).prompt_bytes) == (1, PREFIX_BYTES)


def test_long_prompts_have_eight_digests_each_time_that_they_double() -> None:
    assert BLOCKS[:64] == tuple(range(1, 65))
    assert BLOCKS[64:81] == (72, 80, 88, 96, 104, 112, 120, 128, *range(144, 257, 16), 288)
    assert all(later - earlier <= earlier / 8 or later <= 64 for earlier, later in pairwise(BLOCKS))
    assert len(digests(asked("x" * 1_000_000))) == 64 + 8 + 8 + 7


LONG = ("t" * 3_000, "s" * 3_000, "first " * 500, "an answer " * 300, "then " * 500)


def turn(*, upto: int = 5, tools: bool = True, system: bool = True) -> ModelRequest:
    """A conversation with tools and a system message, up to its question, its answer or what follows."""
    roles: tuple[Role, ...] = ("system", "user", "assistant", "user")
    said = [Message.of(role, text) for role, text in zip(roles, LONG[1:], strict=True)]
    return ModelRequest(
        "model/m@1", tuple(said[not system : upto - 1]), tools=(Tool("find", LONG[0]),) if tools else ()
    )


def places(request: ModelRequest) -> dict[str, tuple[int, bytes]]:
    """Say how long a prompt is up to each of its places, and the digest of that."""
    found = prefix_of(request, keyed())
    lengths = (found.tools_bytes, found.system_bytes, found.before_bytes, found.prompt_bytes)
    written = urlsafe_b64decode(found.place_digests + "=" * (-len(found.place_digests) % 4))
    digests = iter([written[at : at + DIGEST_BYTES] for at in range(0, len(written), DIGEST_BYTES)])
    there = zip(("tools", "system", "before", "end"), lengths, strict=True)
    return {name: (length, next(digests)) for name, length in there if length}


def test_there_is_a_digest_up_to_each_place_of_a_cache_point() -> None:
    request = turn()
    said, found = prompt_of(request), places(request)
    alone = prompt_of(ModelRequest("model/m@1", (), tools=request.tools))
    ends = [len(alone), len(prompt_of(turn(upto=2))), len(prompt_of(turn(upto=3))), len(said)]
    assert [length for length, _ in found.values()] == ends
    for length, digest in found.values():
        whole = keyed()
        whole.update(said[:length])
        assert digest == whole.digest()
    assert places(turn(upto=3))["end"] == found["before"], "the call before ended where this one goes on"
    assert places(turn(upto=4))["before"] == found["before"], "an answer that is begun belongs to it"
    assert [*places(turn(tools=False))] == ["system", "before", "end"]
    assert [*places(turn(system=False))] == ["tools", "before", "end"]
    assert [*places(turn(upto=3))] == ["tools", "system", "end"]


def test_a_place_that_comes_too_early_for_a_cache_is_left_out() -> None:
    short = (Message.of("system", "Be brief."), Message.of("user", "x" * 3_000))
    assert [*places(ModelRequest("model/m@1", short, tools=(Tool("find"),)))] == ["end"]
    assert prefix_of(ModelRequest("model/m@1", short[:1]), keyed()).place_digests == ""


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
