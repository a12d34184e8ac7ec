"""The tour of the API is what a client can do, with curl and with httpx."""

import io
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console

from service.embedded.servers import Servers
from service.seeding import Generated
from service.seeding.loading import seed
from service.seeding.people import DEMO_HANDLES
from tests.api_tour import promised, shell_problems
from tests.clients import serving
from tests.docs_scripts import script_problems
from tests.schemathesis.searching import listening
from tests.seeding.collecting import NOW, TINY

TOUR = Path(__file__).parents[1] / "docs" / "api-tour.md"
SHOWN = "http://127.0.0.1:8000"
SETTING = "```sh\nSHOW='%{stderr}\\n%{http_code}\\n'\n```\n\nThen:\n\n"


@pytest.fixture(params=["unseeded", "seeded"])
async def database_url(request: pytest.FixtureRequest, empty_database: str) -> str:
    """A database as `corral migrate` leaves it, and one as `corral seed` does."""
    if request.param == "seeded":
        nobody = Console(file=io.StringIO())
        source = Generated(TINY)
        await seed(empty_database, source, seed=1, now=NOW, replace=False, console=nobody)
    return empty_database


@pytest.fixture
async def address(database_url: str, servers: Servers) -> AsyncIterator[str]:
    """A fresh service, on a port of its own."""
    redis_url = servers.redis_urls["layered"].removesuffix("/0") + "/4"
    async with (
        serving("layered", database_url, redis_url) as client,
        listening(client.app) as address,
    ):
        yield address


@pytest.fixture
def tour(address: str, tmp_path: Path) -> Path:
    """The page, for that service."""
    page = tmp_path / TOUR.name
    text = TOUR.read_text(encoding="utf-8")
    assert text.count(SHOWN) == 2
    page.write_text(text.replace(SHOWN, address), encoding="utf-8")
    return page


@pytest.fixture
def tour_of_bob(tour: Path) -> Path:
    """The page with a handle that seeds have made."""
    assert "bob" in DEMO_HANDLES
    text = tour.read_text(encoding="utf-8")
    tour.write_text(text.replace("tour_ben", "bob").replace("tour_dan", "bob"), encoding="utf-8")
    return tour


async def test_the_session_with_curl_goes_as_shown(tour: Path, tmp_path: Path) -> None:
    """Every command runs, and is answered with the status behind it."""
    assert shutil.which("curl"), "this test needs curl: apt-get install curl"
    assert "\n".join(await shell_problems(tour, tmp_path)) == ""


async def test_the_session_with_httpx_goes_as_shown(tour: Path, tmp_path: Path) -> None:
    """Every line runs, and prints what stands behind it."""
    assert "\n".join(await script_problems(tour, tmp_path)) == ""


def test_the_tour_goes_where_it_is_said_to() -> None:
    """From sign-up to 410, by every stop there is, in that order."""
    text = TOUR.read_text(encoding="utf-8")
    stops = (
        "Sign up", "Sign in", "Follow", "Post", "The follower's feed", "Comment", "Vote", "Page",
        "Ask again, get nothing", "Edit", "Delete",
    )  # fmt: skip
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(stops)
    assert {"304", "409", "410", "412", "428"} <= set(promised(TOUR).split())


@pytest.mark.parametrize("database_url", ["seeded"], indirect=True)
async def test_a_handle_that_is_seeded_is_told(tour_of_bob: Path, tmp_path: Path) -> None:
    """Who signs up on the page must be nobody whom seeds have made."""
    [said] = await shell_problems(tour_of_bob, tmp_path)
    assert "the session failed after 201 409 409" in said
    [said] = await script_problems(tour_of_bob, tmp_path)
    assert "409" in said or "KeyError" in said


@pytest.mark.parametrize("database_url", ["unseeded"], indirect=True)
@pytest.mark.parametrize(
    ("line", "statuses", "why"),
    [
        ("curl /healthz", "200, 404", "was answered 200 200"),
        ("curl /nothing", "200, 200", "was answered 200 404"),
        ("curl /healthz | grep -q dead", "200, 200", "the session failed after 200"),
        ("curl :1/", "200, 200", "the session failed"),
        ("UNSET=$NEVER_SET", "200", "the session failed"),
    ],
)
async def test_a_wrong_session_is_told(
    line: str, statuses: str, why: str, address: str, tmp_path: Path
) -> None:
    """The check can fail."""
    lines = f"curl /healthz\n{line}".replace("curl ", f'curl -sw "$SHOW" {address}')
    page = tmp_path / "page.md"
    page.write_text(f"{SETTING}```sh\n{lines}\n```\n\nAnswered with {statuses}.\n")
    [said] = await shell_problems(page, tmp_path)
    assert why in said


@pytest.mark.parametrize(
    ("line", "below", "why"),
    [
        ('curl -sw "$SHOW" localhost:8000/healthz', "And so on.", "say below it which status"),
        ('curl -sw "$SHOW" localhost:8000/healthz', "Answered with 200, 200.", "say below it"),
        ("curl -s localhost:8000/healthz", "Answered with 200.", "its status is not seen"),
        ('curl -sw "$SHOW" localhost:8000/ # 200', "Answered with 200.", "no comments"),
    ],
)
def test_a_command_without_its_status_is_told(
    line: str, below: str, why: str, tmp_path: Path
) -> None:
    """No answer goes unchecked, or unseen by who follows the page."""
    page = tmp_path / "page.md"
    page.write_text(f"```sh\n{line}\n```\n\n{below}\n")
    with pytest.raises(ValueError, match=why):
        promised(page)
