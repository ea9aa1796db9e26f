"""Whatever happens to a journal after it was written is found, and at its line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remit.record.chain import Broken, Position, leaf, line, link, start, walk

JOURNAL = "worker-1"
bodies = st.binary(max_size=30).map(lambda body: body.replace(b"\n", b" "))
journals = st.lists(bodies, min_size=1, max_size=8)


def lines(bodies: list[bytes], name: str = JOURNAL) -> list[bytes]:
    """Write a journal's lines as its one writer does."""
    written, before = [], start(name).hash
    for body in bodies:
        before = link(before, leaf(body))
        written.append(line(before, body))
    return written


def follow(data: bytes, at: Position | None = None) -> tuple[Position, list[bytes], Broken | None]:
    """Walk to the end, or to where the chain breaks."""
    at, broken = at or start(JOURNAL), None
    found: list[bytes] = []
    for step in walk(data, at):
        assert broken is None, "nothing can be said of what follows a broken line"
        if isinstance(step, Broken):
            broken = step
        else:
            at, body = step
            found.append(body)
    return at, found, broken


def broken_line(data: bytes) -> int | None:
    broken = follow(data)[2]
    return broken.number if broken else None


@given(journals)
def test_a_journal_that_nobody_touched_is_sound(bodies: list[bytes]) -> None:
    data = b"".join(lines(bodies))
    at, found, broken = follow(data)
    assert broken is None
    assert found == bodies
    assert (at.lines, at.offset) == (len(bodies), len(data))


@given(journals, st.integers(0, 8))
def test_a_walk_can_go_on_from_any_line(bodies: list[bytes], pause: int) -> None:
    written = lines(bodies)
    first, rest = b"".join(written[:pause]), b"".join(written[pause:])
    at, before, _ = follow(first)
    end, after, broken = follow(rest, at)
    assert broken is None
    assert before + after == bodies
    assert end == follow(first + rest)[0]


@given(journals, st.data())
def test_a_changed_byte_is_found_at_its_line(bodies: list[bytes], data: st.DataObject) -> None:
    whole = bytearray(b"".join(lines(bodies)))
    place = data.draw(st.integers(0, len(whole) - 1))
    number = whole[:place].count(b"\n") + 1
    whole[place] ^= data.draw(st.integers(1, 255))
    assert broken_line(bytes(whole)) == number


def test_every_single_byte_counts() -> None:
    whole = b"".join(lines([b'{"a":1}', b"", b'{"b":2}']))
    for place in range(len(whole)):
        for change in (1, 32, 128):
            changed = whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :]
            assert broken_line(changed) == whole[:place].count(b"\n") + 1


@given(journals, st.data())
def test_a_removed_line_is_found_by_the_next_or_by_the_count(
    bodies: list[bytes], data: st.DataObject
) -> None:
    written = lines(bodies)
    gone = data.draw(st.integers(0, len(written) - 1))
    at, _, broken = follow(b"".join(written[:gone] + written[gone + 1 :]))
    if gone == len(written) - 1:
        assert broken is None
        assert at.lines == len(bodies) - 1
    else:
        assert broken is not None
        assert broken.number == gone + 1


@given(st.lists(bodies, min_size=2, max_size=8), st.data())
def test_two_lines_that_changed_places_are_found_at_the_first(
    bodies: list[bytes], data: st.DataObject
) -> None:
    written = lines(bodies)
    first = data.draw(st.integers(0, len(written) - 2))
    second = data.draw(st.integers(first + 1, len(written) - 1))
    written[first], written[second] = written[second], written[first]
    assert broken_line(b"".join(written)) == first + 1


@given(journals, st.binary(max_size=20), st.data())
def test_an_inserted_line_is_found(bodies: list[bytes], forged: bytes, data: st.DataObject) -> None:
    written = lines(bodies)
    place = data.draw(st.integers(0, len(written)))
    copied = data.draw(st.sampled_from(written))
    body = forged.replace(b"\n", b" ")
    own = line(link(b"", leaf(body)), body)
    assert broken_line(b"".join([*written[:place], own, *written[place:]])) == place + 1
    expected = place + 2 if written[place : place + 1] == [copied] else place + 1
    assert broken_line(b"".join([*written[:place], copied, *written[place:]])) == expected


@given(journals, bodies, st.data())
def test_a_line_that_was_written_again_with_a_right_hash_breaks_the_next(
    bodies: list[bytes], forged: bytes, data: st.DataObject
) -> None:
    written = lines(bodies)
    place = data.draw(st.integers(0, len(written) - 1))
    again = lines([*bodies[:place], forged])[place]
    at, _, broken = follow(b"".join([*written[:place], again, *written[place + 1 :]]))
    if forged == bodies[place]:
        assert broken is None
    elif place == len(written) - 1:
        # Nothing follows that could tell: the store's copy of the position does.
        assert at.hash != follow(b"".join(written))[0].hash
    else:
        assert broken is not None
        assert broken.number == place + 2


@given(journals, st.data())
def test_a_journal_that_is_cut_off_anywhere_ends_early(bodies: list[bytes], data: st.DataObject) -> None:
    written = lines(bodies)
    whole = b"".join(written)
    cut = data.draw(st.integers(0, len(whole) - 1))
    at, found, broken = follow(whole[:cut])
    assert at.lines < len(bodies)
    assert found == bodies[: at.lines]
    if whole[:cut].endswith(b"\n") or cut == 0:
        assert broken is None
    else:
        assert broken == Broken(at.lines + 1, at.offset, "the line has no end")


@given(journals)
def test_a_journal_cannot_pass_for_another(bodies: list[bytes]) -> None:
    assert broken_line(b"".join(lines(bodies, "worker-2"))) == 1


@given(st.binary(max_size=100))
def test_what_is_said_of_a_broken_line_is_one_line_that_can_be_printed(data: bytes) -> None:
    broken = follow(data)[2]
    if broken is not None:
        assert broken.reason.isprintable()
        assert len(broken.reason) < 160


def test_two_hashes_that_begin_alike_are_shown_apart() -> None:
    [whole] = lines([b"{}"])
    broken = follow(whole[:40] + b"x" + whole[41:])[2]
    assert broken is not None
    _, expected, _, found, _ = broken.reason.split("`")
    assert expected != found
