"""The OpenAPI document says what the service does."""

import re
from typing import Any

import pytest
from fastapi import FastAPI

from service.app import make_app
from service.settings import Settings
from tests.clients import SECRET, Client
from tests.http.document import Document

POST = {
    "id": 1,
    "author": {"id": 2, "handle": "ada", "display_name": "Ada"},
    "title": "a",
    "body": "b",
    "tags": ["c"],
    "created_at": "2026-01-01T00:00:00Z",
    "edited_at": None,
    "version": 1,
    "counts": {
        "score": 0,
        "upvotes": 0,
        "downvotes": 0,
        "comments": 0,
        "views": 0,
        "reactions": {},
    },
}
SEEN = POST | {"viewer": {"vote": 1, "follows_author": False}}
REF = {"$ref": "#/components/schemas/SeenPost"}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """A service that never starts."""
    settings = Settings(
        database_url="postgresql://nobody@nowhere/x",
        redis_url="redis://nowhere",
        admin=True,
        secret=SECRET,
    )
    return make_app(settings)


@pytest.fixture(scope="module")
def document(app: FastAPI) -> Document:
    """Its document."""
    return Document(app.openapi())


def test_what_is_always_sent_is_required(app: FastAPI) -> None:
    """Reactions too, though nobody may have reacted."""
    counts = app.openapi()["components"]["schemas"]["Counts"]
    assert set(counts["properties"]) == set(counts["required"])


@pytest.mark.parametrize("model", ["NewPost", "PostEdit"])
def test_a_second_bound_is_told(app: FastAPI, model: str) -> None:
    """Forty thousand characters may be more than a body's bytes."""
    body = app.openapi()["components"]["schemas"][model]["properties"]["body"]
    assert "64 KB" in body["description"]


def test_each_route_documents_its_success(document: Document) -> None:
    """A success has exactly one shape; only 204 has none."""
    seen = 0
    for path, method, operation in document.operations():
        if not path.startswith("/v1/"):
            continue
        seen += 1
        [(status, success)] = [
            (int(status), answer)
            for status, answer in operation["responses"].items()
            if status not in {"default", "304"}
        ]
        assert 200 <= status < 300
        content = success.get("content", {})
        if status == 204:
            assert content == {}
        else:
            assert {"$ref", "anyOf"} & content["application/json"]["schema"].keys(), (path, method)
    assert seen >= 15


def test_each_route_documents_its_problems(document: Document) -> None:
    """Errors are problems in the document as they are on the wire, never FastAPI's own shape."""
    for path, method, operation in document.operations():
        if path.startswith("/v1/"):
            problems = operation["responses"]["default"]["content"]
            assert list(problems) == ["application/problem+json"], (path, method)
            assert "422" not in operation["responses"], (path, method)
    assert "HTTPValidationError" not in document.content["components"]["schemas"]


def test_each_operation_says_what_it_is(document: Document) -> None:
    """A title, whole sentences, and one group."""
    for path, method, operation in document.operations():
        assert operation["summary"], (path, method)
        assert operation["description"].rstrip().endswith("."), (path, method)
        assert len(operation["tags"]) == 1, (path, method)


def test_names_in_the_document_are_unique(document: Document) -> None:
    """Generated clients name their methods by these."""
    names = [operation["operationId"] for _, _, operation in document.operations()]
    assert sorted(set(names)) == sorted(names)


def test_every_reference_leads_somewhere(document: Document) -> None:
    """No `$ref` points at a schema that is not there."""
    names = re.findall(r"'#/components/schemas/(\w+)'", str(document.content))
    assert names
    assert set(names) <= document.content["components"]["schemas"].keys()


async def test_the_document_is_served(reader: Client) -> None:
    """`/openapi.json` and `/docs`, whose script and style are served as well."""
    assert await reader.get("/openapi.json") == reader.app.openapi()
    page = await reader.send("GET", "/docs")
    assert page.status_code == 200
    assets = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|png)[^"]*)"', page.text)
    assert len(assets) >= 2
    for asset in assets:
        assert asset.startswith("/")
        assert (await reader.send("GET", asset)).status_code == 200


def test_a_fitting_value_has_no_faults(document: Document) -> None:
    """The checker passes what is right."""
    assert list(document.faults(REF, SEEN)) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (POST, "viewer is missing"),
        (SEEN | {"secret": 1}, "secret is not documented"),
        (SEEN | {"version": True}, "is no integer"),
        (SEEN | {"created_at": "2026-01-01T00:00:00"}, "fits none|is no date-time"),
        (SEEN | {"edited_at": "yesterday"}, "fits none"),
        (SEEN | {"tags": "caching"}, "is no array"),
        (SEEN | {"tags": [1]}, "/tags/0: 1 is no string"),
        (SEEN | {"counts": {}}, "/counts: .* is missing"),
    ],
)
def test_a_wrong_value_is_told(document: Document, wrong: dict[str, Any], told: str) -> None:
    """The checker can fail."""
    assert any(re.search(told, fault) for fault in document.faults(REF, wrong))
