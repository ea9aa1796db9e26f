import gzip
from pathlib import Path

import pytest

from remit.adapters import trained
from remit.kernel.errors import RemitError


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(trained, "FOLDER", tmp_path)
    return tmp_path


def test_every_released_file_is_the_one_with_its_digest() -> None:
    for name in trained.DIGESTS:
        if name.endswith(".safetensors"):
            assert trained.arrays(name.removesuffix(".safetensors"))
        else:
            assert trained.lines(name.removesuffix(".txt.gz"))


def test_every_file_in_the_folder_is_released_with_a_digest() -> None:
    files = {path.name for path in trained.FOLDER.iterdir()} - {"README.md"}
    assert files == set(trained.DIGESTS)


def test_a_changed_file_is_refused(elsewhere: Path) -> None:
    name = next(name for name in trained.DIGESTS if name.endswith(".safetensors"))
    (elsewhere / name).write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ")
    with pytest.raises(RemitError, match="not the one that was released") as raised:
        trained.arrays(name.removesuffix(".safetensors"))
    assert raised.value.code == "detectors-unavailable"


def test_a_list_that_is_missing_or_not_released_is_refused(elsewhere: Path) -> None:
    with pytest.raises(RemitError, match="cannot be read"):
        trained.lines("words")
    (elsewhere / "words.txt.gz").write_bytes(gzip.compress(b"one\n"))
    with pytest.raises(RemitError, match="not the one that was released"):
        trained.lines("words")
