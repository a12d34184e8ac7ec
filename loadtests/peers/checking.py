"""Before anything is measured: the sides answer alike, and the client is not what is measured."""

import json
import re
import urllib.error
import urllib.request
from asyncio import to_thread
from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.errors import LoadTestError
from loadtests.peers.client.closed import Window
from loadtests.peers.contenders import CONSTANT, Contender
from loadtests.peers.cores import everywhere, place, shares
from loadtests.peers.lab import CONNECTIONS, Lab
from loadtests.peers.result import ClientCheck, Side
from loadtests.services import Server

BARE = Contender("bare", "bare ASGI", "bare", is_peer=False, only_warm=True)
AT_LEAST = 1.5  # times the constant route's rate: else the client would be what is measured


async def same_answers(
    lab: Lab, contenders: Sequence[Contender], sides: Mapping[str, Side]
) -> None:
    """Ask each side for a post, cold and warm; who differs, or does not start, is left out."""
    wanted = b""
    for one in contenders:
        lab.show.begin(f"checking: {one.title}", 2.0)
        try:
            async with lab.serving(one, 1) as [server]:
                sides[one.key]["versions"] = await _versions(server)
                cold, warm = [await _answer(server, lab.hot_id) for _ in range(2)]
        except LoadTestError as error:
            sides[one.key]["cannot"]["start"] = str(error)
        else:
            wanted = wanted or cold
            if why := difference(wanted, cold, warm):
                sides[one.key]["cannot"]["start"] = why
        lab.show.end()


async def checked(lab: Lab) -> ClientCheck:
    """How fast the client asks where there is next to nothing to wait for."""
    lab.show.begin("checking the client", 4.0)
    async with lab.serving(BARE, 1) as [bare], lab.serving(CONSTANT, 1) as [constant]:
        where = shares()
        if where is not None:
            place([bare.process.pid, constant.process.pid], where[0])
            await lab.client.place(where[1])
        fast, slow = [await _window(lab, server) for server in (bare, constant)]
        if where is not None:
            await lab.client.place(everywhere())
    lab.show.end()
    bare_per_s, constant_per_s = (w["requests"] / w["wall_s"] for w in (fast, slow))
    return {
        "bare_per_s": bare_per_s,
        "bare_cpu": fast["client_cpu_s"] / fast["wall_s"],
        "constant_per_s": constant_per_s,
        "is_limit": bare_per_s < AT_LEAST * constant_per_s,
    }


async def _window(lab: Lab, server: Server) -> Window:
    return await lab.client.window(
        server.host, [lab.hot_id], connections=CONNECTIONS, for_s=lab.sizes.window_s, pids=()
    )


async def _versions(server: Server) -> dict[str, str]:
    found: Any = json.loads(await _get(f"http://{server.host}/readyz"))
    return found if isinstance(found, dict) and "fastapi" in found else {}


async def _answer(server: Server, post_id: int) -> bytes:
    return await _get(f"http://{server.host}/v1/posts/{post_id}")


async def _get(url: str) -> bytes:
    def get() -> bytes:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
                return bytes(answer.read())
        except (urllib.error.URLError, OSError) as error:
            raise LoadTestError(f"{url} does not answer as it should: {error}") from error

    return await to_thread(get)


def difference(wanted: bytes, *answers: bytes) -> str:
    """What one of these says otherwise than the one that is wanted; "" when none does."""
    for answer in answers:
        if _comparable(answer) != _comparable(wanted):
            return f"it answers otherwise than the first side: {answer[:200]!r}"
    return ""


def _comparable(answer: bytes) -> bytes:
    """An answer, byte by byte, but for its views: Corral's own endpoint counts them."""
    return re.sub(rb'"views":\d+', b'"views":0', answer)
