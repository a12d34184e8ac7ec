"""What a list of the small entries holds of each post."""

from dataclasses import dataclass

from service.feed.models import AuthorCard, Post, PostText, Ranked


@dataclass(frozen=True, slots=True)
class SmallPost:
    """A post and its author's name, without its counts."""

    text: PostText
    author: AuthorCard

    @classmethod
    def of(cls, post: Post) -> "SmallPost":
        """A whole post without its counts."""
        text = PostText(
            id=post.id,
            author_id=post.author.id,
            title=post.title,
            body=post.body,
            tags=post.tags,
            created_at=post.created_at,
            edited_at=post.edited_at,
            version=post.version,
        )
        return cls(text, post.author)

    def id_of(self) -> int:
        """The post's id, by which lists are ordered."""
        return self.text.id


@dataclass(frozen=True, slots=True)
class RankedSmall:
    """One place of a ranking, with what stands there."""

    place: Ranked
    small: SmallPost
