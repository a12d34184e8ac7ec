"""Who is an administrator is asked of the database: a token says who was one when it was made."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from service.embedded.servers import Servers
from service.queries.accounts import SqlAccounts
from tests.http.conftest import hold_to_document
from tests.http.problems import problem
from tests.strategies.service import Service, on_copy
from tests.world import Databases

ADMIN = "barbara"
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/v1/admin/stats", {}),
    ("POST", "/v1/admin/cache/expire", {"json": {"entry": "top:day"}}),
]
NO_MORE = {
    "demoted": "update users set is_admin = false where handle = 'barbara'",
    "deleted": "update users set deleted_at = now() where handle = 'barbara'",
}
AGAIN = "update users set is_admin = true, deleted_at = null where handle = 'barbara'"


@pytest.fixture
async def service(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """One whose administrator is barbara; without a relay, whose statements count as well."""
    async with on_copy("article", "corral_test_world", databases, servers) as service:
        hold_to_document(service.client)
        yield service


async def statuses(service: Service, **more: Any) -> list[int]:
    """What barbara is answered at each route, with the token that she has had all along."""
    found = []
    for method, path, body in REQUESTS:
        answer = await service.client.send(method, path, by=ADMIN, **more, **body)
        if answer.status_code >= 400:
            problem(answer)
        found.append(answer.status_code)
    return found


@pytest.mark.parametrize("change", NO_MORE.values(), ids=NO_MORE)
async def test_who_is_none_any_more_may_do_nothing(service: Service, change: str) -> None:
    """At once, whatever the token says; and whose token does not say so is none, either."""
    assert [200, 204] == await statuses(service, admin=True)
    assert [403, 403] == await statuses(service)
    await service.rows(change)
    assert [403, 403] == await statuses(service, admin=True)
    await service.rows(AGAIN)
    assert [200, 204] == await statuses(service, admin=True)


@pytest.mark.parametrize("change", NO_MORE.values(), ids=NO_MORE)
async def test_a_token_that_is_believed_keeps_the_power(
    service: Service, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the question, what the token says goes on holding."""

    async def believe(_: SqlAccounts, __: int) -> bool:
        return True

    await service.rows(change)
    monkeypatch.setattr(SqlAccounts, "is_admin", believe)
    assert [200, 204] == await statuses(service, admin=True)


async def test_an_operator_needs_no_row(service: Service) -> None:
    """Whoever has the secret may sign anything: nothing is asked, so what counts costs nothing."""
    await service.rows(NO_MORE["demoted"])
    assert [200, 204] == await statuses(service, operator=True)
    assert 0 == await service.client.statements(lambda: statuses(service, operator=True))


async def test_only_who_says_so_is_asked_for(service: Service) -> None:
    """A user whose token makes no such claim costs no query."""
    assert 0 == await service.client.statements(lambda: statuses(service))
    assert 2 == await service.client.statements(lambda: statuses(service, admin=True))
