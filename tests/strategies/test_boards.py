"""Whoever leaves is on no leaderboard from then on, though none is computed anew for it."""

import pytest

from service.strategies.deleted import DeletedThings
from tests.clients import Client
from tests.strategies.service import Service

PATH = "/v1/leaderboards/reputation"
PERIODS = ("all", "week", "month")


@pytest.fixture
def service(untouched: Service) -> Service:
    """Each test takes an account away."""
    return untouched


async def boards(service: Service, by: str) -> list[list[str]]:
    """Handles on each board, and beside one of them."""
    client = service.client
    pages = [await client.get(f"{PATH}?period={period}") for period in PERIODS]
    pages += [await client.get(f"{PATH}/me?period={period}", by=by) for period in PERIODS]
    return [[each["user"]["handle"] for each in page["items"]] for page in pages]


async def first_leaves(service: Service, writer: Client) -> tuple[list[list[str]], list[list[str]]]:
    """The boards before, without the first, and after the first has left; as the second sees it."""
    [first, second, *_] = (await service.client.get(PATH))["items"]
    gone, by = first["user"]["handle"], second["user"]["handle"]
    before = await boards(service, by)
    assert all(gone in handles for handles in before)
    assert before == await boards(service, by)
    answer = await writer.send("DELETE", "/v1/me", by=gone)
    assert answer.status_code == 204, answer.text
    expected = [[handle for handle in handles if handle != gone] for handles in before]
    return expected, await boards(service, by)


async def test_whoever_leaves_is_on_no_board(service: Service, writer: Client) -> None:
    """Of any period, on any process; the others stay, in their order."""
    expected, found = await first_leaves(service, writer)
    assert expected[:3] == found[:3]
    # Computed anew, somebody else may come into sight.
    for one, other in zip(expected[3:], found[3:], strict=True):
        assert one == other[: len(one)]


@pytest.mark.parametrize("untouched", ["article", "layered"], indirect=True)
async def test_control_believed_a_board_shows_them(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: nobody asks who has left."""

    async def nobody(*_: object) -> set[str]:
        return set()

    monkeypatch.setattr(DeletedThings, "users_deleted", nobody)
    expected, found = await first_leaves(service, service.client)
    assert expected[:3] != found[:3]
