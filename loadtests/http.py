"""The few HTTP calls of the runner: readiness, counters, expiry. No load goes through here."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

from loadtests.errors import LoadTestError

TIMEOUT_S = 30.0


async def call(
    url: str, *, method: str = "GET", token: str = "", body: object = None, expected: int = 200
) -> Any:
    """The decoded JSON answer, None when it is empty.

    Raises LoadTestError when nobody answers, or with another status than `expected`.
    """
    return await asyncio.to_thread(_call, url, method, token, body, expected)


async def page(url: str) -> str:
    """The text at an address; nothing where there is none (404).

    Raises LoadTestError when nobody answers.
    """
    return await asyncio.to_thread(_page, url)


def _page(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - http
            return str(answer.read().decode())
    except urllib.error.HTTPError:
        return ""
    except urllib.error.URLError as error:
        raise LoadTestError(f"{url} does not answer: {error.reason}") from error


def _call(url: str, method: str, token: str, body: object, expected: int) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, method=method)  # noqa: S310 - http, loopback
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    if data:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    except urllib.error.URLError as error:
        raise LoadTestError(f"{url} does not answer: {error.reason}") from error
    if status != expected:
        raise LoadTestError(f"{method} {url} answered {status}, not {expected}: {content[:300]!r}")
    return json.loads(content) if content else None
