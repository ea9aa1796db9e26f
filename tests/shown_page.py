"""A page as its reader gets it, without a browser and without a server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from remit.operations.system import System
from remit.portal.app import PAGES
from remit.portal.asked import Asked, Reader
from remit.portal.drawn import Drawings
from remit.portal.kept import Kept

_NAME = re.compile(r"\{(\w+)(:path)?\}")


class Shelf:
    """All pages of a system, for one reader."""

    def __init__(self, system: System, person: str = "administrator", **fields: Any) -> None:
        self._system, self._reader = system, Reader(person, **fields)
        self._kept, self._drawings = Kept(system), Drawings(system.make_charts(), Path)

    def page(self, address: str) -> str:
        """Return the text of the page at an address, its white space made one."""
        return " ".join(self.file(address).decode().split())

    def file(self, address: str) -> bytes:
        """Return what is at an address, as it is."""
        parts = urlsplit(address)
        for page in PAGES:
            pattern = _NAME.sub(lambda at: f"(?P<{at[1]}>{'.+' if at[2] else '[^/]+'})", page.path)
            if found := re.fullmatch(pattern, parts.path):
                answer = page.answer(
                    Asked(
                        system=self._system,
                        kept=self._kept,
                        gateway=lambda: "",
                        drawings=self._drawings,
                        reader=self._reader,
                        path=parts.path,
                        names=found.groupdict(),
                        query=dict(parse_qsl(parts.query)),
                        form={},
                        proof="proof",
                    )
                )
                assert answer.status_code == 200, address
                return bytes(answer.body)
        raise AssertionError(f"no page is at {address}")


def words(page: str) -> str:
    """Return what a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
