"""Every copy of a name: what a rename costs where a name is stored beside what its owner wrote.

One card that everything refers to is one entry to drop. Copies have to be found first: every post
of the author, every post that they commented on, their own list, all their followers' feeds, and
the rankings.
"""

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.queries.copies import commented_by, written_by
from service.strategies.outdated import FeedsOfFollowers, Outdated


async def copies_of_name(engine: AsyncEngine, author_id: int) -> list[Outdated | FeedsOfFollowers]:
    """The entries that may show the name of this user."""
    written, commented = await written_by(engine, author_id), await commented_by(engine, author_id)
    return [
        # The rankings go once, with the first.
        *(Outdated(keys.POST, one, author_id, ranked=one == written[0]) for one in written),
        *(Outdated(keys.COMMENT, one, post_id=post_id) for one, post_id in commented.items()),
        *(Outdated(keys.COMMENTS, post_id) for post_id in {*written, *commented.values()}),
        Outdated(keys.AUTHOR, author_id),
        FeedsOfFollowers(author_id),
    ]
