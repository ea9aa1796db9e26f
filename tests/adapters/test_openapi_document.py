"""OpenAPI documents: what is read of them, what is not, and how a call is written."""

from __future__ import annotations

from typing import Any

import pytest

from remit.adapters.openapi_document import operations_in
from remit.ports_tools import ToolNotReached

URL = "https://api.example.com/docs/openapi.json"


def document(**more: Any) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "paths": {"/a/{id}": {"get": {"operationId": "a", **more.pop("said", {})}}},
    } | more


ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def test_values_cannot_leave_their_place_in_the_path_or_the_query() -> None:
    said = {"parameters": [ID, {"name": "q", "in": "query", "schema": {"type": "array"}}]}
    operation = operations_in(document(said=said), url=URL)[1]["a"]
    assert (
        operation.target({"id": "x/../y?z#", "q": ["1&b=2", True]})
        == "/a/x%2F..%2Fy%3Fz%23?q=1%26b%3D2&q=true"
    )
    for value in ("..", ".", "", {"a": 1}, True, None):
        assert operation.unsound({"id": value})
    assert operation.unsound({"id": "x", "strange": 1})
    assert operation.unsound({})
    assert operation.unsound({"id": "x", "q": {"a": 1}})


def test_fields_of_a_body_are_arguments_unless_they_could_be_taken_for_a_parameter() -> None:
    def with_body(*names: str) -> Any:
        schema = {
            "type": "object",
            "properties": {each: {"type": "string"} for each in names},
            "required": [names[0]],
        }
        content = {"application/json": {"schema": schema}}
        said = {"parameters": [ID], "requestBody": {"required": True, "content": content}}
        return operations_in(document(said=said), url=URL)[1]["a"]

    assert sorted(with_body("note", "tone").text.schema["properties"]) == ["id", "note", "tone"]
    assert with_body("note").body({"id": "x", "note": "y"}) == b'{"note":"y"}'
    assert sorted(with_body("id", "tone").text.schema["properties"]) == ["body", "id"]


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        {"swagger": "2.0"},
        {"openapi": 3},
        document(servers=[{"url": "https://evil.example.com/"}]),
        document(servers=[{"url": "http://api.example.com/"}]),
        document(servers=[{"url": "https://{host}/"}]),
        document(servers=[{"url": "/a/../b"}]),
        document(servers=[7]),
        {"openapi": "3.1.0", "paths": {f"/{each}": {"get": {"operationId": "same"}} for each in "ab"}},
        {
            "openapi": "3.1.0",
            "paths": {f"/{each}": {"get": {"operationId": f"o{each}"}} for each in range(1001)},
        },
        document(said={"description": "x" * 20_001}),
    ],
)
def test_a_document_that_leads_elsewhere_or_says_too_much_is_not_used(found: Any) -> None:
    with pytest.raises(ToolNotReached):
        operations_in(found, url=URL)


def test_what_refers_to_itself_or_to_elsewhere_comes_to_an_end() -> None:
    loop = {
        "components": {
            "schemas": {
                "Loop": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Loop"}}}
            }
        }
    }
    for reference in ("#/components/schemas/Loop", "https://evil.example.com/x", "#/nowhere", "#/paths"):
        content = {"application/json": {"schema": {"$ref": reference}}}
        said = {"requestBody": {"content": content}}
        assert operations_in(document(said=said, **loop), url=URL)[1]["a"].text.name == "a"
    wide = {"$ref": "#/components/schemas/Wide"}
    many = {"type": "object", "properties": {f"p{each}": wide for each in range(60)}}
    said = {"requestBody": {"content": {"application/json": {"schema": wide}}}}
    with pytest.raises(ToolNotReached):
        operations_in(document(said=said, components={"schemas": {"Wide": many}}), url=URL)
