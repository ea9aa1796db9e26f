"""What every store of credentials promises, and what this one's files give away."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.adapters.credentials_sealed import SealedCredentials
from remit.kernel.errors import RemitError

SECRET, OTHER = bytes(range(32)), bytes(32)


@pytest.fixture
def sealed(tmp_path: Path) -> SealedCredentials:
    return SealedCredentials(tmp_path / "credentials", SECRET)


def test_what_was_sealed_last_comes_back_until_it_is_forgotten(sealed: SealedCredentials) -> None:
    assert sealed.names() == ()
    assert sealed.open("upstream") is None
    sealed.seal("upstream", "first")
    sealed.seal("upstream", "sk-second")
    sealed.seal("other", "sk-other")
    assert sealed.open("upstream") == "sk-second"
    assert sealed.names() == ("other", "upstream")
    assert sealed.forget("upstream")
    assert not sealed.forget("upstream")
    assert sealed.open("upstream") is None
    assert sealed.names() == ("other",)


def test_a_file_is_for_its_owner_alone_and_holds_nothing_to_read(tmp_path: Path) -> None:
    sealed = SealedCredentials(tmp_path / "credentials", SECRET)
    sealed.seal("upstream", "sk-secret")
    one = (tmp_path / "credentials/upstream").read_bytes()
    sealed.seal("upstream", "sk-secret")
    [path] = (tmp_path / "credentials").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"secret" not in path.read_bytes()
    assert path.read_bytes() != one


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(
    tmp_path_factory: pytest.TempPathFactory, at: int, change: int
) -> None:
    folder = tmp_path_factory.mktemp("sealed")
    sealed = SealedCredentials(folder, SECRET)
    sealed.seal("upstream", "sk-secret")
    body = bytearray((folder / "upstream").read_bytes())
    body[at % len(body)] ^= change
    (folder / "upstream").write_bytes(body)
    with pytest.raises(RemitError, match="cannot be used"):
        sealed.open("upstream")


def test_what_is_sealed_for_one_provider_or_installation_opens_for_no_other(tmp_path: Path) -> None:
    sealed = SealedCredentials(tmp_path, SECRET)
    sealed.seal("upstream", "sk-secret")
    with pytest.raises(RemitError) as elsewhere:
        SealedCredentials(tmp_path, OTHER).open("upstream")
    (tmp_path / "upstream").rename(tmp_path / "other")
    with pytest.raises(RemitError) as renamed:
        sealed.open("other")
    for raised in (elsewhere, renamed):
        assert raised.value.code == "credential-unusable"
        assert raised.value.__cause__ is None
    for body in (b"", b"short", bytes(70_000)):
        (tmp_path / "cut").write_bytes(body)
        with pytest.raises(RemitError):
            sealed.open("cut")
