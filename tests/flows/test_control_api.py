"""The control API: what its document says is what it does, and only who may does it."""

from __future__ import annotations

import re
from typing import Any

import httpx2 as httpx
import jsonschema
import pytest

OWNER, LEAD = "pilot-owner@example.com", "desk-lead@example.com"


class Api:
    """A served house with a call, a request and an entry of each kind that is asked for."""

    def __init__(self, house: Any) -> None:
        self.house = house
        house.apply()
        self.gateway = house.serve()
        client = self.gateway.client(house.key())
        client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
        house.entries()
        self.address = house.serve("portal").address
        self.tokens: dict[str, str] = {}

    def client(self, person: str = "administrator") -> httpx.Client:
        if person not in self.tokens:
            self.tokens[person] = self.house.run("token", "issue", "--as", person).strip()
        bearer = {"authorization": f"Bearer {self.tokens[person]}"}
        return httpx.Client(base_url=self.address, headers=bearer)

    def get(self, path: str, person: str = "administrator") -> Any:
        with self.client(person) as client:
            answer = client.get(path)
            assert answer.status_code == 200, answer.text
            return answer.json()

    def post(self, path: str, person: str = "administrator", **body: Any) -> httpx.Response:
        with self.client(person) as client:
            return client.post(path, json=body)


@pytest.fixture(scope="module")
def api(shared_house: Any) -> Api:
    return Api(shared_house)


@pytest.fixture(scope="module")
def document(api: Api) -> Any:
    return api.get("/api/openapi.json")


def sound(document: Any, schema: Any, value: Any) -> None:
    whole = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def test_every_address_that_tells_something_answers_as_the_document_says(api: Api, document: Any) -> None:
    names = {"use_case": "pilot", "id": api.get("/api/entries?limit=1")[0]["id"]}
    told = 0
    for path, methods in document["paths"].items():
        if "get" not in methods or path == "/api/inbox/{id}":
            continue
        answer = api.get(path.format(**names))
        schema = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        sound(document, schema, answer)
        told += 1
    assert told >= 14


def test_every_address_wants_to_know_who_calls_and_says_faults_alike(api: Api, document: Any) -> None:
    fault = {"$ref": "#/components/schemas/FaultAnswer"}
    with httpx.Client(base_url=api.address) as stranger:
        for path, methods in document["paths"].items():
            for method in methods:
                answer = stranger.request(method.upper(), path.format(use_case="pilot", id="x"))
                assert answer.status_code == 401, (method, path)
                assert answer.json()["error"]["code"] == "sign-in-needed"
                sound(document, fault, answer.json())


def test_every_field_that_is_sent_has_a_limit(document: Any) -> None:
    for path, methods in document["paths"].items():
        for method, each in methods.items():
            schemas = [one["schema"] for one in each["parameters"]]
            if "requestBody" in each:
                reference = each["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                named = document["components"]["schemas"][reference.rpartition("/")[2]]
                schemas += named["properties"].values()
            for schema in schemas:
                assert limited(schema), (method, path, schema)


def limited(schema: Any) -> bool:
    if "anyOf" in schema:
        return all(limited(each) for each in schema["anyOf"])
    if schema.get("type") == "string":
        return bool({"maxLength", "enum", "format"} & schema.keys())
    if schema.get("type") == "integer":
        return "maximum" in schema
    if schema.get("type") == "array":
        return "maxItems" in schema and limited(schema["items"])
    if schema.get("type") == "object":
        return "maxProperties" in schema
    return schema.get("type") in ("boolean", "null") or "enum" in schema


def test_what_cannot_be_read_is_refused_with_what_would_help(api: Api) -> None:
    with api.client() as client:
        for body in (b"{", b'{"use_case": 1}', b'{"use_case": "pilot", "more": 1}', b"\xff", b"[" * 9_999):
            answer = client.post("/api/keys", content=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid-json"), body
        assert client.post("/api/keys", content=b" " * 300_000).status_code == 413
        assert client.get("/api/portfolio?limit=1000").status_code == 400
        assert client.get("/api/use-cases/none").status_code == 404


def test_keys_are_issued_and_revoked_by_whose_use_case_it_is(api: Api) -> None:
    made = api.post("/api/keys", OWNER, use_case="pilot", days=2).json()
    client = api.gateway.client(made["secret"])
    client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
    assert made["id"] in {each["id"] for each in api.get("/api/keys?use_case=pilot")}
    assert api.post(f"/api/keys/{made['id']}/revoke", OWNER).json()["use_case"] == "pilot"
    [entry] = [each for each in api.house.entries("key_change") if each["key"] == made["id"]][:1]
    assert entry["author"] == OWNER


def test_a_use_case_is_proposed_as_a_file_declares_it(api: Api) -> None:
    letters = {
        "name": "Letters",
        "unit": "desk",
        "purpose": "Draft answers, so that they go out the same day.",
    }
    wrong = api.post("/api/use-cases", id="letters", declaration={**letters, "unit": "desc"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (409, "invalid-value")
    assert "did you mean `desk`" in wrong.json()["error"]["help"]
    done = api.post("/api/use-cases", id="letters", declaration=letters).json()
    assert (done["id"], done["state"], done["waits_for"]) == ("letters", "in_force", [])
    assert api.get("/api/use-cases/letters")["stage"] == "envision"
    again = api.post("/api/use-cases", id="post", declaration=letters)
    assert (again.status_code, "`letters`" in again.json()["error"]["message"]) == (409, True)
    explained = letters | {"name": "Post", "distinct_from": {"letters": "It only sorts."}}
    assert api.post("/api/use-cases", id="post", declaration=explained).status_code == 200


def test_a_right_is_asked_for_as_in_a_page(api: Api) -> None:
    refused = api.post("/api/kill-switches", OWNER, address="all", on=True, reason="x")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not-permitted")
    assert "centre" in refused.json()["error"]["message"]
    on = {"address": "use-case/pilot", "on": True, "reason": "a test"}
    assert api.post("/api/kill-switches", OWNER, **on).status_code == 200
    assert [each["address"] for each in api.get("/api/kill-switches")] == ["use-case/pilot"]
    assert api.post("/api/kill-switches", OWNER, **(on | {"on": False})).status_code == 403
    assert api.post("/api/kill-switches", LEAD, **(on | {"on": False})).status_code == 200


def test_a_session_writes_only_with_what_its_pages_have(api: Api) -> None:
    with httpx.Client(base_url=api.address, follow_redirects=True) as browser:
        browser.post("/sign-in", data={"token": api.house.token()})
        assert browser.get("/api/overview").status_code == 200
        body = {"use_case": "pilot"}
        assert browser.post("/api/keys", json=body).status_code == 403
        [proof, *_] = re.findall(r'name="proof" value="([^"]+)"', browser.get("/settings").text)
        own = {"x-remit-proof": proof}
        assert browser.post("/api/keys", json=body, headers=own).status_code == 200
        other = own | {"sec-fetch-site": "cross-site"}
        assert browser.post("/api/keys", json=body, headers=other).status_code == 403


def test_a_token_that_was_revoked_opens_nothing(api: Api) -> None:
    made = api.house.run("token", "issue", "--as", LEAD, "--json")
    secret, ref = re.findall(r'"(?:secret|ref)": "([^"]+)"', made)[::-1]
    bearer = {"authorization": f"Bearer {secret}"}
    assert httpx.get(f"{api.address}/api/overview", headers=bearer).status_code == 200
    api.house.run("token", "revoke", ref)
    assert httpx.get(f"{api.address}/api/overview", headers=bearer).status_code == 401


def test_the_page_of_the_api_names_every_address(api: Api, document: Any) -> None:
    with httpx.Client(base_url=api.address, follow_redirects=True) as browser:
        browser.post("/sign-in", data={"token": api.house.token()})
        page = browser.get("/api/docs").text
    for path in document["paths"]:
        assert path in page
    assert "http://" not in page.replace(api.address, "")
