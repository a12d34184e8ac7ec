"""Every Redis key: name, what it holds, how long. Nothing else may build one.

The braces are a hash tag: all keys of one logical entry lie in one cluster slot.
"""

from dataclasses import dataclass

HOUR_S = 3600.0
DEFAULT_TTL_S = HOUR_S
NEGATIVE_TTL_S = 30.0  # an absence; short, because a missing thing may be made any moment
LEAST_TTL_S = 0.1
MOST_TTL_S = 365 * 24 * HOUR_S


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of entry. `fresh_s` is the soft life where it ends before the hard `ttl_s`."""

    name: str
    pattern: str
    holds: str
    ttl_s: float = DEFAULT_TTL_S
    fresh_s: float | None = None

    def key(self, entry: int | str) -> str:
        """The key of one entry of this kind."""
        return self.pattern.format(entry)


POST = Kind("post", "post:{{{}}}", "a post: the whole graph, the post, or its text alone")
HEAD = Kind("head", "post:{{{}}}:head", "a post's author, version and tags, without its text")
COUNTS = Kind("counts", "post:{{{}}}:counts", "votes, comments, views, reactions of a post")
COMMENTS = Kind("comments", "post:{{{}}}:comments", "the first comments of a post", ttl_s=600)
THREAD = Kind("thread", "comments:{{{}}}", "the tree of a post's comments", ttl_s=600, fresh_s=60)
COMMENT = Kind("comment", "comment:{{{}}}", "what a comment says, and its score")
CARD = Kind("card", "user:{{{}}}:card", "an author's name", 24 * HOUR_S)
PROFILE = Kind("profile", "profile:{{{}}}", "a user's page, by handle", 24 * HOUR_S)
AUTHOR = Kind("author", "user:{{{}}}:posts", "an author's newest posts")
FEED = Kind("feed", "feed:{{{}}}", "a reader's home feed, or whom it is drawn from")
AUTHOR_IDS = Kind("author_ids", "user:{{{}}}:posts:ids", "the ids that an author's list is made of")
FEED_IDS = Kind("feed_ids", "feed:{{{}}}:ids", "the ids that a home feed is made of")
TIMELINE = Kind(
    "timeline", "timeline:{{{}}}", "the newest ids of a reader's home feed", ttl_s=14 * 24 * HOUR_S
)
HEAVY = Kind("heavy", "heavy:{{{}}}", "authors who are pulled", ttl_s=300, fresh_s=30)
OWED = Kind("owed", "owed:{{{}}}", "authors whose pushes still wait", ttl_s=60)
FOLLOWERS = Kind("followers", "user:{{{}}}:followers", "the newest of a user's followers")
FOLLOWING = Kind("following", "user:{{{}}}:following", "the newest of those whom a user follows")
ALL_POSTS = "_all"  # the entry of lists that are not of one tag: no tag begins so
NEW = Kind("new", "new:{{{}}}", "the newest posts, of all or of a tag")
HOT = Kind("hot", "hot:{{{}}}", "the hottest posts, of all or of a tag", ttl_s=600, fresh_s=10)
TAG_TOP = Kind("tag_top", "tag_top:{{{}}}", "the best of a window and a tag", 600, fresh_s=60)
TAG = Kind("tag", "tag:{{{}}}", "how many posts a tag has")
TAGS = Kind("tags", "tags:{{{}}}", "the tags most used, or trending", ttl_s=600, fresh_s=60)
BOARD = Kind("board", "board:{{{}}}", "who stands highest", ttl_s=HOUR_S, fresh_s=300)
TOP = Kind("top", "top:{{{}}}", "the best of a window", ttl_s=600, fresh_s=60)
TRENDING = Kind(
    "trending", "trending:{{{}}}", "what draws votes and comments now", ttl_s=300, fresh_s=5
)
RANKING = Kind(
    "ranking", "ranking:{{{}}}", "what is trending, kept by steps", ttl_s=30 * 24 * HOUR_S
)
REPUTATION = Kind("reputation", "reputation:{{{}}}", "a user's standing")
PAGE = Kind("page", "page:{{{}}}", "a page of the site itself, by slug", 7 * 24 * HOUR_S)
VIEWED = Kind("viewed", "viewed:{{{}}}", "who looked at a post within one hour")
VIEWS = Kind("views", "views:{{{}}}", "views not yet in the database", 7 * 24 * HOUR_S)
DELETED = Kind("deleted", "deleted:{{{}}}", "whether a post, comment or user was deleted")
POST_COUNT = Kind("post_count", "reputation:{{{}}}:posts", "a component of a standing")
COMMENT_COUNT = Kind("comment_count", "reputation:{{{}}}:comments", "a component of a standing")
VOTE_DAYS = Kind("vote_days", "reputation:{{{}}}:votes", "a component of a standing")

KINDS = {
    kind.name: kind
    for kind in (
        POST, COUNTS, COMMENTS, THREAD, COMMENT,
        CARD, PROFILE, AUTHOR, FEED, TIMELINE, HEAVY, OWED, TOP, TRENDING, REPUTATION,
        POST_COUNT, COMMENT_COUNT, VOTE_DAYS, NEW, HOT, TAG_TOP, TAG, TAGS,
        FOLLOWERS, FOLLOWING, BOARD, RANKING, DELETED, PAGE, VIEWED, VIEWS, HEAD,
        AUTHOR_IDS, FEED_IDS,
    )
}  # fmt: skip

# How often somebody asked: no entries of a cache, and nobody's to drop.
LIMIT_WRITES = Kind("limit_writes", "limit:{{{}}}:writes", "when a writer may write as before", 60)
LIMIT_ADDRESS = Kind("limit_address", "limit:{{{}}}:sign_in", "the same of who signs in", 60)
LIMIT_ACCOUNT = Kind("limit_account", "limit:{{{}}}:account", "the same of an account", 60)
LIMIT_KNOWN = Kind("limit_known", "limit:{{{}}}:known", "its owner was here", 30 * 24 * HOUR_S)
LIMITS = {kind.name: kind for kind in (LIMIT_WRITES, LIMIT_ADDRESS, LIMIT_ACCOUNT, LIMIT_KNOWN)}


class NoEntry(ValueError):
    """Not the name of an entry; the text is fit to be shown."""


def parse_entry(name: str) -> tuple[Kind, str]:
    """`top:day` -> (TOP, "day"). Raises NoEntry for what is not an entry's name."""
    kind, separator, entry = name.partition(":")
    if kind not in KINDS or not separator or not entry:
        raise NoEntry(f"this is not an entry; write one of {', '.join(KINDS)} : id")
    return KINDS[kind], entry


def numbered(entry: int | str) -> int:
    """The id that an entry is named by. Raises NoEntry."""
    try:
        return int(entry)
    except ValueError:
        raise NoEntry("entries of this kind are named by a number") from None
