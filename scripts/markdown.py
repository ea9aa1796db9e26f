"""What the generated pages are laid out with."""

from __future__ import annotations

from collections.abc import Iterable

MADE = "<!-- Made by scripts/reference.py from the code. `make format` writes it again. -->"


def rows(headings: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """Lay out a Markdown table."""
    heads = list(headings)
    lines = [heads, ["---"] * len(heads), *(list(row) for row in body)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", MADE, *(part.strip() for part in parts if part.strip())]) + "\n"


def words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
