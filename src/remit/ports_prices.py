"""The price book as a protocol: a published list of what models cost."""

from __future__ import annotations

from typing import Protocol

from remit.declare.book import BookModel


class PriceBook(Protocol):
    """A list with dates. It is asked by people who review prices, never by a call."""

    @property
    def version(self) -> str:
        """Name the book and its version, as sources of prices do."""

    def find(self, name: str) -> BookModel:
        """Find a model by its name in the book; raises NotFound, also for a name that may mean several."""
