"""Text, Markdown and HTML documents, part by part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from remit.adapters.document_limits import NESTING_MAX, Refused

Part = tuple[str, str]

_HEADING = re.compile(r"(#{1,6})[ \t]+(.{1,300}?)[ \t#]*$")
_FENCE = re.compile(r"[ \t]{0,3}(```|~~~)")
_HIDDEN = frozenset({"script", "style", "template", "noscript", "svg", "head", "iframe", "object"})
_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt figcaption footer header hr li main nav ol p pre"
    " section table td th tr ul".split()
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


def decoded(content: bytes) -> str:
    """Read bytes as text; raises Refused for what is none."""
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("it is not text in UTF-8") from None
    if "\0" in text:
        raise Refused("it is not text")
    return text


def read_text(content: bytes) -> Iterator[Part]:
    """Read plain text."""
    yield "", decoded(content)


class _Headings:
    """What stands under which headings."""

    def __init__(self) -> None:
        self._heads: dict[int, str] = {}
        self._lines: list[str] = []

    def head(self, level: int, text: str) -> Iterator[Part]:
        yield from self.flush()
        self._heads = {at: head for at, head in self._heads.items() if at < level}
        self._heads[level] = text

    def line(self, line: str) -> None:
        self._lines.append(line)

    def flush(self) -> Iterator[Part]:
        text = "\n".join(self._lines).strip()
        if text:
            yield " > ".join(self._heads[at] for at in sorted(self._heads)), text
        self._lines = []


def read_markdown(content: bytes) -> Iterator[Part]:
    """Read Markdown, by its headings; marks within a line stay as they are written."""
    under, fence = _Headings(), ""
    for line in decoded(content).splitlines():
        mark = _FENCE.match(line)
        if mark and (not fence or fence == mark[1]):
            fence = "" if fence else mark[1]
        heading = None if fence else _HEADING.match(line)
        if heading:
            yield from under.head(len(heading[1]), heading[2])
        else:
            under.line(line)
    yield from under.flush()


class _Html(HTMLParser):
    """The words that a page shows. What is hidden from readers is left out: it could be meant for models."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Part] = []
        self._under = _Headings()
        self._open: list[tuple[str, bool]] = []
        self._words: list[str] = []
        self._level = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag in _LEVELS:
            self._break()
        if tag in _LEVELS:
            self._level = _LEVELS[tag]
        if tag in _VOID:
            return
        if len(self._open) >= NESTING_MAX:
            raise Refused("its marks are nested too deep")
        self._open.append((tag, tag in _HIDDEN or _hides(dict(attrs))))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS or tag in _LEVELS:
            self._break()
        if any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not any(hidden for _, hidden in self._open):
            self._words.append(data)

    def _break(self) -> None:
        text = " ".join("".join(self._words).split())
        self._words = []
        level, self._level = self._level, 0
        if not text:
            return
        if level:
            self.parts += self._under.head(level, text[:300])
        else:
            self._under.line(text)

    def finish(self) -> list[Part]:
        self.close()
        self._break()
        return [*self.parts, *self._under.flush()]


_LEVELS = {f"h{level}": level for level in range(1, 7)}


def _hides(attributes: dict[str, str | None]) -> bool:
    style = (attributes.get("style") or "").replace(" ", "").casefold()
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or any(each in style for each in ("display:none", "visibility:hidden", "font-size:0", "opacity:0"))
    )


def read_html(content: bytes) -> Iterator[Part]:
    """Read the words that a page shows, by its headings."""
    page = _Html()
    page.feed(decoded(content))
    yield from page.finish()
