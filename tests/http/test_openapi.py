"""The OpenAPI document says what the service does."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from service.app import make_app
from service.demo.accounts import PASSWORD
from service.http import document as documents
from service.http import examples, refusals, schemas
from service.http.errors import STATUS, TITLES
from service.http.problems import MEDIA_TYPE
from service.seeding.people import DEMO_HANDLES
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
# Answered where there is no operation: at another method.
NO_OPERATIONS = {"Method not allowed"}


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
            if status != "304" and "$ref" not in answer
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
    problems = document.content["components"]["responses"]
    for path, method, operation in document.operations():
        assert "default" not in operation["responses"], (path, method)
        refused = {status for status in operation["responses"] if int(status) >= 400}
        assert {"400", "408", "414", "431", "500"} <= refused, (path, method)
        for status in refused:
            said = {"$ref": f"#/components/responses/Problem{status}"}
            assert said == operation["responses"][status], (path, method)
            assert [MEDIA_TYPE] == list(problems[f"Problem{status}"]["content"])
    assert "HTTPValidationError" not in document.content["components"]["schemas"]


EVERY = {400, 408, 414, 429, 431, 500, 503}


@pytest.mark.parametrize(
    ("route", "refused"),
    [
        ("GET /healthz", EVERY - {429, 503}),
        ("GET /readyz", EVERY - {429}),
        ("POST /v1/users", EVERY | {409, 413, 415, 422}),
        ("POST /v1/auth/token", EVERY | {401, 413, 415, 422}),
        ("GET /v1/me", EVERY | {401}),
        ("PATCH /v1/me", EVERY | {401, 412, 413, 415, 422, 428}),
        ("GET /v1/pages/{slug}", EVERY | {404, 422}),
        ("GET /v1/posts/{post_id}", EVERY | {401, 404, 410, 422}),
        ("POST /v1/posts", EVERY | {401, 409, 413, 415, 422}),
        ("DELETE /v1/posts/{post_id}", EVERY | {401, 403, 404, 410, 412, 422, 428}),
        ("PUT /v1/posts/{post_id}/vote", EVERY | {401, 404, 410, 413, 415, 422}),
        ("GET /v1/admin/stats", EVERY | {401, 403, 422}),
    ],
)
def test_a_route_names_what_it_can_refuse_with(
    document: Document, route: str, refused: set[int]
) -> None:
    """And nothing that it cannot."""
    method, _, path = route.partition(" ")
    responses = document.content["paths"][path][method.lower()]["responses"]
    assert refused == {int(status) for status in responses if int(status) >= 400}


def test_every_problem_is_shown_as_it_is_answered(document: Document) -> None:
    """Each status with an example of each of its types, which fit their schema."""
    titles = {title for _, title in STATUS.values()} | set(TITLES.values())
    shown = set()
    for response in document.content["components"]["responses"].values():
        content = response["content"][MEDIA_TYPE]
        for example in content["examples"].values():
            assert [] == list(document.faults(content["schema"], example["value"]))
            shown.add(example["value"]["title"])
    assert titles - NO_OPERATIONS == shown


def test_a_title_without_an_example_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not left out, with operations that refer to what is not there."""
    details = {title: each for title, each in refusals.EXAMPLE_DETAILS.items() if title != "Gone"}
    monkeypatch.setattr(refusals, "EXAMPLE_DETAILS", details)
    with pytest.raises(KeyError, match="Gone"):
        refusals.add_components({})


def test_the_main_shapes_have_examples(document: Document) -> None:
    """Posts, comments, lists of them, and what is sent: each fits its schema."""
    seen = set()
    for name, schema in document.content["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            seen.add(name)
            if name in examples.BODIES:
                getattr(schemas, name).model_validate(example)
            else:
                ref = {"$ref": f"#/components/schemas/{name}"}
                assert [] == list(document.faults(ref, example))
    assert seen >= {"Post", "SeenPost", "Comment", "SeenPostPage", "CommentPage", "BoardPage"}
    assert seen >= {*examples.BODIES}


def test_an_example_that_does_not_fit_is_told(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail, for what is sent and for what is shown."""
    shapes = document.content["components"]["schemas"]
    for name, wrong in (("NewVote", {"value": "up"}), ("Post", {"id": "one"})):
        with monkeypatch.context() as patch:
            patch.setitem(shapes[name], "examples", [wrong])
            with pytest.raises((AssertionError, ValidationError)):
                test_the_main_shapes_have_examples(document)


async def test_a_status_that_is_not_declared_is_told(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every answer that tests are given is held to the document (`tests/http/conftest.py`)."""
    answer = await reader.send("GET", "/v1/posts/77")
    assert answer.status_code == 404
    for forgotten in (set(), {404}):
        declared = {name: each - forgotten for name, each in refusals.BY_PARAMETER.items()}
        monkeypatch.setattr(refusals, "BY_PARAMETER", declared)
        monkeypatch.setattr(reader.app, "openapi_schema", None)
        told = Document(reader.app.openapi()).faults_of(answer)
        assert told == ["status 404 is not documented"] * len(forgotten)


def test_every_list_says_what_it_lists(document: Document) -> None:
    """No items of any kind."""
    assert "'items': {}" not in str(document.content)


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


def shared_titles(content: Mapping[str, Any]) -> set[str]:
    """Titles that are not the name of what they stand above."""
    schemas = content["components"]["schemas"]
    return {schema["title"] for name, schema in schemas.items() if schema["title"] != name}


def test_each_shape_has_a_title_of_its_own(
    app: FastAPI, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages, too, which are of one class."""
    assert set() == shared_titles(document.content)
    assert {"PostPage", "TagPage"} <= document.content["components"]["schemas"].keys()
    monkeypatch.setattr(documents, "_name_pages", lambda content: None)
    monkeypatch.setattr(app, "openapi_schema", None)
    assert {"Page"} == shared_titles(app.openapi())


def test_the_document_says_how_to_sign_in(document: Document) -> None:
    """Who opens /docs reads with which account, before the form asks for it."""
    said = document.content["info"]["description"]
    assert f"`{DEMO_HANDLES[0]}` and `{PASSWORD}`" in said
    schemes = document.content["components"]["securitySchemes"]
    assert "form below" in schemes["HTTPBearer"]["description"]
    assert "stay empty" in schemes["OAuth2PasswordBearer"]["description"]


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
