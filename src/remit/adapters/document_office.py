"""Office documents: archives of XML. Macros, links and what is embedded are not opened."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO

from remit.adapters.document_limits import (
    CELLS_MAX,
    PAGES_MAX,
    PART_MAX,
    PARTS_MAX,
    RATIO_MAX,
    UNPACKED_MAX,
    Refused,
)
from remit.adapters.document_xml import Attributes, Marks, read_xml

Part = tuple[str, str]
"""A place and a text."""

_ROWS = 40
"""How many rows of a sheet stand together."""


class Archive:
    """An archive that was looked at before any of it is unpacked."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            raise Refused("it is not the archive that an Office document is") from None
        infos = self._zip.infolist()
        if len(infos) > PARTS_MAX:
            raise Refused(f"it holds more than {PARTS_MAX:,} files")
        if sum(each.file_size for each in infos) > UNPACKED_MAX:
            raise Refused("it unpacks to more than is read")
        for each in infos:
            if each.flag_bits & 1:
                raise Refused("it is encrypted")
            if each.file_size > 1_000_000 and each.file_size > RATIO_MAX * max(each.compress_size, 1):
                raise Refused("it unpacks to many times its size")
        self.names = frozenset(each.filename for each in infos)
        if len(self.names) != len(infos):
            raise Refused("it holds two files of one name")

    def open(self, name: str) -> bytes:
        """Unpack a file, as far as is allowed: what an archive says of its sizes need not be so."""
        try:
            with self._zip.open(name) as file:
                found = file.read(PART_MAX + 1)
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, OSError):
            raise Refused("a file in it cannot be unpacked") from None
        if len(found) > PART_MAX:
            raise Refused("it unpacks to more than is read")
        return found

    def numbered(self, pattern: str) -> list[str]:
        """List files by the number in their name."""
        found = [(int(match[1]), name) for name in self.names if (match := re.fullmatch(pattern, name))]
        if len(found) > PAGES_MAX:
            raise Refused(f"it has more than {PAGES_MAX:,} pages")
        return [name for _, name in sorted(found)]


class _Word(Marks):
    """Paragraphs of a text document, with the headings that they stand under."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._heads: dict[int, str] = {}
        self._words: list[str] = []
        self._rest: list[str] = []
        self._level = 0
        self._in_text = 0

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "p":
            self._words, self._level = [], 0
        elif name == "pStyle":
            match = re.fullmatch(r"(?:Heading|berschrift|Kop|Titre)\s?([1-6])", attributes.get("val", ""))
            self._level = int(match[1]) if match else 0
        elif name == "t":
            self._in_text += 1
        elif name in ("tab", "br", "cr"):
            self._words.append("\n" if name != "tab" else " ")

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text -= 1
        elif name == "tc":
            self._rest.append("|")
        elif name == "p":
            self._paragraph("".join(self._words).strip())

    def text(self, text: str) -> None:
        if self._in_text:
            self._words.append(text)

    def _paragraph(self, text: str) -> None:
        if not text:
            return
        if self._level:
            self.flush()
            self._heads = {at: head for at, head in self._heads.items() if at < self._level}
            self._heads[self._level] = text[:200]
        else:
            self._rest.append(text)

    def flush(self) -> None:
        text = "\n\n".join(each for each in self._rest if each != "|")
        if text:
            self.parts.append((" > ".join(self._heads[at] for at in sorted(self._heads)), text))
        self._rest = []


class _Texts(Marks):
    """The texts of paragraphs, one a line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._words: list[str] = []
        self._in_text = 0

    def begin(self, name: str, attributes: Attributes) -> None:
        self._in_text += name == "t"

    def end(self, name: str) -> None:
        self._in_text -= name == "t"
        if name in ("p", "si"):
            self.lines.append("".join(self._words).strip())
            self._words = []

    def text(self, text: str) -> None:
        if self._in_text:
            self._words.append(text)


class _Sheet(Marks):
    """The cells of a sheet, row by row."""

    def __init__(self, shared: list[str], room: int) -> None:
        self.rows: list[tuple[str, str]] = []
        self.room = room
        self._shared = shared
        self._row, self._cells = "", list[str]()
        self._type, self._value = "", list[str]()
        self._takes = False

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "row":
            self._row, self._cells = attributes.get("r", "")[:9], []
        elif name == "c":
            self._type, self._value = attributes.get("t", ""), []
            self.room -= 1
            if self.room < 0:
                raise Refused(f"it has more than {CELLS_MAX:,} cells")
        self._takes = name in ("v", "t")

    def end(self, name: str) -> None:
        self._takes = False
        if name == "c" and (said := self._said()):
            self._cells.append(said)
        elif name == "row" and self._cells:
            self.rows.append((self._row, " | ".join(self._cells)))

    def text(self, text: str) -> None:
        if self._takes:
            self._value.append(text)

    def _said(self) -> str:
        said = "".join(self._value).strip()
        if self._type != "s":
            return said
        at = int(said) if said.isdecimal() and len(said) < 9 else -1
        return self._shared[at] if 0 <= at < len(self._shared) else ""


class _Names(Marks):
    """The names of sheets, in their order."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            self.names.append(attributes.get("name", "")[:100])


def read_docx(content: bytes) -> Iterator[Part]:
    """Read a text document, by its headings."""
    archive, marks = Archive(content), _Word()
    read_xml(archive.open("word/document.xml"), marks)
    marks.flush()
    yield from marks.parts


def read_pptx(content: bytes) -> Iterator[Part]:
    """Read slides, each with its notes."""
    archive = Archive(content)
    for number, name in enumerate(archive.numbered(r"ppt/slides/slide([0-9]{1,5})\.xml"), 1):
        marks = _Texts()
        read_xml(archive.open(name), marks)
        notes = f"ppt/notesSlides/notesSlide{number}.xml"
        if notes in archive.names:
            read_xml(archive.open(notes), marks)
        yield f"slide {number}", "\n".join(line for line in marks.lines if line)


def read_xlsx(content: bytes) -> Iterator[Part]:
    """Read sheets, some rows at a time, each with the sheet's first row before it."""
    archive, shared, names = Archive(content), _Texts(), _Names()
    if "xl/sharedStrings.xml" in archive.names:
        read_xml(archive.open("xl/sharedStrings.xml"), shared)
    read_xml(archive.open("xl/workbook.xml"), names)
    room = CELLS_MAX
    for number, name in enumerate(archive.numbered(r"xl/worksheets/sheet([0-9]{1,5})\.xml"), 1):
        sheet = _Sheet(shared.lines, room)
        read_xml(archive.open(name), sheet)
        room = sheet.room
        said = names.names[number - 1] if number <= len(names.names) else f"sheet {number}"
        head = sheet.rows[0][1] if sheet.rows else ""
        for start in range(0, len(sheet.rows), _ROWS):
            rows = sheet.rows[start : start + _ROWS]
            lines = [line for _, line in rows]
            yield f"{said}, rows {rows[0][0]}-{rows[-1][0]}", "\n".join([head, *lines] if start else lines)


OFFICE: dict[str, Callable[[bytes], Iterator[Part]]] = {
    ".docx": read_docx,
    ".pptx": read_pptx,
    ".xlsx": read_xlsx,
}
