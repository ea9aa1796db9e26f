"""Asked: one request for a page, by somebody who is signed in, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Protocol

from starlette.responses import RedirectResponse, Response

from remit.declare.simulated import counts_simulated
from remit.kernel.errors import RemitError
from remit.operations.model_in_force import current_model
from remit.operations.read_inbox import read_inbox
from remit.operations.read_tools import WaitingCall
from remit.operations.rights import refusal, require_right
from remit.operations.system import System
from remit.portal.drawn import Drawings, Drawn
from remit.portal.kept import PATIENCE_S, Kept, Seen
from remit.portal.page import HEADERS, address, render
from remit.portal.said import Said, say
from remit.report.approvals import RequestView

TEXT_MAX = 200
"""How many characters of one field of an address are read."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is signed in, and the roles they hold anywhere; `administrator` where the token names no person."""

    person: str
    roles: tuple[str, ...] = ()


ReadWaiting = Callable[[str], WaitingCall | None]


def nothing_waits(request: str) -> WaitingCall | None:
    return None


class Answers(Protocol):
    def __call__(self, asked: Asked, /) -> Response: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is made from. `form` holds the fields of a form that was sent, and is empty otherwise."""

    system: System
    kept: Kept
    gateway: Callable[[], str]
    """The address of the gateway that runs beside the portal; empty where none does."""
    drawings: Drawings
    reader: Reader
    path: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    proof: str
    """What a form has to bring along, so that no other site can send it."""
    said: Said | None = None
    """What the last form did, to be shown once."""
    origin: str = ""
    """Where the reader's browser reached the portal, for lines to copy; nothing is sent there."""
    fragment: bool = False
    """Only the part of the page that changes is wanted."""
    toolgate: Callable[[], str] = str
    """The address of the tool gate that runs beside the portal; empty where none does."""
    waiting_call: ReadWaiting = nothing_waits
    """Shows what a call that waits for a person would be given; only for those who may answer."""

    def text(self, name: str, default: str = "") -> str:
        """Return a field of the address, cut to what is read of one."""
        return self.query.get(name, default)[:TEXT_MAX]

    def with_(self, **fields: object) -> str:
        """Return this page's own address with some fields set, and others left as they are."""
        return address(self.path, **{**self.query, **fields})

    def draw(self, spec: Mapping[str, Any]) -> Drawn:
        """Draw a chart for this page."""
        return self.drawings.draw(spec)

    def requests(self, *, patience_s: float = PATIENCE_S) -> Seen[list[RequestView]]:
        """Return all requests for consent as this reader sees them."""
        person = self.reader.person
        return self.kept.get(
            ("requests", person),
            lambda: read_inbox(self.system, reader=person, closed=True),
            patience_s=patience_s,
        )

    def counts_simulated(self) -> bool:
        """Say whether figures count what was simulated, as the organisation declares; every page says so."""
        current = current_model(self.system)
        return current is not None and counts_simulated(current[1])

    def waiting(self) -> int:
        """Count the requests that wait for this reader, for the bar."""
        try:
            return sum(bool(each.mine) for each in self.requests(patience_s=0).value)
        except RemitError:  # nothing is in force yet, so nobody is asked
            return 0

    def page(self, template: str, /, *, status: int = 200, **values: Any) -> Response:
        """Render a page for this reader."""
        return render(template, status=status, asked=self, **values)

    def may(self, action: str, *, use_case: str = "", unit: str = "") -> bool:
        """Say whether the reader may do something, so that a page offers it to nobody else."""
        person = self.reader.person
        return refusal(self.system, person, action=action, use_case=use_case, unit=unit) is None

    def refused(self, action: str, *, use_case: str = "", unit: str = "") -> str:
        """Say why the reader may not do something and who may; empty where they may."""
        found = refusal(self.system, self.reader.person, action=action, use_case=use_case, unit=unit)
        return f"{found.summary}: {found.help}" if found else ""

    def require(self, action: str, *, use_case: str = "", unit: str = "") -> None:
        """Raise NotPermitted unless the reader may do something."""
        require_right(self.system, self.reader.person, action=action, use_case=use_case, unit=unit)

    def back(self, to: str, said: Said) -> Response:
        """Go on to a page of ours, which says what was done."""
        response = RedirectResponse(to, 303, HEADERS)
        say(response, said)
        return response


@dataclass(frozen=True, slots=True)
class Page:
    """A place in the portal: its path, what answers there, and how it is reached from everywhere.

    `label` and `letter` are for the pages of the bar: `g` and the letter go there.
    """

    path: str
    answer: Answers
    label: str = ""
    letter: str = ""
    send: Mapping[str, Answers] = field(default_factory=dict)
    """What takes forms: below the page's path, by what follows it; `""` is the path itself."""


def having(action: str, answer: Answers) -> Answers:
    """Have a form taken only from whoever has a right over the use case that its address or a field names."""

    @wraps(answer)
    def taken(asked: Asked) -> Response:
        asked.require(action, use_case=asked.names.get("id", "") or asked.form.get("use_case", ""))
        return answer(asked)

    return taken
