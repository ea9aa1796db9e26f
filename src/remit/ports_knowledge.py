"""Knowledge and memory as protocols: who reads documents, who keeps and finds them, who remembers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from remit.record.knowledge_kept import Change, Chunk, Document, Passage, Past, Search
from remit.record.memory_kept import Memory, MemoryQuery

if TYPE_CHECKING:
    # To load it takes longer than most commands do.
    import numpy as np
    from numpy.typing import NDArray


class Documents(Protocol):
    """Who reads files of others' into text, and is not hurt by any of them."""

    def formats(self) -> tuple[str, ...]:
        """List the endings of names that can be read, such as `.pdf`."""
        ...

    def read(self, name: str, content: bytes) -> tuple[Chunk, ...]:
        """Read a document's text, part by part with the place of each.

        Raises RemitError with the code `document-refused` for one that is too large, is not what its name
        says, or would hurt whoever opens it.
        """
        ...


class Knowledge(Protocol):
    """Documents in chunks, and the search in them.

    INVARIANT: a chunk that the reader of a search does not see takes no part in it: it is neither read nor
    ranked, so that it cannot take a place from one that is seen. What a search returns is of the version that
    is current, and a version is current from one moment on, with all its chunks.
    """

    def put(self, document: Document, chunks: Sequence[Chunk], vectors: NDArray[np.float32] | None) -> Change:
        """Make this the current version of a document, with one row of `vectors` for each chunk.

        Of a source that is there already, the id is kept and the number goes on, whatever it says of these.
        `unchanged` if it is as it was.
        """
        ...

    def documents(self, base: str = "") -> list[Document]:
        """List the documents as they are, of one base or of all, by base and source."""
        ...

    def past(self, document: str) -> list[Past]:
        """List the versions of a document, the latest first; there are no texts of former ones."""
        ...

    def remove(self, document: str, *, at: datetime) -> Document | None:
        """Remove a document with all its text: when this returns, none of it is in the file or its log."""
        ...

    def search(self, search: Search, vector: NDArray[np.float32] | None) -> list[Passage]:
        """Find passages, the best first."""
        ...

    def close(self) -> None: ...


class Memories(Protocol):
    """What agents remember, sealed: each under a data key of its use case, and that one under a master key.

    INVARIANT: what one actor of one agent of one use case had remembered is returned for no other.
    What cannot be opened though it should is StoreError with the code `capture-unreadable`.
    """

    def keep(self, memory: Memory) -> None:
        """Keep a memory; one of the same owner with the same name is replaced."""
        ...

    def find(self, query: MemoryQuery) -> list[Memory]:
        """Return what is remembered and has not reached its end, the latest first."""
        ...

    def count(self, query: MemoryQuery) -> int: ...

    def erase(self, query: MemoryQuery) -> int:
        """Erase what matches, whatever its age, and say how much: none of it is in the file or its log."""
        ...

    def purge(self, now: datetime) -> dict[str, int]:
        """Erase what has reached its end; says how many, by use case."""
        ...

    def close(self) -> None: ...
