"""Whom and what the traffic is about: handles and post ids with their weights, in one JSON file."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

UNKNOWN = -1  # the place of an author who is not among the handles


@dataclass(frozen=True)
class Population:
    """Users and posts of a service. Weights are followers of users and upvotes of posts.

    Where they are known, `authors` says who wrote each post, by position in `handles`, and `fans`
    are those who follow whoever is followed most.
    """

    handles: list[str]
    followers: list[int]
    posts: list[int]
    upvotes: list[int]
    tokens: dict[str, str]
    authors: list[int] = field(default_factory=list)
    fans: list[str] = field(default_factory=list)

    @property
    def celebrity(self) -> str:
        """Whoever is followed most; of equals the first."""
        return self.handles[self.followers.index(max(self.followers))]

    @property
    def hottest_post(self) -> int:
        """The post with the most upvotes; of equals the first."""
        return self.posts[self.upvotes.index(max(self.upvotes))]

    def save(self, path: Path) -> None:
        """Write it for the generator."""
        path.write_text(json.dumps(asdict(self), separators=(",", ":")))

    @classmethod
    def load(cls, path: Path) -> "Population":
        """Read what `save` wrote."""
        return cls(**json.loads(path.read_text()))
