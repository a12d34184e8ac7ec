"""Answers held to the OpenAPI document: a small checker of the part of JSON Schema in use."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import httpx

TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
SAID = {"title", "description", "default", "examples"}
CHECKED = {
    "type", "properties", "required", "additionalProperties", "items", "anyOf", "$ref", "format",
}  # fmt: skip


class Document:
    """What the service says of itself."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Path, method and description of every operation."""
        for path, methods in self.content["paths"].items():
            for method, operation in methods.items():
                yield path, method.upper(), operation

    def faults_of(self, answer: httpx.Response) -> list[str]:
        """What in an answer is not as documented; nothing for paths that are not documented."""
        operation = self._operation(answer.request.method, answer.request.url.path)
        if operation is None:
            return []
        responses = operation["responses"]
        described = responses.get(str(answer.status_code))
        if described is None:
            return [f"status {answer.status_code} is not documented"]
        described = self._resolved(described)
        contents = described.get("content", {})
        if not contents:
            return ["a body, where none is documented"] if answer.content else []
        media_type = answer.headers.get("content-type")
        if media_type not in contents:
            return [f"{media_type} is not documented"]
        return list(self.faults(contents[media_type]["schema"], answer.json()))

    def faults(self, schema: Mapping[str, Any], value: Any, at: str = "") -> Iterator[str]:
        """Where a value differs from its schema; what the schema does not name differs, too."""
        unknown = set(schema) - CHECKED - SAID
        assert not unknown, f"this checker does not know {unknown}"
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/components/schemas/")
            yield from self.faults(self.content["components"]["schemas"][name], value, at)
        if "anyOf" in schema and all(any(self.faults(s, value, at)) for s in schema["anyOf"]):
            yield f"{at}: fits none of the alternatives"
        if "type" not in schema:
            return
        if not is_a(schema["type"], value):
            yield f"{at}: {value!r} is no {schema['type']}"
        elif isinstance(value, dict):
            yield from self._faults_of_object(schema, value, at)
        elif isinstance(value, list):
            for place, item in enumerate(value):
                yield from self.faults(schema["items"], item, f"{at}/{place}")
        elif "format" in schema and not is_formatted(schema["format"], value):
            yield f"{at}: {value!r} is no {schema['format']}"

    def _faults_of_object(
        self, schema: Mapping[str, Any], value: Mapping[str, Any], at: str
    ) -> Iterator[str]:
        properties = schema.get("properties", {})
        for name in set(schema.get("required", ())) - set(value):
            yield f"{at}: {name} is missing"
        for name, item in value.items():
            described = properties.get(name, schema.get("additionalProperties"))
            if described is None:
                yield f"{at}: {name} is not documented"
            else:
                yield from self.faults(described, item, f"{at}/{name}")

    def _resolved(self, response: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a response says, or refers to."""
        if "$ref" not in response:
            return response
        name = response["$ref"].removeprefix("#/components/responses/")
        found: Mapping[str, Any] = self.content["components"]["responses"][name]
        return found

    def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        for template, methods in self.content["paths"].items():
            if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
                found: Mapping[str, Any] | None = methods.get(method.lower())
                return found
        return None


def is_a(name: str, value: Any) -> bool:
    """Whether a value is of a JSON type; a boolean is no number."""
    return isinstance(value, TYPES[name]) and not (isinstance(value, bool) and name != "boolean")


def is_formatted(name: str, value: str) -> bool:
    """Whether a text has a format: times carry their zone."""
    if name == "uri-reference":  # ours begin at the root
        return re.fullmatch(r"(/[a-z0-9-]+)+", value) is not None
    assert name == "date-time"
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
