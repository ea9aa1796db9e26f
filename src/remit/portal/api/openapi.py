"""The control API as OpenAPI 3.1, made from the table that it is served from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from remit import __version__
from remit.portal.api.reads import READS
from remit.portal.api.route import ApiRoute, Nothing
from remit.portal.api.writes import WRITES

ROUTES: tuple[ApiRoute, ...] = (*READS, *WRITES)
_REF = "#/components/schemas/{name}"
_NAMES = re.compile(r"{(\w+)}")


class Fault(msgspec.Struct, frozen=True):
    """What went wrong: a permanent code, a sentence, and what would help."""

    code: str
    message: str
    help: str


class FaultAnswer(msgspec.Struct, frozen=True):
    """The body of every answer that is not 200."""

    error: Fault


STATUSES: Mapping[int, str] = {
    400: "What was sent cannot be read.",
    401: "Nobody has shown who they are.",
    403: "The person has no right to it.",
    404: "What was named is not there.",
    409: "Something else stands against it.",
    413: "What was sent is too large.",
    422: "It cannot be done as it was asked.",
    429: "Too many attempts were refused.",
    503: "It cannot be done now.",
}


@cache
def document() -> dict[str, Any]:
    """Write the whole document."""
    types = [each for route in ROUTES for each in (route.gives, route.takes)]
    schemas, made = msgspec.json.schema_components(
        [*types, FaultAnswer], schema_hook=_other, ref_template=_REF
    )
    components = _open(made)
    paths: dict[str, dict[str, Any]] = {}
    for number, route in enumerate(ROUTES):
        gives, takes = schemas[2 * number : 2 * number + 2]
        described = _operation(route, gives, takes, components=components)
        paths.setdefault(route.path, {})[route.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Remit control API",
            "version": __version__,
            "description": "The same operations and rights as the portal's pages. Amounts are text, exact.",
        },
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of `remit token issue`.",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "remit_session"},
            },
        },
    }


def _open(schema: Any) -> Any:
    """Describe bytes as what is written for them: the JSON that they hold."""
    if isinstance(schema, dict):
        if schema.get("contentEncoding") == "base64":
            return {"type": "object", "description": "What an entry says."}
        return {name: _open(each) for name, each in schema.items()}
    return [_open(each) for each in schema] if isinstance(schema, list) else schema


def _other(kind: type) -> dict[str, Any]:
    """Describe a value that JSON knows and Python types do not: it may be anything."""
    if kind is not object:
        raise NotImplementedError
    return {"description": "Any value."}


def _operation(
    route: ApiRoute, gives: Any, takes: Mapping[str, Any], *, components: Mapping[str, Any]
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.says,
        "parameters": [
            *(_parameter(name, "path", {"type": "string", "maxLength": 200}) for name in names_in(route)),
            *(_parameter(*each) for each in _query(route, components)),
        ],
        "responses": {
            "200": {"description": "Done.", "content": _json(gives)},
            **{
                str(status): {
                    "description": says,
                    "content": _json({"$ref": _REF.format(name="FaultAnswer")}),
                }
                for status, says in STATUSES.items()
            },
        },
    }
    if route.method == "POST" and route.takes is not Nothing:
        body["requestBody"] = {"required": True, "content": _json(takes)}
    return body


def names_in(route: ApiRoute) -> Sequence[str]:
    """List the names in a route's path."""
    return _NAMES.findall(route.path)


def _query(route: ApiRoute, components: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    if route.method == "POST" or route.takes is Nothing:
        return []
    fields = components[route.takes.__name__]["properties"]
    return [(name, "query", schema) for name, schema in fields.items()]


def _parameter(name: str, where: str, schema: Any) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
