"""What can become of one feature on one way through the gateway; a refusal is named by its code."""

from __future__ import annotations

CARRIED = "✓"
ALLOWED = "○"
LEFT_OUT = "·"
NOT_IN_FORMAT = "–"
LOST = "lost"
"""What no cell may say: it begins what was lost."""

REFUSED = "cannot-be-expressed"
SHOWN = {REFUSED: "✗"}

MEANINGS = (
    (CARRIED, "carried: the provider was asked it, or the caller was told it, whole"),
    (ALLOWED, "refused as ✗, and carried where an option of the model's block allows it"),
    ("✗", f"refused by name with [`{REFUSED}`](../errors/{REFUSED}.md) before anything is held or asked"),
    (LEFT_OUT, "left out on purpose; see below"),
    (NOT_IN_FORMAT, "the caller's format has no words for it, or the provider's answers have not"),
)
