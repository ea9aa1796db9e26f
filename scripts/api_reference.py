"""The reference of the control API, from the table that it is served from."""

from __future__ import annotations

from typing import Any

from markdown import page, rows
from remit.portal.api.door import BODY_MAX, PROOF_HEADER
from remit.portal.api.openapi import ROUTES, STATUSES, document


def api_page() -> str:
    """Write the page."""
    described = document()
    table = []
    for route in ROUTES:
        each = described["paths"][route.path][route.method.lower()]
        gives = each["responses"]["200"]["content"]["application/json"]["schema"]
        table.append((f"`{route.method} {route.path}`", route.says, _takes(each), f"`{_kind(gives)}`"))
    return page(
        "Control API",
        "What pages do for people, these addresses of the portal do for programs: the same operations, by the"
        " same [rights](../concepts/rights.md). `GET /api/openapi.json` is all of it as OpenAPI 3.1, and"
        " `/api/docs` shows it as a page.",
        "A call brings a token of `remit token issue` as `Authorization: Bearer …`. A page of the portal may"
        f" call with its session instead; what is not a `GET` then brings `{PROOF_HEADER}`, which the page"
        f" has. A body may have {BODY_MAX >> 10} KiB, lists at most 200 rows; amounts are text and exact,"
        " and instants have a zone.",
        rows(["address", "what it does", "takes", "gives"], table),
        'What is not 200 has the body `{"error": {"code", "message", "help"}}`; each'
        " [code](../errors/README.md) has a page.",
        rows(["status", "meaning"], ((str(status), says) for status, says in STATUSES.items())),
    )


def _takes(each: dict[str, Any]) -> str:
    if "requestBody" in each:
        return f"`{_kind(each['requestBody']['content']['application/json']['schema'])}`"
    return ", ".join(f"`{one['name']}`" for one in each["parameters"] if one["in"] == "query")


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return f"list of {_kind(schema['items'])}" if schema.get("type") == "array" else str(schema["type"])
