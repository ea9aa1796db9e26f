"""What travels with the product is read only if it is what was released."""

from __future__ import annotations

import pytest

from remit.adapters.trained import DIGESTS, FOLDER, lines
from remit.kernel.errors import RemitError


def test_every_file_has_its_digest() -> None:
    assert {path.name for path in FOLDER.iterdir()} - {"README.md"} == DIGESTS.keys()


def test_a_list_is_read() -> None:
    assert any(line.startswith("anna ") for line in lines("names"))


def test_what_is_not_there_is_a_fault() -> None:
    with pytest.raises(RemitError, match="cannot be read"):
        lines("no_such_list")
