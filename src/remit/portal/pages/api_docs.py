"""The control API as a page: what it serves, what it takes and gives, and a line to copy."""

from __future__ import annotations

from starlette.responses import Response

from remit.portal.api.openapi import ROUTES, document
from remit.portal.asked import Asked, Page


def show(asked: Asked) -> Response:
    """Describe the control API."""
    described = document()
    schemas = described["components"]["schemas"]
    operations = [(each, described["paths"][each.path][each.method.lower()]) for each in ROUTES]
    return asked.page("api_docs.html", operations=operations, schemas=schemas, origin=asked.origin)


PAGES = (Page("/api/docs", show),)
