"""Forms with files: what real clients write is read, and nothing else is."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.gateway.multipart import HEAD_BYTES_MAX, PARTS_MAX, FormPart, read_form

TYPE = "multipart/form-data; boundary=xyz"
CONTENT = st.binary(max_size=200) | st.sampled_from([b"\r\n--xy", b"--xyz", b"\r\n\r\n", b"\n--xyz--"])
NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20)


def form(*parts: str | bytes, end: bytes = b"--xyz--\r\n") -> bytes:
    written = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(b"--xyz\r\n" + part + b"\r\n" for part in written) + end


def field(name: str, value: str = "x") -> str:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'


@given(data=st.dictionaries(NAMES, NAMES, max_size=4), name=NAMES, content=CONTENT)
def test_what_a_client_writes_is_read_as_it_was_meant(
    data: dict[str, str], name: str, content: bytes
) -> None:
    files: Any = {"file": (name, content)}
    data.pop("file", None)
    request = httpx.Request("POST", "http://gateway/v1/files", data=data, files=files)
    found = read_form(request.headers["content-type"], request.read())
    assert not isinstance(found, str), found
    # Both ways of writing a quotation mark are read, so a name that shows one as `%22` is read as the mark.
    plain = {key: value.content.decode() for key, value in found.items() if value.filename is None}
    assert list(plain.values()) == list(data.values())
    assert found["file"].content == content


def test_a_form_is_read_field_by_field() -> None:
    named = 'content-disposition: form-data; name="file"; filename="a \\"b\\".jsonl"'
    file = f"{named}\r\nContent-Type: x/y\r\n\r\n{{}}"
    assert read_form(TYPE, form(field("purpose", "batch"), file)) == {
        "purpose": FormPart(b"batch"),
        "file": FormPart(b"{}", 'a "b".jsonl'),
    }


def test_a_boundary_in_quotes_is_the_same_boundary() -> None:
    assert read_form('Multipart/Form-Data; boundary="xyz"', form(field("a"))) == {"a": FormPart(b"x")}


def test_what_looks_like_the_boundary_inside_a_file_is_content() -> None:
    found = read_form(TYPE, form(field("a", "0--xyz\n--xyz--\r\n--xy")))
    assert found == {"a": FormPart(b"0--xyz\n--xyz--\r\n--xy")}


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("", form(field("a")), "is not"),
        ("application/json", b"{}", "is not"),
        ("multipart/form-data", form(field("a")), "is not"),
        ("multipart/form-data; boundary=", form(field("a")), "is not"),
        (f"multipart/form-data; boundary={'x' * 71}", b"", "is not"),
        ("multipart/mixed; boundary=xyz", form(field("a")), "is not"),
        (TYPE, b"", "begin"),
        (TYPE, b"preamble\r\n" + form(field("a")), "begin"),
        (TYPE, form(field("a"), end=b""), "end with its boundary"),
        (TYPE, form(field("a"), end=b"--xyz"), "goes on"),
        (TYPE, form(field("a")) + b"more", "goes on"),
        (TYPE, form(field("a"), field("a")), "twice"),
        (TYPE, form(*(field(f"n{number}") for number in range(PARTS_MAX + 1))), "more than"),
        (TYPE, form("x" * (HEAD_BYTES_MAX + 1) + "\r\n\r\n"), "does not end within"),
        # A part without content could end there as well.
        (TYPE, form(field("a", "--xyz\n")), "does not end within"),
        (TYPE, form("Content-Type: text/plain\r\n\r\nx"), "plain field"),
        (TYPE, form('Content-Disposition: attachment; name="a"\r\n\r\nx'), "plain field"),
        (TYPE, form('Content-Disposition: form-data; name="a\r\n\r\nx'), "plain field"),
        (TYPE, form(f"Content-Transfer-Encoding: base64\r\n{field('a')}"), "plain field"),
        (TYPE, form(f"Content-Disposition: form-data\r\n{field('a')}"), "plain field"),
        (TYPE, form(b'Content-Disposition: form-data; name="\xff"\r\n\r\nx'), "plain field"),
    ],
)
def test_what_has_two_meanings_or_none_is_refused(content_type: str, body: bytes, said: str) -> None:
    found = read_form(content_type, body)
    assert isinstance(found, str)
    assert said in found


@given(body=st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: b"--xyz" + tail))
def test_no_bytes_raise(body: bytes) -> None:
    found = read_form(TYPE, body)
    assert isinstance(found, str) or body.startswith(b"--xyz")


@given(cut=st.integers(0, 400))
def test_a_form_that_is_cut_off_is_never_taken_for_whole(cut: int) -> None:
    whole = form(field("purpose", "batch"), field("file", "y" * 100))
    # The line end after the last boundary says nothing.
    cut = min(cut, len(whole) - 3)
    assert isinstance(read_form(TYPE, whole[:cut]), str)


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_one_wrong_byte_adds_no_field(place: int, byte: int) -> None:
    whole = bytearray(form(field("purpose", "batch"), field("file", "y" * 40)))
    whole[place % len(whole)] = byte
    found = read_form(TYPE, bytes(whole))
    assert isinstance(found, str) or len(found) <= 2
