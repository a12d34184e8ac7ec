"""Whom and what the traffic is about: handles and post ids with their weights, in one JSON file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Population:
    """Users and posts of a service. Weights are followers of users and upvotes of posts."""

    handles: list[str]
    followers: list[int]
    posts: list[int]
    upvotes: list[int]
    tokens: dict[str, str]

    def save(self, path: Path) -> None:
        """Write it for the generator."""
        path.write_text(json.dumps(asdict(self), separators=(",", ":")))

    @classmethod
    def load(cls, path: Path) -> "Population":
        """Read what `save` wrote."""
        return cls(**json.loads(path.read_text()))
