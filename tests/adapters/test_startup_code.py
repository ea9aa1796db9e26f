"""Startup code: nothing runs unseen beside a gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.adapters.startup_code import require_known, startup_code
from remit.kernel.errors import RemitError

IMPLANT = "import os; os.getenv('HOME')"


def test_the_packages_that_are_installed_here_bring_nothing_unknown() -> None:
    require_known(())


@pytest.mark.parametrize("name", ["cook.pth", "sitecustomize.py", "usercustomize.py"])
def test_code_that_nobody_knows_is_refused_until_it_is_allowed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(IMPLANT)
    with pytest.raises(RemitError, match="runs code whenever Python starts") as refused:
        require_known((), [tmp_path])
    assert refused.value.code == "unknown-startup-code"
    ((_, mark),) = startup_code([tmp_path])
    assert f"`{mark}`" in refused.value.help
    require_known({mark}, [tmp_path])


def test_what_was_allowed_is_not_once_it_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "cook.pth").write_text(IMPLANT)
    ((_, mark),) = startup_code([tmp_path])
    (tmp_path / "cook.pth").write_text(f"{IMPLANT}; more")
    with pytest.raises(RemitError):
        require_known({mark}, [tmp_path])


def test_lines_that_are_paths_are_no_code(tmp_path: Path) -> None:
    (tmp_path / "editable.pth").write_text("../src\n# import is a word here\nimported\n")
    require_known((), [tmp_path])
