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
    digest = sha256(content).hexdigest()
    module = Path(trained.__file__)
    digests = trained.DIGESTS | {name: digest}
    table = "".join(f'    "{key}": "{digests[key]}",\n' for key in sorted(digests))
    text = re.sub(
        r"DIGESTS: dict\[str, str\] = \{.*?\}",
        lambda _: f"DIGESTS: dict[str, str] = {{\n{table}}}",
        module.read_text("utf-8"),
        count=1,
        flags=re.DOTALL,
    )
    module.write_text(text, "utf-8")
    trained.DIGESTS[name] = digest
    print(f"wrote {name}: {len(content):,} bytes, sha256 {digest}")
