"""The tour of the API is what a client can do, with curl and with httpx."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.embedded.servers import Servers
from tests.api_tour import promised, shell_problems
from tests.clients import serving
from tests.docs_scripts import script_problems
from tests.schemathesis.searching import listening
from tests.world import Databases

TOUR = Path(__file__).parents[1] / "docs" / "api-tour.md"
SHOWN = "http://127.0.0.1:8000"


@pytest.fixture
async def address(databases: Databases, servers: Servers) -> AsyncIterator[str]:
    """A fresh service, on a port of its own."""
    redis_url = servers.redis_urls["layered"].removesuffix("/0") + "/4"
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("layered", url, redis_url) as client,
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
    assert {"304", "409", "410", "412", "428"} <= set(re.findall(r"# (\d{3})$", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("curl -s URL/healthz # 404", "was answered 200 200"),
        ("curl -s URL/nothing # 200", "was answered 200 404"),
        ("curl -s URL/healthz | grep -q dead # 200", "the session failed after 200"),
        ("curl -s http://127.0.0.1:1/ # 200", "the session failed"),
        ("UNSET=$NEVER_SET", "the session failed"),
    ],
)
async def test_a_wrong_session_is_told(line: str, why: str, address: str, tmp_path: Path) -> None:
    """The check can fail."""
    page = tmp_path / "page.md"
    page.write_text(f"```sh\ncurl -s URL/healthz # 200\n{line}\n```\n".replace("URL", address))
    [said] = await shell_problems(page, tmp_path)
    assert why in said


def test_a_command_without_its_status_is_told(tmp_path: Path) -> None:
    """No answer goes unchecked."""
    page = tmp_path / "page.md"
    page.write_text("```sh\ncurl -s localhost:8000/healthz\n```\n")
    with pytest.raises(ValueError, match="say which status"):
        promised(page)
