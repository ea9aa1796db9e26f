"""XML of an Office document, read as a stream: no document type, no entity, no reference to elsewhere.

Whatever a bomb is made of has to be declared in a document type, and no Office document has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.parsers import expat

from remit.adapters.document_limits import NESTING_MAX, Refused

Attributes = Mapping[str, str]


class Marks:
    """What is told of elements as they come; names are without their namespace."""

    def begin(self, name: str, attributes: Attributes) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


def read_xml(content: bytes, marks: Marks) -> None:
    """Read XML and tell of what stands in it; raises Refused."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > NESTING_MAX:
            raise Refused("its XML is nested too deep")
        marks.begin(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        marks.end(_local(name))

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = marks.text
    parser.StartDoctypeDeclHandler = _refuser("a document type")
    parser.EntityDeclHandler = _refuser("an entity")
    parser.ExternalEntityRefHandler = _refuser("a reference to elsewhere")
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        raise Refused("its XML cannot be read") from None


def _refuser(what: str) -> Callable[..., int]:
    def refuse(*_: object) -> int:
        raise Refused(f"its XML has {what}")

    return refuse


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
