"""Edit and delete a post: whose it is, and which version of it was meant."""

from collections.abc import Sequence

from service.feed.errors import Forbidden, Gone, NotFound, Outdated
from service.feed.lists import seen_by
from service.feed.models import Post, StandingPost
from service.feed.ports import Overlays, UnitOfWork, Writes


async def edit_post(
    user_id: int,
    post_id: int,
    version: int | None,
    *,
    title: str | None = None,
    body: str | None = None,
    tags: Sequence[str] | None = None,
    uow: UnitOfWork,
    overlays: Overlays,
) -> Post:
    """Replace what is given of one's own post, if `version` (None: any) is still its newest.

    What is answered is what its author would read. Raises NotFound, Gone, Forbidden, Outdated.
    """
    async with uow as writes:
        post = await _meant(user_id, post_id, version, is_admin=False, writes=writes)
        edited, change = await writes.edit_post(post, title, body, tags)
        writes.record(change)
    for seen in await seen_by(user_id, [edited], overlays):
        return seen
    raise Gone(f"post {post_id} was deleted")  # since the edit


async def delete_post(
    user_id: int, post_id: int, version: int | None, *, is_admin: bool, uow: UnitOfWork
) -> None:
    """Take one's own post away, or as an administrator anybody's; otherwise like an edit."""
    async with uow as writes:
        post = await _meant(user_id, post_id, version, is_admin=is_admin, writes=writes)
        writes.record(await writes.delete_post(post))


async def _meant(
    user_id: int, post_id: int, version: int | None, *, is_admin: bool, writes: Writes
) -> StandingPost:
    post = await writes.post_to_change(user_id, post_id)
    if post is None:
        raise NotFound(f"there is no post {post_id}")
    if post.author_id != user_id and not is_admin:
        raise Forbidden("only its author may change a post")
    if version not in {None, post.version}:
        raise Outdated(f"post {post_id} is at version {post.version} now: read it again")
    return post
