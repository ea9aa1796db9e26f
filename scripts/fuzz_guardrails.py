"""Send guardrails what a fuzzer guided by coverage makes up: `fuzz_guardrails.py [RUNS]`; it needs atheris.

Without it, `make fuzz` tries the properties of `tests/enforce/guardrail/test_fuzz.py` alone.
"""

from __future__ import annotations

import sys

try:
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # it is optional, and has no types
except ImportError:
    sys.exit("atheris is not installed: `pip install atheris` into .venv, for Linux and macOS")

with atheris.instrument_imports(include=["remit.enforce.guardrail", "remit.gateway.bedrock_guardrail"]):
    from remit.adapters.detectors import TrainedKit
    from remit.adapters.embedding_wordllama import WordllamaEmbedding
    from remit.declare.sensitive_type import TYPES
    from remit.enforce.guardrail.dataset import read_row
    from remit.enforce.guardrail.mask import Vault
    from remit.enforce.guardrail.restore import Restorer
    from remit.enforce.guardrail.spans import arguments_of, strings_of, with_strings, written
    from remit.gateway.bedrock_guardrail import decode

RUNS = 20_000
PIECES = (
    *("anna.larsen@example.org", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "SSN 536-22-1478"),
    *(
        "My name is Anna Larsen",
        "12 rue Victor Hugo, 75001 Paris",
        "+44 20 7946 0958",
        "password: ",
        "10.1.2.3",
    ),
    *(
        "AKIAIOSFODNN7EXAMPLQ",
        "-----BEGIN PRIVATE KEY-----\n",
        "-----END PRIVATE KEY-----",
        "CL-1234",
        "darn",
    ),
    *(
        "{EMAIL_1}",
        "<claim number 2",
        "EMAIL",
        '{"a":',
        '["',
        '"',
        "}",
        "]",
        "1e9",
        "\\u00",
        "https://example.org/",
    ),
    *(
        "\u200b",
        "\u00ad",
        "\u0301",
        "\uff41\uff20",
        "\u0430",
        "\u00a0",
        "\ufb01",
        "\ud800",
        "\U0001d7d9",
        "\x00",
    ),
    *(" ", " ", "\n", ".", "@", "-", ", "),
)
"""What a byte of a fuzzer's stands for; the rest of the bytes are characters."""
SPOTTER = TrainedKit(WordllamaEmbedding()).spotter(
    [one.identifier for one in TYPES],
    {"0/claim": "CL-[0-9]{4}"},
    {"darn": "WORD/0"},
    profanity=True,
    shifts={},
)


def masked(type: str, text: str) -> str:
    return f"{{{type}}}"


def spot(text: str, sizes: list[int]) -> None:
    """Whole and in pieces, the same is masked, in order and within the text."""
    at, out = 0, ""
    for found in SPOTTER.find(text):
        assert at <= found.start < found.end <= len(text), "found out of order, or beyond the text"
        out += text[at : found.start] + masked(found.type, "")
        at = found.end
    out += text[at:]
    hold, streamed, at, place = SPOTTER.hold(masked), "", 0, 0
    while at < len(text):
        size = sizes[place % len(sizes)]
        streamed, at, place = streamed + hold.feed(text[at : at + size]), at + size, place + 1
    assert streamed + hold.close() == out, "a stream is masked otherwise than its whole"


def restore(text: str, sizes: list[int]) -> None:
    vault = Vault()
    for each in text.split()[:6]:
        vault.token("EMAIL" if len(each) % 2 else "claim-number", each)
    restorer, out = Restorer(vault), ""
    for at in range(0, len(text), sizes[0]):
        out += restorer.feed(text[at : at + sizes[0]])
    assert out + restorer.close() == vault.restored(text), "a stream is restored otherwise than its whole"


def rewrite(text: str) -> None:
    value = arguments_of(text)
    assert len(list(strings_of(with_strings(value, lambda each: f"« {each}")))) == len(
        list(strings_of(value))
    )
    assert arguments_of(written(value)) == value, "arguments are not what was written of them"


def one(data: bytes) -> None:
    made = atheris.FuzzedDataProvider(data)
    sizes = [made.ConsumeIntInRange(1, 40) for _ in range(3)]
    which = made.ConsumeIntInRange(0, 5)
    if which > 3:
        body = made.ConsumeBytes(4096)
        read_row(1, body) if which == 4 else decode(body, "house", "1")
        return
    said = made.ConsumeBytes(4096)
    text = "".join(PIECES[each] if each < len(PIECES) else chr(each) for each in said)
    (spot, spot, restore, lambda said, _: rewrite(said))[which](text, sizes)


if __name__ == "__main__":
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    atheris.Setup([sys.argv[0], f"-runs={runs}", "-max_len=600", "-len_control=0", "-timeout=60"], one)
    atheris.Fuzz()
