"""Files of knowledge bases: those that somebody names, and those that lie beside an operating model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import msgspec

from remit.declare.block import KnowledgeBlock
from remit.declare.declared import DataClass
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import RemitError
from remit.operations.add_document import Added, Given, add_document
from remit.operations.system import System

MANIFEST = "documents.json"
"""In a directory: what is said of its documents beside their text, by their names there."""
FILES_MAX = 10_000
FILE_BYTES_MAX = 64 << 20
"""More than any document may have, so that one that is too large is told from one that is not."""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a manifest says of one document; what it leaves out is the knowledge base's own."""

    source: str = ""
    title: str = ""
    owner: str = ""
    readers: tuple[str, ...] = ()
    data_class: DataClass | None = None
    attributes: Mapping[str, str | float | bool] = {}
    dated: date | None = None

    def of(self, given: Given) -> Given:
        """Say of a document what is not said of it already."""
        dated = None if self.dated is None else datetime.combine(self.dated, time(), UTC)
        return replace(
            given,
            source=given.source or self.source or given.name,
            title=given.title or self.title,
            owner=given.owner or self.owner,
            readers=given.readers or self.readers,
            data_class=given.data_class or self.data_class,
            attributes={**self.attributes, **given.attributes},
            dated=given.dated or dated,
        )


def read_files(system: System, paths: Sequence[Path], given: Given) -> Iterator[Given]:
    """Read the files that are named, and of directories those that can be read, by their names there.

    `given` says what holds for all of them. Only one is in memory at a time.
    """
    formats, number = system.make_documents().formats(), 0
    for path in paths:
        said = _manifest(path / MANIFEST) if path.is_dir() else {}
        within = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
        for file in within:
            if path.is_dir() and file.suffix.casefold() not in formats:
                continue
            number += 1
            if number > FILES_MAX:
                raise RemitError(
                    f"there are more than {FILES_MAX:,} files",
                    help="add them in parts",
                    code="file-too-large",
                )
            name = file.name if path.is_file() else file.relative_to(path).as_posix()
            yield said.get(name, Said()).of(replace(given, name=name, content=read_file(file)))


def read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(FILE_BYTES_MAX)


def _manifest(path: Path) -> dict[str, Said]:
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(read_file(path), type=dict[str, Said])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RemitError(
            f"`{path}` is not what is said of documents",
            help=f"write an object for each document by its name ({str(error)[:200]})",
            code="case-unsound",
        ) from None


def add_beside(system: System, model: OperatingModel, directory: Path, *, author: str) -> list[Added]:
    """Add what lies under `knowledge/NAME` of a directory to the knowledge bases that are declared."""
    added: list[Added] = []
    for address, block in model.blocks.items():
        folder = directory / address.partition("@")[0]
        if isinstance(block, KnowledgeBlock) and folder.is_dir():
            for given in read_files(system, [folder], Given(name="", content=b"")):
                added.append(add_document(system, address, given, author=author))
    return added
