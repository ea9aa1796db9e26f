"""Texts that hypothesis puts together from what detectors look for, what looks like it, and noise."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from remit.adapters.trained import lines
from remit.declare.sensitive_type import TYPES
from remit.enforce.guardrail.sensitive import LISTS, Sensitive, compile_sensitive

_KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEAx7\n" * 5 + "-----END RSA PRIVATE KEY-----"
PATTERNS = {
    "STAFF_ID": r"EMP-\d{6}",
    "PROJECT": r"(?i)project [a-z]+ (?:alpha|beta)",
    "CODE": r"\bq{2,}\d+\b",
}


@cache
def every_type(*, fast: bool | None = None) -> Sensitive:
    """All types and some patterns; with `fast=False`, by the engine for machines without Hyperscan."""
    lists = {name: lines(name) for name in LISTS}
    return compile_sensitive([one.identifier for one in TYPES], PATTERNS, lists, fast=fast)


PIECES = (
    "My name is Anna Larsen",
    "Dr. J. van der Berg",
    "tammy and MARTIN",
    "12 rue Victor Hugo, 75001 Paris",
    "4 Elm Street",
    "Lindenstraße 12",
    "SSN 536-22-1478",
    "4111 1111 1111 1111",
    "exp 12/29 cvv: 123",
    "GB82 WEST 1234 5698 7654 32",
    "anna.larsen@example.org",
    "https://www.example.org/a?b=c",
    "+44 20 7946 0958",
    "(555) 234-5678",
    "I am 42 years old",
    "10.1.2.3",
    "2001:db8::8a2e:370:7334",
    "password: hunter22!",
    "the password is ",
    "postgres://app:s3cr3tPw9@db.example.org/app",
    "AKIAIOSFODNN7EXAMPLQ",
    'api_key = "9f8a7c6b5d4e3f2a1b0c"',
    _KEY,
    "-----BEGIN PRIVATE KEY-----\nMIIB",
    "EMP-123456",
    "project blue alpha",
    "project ",
    "qqq77",
    "date of birth: 3 May 1971",
    "order 123-45-6789",
    "version 1.2.3.4",
    "the cat sat on the mat",
    "SHOUTING ALL OF IT",
    "no, not now",
    "日本語のテキスト",
    "Привет, Иван",
    "\ud800",
    "\x00",
    "ſsn K İı",
    "'",
    "-",
    "@",
    ".",
    "\n",
    "\t",
)
texts = st.lists(
    st.one_of(
        st.sampled_from(PIECES), st.text(max_size=8), st.from_regex(r"[0-9A-Z .,:@/-]{1,20}", fullmatch=True)
    ),
    max_size=14,
).flatmap(
    lambda parts: st.lists(
        st.sampled_from((" ", " ", " ", "\n", ", ", "")), min_size=len(parts), max_size=len(parts)
    ).map(lambda joints: "".join(one for pair in zip(parts, joints, strict=True) for one in pair))
)


_WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_BOLD = {
    **{chr(0x61 + place): chr(0x1D41A + place) for place in range(26)},
    **{chr(0x30 + place): chr(0x1D7CE + place) for place in range(10)},
}
_ALIKE = dict(zip("aceopxyABEKMHOPCT", "асеорхуАВЕКМНОРСТ", strict=True))
_UNSEEN = ("\u200b", "\u00ad", "\u202e", "\u0301", "\ufe0f", "\x00", "\u2060" * 3, "\U000e0041")
_WAYS = (_WIDE, _BOLD, _ALIKE, {" ": "\u00a0", "-": "\u2011"})


@st.composite
def _disguised(draw: st.DrawFn) -> str:
    out = list[str]()
    ways = draw(st.lists(st.sampled_from((*_WAYS, *_UNSEEN, None)), min_size=1, max_size=9))
    for place, letter in enumerate(draw(texts)):
        way = ways[place % len(ways)]
        out.append(
            letter if way is None else letter + way if isinstance(way, str) else way.get(letter, letter)
        )
    return "".join(out)


disguised_texts = _disguised()
"""Texts of which some letters are written as others, or with what nobody sees behind them."""
