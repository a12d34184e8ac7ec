"""One subject's services in front of a database and a store, for the length of a block."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from loadtests.contest import Contestant
from loadtests.services import UNLIMITED, serving
from loadtests.stores import Store
from loadtests.trials.subject import Subject


class Means(Protocol):
    """What services are started with, whatever they are to serve."""

    @property
    def env(self) -> Mapping[str, str]:
        """The environment that all have in common."""

    @property
    def work(self) -> Path:
        """Where their logs go."""

    @property
    def admin_token(self) -> str:
        """What their counters are read with."""


@asynccontextmanager
async def on_stage(
    means: Means,
    subject: Subject,
    settings: Mapping[str, str],
    store: Store,
    redis_url: str,
    database_url: str,
) -> AsyncIterator[Contestant]:
    """One subject's services, ready, on this database and this store.

    They reach their cache by `redis_url`; what is measured of the store goes to it directly.
    """
    chosen = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    chosen |= {"CORRAL_ADMIN": "1", "CORRAL_UNLIMITED": UNLIMITED, **subject.settings}
    name, env, token = (
        subject.name,
        {**means.env, **joined_settings(chosen, settings)},
        means.admin_token,
    )
    async with serving(name, env=env, logs=means.work, admin_token=token) as service:
        await service.ready()
        yield Contestant(name, service, urlsplit(database_url).path.lstrip("/"), store)
        await asyncio.sleep(0)  # a Ctrl-C that came meanwhile is heard before servers end


def joined_settings(chosen: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """A scenario's changes of the plan come on top of the subject's own."""
    changes = [by["CORRAL_SET"] for by in (chosen, settings) if by.get("CORRAL_SET")]
    joined = {"CORRAL_SET": ",".join(changes)} if changes else {}
    return {**chosen, **settings, **joined}
