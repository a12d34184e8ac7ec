"""What is read."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from service.feed.discussion import Comment
from service.feed.heads import PostNow
from service.feed.models import (
    HomePosts,
    Post,
    Profile,
    Ranked,
    Reputation,
    SitePage,
    Window,
)
from service.feed.threads import FreshComment, Place, Placed, Thread

RankedPost = tuple[Ranked, Post]
NamedBy = Literal["list", "url"]  # who made up an id: a list of ours, or anybody at all


class Pages(Protocol):
    """Everything that is read and is the same for all readers; a strategy stands behind it.

    Lists are newest first. `before` is an id: only what is older. `post` and
    `profile` of something unknown are None; the others are asked for known ids only.
    """

    async def post(self, post_id: int) -> Post | None:
        """One post."""

    async def posts(self, post_ids: Sequence[int], named_by: NamedBy, /) -> Mapping[int, Post]:
        """Posts by id; those that do not stand are left out."""

    def outlined(self) -> "Pages":
        """The same with posts that lack title, body and times, where that spares something.

        Never to be shown: they tell whether a client has the newest. Else these pages themselves.
        """

    def uncounted(self) -> "Pages":
        """The same with posts whose counts may all be 0, where that spares something.

        Never to be shown: for who lays counts over them. Else these pages themselves.
        """

    async def profile(self, handle: str) -> Profile | None:
        """A user's page."""

    async def author_posts(self, user_id: int, before: int | None, limit: int) -> list[Post]:
        """Posts of one author, newest first."""

    async def home_feed(self, user_id: int, before: int | None, limit: int) -> HomePosts:
        """Posts of those whom the user follows, newest first."""

    async def top(self, window: Window, after: Ranked | None, limit: int) -> list[RankedPost]:
        """The best of a window, by points; `after` is the last place already shown."""

    async def trending(self, limit: int) -> list[Post]:
        """What draws votes and comments now."""

    async def reputation(self, user_id: int, handle: str) -> Reputation:
        """A user's standing."""


class Home(Protocol):
    """One reader's home feed while one page of it is read."""

    @property
    def is_rebuilding(self) -> bool:
        """Whether what it is usually read from was not there."""

    async def below(self, before: int | None, limit: int, /) -> Sequence[int]:
        """Up to `limit` ids older than `before`, newest first; fewer only at the end."""

    def shows(self, post: Post, /) -> bool:
        """Whether a post of these belongs there still."""


class Records(Protocol):
    """The pieces that pages are assembled from, in bulk."""

    async def posts(self, post_ids: Sequence[int], named_by: NamedBy, /) -> Mapping[int, Post]:
        """Posts by id; unknown ones are left out."""

    async def profile(self, handle: str) -> Profile | None:
        """A user's page."""

    async def author_ids(self, user_id: int, before: int | None, limit: int) -> Sequence[int]:
        """Ids of an author's posts, newest first."""

    async def home(self, user_id: int) -> Home:
        """A home feed, to be read now."""

    async def ranking(self, window: Window) -> Sequence[Ranked]:
        """The best of a window, best first."""

    async def trending(self) -> Sequence[Ranked]:
        """What draws votes and comments now, hottest first."""

    async def reputation(self, user_id: int, handle: str) -> Reputation:
        """A user's standing."""


class Discussions(Protocol):
    """Comments, the same for all readers."""

    async def page(self, thread: Thread, after: Place | None, limit: int) -> list[Placed] | None:
        """Part of a thread behind `after`; None when the post does not stand."""

    async def comment(self, comment_id: int) -> tuple[Comment, int] | None:
        """One comment and its version; None when it does not stand."""


class OwnComments(Protocol):
    """What one reader has changed among comments: asked of the database, never cached."""

    async def fresh(self, user_id: int, post_id: int, shown: Sequence[int]) -> list[FreshComment]:
        """Of the comments of a post, those shown or new that the reader may have changed, by id."""


Deletable = Literal["post", "comment", "user"]


class Deleted(Protocol):
    """Whether what a read did not find was there once."""

    async def was_deleted(self, what: Deletable, which: int | str) -> bool:
        """Whether it was deleted; `which` is an id, or a user's handle."""

    async def users_deleted(self, handles: Collection[str]) -> set[str]:
        """Those of the users who are no more."""


class SitePages(Protocol):
    """Pages of the site itself."""

    async def page(self, slug: str) -> SitePage | None:
        """One page; None for an unknown one."""


class Overlays(Protocol):
    """What is one reader's own: asked of the database on each page, never cached."""

    async def now(self, user_id: int, post_ids: Sequence[int]) -> Mapping[int, PostNow]:
        """The reader's facts by post id, in one query; posts that are gone are left out."""

    async def newest(self, post_ids: Sequence[int]) -> Mapping[int, Post]:
        """Posts as they are now, for a page that was made of older ones; kept by nobody."""
