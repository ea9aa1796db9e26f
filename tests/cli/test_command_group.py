"""The help of a group says of each command in whole words what it does."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from remit.cli.main import COMMANDS, remit

GROUPS = [name for name in COMMANDS if isinstance(remit.get_command(click.Context(remit), name), click.Group)]


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize("columns", [80, 120])
def test_no_sentence_is_cut_off(name: str, columns: int) -> None:
    said = CliRunner().invoke(remit, [name, "--help"], terminal_width=columns).output
    _, _, listed = said.partition("Commands:\n")
    assert "..." not in listed
    assert listed.rstrip().endswith(".")
    assert all(len(line) <= columns for line in said.splitlines())
