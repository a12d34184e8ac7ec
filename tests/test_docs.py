"""README and docs: every block runs or is checked, every link leads somewhere."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from service.embedded.servers import Servers
from service.http.tokens import Tokens
from tests.docs_blocks import Block, blocks_of, commands_of, dead_links
from tests.docs_checks import Reader, block_problems
from tests.docs_scripts import script_problems
from tests.waiting import until
from tests.world import Databases

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Their Python blocks are one script a page: the failure first, then the pattern.
SCRIPTS = [page for page in PAGES if page.parent.name == "patterns"]
# Two sessions on one service; test_api_tour.py runs them, with the real curl.
SESSIONS = [ROOT / "docs" / "api-tour.md"]
SECRET = "the secret of the documents, 32 bytes or more"
# The person that the demo seeds, whom pages name.
DEMO = "insert into users (handle, display_name) values ('demo', 'Demo') returning id"
STARTING_S = 20.0


@pytest.fixture(scope="module")
async def stores(databases: Databases, servers: Servers) -> AsyncIterator[tuple[str, str, int]]:
    """A small world with the demo person in it, an empty cache, and that person's id."""
    redis_url = f"{servers.redis_urls['layered'].removesuffix('/0')}/9"
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
    async with databases.copy_of("corral_test_world") as database_url:
        connection = await asyncpg.connect(database_url)
        demo_id = await connection.fetchval(DEMO)
        await connection.close()
        yield database_url, redis_url, demo_id


@pytest.fixture(scope="module")
async def service(stores: tuple[str, str, int]) -> AsyncIterator[httpx.AsyncClient]:
    """The service as a process of its own, started as a page says."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("corral")),
        *f"serve --port {port} --end-with-parent".split(),
        env={
            **os.environ,
            "DATABASE_URL": stores[0],
            "REDIS_URL": stores[1],
            "CORRAL_SECRET": SECRET,
            "CORRAL_ADMIN": "1",
            "CORRAL_UNLIMITED": "127.0.0.1/32",
        },
    )
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        try:
            await ready(http, process)
            yield http
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def ready(http: httpx.AsyncClient, process: asyncio.subprocess.Process) -> None:
    """Return when the service answers; AssertionError when it ends instead."""

    async def is_ready() -> bool:
        assert process.returncode is None, "corral serve ended at once"
        try:
            return (await http.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    await until(is_ready, within_s=STARTING_S)


@pytest.fixture
def reader(service: httpx.AsyncClient, stores: tuple[str, str, int], tmp_path: Path) -> Reader:
    """Somebody who starts to read a page, with the TOKEN that the demo prints."""
    database_url, redis_url, demo_id = stores
    tokens = Tokens(SECRET.encode())
    return Reader(
        variables={"TOKEN": tokens.make(demo_id, "demo")},
        http=service,
        folder=tmp_path,
        database_url=database_url,
        redis_url=redis_url,
        token=lambda is_operator: tokens.make(demo_id, "demo", is_operator=is_operator),
    )


async def problems(language: str, text: str, reader: Reader) -> list[str]:
    """What is wrong with one block."""
    return [said async for said in block_problems(Block("page.md:1", language, text), reader)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
async def test_every_block_holds(page: Path, reader: Reader) -> None:
    """What a page shows can be done, from its top to its bottom."""
    elsewhere = {"python"} if page in SCRIPTS else {"sh", "python"} if page in SESSIONS else set()
    blocks = [b for b in blocks_of(page) if b.language not in elsewhere]
    assert [line for block in blocks async for line in block_problems(block, reader)] == []


@pytest.mark.parametrize("page", SCRIPTS, ids=lambda page: page.name)
async def test_every_script_runs(
    page: Path, servers: Servers, blank_database: str, tmp_path: Path
) -> None:
    """The Python of a pattern's page runs from top to bottom and prints what the page shows."""
    redis_url = f"{servers.redis_urls['layered'].removesuffix('/0')}/10"
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
    given = {"REDIS_URL": redis_url, "DATABASE_URL": blank_database}
    assert await script_problems(page, tmp_path, **given) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """No page links to a file that is not there, and none has a gap left to fill."""
    assert list(dead_links(page)) == []
    assert "@@" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "import os\nassert os.listdir() == []"),
        ("python", "import asyncio\nasyncio.run(asyncio.sleep(0))"),
        ("json", '{"a": [1, null]}'),
        ("text", "anything"),
        ("sh", "corral patterns copy lease ttl --to myproject/caching"),
        ("sh", "# only a comment\n\nmake demo EXIT=1 QUICK=1  # a minute"),
        ("sh", "corral serve --strategy naive \\\n  --port 8001"),
        ("sh", "curl -s localhost:8000/healthz | python -m json.tool"),
        ("sh", "curl -s localhost:8000/v1/posts/77  # 404"),
        ("sh", "curl -s 'http://127.0.0.1:8000/v1/posts?sort=top&window=day' | jq ."),
        ("sh", 'T=$(corral token --user demo)\ncurl -H "Authorization: Bearer $T" :8000/v1/feed'),
        ("sh", "export ID=77\ncurl -s localhost:8000/v1/posts/$ID  # 404: no such post"),
        ("sh", "CORRAL_STRATEGY=naive make serve  # it's slow; and says so"),
        ("sh", 'curl --json \'{"title": "a; b && c | #d"}\' localhost:8000/v1/posts  # 401'),
        ("sh", "locust -f loadtests/locustfile.py --headless --rate-per-user 5 -t 10s Stampede"),
        ("sh", "python -m loadtests demo --quick --database-url URL --redis naive=URL"),
        ("sh", "docker compose exec service-1 corral token --user demo"),
        ("console", "$ curl -i localhost:8000/healthz\nHTTP/1.1 200 OK\nwhatever"),
    ],
)
async def test_a_right_block_passes(language: str, text: str, reader: Reader) -> None:
    """What works is not objected to."""
    assert await problems(language, text.replace(" :8000", " localhost:8000"), reader) == []


@pytest.mark.parametrize(
    ("language", "text", "why"),
    [
        ("python", "raise RuntimeError('wrong')", "wrong"),
        ("python", "import warnings\nwarnings.warn('old')", "old"),
        ("json", '{"a" 1}', "':' delimiter"),
        ("", "make demo", "no language"),
        ("ruby", "puts 1", "ruby"),
        ("sh", "make demos", "no target demos"),
        ("sh", "make demo EXITS=1", "no variable EXITS"),
        ("sh", "cd corral && make demos", "no target demos"),
        ("sh", "corral serve --hots 0.0.0.0", "No such option"),
        ("sh", "corral patterns copy lease leash --to myproject", "no pattern leash"),
        ("sh", "corral serve \\\n  --strategy fastest", "no strategy 'fastest'"),
        ("sh", "CORRAL_STRATEGIE=naive make serve", "no setting"),
        ("sh", "export CORRAL_STRATEGIE=naive", "no setting"),
        ("sh", "curl -s localhost:8000/v1/posts?sort=top&window=day", "unquoted &"),
        ("sh", "rm -rf /", "no check for this program"),
        ("sh", "curl -s localhost:8000/v1/nowhere", "answered 404"),
        ("sh", "curl -s localhost:8000/healthz  # 404", "answered 200"),
        ("sh", "curl -s localhost:8000/v1/feed", "answered 401"),
        ("sh", "curl --json '{\"body\" 1}' localhost:8000/v1/posts", "':' delimiter"),
        ("sh", "curl --brotli localhost:8000/healthz", "neither"),
        ("sh", "curl https://example.com/", "neither"),
        ("sh", 'curl -H "Authorization: Bearer $T" localhost:8000/v1/feed', "never set"),
        ("sh", "T=$(corral tokens --user demo)", "No such command"),
        ("sh", "curl -s localhost:8000/healthz | sponge", "behind a pipe"),
        ("sh", "locust -f loadtests/locustfile.py Stampedes", "no class Stampedes"),
        ("sh", "locust -f loadtests/locustfile.py --hots x", "no option --hots"),
        ("sh", "locust", "no file"),
        ("sh", "python -m loadtests demos", "no command demos"),
        ("sh", "python -m loadtests demo --quickly", "no option --quickly"),
        ("sh", "python -m http.server", "only"),
        ("sh", "python -m scripts.draw_race", "there is no scripts.draw_race"),
        ("sh", "docker compose exec service-9 corral token --user demo", "no service"),
        ("console", "$ curl -i localhost:8000/healthz\nHTTP/1.1 404 Not Found", "answered 200"),
        (
            "console",
            "$ curl -i localhost:8000/v1/users/demo\nHTTP/1.1 200 OK\nCache-Status: nonsense",
            "the page says nonsense",
        ),
    ],
)
async def test_a_wrong_block_is_caught(language: str, text: str, why: str, reader: Reader) -> None:
    """Each check can fail."""
    said = await problems(language, text, reader)
    assert len(said) == 1
    assert why in said[0]


def test_blocks_are_found(tmp_path: Path) -> None:
    """Indented blocks, longer fences and continued lines are read as Markdown means them."""
    page = tmp_path / "page.md"
    page.write_text("a\n```sh\none \\\n  two\n```\n- b\n  ````text\n  ```\n  ````\n")
    sh, text = blocks_of(page)
    assert [line.command for line in commands_of(sh)] == ["one two"]
    assert (text.place, text.text) == ("page.md:7", "```\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("```python\nprint(GIVEN)  # here\n```", ""),
        ("```python\na = 1\n```\n```python\nprint(a + 1)  # 2\n```", ""),
        ("```python\nprint(1)  # 2\n```", "shows ['2'], its script prints ['1']"),
        ("```python\nprint(1)\n```", "shows [], its script prints ['1']"),
        ("```python\n1 / 0\n```", 'File "page.md", line 4'),
        ("```python\nimport warnings\nwarnings.warn('old')\n```", "UserWarning: old"),
        ("```python\nprint(b)\n```\n```python\nb = 1\n```", "name 'b' is not defined"),
    ],
)
async def test_a_script_is_held_to_its_page(text: str, why: str, tmp_path: Path) -> None:
    """Blocks share their names, in order; what fails is told by its line on the page."""
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{text}\n")
    said = await script_problems(page, tmp_path, GIVEN="here")
    assert bool(said) == bool(why)
    assert why in "".join(said)


def test_an_open_block_is_caught(tmp_path: Path) -> None:
    """A fence that is never closed would swallow the blocks after it."""
    page = tmp_path / "page.md"
    page.write_text("```sh\nmake test\n")
    with pytest.raises(ValueError, match=r"page.md:1: this block is never closed"):
        list(blocks_of(page))


def test_a_dead_link_is_caught(tmp_path: Path) -> None:
    """A link to a file that is not there is found; a link in a block is no link."""
    page = tmp_path / "page.md"
    page.write_text("[b](gone.md)\n```text\n[c](gone.md)\n```\n[d](https://x.y#z)\n")
    assert list(dead_links(page)) == ["page.md links to gone.md, which is not there"]
    page.write_text("# Which, with `which`\n[a](page.md#which-with-which) [b](#top)\n")
    assert list(dead_links(page)) == ["page.md links to #top, a heading that is not there"]


def windows_in(name: str) -> set[str]:
    """Windows of the lists that a file asks for."""
    return set(re.findall(r"window=(\w+)", (ROOT / name).read_text(encoding="utf-8")))


def test_what_is_asked_twice_is_left_cold() -> None:
    """After the demo's run the first answer is a miss: the run reads other lists."""
    run, asked = windows_in("loadtests/mixes/request.py"), windows_in("README.md")
    assert {"day"} == run
    assert asked
    assert not run & (asked | windows_in("service/demo/staying.py"))


def test_pages_are_found() -> None:
    """The list of pages is not short by mistake."""
    names = {page.relative_to(ROOT).as_posix() for page in PAGES}
    assert {"README.md", "docs/contributing.md", "docs/changelog.md"} <= names
