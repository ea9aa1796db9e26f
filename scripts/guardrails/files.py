"""Read the rows that guardrails are developed on, and write what was fitted, with its digest."""

from __future__ import annotations

import gzip
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from safetensors.numpy import save

from remit.adapters import trained


def rows(data: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write_arrays(name: str, arrays: dict[str, Any]) -> None:
    _write(f"{name}.safetensors", save(arrays))


def write_lines(name: str, lines: list[str], *, comment: str) -> None:
    text = "\n".join([*(f"# {line}" for line in comment.splitlines()), *lines, ""])
    _write(f"{name}.txt.gz", gzip.compress(text.encode("utf-8"), 9, mtime=0))


def _write(name: str, content: bytes) -> None:
    (trained.FOLDER / name).write_bytes(content)
    pin()
    print(f"wrote {name}: {len(content):,} bytes")


def pin() -> None:
    """Write the digests of all files into the table that they are checked by."""
    digests = {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in sorted(trained.FOLDER.iterdir())
        if path.name != "README.md"
    }
    module = Path(trained.__file__)
    table = "".join(f'    "{name}": "{digest}",\n' for name, digest in digests.items())
    text = re.sub(
        r"DIGESTS: dict\[str, str\] = \{.*?\}",
        lambda _: f"DIGESTS: dict[str, str] = {{\n{table}}}",
        module.read_text("utf-8"),
        count=1,
        flags=re.DOTALL,
    )
    module.write_text(text, "utf-8")
    trained.DIGESTS.update(digests)
