"""Meaning as numbers, on this machine: the static word vectors that travel in the package `wordllama`.

Only the package's two data files are read. Its own code is not imported: that takes longer than all of the
command line, and holds a downloader that looks in a folder of another name first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from remit.kernel.errors import RemitError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    Rows = NDArray[np.float32]

_TOKENS = "tokenizers/l2_supercat_tokenizer_config.json"
_WEIGHTS = "weights/l2_supercat_256.safetensors"
_CHARACTERS_MAX = 2_000
_BATCH = 256
_KEPT_MAX = 8_192
"""Of how many texts the vectors are kept: those of use cases are asked for again with every report."""


class WordllamaEmbedding:
    """The mean of a text's token vectors, at unit length. Reads its files at the first question."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._kept: dict[bytes, Rows] = {}

    def vectors(self, texts: Sequence[str]) -> Rows:
        import numpy as np

        short = [text[:_CHARACTERS_MAX] for text in texts]
        names = [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in short]
        kept = self._kept
        new = {name: text for name, text in zip(names, short, strict=True) if name not in kept}
        if not new and names:
            return np.stack([kept[name] for name in names])
        rows = dict(zip(new, self.counted(list(new.values()))[0], strict=True))
        found = {**kept, **rows}
        # Whole dictionaries take each other's place, so that threads need no lock.
        self._kept = found if len(found) <= _KEPT_MAX else rows if len(rows) <= _KEPT_MAX else {}
        return np.stack([found[name] for name in names]) if names else self.counted([])[0]

    def counted(self, texts: Sequence[str], *, dimensions: int | None = None) -> tuple[Rows, int]:
        """Return the vectors of whole texts, and how many tokens the texts are.

        The first numbers of a vector carry the most, so that fewer dimensions are its beginning.
        """
        import numpy as np

        tokenizer, weights = self._parts
        rows = np.zeros((len(texts), weights.shape[1]), dtype=np.float32)
        tokens = 0
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            for at, found in enumerate(tokenizer.encode_batch(batch, add_special_tokens=False), start):
                tokens += len(found.ids)
                if found.ids:
                    rows[at] = weights[found.ids].mean(axis=0, dtype=np.float32)
        if dimensions is not None:
            rows = np.ascontiguousarray(rows[:, :dimensions])
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        np.divide(rows, lengths, out=rows, where=lengths > 0)
        return rows, tokens

    @cached_property
    def _parts(self) -> tuple[Tokenizer, NDArray[np.float32]]:
        # What these load takes longer than most commands do, and most need no vectors.
        import numpy as np
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        try:
            folder = self._folder or Path(str(resources.files("wordllama")))
            tokenizer = Tokenizer.from_str((folder / _TOKENS).read_text("utf-8"))
            weights = load_file(str(folder / _WEIGHTS))["embedding.weight"].astype(np.float32)
        except (OSError, KeyError) as error:
            raise RemitError(
                "the word vectors of the package `wordllama` cannot be read",
                help="install Remit's locked packages again",
                code="embedding-unavailable",
            ) from error
        return tokenizer, weights
