"""One request to come, and which of them write."""

from dataclasses import dataclass

WRITES = frozenset({"vote", "comment", "publish", "follow"})

TOP_OF_DAY = "/v1/posts?sort=top&window=day"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to come. `user` is who signs it, None for nobody."""

    kind: str
    method: str
    path: str
    user: str | None = None
    body: bytes = b""

    @property
    def cached_as(self) -> tuple[str, str | None]:
        """What one read has in common with another that a cache can answer for both."""
        return self.path, self.user if self.kind == "feed" else None
