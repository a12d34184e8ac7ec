"""The statements that write, an area a file. Counters change in SQL with the row they count."""

from service.queries.writes.accounts import AccountWrites
from service.queries.writes.comment_votes import CommentVoteWrites
from service.queries.writes.comments import CommentWrites
from service.queries.writes.follows import FollowWrites
from service.queries.writes.once import OnceWrites
from service.queries.writes.posts import PostWrites
from service.queries.writes.reactions import ReactionWrites
from service.queries.writes.recounts import RecountWrites
from service.queries.writes.refresh_tokens import RefreshTokenWrites
from service.queries.writes.standing_comments import StandingCommentWrites
from service.queries.writes.standing_posts import StandingPostWrites
from service.queries.writes.votes import VoteWrites

__all__ = ["SqlWrites"]


class SqlWrites(
    OnceWrites,
    PostWrites,
    StandingPostWrites,
    ReactionWrites,
    RecountWrites,
    CommentWrites,
    StandingCommentWrites,
    CommentVoteWrites,
    VoteWrites,
    FollowWrites,
    AccountWrites,
    RefreshTokenWrites,
):
    """`Writes` on one connection with an open transaction; `changes` lists what was recorded.

    Each write raises Unauthenticated when its user is gone: a token may outlive whom it names.
    """
