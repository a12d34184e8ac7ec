"""Posts: one, a new one, an edit, a vote, a reaction."""

from fastapi import APIRouter, Request, Response

from service.feed import changing_posts, posts, reactions, votes
from service.feed.models import Counts, Post, Reaction, SeenPost
from service.feed.ports import Pages, UnitOfWork
from service.feed.views import count_view
from service.http.answers import Answer
from service.http.conditional import Asked, IfMatch, entity_tag
from service.http.deps import FeedDep, Id, IsAdminDep, UserDep, ViewerDep
from service.http.errors import PROBLEMS
from service.http.limits import address_of
from service.http.once import Made, OnceDep
from service.http.schemas import NewPost, NewVote, PostEdit

router = APIRouter(prefix="/v1/posts", tags=["posts"], responses=PROBLEMS)


@router.get("/{post_id}", response_model=SeenPost | Post)
async def read_post(
    post_id: Id, feed: FeedDep, viewer: ViewerDep, asked: Asked, request: Request
) -> Response:
    """One post; a view of it, of which there is one for each viewer and hour."""
    viewer_id = viewer.user_id if viewer else None

    async def read(pages: Pages) -> Post:
        return await posts.read_post(
            post_id, viewer_id, pages=pages, overlays=feed.overlays, deleted=feed.deleted
        )

    answer = await asked.read(feed.pages, read)
    count_view(post_id, viewer_id, address_of(request.scope), views=feed.views)
    return answer


@router.post("", status_code=201, response_model=SeenPost)
async def publish_post(new: NewPost, once: OnceDep, user: UserDep) -> Response:
    """Write a post."""

    async def make(uow: UnitOfWork) -> Made:
        post = await posts.publish_post(user.user_id, new.title, new.body, new.tags, uow=uow)
        return Made(post, f"/v1/posts/{post.id}", entity_tag(post))

    return await once.answer(make)


@router.patch("/{post_id}", response_model=SeenPost)
async def edit_post(
    post_id: Id, edit: PostEdit, feed: FeedDep, user: UserDep, version: IfMatch
) -> Response:
    """Replace what is sent of one's own post; `If-Match` says which version was read."""
    post = await changing_posts.edit_post(
        user.user_id,
        post_id,
        version,
        **edit.model_dump(exclude_unset=True),
        uow=feed.transaction(),
        overlays=feed.overlays,
    )
    return Answer(post, headers={"ETag": entity_tag(post)})


@router.delete("/{post_id}", status_code=204)
async def delete_post(
    post_id: Id, feed: FeedDep, user: UserDep, version: IfMatch, is_admin: IsAdminDep
) -> None:
    """Take one's own post away, for good; an administrator anybody's."""
    await changing_posts.delete_post(
        user.user_id, post_id, version, is_admin=is_admin, uow=feed.transaction()
    )


@router.put("/{post_id}/reactions/{kind}", response_model=Counts)
async def react(post_id: Id, kind: Reaction, feed: FeedDep, user: UserDep) -> Response:
    """React to a post; doing it again changes nothing."""
    return Answer(
        await reactions.set_reaction(
            user.user_id, post_id, kind, reacts=True, uow=feed.transaction()
        )
    )


@router.delete("/{post_id}/reactions/{kind}", response_model=Counts)
async def unreact(post_id: Id, kind: Reaction, feed: FeedDep, user: UserDep) -> Response:
    """React so no longer; doing it again changes nothing."""
    return Answer(
        await reactions.set_reaction(
            user.user_id, post_id, kind, reacts=False, uow=feed.transaction()
        )
    )


@router.put("/{post_id}/vote", response_model=Counts)
async def vote_on_post(post_id: Id, new: NewVote, feed: FeedDep, user: UserDep) -> Response:
    """Vote; the value is what the vote shall be, so a repeated request is harmless."""
    return Answer(
        await votes.vote_on_post(user.user_id, post_id, new.value, uow=feed.transaction())
    )


@router.delete("/{post_id}/vote", response_model=Counts)
async def unvote_post(post_id: Id, feed: FeedDep, user: UserDep) -> Response:
    """Take one's vote back; doing it again changes nothing."""
    return Answer(await votes.vote_on_post(user.user_id, post_id, 0, uow=feed.transaction()))
