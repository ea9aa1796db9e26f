"""A route of the control API: the one table from which it is served, described and tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

from remit.operations.rights import require_right
from remit.operations.system import System

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
"""An id or an address, at most 200 characters."""
Words = Annotated[str, msgspec.Meta(max_length=2_000)]
"""A reason or a statement, at most 2,000 characters."""
Optional = Annotated[str, msgspec.Meta(max_length=200)]
"""As a name, and empty where nothing is meant."""


class Nothing(msgspec.Struct, frozen=True):
    """No fields."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API, by a person who has shown who they are."""

    system: System
    person: str
    names: Mapping[str, str]
    """The names in the path."""
    given: Any
    """What the route's `takes` says: the fields of the query, or the body."""

    def require(self, action: str, *, use_case: str = "", unit: str = "") -> None:
        """Raise NotPermitted unless the person may do something."""
        require_right(self.system, self.person, action=action, use_case=use_case, unit=unit)


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """An address, what it takes and gives; the first line of the answer's docstring says what it does."""

    method: Literal["GET", "POST"]
    path: str
    answer: Callable[[Call], Any]
    gives: Any
    takes: type[msgspec.Struct] = Nothing

    @property
    def says(self) -> str:
        return (self.answer.__doc__ or "").strip().partition("\n")[0]

    @property
    def name(self) -> str:
        return self.answer.__name__
