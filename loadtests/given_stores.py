"""Stores that somebody else runs: used when they are empty, and never flushed."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from loadtests.databases import is_empty
from loadtests.errors import LoadTestError
from loadtests.stores import connected

DATABASE, REDIS = "DATABASE_URL", "REDIS_URL"
SCHEMES = {DATABASE: ("postgresql://", "postgres://"), REDIS: ("redis://", "rediss://")}


@dataclass(frozen=True)
class GivenStores:
    """The stores of DATABASE_URL and REDIS_URL."""

    database_url: str
    redis_url: str

    def redis_urls(self, slugs: Sequence[str]) -> dict[str, str]:
        """A numbered database for each subject, from the one in REDIS_URL on."""
        parts = urlsplit(self.redis_url)
        path = parts.path.strip("/") or "0"
        if not path.isdigit():
            raise LoadTestError(f"{REDIS} must end in a database number.")
        return {
            slug: urlunsplit(parts._replace(path=f"/{int(path) + place}"))
            for place, slug in enumerate(slugs)
        }

    async def empty_stores(self, redis_urls: Mapping[str, str]) -> frozenset[str]:
        """Those of the numbered databases that hold no key. Raises LoadTestError if one is none."""
        found = set()
        for slug, url in redis_urls.items():
            try:
                async with connected(url) as store:
                    found |= {slug} if await store.is_empty() else set()
            except LoadTestError as error:
                raise LoadTestError(
                    f"{_shown(url)}, the store of {slug}: {error} (each subject needs a numbered "
                    f"database, and {len(redis_urls)} are needed, from the one in {REDIS} on)"
                ) from error
        return frozenset(found)

    async def refuse_unless_empty(self, redis_urls: Mapping[str, str], empty: Set[str]) -> None:
        """Raise LoadTestError naming the first store that holds something."""
        if not await is_empty(self.database_url):
            raise LoadTestError(
                f"The database of {DATABASE} is not empty: give one that is, or --yes to use it "
                "all the same. Its rows are then replaced."
            )
        for slug, url in redis_urls.items():
            if slug not in empty:
                raise LoadTestError(
                    f"{_shown(url)} is not empty: give a {REDIS} whose database and the "
                    f"{len(redis_urls) - 1} after it are, or --yes to use them all the same."
                )


def given_stores(env: Mapping[str, str]) -> GivenStores | None:
    """The stores named in the environment, or None. Raises LoadTestError for one alone."""
    found = {name: env.get(name, "") for name in (DATABASE, REDIS)}
    missing = [name for name, url in found.items() if not url]
    if len(missing) == len(found):
        return None
    if missing:
        raise LoadTestError(f"Set {missing[0]} as well, or neither for embedded servers.")
    for name, url in found.items():
        if not url.startswith(SCHEMES[name]):
            raise LoadTestError(f"{name} is wrong: it must begin with {SCHEMES[name][0]}.")
    return GivenStores(found[DATABASE], found[REDIS])


def _shown(url: str) -> str:
    """Without its password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
