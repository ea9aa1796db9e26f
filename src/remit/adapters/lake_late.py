"""The lake, loaded when somebody asks for it: DuckDB takes longer to load than most commands run."""

from __future__ import annotations

from pathlib import Path

from remit.ports_lake import Lake


def open_lake(root: Path) -> Lake:
    """Make the adapter for the lake below a directory, which need not be there yet."""
    from remit.adapters.lake_duckdb import DuckdbLake

    return DuckdbLake(root)
