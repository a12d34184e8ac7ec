"""A body that every write takes, by the name of its model in the OpenAPI document."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.authorisation.stage import PASSWORD, Stage
from tests.clients import Client

Body = dict[str, Any]
VALID: dict[str, Body] = {
    "NewPost": {"title": "A title", "body": "A text.", "tags": ["caching"]},
    "NewComment": {"body": "Well said."},
    "NewVote": {"value": 1},
    "PostEdit": {"title": "Another title"},
    "CommentEdit": {"body": "Another text."},
    "ProfileChange": {"bio": "A text."},
    "Entry": {"entry": "top:day"},
}


async def _sign_up(_: Client, stage: Stage) -> Body:
    return {"handle": f"new_{stage.number}", "password": PASSWORD}


async def _credentials(_: Client, stage: Stage) -> Body:
    return {"username": stage.owner, "password": PASSWORD}


async def _refresh_token(client: Client, stage: Stage) -> Body:
    signed_in = await client.send("POST", "/v1/auth/token", data=await _credentials(client, stage))
    assert signed_in.status_code == 200, signed_in.text
    return {"refresh_token": signed_in.json()["refresh_token"]}


# Those that depend on who is there.
MADE: Mapping[str, Callable[[Client, Stage], Awaitable[Body]]] = {
    "NewUser": _sign_up,
    "SignIn": _credentials,
    "RefreshToken": _refresh_token,
}


def body_model(operation: Mapping[str, Any]) -> tuple[str, str] | None:
    """Media type and model of what a write takes; None for one without a body."""
    contents = operation.get("requestBody", {}).get("content", {})
    for media_type, described in contents.items():
        schema = described["schema"]
        for alternative in (schema, *schema.get("anyOf", ())):
            if "$ref" in alternative:
                return media_type, alternative["$ref"].rpartition("/")[2]
    return None


async def right_body(
    operation: Mapping[str, Any], client: Client, stage: Stage
) -> tuple[str, Body | None]:
    """Media type and content of a body that is right; None where none is taken.

    Raises LookupError for a model that nobody has written one for.
    """
    found = body_model(operation)
    if found is None:
        return "", None
    media_type, model = found
    if model in MADE:
        return media_type, await MADE[model](client, stage)
    if model not in VALID:
        raise LookupError(
            f"{model} is new: say in tests/authorisation/bodies.py what a right one is"
        )
    return media_type, dict(VALID[model])
