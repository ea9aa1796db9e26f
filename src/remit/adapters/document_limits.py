"""What a document may be at most, and how one that is more is refused."""

from __future__ import annotations

BYTES_MAX = 32 * 1024 * 1024
"""The largest file."""
CHARACTERS_MAX = 8_000_000
"""The most text of one document."""
PAGES_MAX = 2_000
"""The most pages, slides or sheets."""
PARTS_MAX = 4_000
"""The most files within an Office document, which is an archive."""
UNPACKED_MAX = 128 * 1024 * 1024
"""The most that all files of an archive may be together."""
PART_MAX = 48 * 1024 * 1024
"""The most that one of them may be."""
RATIO_MAX = 250
"""How many times larger a file of an archive may be than it is packed, from a megabyte on."""
NESTING_MAX = 200
"""How deep marks may stand within one another."""
CELLS_MAX = 1_000_000
"""The most cells of a workbook."""
MEMORY_BYTES = 1024 * 1024 * 1024
SECONDS_MAX = 60


class Refused(Exception):
    """Why a document is not read; the sentence holds nothing of it."""
