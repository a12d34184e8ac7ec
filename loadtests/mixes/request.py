"""One request to come, and which of them write."""

from dataclasses import dataclass

WRITES = frozenset({"vote", "comment", "publish", "follow"})

TOP_OF_DAY = "/v1/posts?sort=top&window=day"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to come. `user` is who signs it, None for nobody.

    `expects` is the answer that is no error. `page` is what page of a list this is, and `pages` how
    many are read in all, each by the cursor that the one before it gave.
    """

    kind: str
    method: str
    path: str
    user: str | None = None
    body: bytes = b""
    expects: int = 200
    page: int = 1
    pages: int = 1

    @property
    def cached_as(self) -> tuple[str, str | None]:
        """What one read has in common with another that a cache can answer for both."""
        return self.path, self.user if self.kind == "feed" else None
