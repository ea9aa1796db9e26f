"""An OpenAPI 3 document: its operations as tools, and how a call of one is written as a request.

Every parameter of a path or a query and every field of a JSON body is an argument of its own name, so that
each can have a role. A body that is no object, or has a field like a parameter, is one argument, `body`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from remit.adapters.tool_target import DESCRIPTION_MAX, SCHEMA_BYTES_MAX, not_reached
from remit.ports_tools import ToolText

METHODS = ("get", "put", "post", "delete", "patch")
OPERATIONS_MAX = 1_000
DEPTH_MAX = 12
VALUES_MAX = 20_000
BODY = "body"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what is said of it, and where each of its arguments goes."""

    text: ToolText
    method: str
    path: str
    in_path: frozenset[str]
    in_query: frozenset[str]
    in_body: frozenset[str]
    whole_body: bool
    required: frozenset[str]

    def unsound(self, arguments: Mapping[str, Any]) -> str:
        """Say what keeps arguments from being sent; empty if nothing does."""
        known = self.in_path | self.in_query | self.in_body
        if strange := sorted(arguments.keys() - known):
            return f"it takes no argument `{strange[0][:80]}`"
        if missing := sorted(self.required - arguments.keys()):
            return f"it wants the argument `{missing[0][:80]}`"
        for name in self.in_path:
            value = arguments.get(name)
            if isinstance(value, bool) or not isinstance(value, str | int) or str(value) in ("", ".", ".."):
                return f"`{name[:80]}` stands in the path, and is no plain text or number"
        for name in self.in_query & arguments.keys():
            values = arguments[name] if isinstance(arguments[name], list) else [arguments[name]]
            if any(isinstance(each, Mapping | list) for each in values):
                return f"`{name[:80]}` stands in the query, and is no plain value"
        return ""

    def target(self, arguments: Mapping[str, Any]) -> str:
        """Write path and query."""
        path = self.path
        for name in self.in_path:
            path = path.replace(f"{{{name}}}", quote(str(arguments[name]), safe=""))
        given = {name: _plain(arguments[name]) for name in sorted(self.in_query & arguments.keys())}
        query = urlencode(given, doseq=True)
        return f"{path}?{query}" if query else path

    def body(self, arguments: Mapping[str, Any]) -> bytes:
        if self.whole_body:
            return msgspec.json.encode(arguments[BODY]) if BODY in arguments else b""
        given = {name: arguments[name] for name in self.in_body & arguments.keys()}
        return msgspec.json.encode(given) if self.in_body else b""


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else value


def operations_in(document: Any, *, url: str) -> tuple[str, dict[str, Operation]]:
    """Read where the document's server is, as a path of the declared host, and its operations by id.

    Raises ToolNotReached for a document that is none, or leads to another host.
    """
    version = document.get("openapi") if isinstance(document, dict) else None
    if not isinstance(version, str) or not version.startswith("3."):
        raise not_reached("has no OpenAPI 3 document where its declaration says")
    found: dict[str, Operation] = {}
    for path, method, item, operation in _listed(document):
        id = operation.get("operationId")
        if not isinstance(id, str):
            continue
        if id in found:
            raise not_reached("has a document that names an operation twice")
        found[id] = _operation(document, id, path=path, method=method, item=item, said=operation)
        if len(found) > OPERATIONS_MAX:
            raise not_reached(f"has a document with more than {OPERATIONS_MAX:,} operations")
    return _root(document, url), found


def _root(document: Mapping[str, Any], url: str) -> str:
    servers = document.get("servers") or [{"url": "/"}]
    said = servers[0].get("url") if isinstance(servers, list) and isinstance(servers[0], dict) else None
    if not isinstance(said, str) or "{" in said:
        raise not_reached("has a document that does not say where it is")
    own, parts = urlsplit(url), urlsplit(said)
    if parts.netloc and (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        raise not_reached(
            "has a document that leads to another host than the declared one",
            help="declare the address of a document on the host that serves its operations",
        )
    path = (
        parts.path if parts.netloc or said.startswith("/") else f"{own.path.rpartition('/')[0]}/{parts.path}"
    )
    if any(part in (".", "..") for part in path.split("/")):
        raise not_reached("has a document that does not say where it is")
    return path.rstrip("/")


def _listed(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict) and str(path).startswith("/"):
                yield str(path), method, item, item[method]


def _operation(
    document: Mapping[str, Any],
    id: str,
    *,
    path: str,
    method: str,
    item: Mapping[str, Any],
    said: Mapping[str, Any],
) -> Operation:
    reading = _Reading(document)
    places: dict[str, set[str]] = {"path": set(), "query": set()}
    properties: dict[str, Any] = {}
    required: set[str] = set()
    for each in (*_list(item.get("parameters")), *_list(said.get("parameters"))):
        parameter = reading.whole(each)
        name, place = parameter.get("name"), parameter.get("in")
        if not isinstance(name, str) or place not in places:
            continue
        places[place].add(name)
        properties[name] = {**_described(parameter), **(parameter.get("schema") or {})}
        if place == "path" or parameter.get("required") is True:
            required.add(name)
    body, wanted = reading.body(said)
    own: set[str] = set()
    inner = body.get("properties") if body.get("type") == "object" else None
    whole = bool(body) and (not isinstance(inner, dict) or bool(inner.keys() & properties.keys()))
    if whole:
        own, properties[BODY] = {BODY}, body
        required |= {BODY} if wanted else set()
    elif isinstance(inner, dict):
        own = set(inner)
        properties |= inner
        required |= (
            {each for each in _list(body.get("required")) if isinstance(each, str)} if wanted else set()
        )
    schema = {"type": "object", "properties": properties, "required": sorted(required & properties.keys())}
    description = "\n\n".join(str(said[each]) for each in ("summary", "description") if said.get(each))
    if len(description) > DESCRIPTION_MAX or len(msgspec.json.encode(schema)) > SCHEMA_BYTES_MAX:
        raise not_reached("has a document that says more of an operation than anybody could look at")
    return Operation(
        ToolText(id, description, schema),
        method.upper(),
        path,
        frozenset(places["path"]),
        frozenset(places["query"]),
        frozenset(own),
        whole,
        frozenset(required),
    )


def _described(parameter: Mapping[str, Any]) -> dict[str, Any]:
    said = parameter.get("description")
    return {"description": said} if isinstance(said, str) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class _Reading:
    """Puts what a document refers to in its place, as deep and as much as anybody could look at."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._left = VALUES_MAX

    def body(self, operation: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """Return the schema of an operation's JSON body, and whether it wants one."""
        said = self.whole(operation.get("requestBody") or {})
        content = said.get("content")
        media = content.get(_JSON) if isinstance(content, dict) else None
        schema = media.get("schema") if isinstance(media, dict) else None
        return (schema if isinstance(schema, dict) else {}), said.get("required") is True

    def whole(self, value: Any) -> dict[str, Any]:
        found = self._whole(value, 0)
        return found if isinstance(found, dict) else {}

    def _whole(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise not_reached("has a document that says more of an operation than anybody could look at")
        if depth > DEPTH_MAX:
            return {}
        if isinstance(value, list):
            return [self._whole(each, depth + 1) for each in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if isinstance(reference, str):
            return self._whole(self._found(reference), depth + 1)
        return {str(name): self._whole(inner, depth + 1) for name, inner in value.items()}

    def _found(self, reference: str) -> Any:
        """Look up what a reference names; only what stands in the same document is."""
        if not reference.startswith("#/"):
            return {}
        found: Any = self._document
        for part in reference[2:].split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found if found is not None else {}
