"""Undo disguises: letters and digits written as others that look like them, or parted by what nobody sees.

Whoever reads a text sees the address in it; whoever goes by characters does not. So a text in which anything
is disguised is read a second time, undisguised. How a character is undisguised depends on itself and, for
letters of other scripts, on `NEAR` letters before and after it, so that a text that comes in pieces is
undisguised as the whole is.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence

import re2

from remit.enforce.guardrail.rule import Candidate
from remit.enforce.guardrail.weigh import Source

NEAR = 24
"""How far from a Latin letter one that looks like it may stand, in one word, to be taken for it."""

_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What takes no place on a page, and marks that are put on letters."""

# Of signs, those that personal data and secrets are written with; full-width commas are ordinary Chinese.
_SIGNS = dict(
    zip(
        "\uff03\uff05\uff06\uff0b\uff0d\uff0e\uff0f\uff1a\uff1d\uff20\uff3f\ufe52\ufe55\ufe63\ufe6b",
        "#%&+-./:=@_.:-@",
        strict=True,
    )
)
_LETTERS = dict(
    zip(
        "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274\u1d0f\u1d18\u0280"
        "\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22\u0251\u0261",
        "abcdefghijklmnoprstuvwyzag",
        strict=True,
    )
)
_LOOKALIKES = dict(
    zip(
        "аАвВсСеЕНһіІјЈкКмМоОрРѕЅТхХуУԁԛԜѵѴЬαΑΒΕΗιΙκΚΜνΝοΟρΡΤυΥχΧΖօոց",
        "aAbBcCeEHhiIjJkKmMoOpPsSTxXyYdqWvVbaABEHiIkKMvNoOpPTuYxXZonq",
        strict=True,
    )
)
_LOOKS = "".join(_LOOKALIKES)


def _plain(letter: str) -> str | None:
    """Give the Latin letters or the digits that a letter or digit is another form of."""
    if unicodedata.category(letter) == "Nd":
        return str(unicodedata.decimal(letter))
    folded = unicodedata.normalize("NFKC", letter)
    return folded if folded != letter and folded.isascii() and folded.isalnum() else None


def _all_forms() -> dict[str, str]:
    # Between these are the letters of East Asia and the surrogates, none of which is another's form.
    codes = (*range(0xAC, 0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x20000))
    # Signs of ordinals and of trade stand in ordinary texts, beside words that are no part of them.
    letters = (letter for code in codes if (letter := chr(code)) not in "ªº™℠")
    return {letter: plain for letter in letters if (plain := _plain(letter)) is not None}


_FORMS = {
    **_all_forms(),
    **_SIGNS,
    **_LETTERS,
    **{chr(code): " " for code in (0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)},
    **{chr(code): "-" for code in (*range(0x2010, 0x2014), 0x2212)},
}
_SINGLE = {ord(one): plain for one, plain in _FORMS.items() if len(plain) == 1}
_SEVERAL = "".join(sorted(one for one, plain in _FORMS.items() if len(plain) > 1 and one < "\U00010000"))
_MOVING = re.compile(f"[{_UNSEEN}]+|[{_SEVERAL}]")
# Letters far out are many, and hardly ever another thing than disguised.
_TOUCHED = re2.compile(
    rf"[{_UNSEEN}{''.join(map(re.escape, sorted(one for one in _FORMS if one < chr(0x10000))))}"
    rf"\x{{10000}}-\x{{1ffff}}]|[A-Za-z][{_LOOKS}]|[{_LOOKS}][A-Za-z]"
)
_LOOK = re.compile(f"[{_LOOKS}]")
_RUN = re.compile(f"[A-Za-z{_LOOKS}]+")
_RUN_AT_END = re.compile(f"[A-Za-z{_LOOKS}]{{1,{NEAR}}}\\Z")


def is_plain(text: str) -> bool:
    """Say at next to no cost of most texts that nothing in them is or may become disguised."""
    return text.isascii() and len(text.encode().translate(None, _CONTROLS)) == len(text)


class Undisguised:
    """A text that comes in pieces, undisguised, and where in it each character stands.

    What is known of it is `text`; `starts[i]` is the place of its character `i` in what was given. From
    `settled` on, what was given is not decided yet.
    """

    def __init__(self, text: str = "", begins: int = 0) -> None:
        """Begin with a text that is plain, which stands at this place of all that is given."""
        self.text = text
        self.starts = list(range(begins, begins + len(text)))
        self.settled = self._given = begins + len(text)
        # Undisguised but for letters that look like Latin ones, of which that is not known yet.
        self._open, self._places = "", list[int]()
        self._since = NEAR + 1
        self._count(text[-NEAR:])

    def feed(self, piece: str, *, last: bool = False) -> None:
        """Take the next piece."""
        self._open += self._formed(piece)
        end = len(self._open)
        if not last and (tail := _RUN_AT_END.search(self._open)) is not None:
            look = _LOOK.search(self._open, tail.start())
            end = look.start() if look is not None else end
        text = self._named(end)
        self.text += text
        self.starts += self._places[:end]
        self._open, self._places = self._open[end:], self._places[end:]
        self.settled = self._places[0] if self._places else self._given

    def forget(self, before: int) -> None:
        """Forget the first characters of what is known."""
        self.text, self.starts = self.text[before:], self.starts[before:]

    def place(self, at: int) -> int:
        """Give the place, in what was given, of one of the characters that are known."""
        return self.starts[at] if at < len(self.starts) else self.settled

    def _formed(self, piece: str) -> str:
        parts: list[str] = []
        at, begins = 0, self._given
        piece = piece.translate(_SINGLE)
        for found in _MOVING.finditer(piece):
            start, plain = found.start(), _FORMS.get(found[0], "")
            parts += piece[at:start], plain
            self._places += range(begins + at, begins + start)
            self._places += [begins + start] * len(plain)
            at = found.end()
        self._places += range(begins + at, begins + len(piece))
        self._given += len(piece)
        return "".join((*parts, piece[at:]))

    def _named(self, end: int) -> str:
        """Write Latin letters for what looks like them and stands near one, as far as that is known."""
        out, at = list[str](), 0
        for run in _RUN.finditer(self._open):
            if run.start() >= end:
                break
            since = self._since if run.start() == 0 else NEAR + 1
            letters = run[0]
            if _LOOK.search(letters):
                letters = _latin(letters, since)
            out += self._open[at : run.start()], letters[: end - run.start()]
            at = min(end, run.end())
        known = "".join((*out, self._open[at:end]))
        self._count(self._open[:end])
        return known

    def _count(self, text: str) -> None:
        """Count how many letters of the word that is under way stand after its last Latin one."""
        for letter in text[-NEAR - 1 :]:
            if letter in _LOOKALIKES:
                self._since = min(self._since + 1, NEAR + 1)
            else:
                self._since = 0 if letter.isascii() and letter.isalpha() else NEAR + 1


def _latin(letters: str, since: int) -> str:
    ahead, next_latin = [NEAR + 1] * len(letters), NEAR + 1
    for at in range(len(letters) - 1, -1, -1):
        next_latin = 0 if letters[at].isascii() else min(next_latin + 1, NEAR + 1)
        ahead[at] = next_latin
    out: list[str] = []
    for letter, after in zip(letters, ahead, strict=True):
        since = 0 if letter.isascii() else min(since + 1, NEAR + 1)
        out.append(_LOOKALIKES.get(letter, letter) if min(since, after) <= NEAR else letter)
    return "".join(out)


def undisguised(text: str) -> Undisguised | None:
    """Undisguise a whole text; None if nothing in it is disguised.

    >>> undisguised("ada@example.org") is None
    True
    >>> found = undisguised("a\\u200bda\\uff20example.org")
    >>> found.text, found.starts[:3]
    ('ada@example.org', [0, 2, 3])
    """
    if is_plain(text) or _TOUCHED.search(text.encode("utf-8", "surrogatepass")) is None:
        return None
    found = Undisguised()
    found.feed(text, last=True)
    return found if found.text != text else None


class Placed:
    """What was found in an undisguised text, at its places in what was given."""

    def __init__(self, source: Source, starts: Sequence[int]) -> None:
        self._source = source
        self._starts = starts

    def first(self, start: int) -> Candidate | None:
        found = self._source.first(bisect_left(self._starts, start))
        return None if found is None else self._placed(found)

    def rivals(self, held: Candidate) -> Sequence[Candidate]:
        start, end = bisect_left(self._starts, held.start), bisect_left(self._starts, held.end)
        return [self._placed(one) for one in self._source.rivals(held._replace(start=start, end=end))]

    def _placed(self, one: Candidate) -> Candidate:
        return one._replace(start=self._starts[one.start], end=self._starts[one.end - 1] + 1)
