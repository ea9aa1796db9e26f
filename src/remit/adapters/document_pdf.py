"""PDF documents, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from remit.adapters.document_limits import PAGES_MAX, Refused


def read_pdf(content: bytes) -> Iterator[tuple[str, str]]:
    """Read the words of each page; what is only a picture has none."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Refused("it is encrypted")
        if len(reader.pages) > PAGES_MAX:
            raise Refused(f"it has more than {PAGES_MAX:,} pages")
        for number, page in enumerate(reader.pages, 1):
            yield f"page {number}", page.extract_text()
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        # Whatever such a reader stumbles over, it is the document that is not as it should be.
        raise Refused("it is not a PDF document that can be read") from None
