"""What is known of a post without its text: for who has that already."""

from dataclasses import dataclass
from datetime import datetime

from service.feed.models import AuthorCard, Counts, Post, Viewer

# What stands in a post until its counts are laid over it.
UNCOUNTED = Counts(score=0, upvotes=0, downvotes=0, comments=0, views=0, reactions={})


@dataclass(frozen=True, slots=True)
class PostHead:
    """Which version of a post stands, whose it is, and which lists of tags it belongs in."""

    id: int
    author_id: int
    version: int
    tags: tuple[str, ...]

    def outline(self, author: AuthorCard) -> Post:
        """The post without what changes with its version alone, and without counts."""
        return Post(
            id=self.id,
            author=author,
            title="",
            body="",
            tags=self.tags,
            created_at=datetime.min,
            edited_at=None,
            version=self.version,
            counts=UNCOUNTED,
        )


@dataclass(frozen=True, slots=True)
class PostNow:
    """What the database says at this moment of a post that one reader is shown."""

    version: int
    counts: Counts
    viewer: Viewer
