"""A function that somebody has installed: found by an entry point, loaded in the thread that will call it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from remit.adapters.apart import Apart
from remit.kernel.errors import RemitError

_LOAD_S = 60.0


def load_installed(group: str, name: str, *, what: str, code: str) -> tuple[Apart, Callable[..., Any]]:
    """Return the one function of that name in a group, and the thread that it was loaded in.

    `what` says in the fault what it would be. Raises RemitError, with that code, unless just one package
    has it and it can be loaded and called.
    """
    help = f"install one package with an entry point `{name[:80]}` of the group `{group}`"

    def unusable(why: str) -> RemitError:
        return RemitError(f"the {what} `{name[:80]}` {why}", help=help, code=code)

    found = tuple(entry_points(group=group, name=name))
    if len(found) != 1:
        raise unusable("is not installed" if not found else "is installed by several packages")
    apart = Apart(name)
    loading = apart.submit(partial(_loaded, found[0]))
    fault = loading.exception(_LOAD_S)
    if fault is not None:
        raise unusable(f"cannot be loaded (`{type(fault).__name__}`)")
    return apart, loading.result()


def _loaded(point: EntryPoint) -> Callable[..., Any]:
    found: Callable[..., Any] = point.load()
    if not callable(found):
        raise TypeError
    return found
