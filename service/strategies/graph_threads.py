"""Comments out of the whole graph of their post, which dies with each of them."""

from collections.abc import Awaitable, Callable, Sequence

from service import keys
from service.feed.discussion import Comment
from service.feed.models import AuthorCard
from service.feed.threads import Knot, Place, Placed, Thread, skeleton_of, walk
from service.queries.graph import GraphComment, PostGraph
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.single_comments import SingleComments, Versioned
from service.strategies.tools import Tools


class GraphThreads:
    """`Discussions` from graphs; a comment asked for alone is stored a second time."""

    def __init__(
        self, tools: Tools, graph_of: Callable[[int], Awaitable[PostGraph | None]]
    ) -> None:
        self._graph_of = graph_of
        self._single = SingleComments(tools)

    async def page(self, thread: Thread, after: Place | None, limit: int) -> list[Placed] | None:
        """Part of a thread: all comments are fetched, and put in order, for each page."""
        graph = await self._graph_of(thread.post_id)
        if graph is None:
            return None
        kept = {one.comment.id: one for one in graph.comments}
        skeleton = skeleton_of([_knot(one) for one in graph.comments], thread.sort)
        found = walk(skeleton, thread, after, limit) or []
        return [(place, _shown(kept[of])) for place, of in found]

    async def comment(self, comment_id: int) -> Versioned | None:
        """One comment."""
        return await self._single.of(comment_id)

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Comments asked for alone; who holds the graphs drops those."""
        for entry in entries:
            match entry:
                case Outdated(keys.COMMENT, comment_id):
                    await self._single.invalidate(comment_id)


def _knot(kept: GraphComment) -> Knot:
    text = kept.comment
    return Knot(text.id, text.parent_id, kept.upvotes, kept.downvotes)


def _shown(kept: GraphComment) -> Comment:
    author = kept.author
    return kept.comment.joined(AuthorCard(author.id, author.handle, author.display_name))
