"""What was fitted or gathered once and travels with the product: plain arrays and lists of words.

A file that is not the one that was released is refused: a guardrail must not weigh by numbers that nobody
measured.
"""

from __future__ import annotations

import gzip
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.numpy import load

from remit.kernel.errors import RemitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGESTS: dict[str, str] = {
    "attack.safetensors": "9a16c8c900de5123947bb3dc220717275300acfa6c5991171cef1f3ae9d61e6a",
    "content.safetensors": "51994faac6b25c90d7b328fb5a26c06122a6cc051923f3f7c12d80f7e10250a8",
    "content_words.txt.gz": "f7b82d9c19d1353f76ea2744b208586bb001416baeca6f8658d252b6fcc03737",
    "grounding.safetensors": "0ff2a012a26800cbfc62f07625a96756c4a728a01f9dfa29ae1d8bfb9c7ff99e",
    "name_weights.txt.gz": "a016cf955916469ef24a08639d46adbdaf67c9812810dd8d043c7f3cd3d822ed",
    "names.txt.gz": "12fa431553b925467ff24c5b1de1f670b9aecd6d43924c5525aef2d775fec7b2",
    "profanity.txt.gz": "c50e134d8510f78560d69d647f24a1c325982160f44c3ad942de0a01ea6d72bc",
    "topics.safetensors": "aa393f37cf9a0fa2f5b0d5c0686e24c6b2ebe4171ef4561bc0394ca084a1c7e7",
}

FOLDER = Path(str(resources.files("remit.adapters"))) / "trained"


def arrays(name: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file by their names."""
    return load(_read(f"{name}.safetensors"))


def lines(name: str) -> tuple[str, ...]:
    """Return the lines of a list, without its comments and empty lines."""
    text = gzip.decompress(_read(f"{name}.txt.gz")).decode("utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def _read(name: str) -> bytes:
    try:
        content = (FOLDER / name).read_bytes()
    except OSError as error:
        raise _unavailable(f"the file `{name}` that guardrails need cannot be read") from error
    if sha256(content).hexdigest() != DIGESTS.get(name):
        raise _unavailable(f"the file `{name}` that guardrails need is not the one that was released")
    return content


def _unavailable(summary: str) -> RemitError:
    return RemitError(summary, help="install Remit again", code="detectors-unavailable")
