"""Uploads: what is taken, what is refused by name, and how a file is cut into lines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.batch import FILE_BYTES_MAX, KEPT, LINES_MAX
from remit.gateway.openai_files import NAME_MAX, lines_of, read_upload
from remit.gateway.wire import Failure
from remit.operations.keep_files import Upload

TEXT = st.text(alphabet="a{ \t\r\n", max_size=60).map(str.encode)


def upload(content: bytes = b"{}", *, name: str = "a.jsonl", **fields: Any) -> Upload | Failure:
    data = {"purpose": "batch"} | fields
    kept = {name: value for name, value in data.items() if value is not None}
    request = httpx.Request("POST", "http://gateway/", data=kept, files={"file": (name, content)})
    return read_upload(dict(request.headers), request.read())


def refused(found: Upload | Failure) -> tuple[int, str, str | None]:
    assert isinstance(found, Failure)
    return found.status, found.code, found.param


@given(TEXT)
def test_lines_put_together_are_the_file(content: bytes) -> None:
    found = list(lines_of(content))
    assert b"".join(text for _, text in found) == (content if content.strip() else b"")


@given(TEXT)
def test_a_line_has_the_number_that_an_editor_shows(content: bytes) -> None:
    shown = [(number, line.strip()) for number, line in enumerate(content.split(b"\n"), 1) if line.strip()]
    assert [(number, text.strip()) for number, text in lines_of(content)] == shown


def test_a_file_is_taken_with_its_name_and_time() -> None:
    found = upload(
        b"{1}\n\n{2}\n", **{"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"}
    )
    assert found == Upload("a.jsonl", [(1, b"{1}\n\n"), (3, b"{2}\n")], 9, timedelta(hours=1))
    plain = upload(name="n" * 300)
    assert isinstance(plain, Upload)
    assert (plain.kept, len(plain.name)) == (KEPT, NAME_MAX)


@pytest.mark.parametrize("content", [b"", b"\n \r\n\t"])
def test_a_file_without_a_word_is_refused(content: bytes) -> None:
    assert refused(upload(content)) == (400, "invalid-field", "file")


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"purpose": None}, "invalid-field", "purpose"),
        ({"purpose": "fine-tune"}, "unsupported-field", "purpose"),
        ({"kind": "x"}, "unknown-field", "kind"),
        ({"expires_after[seconds]": "7200"}, "invalid-field", "expires_after"),
        ({"expires_after[anchor]": "created_at"}, "invalid-field", "expires_after"),
        *(
            (
                {"expires_after[anchor]": "created_at", "expires_after[seconds]": seconds},
                "invalid-field",
                "expires_after",
            )
            for seconds in ("3599", "2592001", "-1", "1e4", "9" * 40, "")
        ),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(fields: dict[str, Any], code: str, param: str) -> None:
    assert refused(upload(**fields)) == (400, code, param)


def test_a_file_in_a_plain_field_is_none() -> None:
    request = httpx.Request(
        "POST", "http://gateway/", data={"purpose": "batch", "file": "{}"}, files={"f": ("f", b"")}
    )
    assert refused(read_upload(dict(request.headers), request.read())) == (400, "unknown-field", "f")


def test_what_is_too_large_is_said_to_be() -> None:
    assert isinstance(upload(b"{}\n" * LINES_MAX), Upload)
    assert refused(upload(b"{}\n" * (LINES_MAX + 1))) == (413, "upload-too-large", "file")
    assert refused(upload(b"x" * (FILE_BYTES_MAX + 1))) == (413, "upload-too-large", "file")


def test_a_flood_of_blank_lines_is_one_line() -> None:
    found = upload(b"{1}" + b"\n" * 2_000_000 + b"{2}")
    assert isinstance(found, Upload)
    assert [number for number, _ in found.lines] == [1, 2_000_001]


def test_what_is_no_form_is_refused() -> None:
    assert refused(read_upload({"content-type": "application/json"}, b"{}"))[1] == "invalid-field"
