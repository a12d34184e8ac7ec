"""The life of an account: every endpoint of identity, each asked once and with success."""

import secrets
from typing import Any

from tests.clients import Client

LIFE = {
    ("POST", "/v1/users"),
    ("POST", "/v1/auth/token"),
    ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/revoke"),
    ("GET", "/v1/me"),
    ("PATCH", "/v1/me"),
    ("DELETE", "/v1/me"),
}
PASSWORD = "a-password-of-theirs"


async def live(client: Client) -> None:
    """Come, stay, change one's name, leave."""
    asked = set()
    handle = f"new_{secrets.token_hex(8)}"  # a handle is given once

    async def ask(method: str, path: str, token: str | None = None, **more: Any) -> str:
        headers = {"If-Match": "*"} | ({"Authorization": f"Bearer {token}"} if token else {})
        answer = await client.send(method, path, headers=headers, **more)
        assert answer.is_success, (method, path, answer.text)
        asked.add((method, path))
        given: str = answer.json().get("refresh_token", "") if answer.content else ""
        return answer.json()["access_token"] + " " + given if given else ""

    await ask("POST", "/v1/users", json={"handle": handle, "password": PASSWORD})
    form = {"username": handle, "password": PASSWORD}
    _, refresh = (await ask("POST", "/v1/auth/token", data=form)).split()
    renewed = await ask("POST", "/v1/auth/refresh", json={"refresh_token": refresh})
    access, refresh = renewed.split()
    await ask("GET", "/v1/me", access)
    await ask("PATCH", "/v1/me", access, json={"display_name": "New Comer"})
    await ask("POST", "/v1/auth/revoke", json={"refresh_token": refresh})
    await ask("DELETE", "/v1/me", access)
    assert asked == LIFE
