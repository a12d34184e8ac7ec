"""Read the comments of a post, add one, change one, vote on one."""

from service.feed.absent import missing
from service.feed.cursor import Cursors
from service.feed.discussion import Comment, CommentCounts, StandingComment
from service.feed.errors import Forbidden, Gone, Invalid, NotFound, Outdated
from service.feed.models import Page
from service.feed.own_comments import as_changed_by, comment_as_changed_by
from service.feed.ports import (
    Deletable,
    Deleted,
    Discussions,
    OwnComments,
    Pages,
    UnitOfWork,
    Writes,
)
from service.feed.threads import DEEPEST, CommentSort, Thread, keys_a_level


async def read_comments(
    thread: Thread,
    viewer_id: int | None,
    cursor: str | None,
    limit: int,
    *,
    discussions: Discussions,
    own_comments: OwnComments,
    cursors: Cursors,
    deleted: Deleted,
) -> Page[Comment]:
    """Part of a thread, as it is walked. Raises NotFound, Gone, BadCursor.

    What is not there is the comment that it hangs on, or the post.
    """
    listing = f"comments?post={thread.post_id}&root={thread.root}"
    listing += f"&sort={thread.sort}&depth={thread.depth}"
    keys = keys_a_level(thread.sort)
    after = cursors.decode(listing, cursor, keys=range(keys, keys * DEEPEST + 1, keys))
    found = await discussions.page(thread, after, limit + 1)
    if found is None:
        what: Deletable = "post" if thread.root is None else "comment"
        raise await missing(what, thread.root or thread.post_id, deleted=deleted)
    placed = found
    if viewer_id is not None:
        placed = await as_changed_by(viewer_id, found, thread, after, limit + 1, own_comments)
    shown = placed[:limit]
    # One that the reader took back may have left a page that is not full, and is not the last.
    more = len(placed) > limit or len(found) > limit
    last = (shown or found)[-1][0] if more else ()
    return Page([one for _, one in shown], cursors.encode(listing, *last) if more else None)


async def read_comment(
    comment_id: int,
    viewer_id: int | None,
    *,
    discussions: Discussions,
    own_comments: OwnComments,
    pages: Pages,
    deleted: Deleted,
) -> tuple[Comment, int]:
    """One comment, and its version. Raises NotFound, Gone."""
    found = await discussions.comment(comment_id)
    if found is not None and viewer_id is not None:
        found = await comment_as_changed_by(viewer_id, found, own_comments)
    # A comment goes with its post, and no deletion of a post goes through all that hangs on it.
    if found is None or await pages.post(found[0].post_id) is None:
        raise await missing("comment", comment_id, deleted=deleted)
    return found


async def thread_below(
    comment_id: int,
    sort: CommentSort,
    depth: int,
    *,
    discussions: Discussions,
    deleted: Deleted,
) -> Thread:
    """What hangs on a comment, to be read by `read_comments`. Raises NotFound, Gone."""
    found = await discussions.comment(comment_id)
    if found is None:
        raise await missing("comment", comment_id, deleted=deleted)
    return Thread(found[0].post_id, sort, depth, root=comment_id)


async def add_comment(
    author_id: int, post_id: int, body: str, parent_id: int | None, *, uow: UnitOfWork
) -> tuple[Comment, int]:
    """Comment on a post, or on a comment of it. With its version; NotFound, Gone, Invalid."""
    async with uow as writes:
        # The database is asked, not the cache: a write never trusts a cached read.
        ground = await writes.ground(post_id, parent_id)
        if ground is None:
            where = f"comment {parent_id} under post {post_id}" if parent_id else f"post {post_id}"
            raise NotFound(f"there is no {where}")
        if ground.is_deleted:
            raise Gone(f"comment {parent_id} was deleted")
        if ground.level >= DEEPEST:
            raise Invalid(f"a thread is no deeper than {DEEPEST} levels: answer one further up")
        comment, version, change = await writes.add_comment(author_id, ground, body)
        writes.record(change)
    return comment, version


async def edit_comment(
    user_id: int, comment_id: int, version: int | None, body: str, *, uow: UnitOfWork
) -> tuple[Comment, int]:
    """Let one's own comment say something else, if `version` (None: any) is still its newest.

    Answers with the new version. Raises NotFound, Gone, Forbidden, Outdated.
    """
    async with uow as writes:
        comment = await _meant(user_id, comment_id, version, is_admin=False, writes=writes)
        edited, newest, change = await writes.edit_comment(comment, body)
        writes.record(change)
    return edited, newest


async def delete_comment(
    user_id: int, comment_id: int, version: int | None, *, is_admin: bool, uow: UnitOfWork
) -> None:
    """Take one's own comment back, or as an administrator anybody's; otherwise like an edit."""
    async with uow as writes:
        comment = await _meant(user_id, comment_id, version, is_admin=is_admin, writes=writes)
        writes.record(await writes.delete_comment(comment))


async def vote_on_comment(
    user_id: int, comment_id: int, value: int, *, uow: UnitOfWork
) -> CommentCounts:
    """Make the user's vote `value` (-1, 0, 1), whatever it was. Raises NotFound, Gone, Invalid."""
    if value not in {-1, 0, 1}:
        raise Invalid("a vote is -1, 0 or 1")
    async with uow as writes:
        voted = await writes.set_comment_vote(user_id, comment_id, value)
        if voted is None:
            raise NotFound(f"there is no comment {comment_id}")
        counts, change = voted
        writes.record(change)
    return counts


async def _meant(
    user_id: int, comment_id: int, version: int | None, *, is_admin: bool, writes: Writes
) -> StandingComment:
    comment = await writes.comment_to_change(user_id, comment_id)
    if comment is None:
        raise NotFound(f"there is no comment {comment_id}")
    if comment.author_id != user_id and not is_admin:
        raise Forbidden("only its author may change a comment")
    if version not in {None, comment.version}:
        raise Outdated(f"comment {comment_id} is at version {comment.version} now: read it again")
    return comment
