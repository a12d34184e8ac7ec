"""One's own page: read, change, and leave."""

from fastapi import APIRouter, Response

from service.feed import accounts
from service.feed.models import Profile
from service.http.answers import Answer
from service.http.conditional import Asked, IfMatch, entity_tag
from service.http.deps import FeedDep, UserDep
from service.http.errors import PROBLEMS
from service.http.schemas import ProfileChange

router = APIRouter(prefix="/v1/me", tags=["identity"], responses=PROBLEMS)


@router.get("", response_model=Profile, summary="Read Own Profile")
async def read_me(feed: FeedDep, user: UserDep, asked: Asked) -> Response:
    """One's own page; its ETag is what `If-Match` wants."""
    own = await accounts.read_own_profile(user.user_id, accounts=feed.accounts)
    return asked.show(own.profile, version=own.version)


@router.patch("", response_model=Profile, summary="Change Own Profile")
async def change_me(
    change: ProfileChange, feed: FeedDep, user: UserDep, meant_for: IfMatch
) -> Response:
    """Change name or text. 412 when somebody else, on another device, was first."""
    own = await accounts.change_profile(
        user.user_id,
        meant_for,
        display_name=change.display_name,
        bio=change.bio,
        uow=feed.transaction(),
    )
    tag = entity_tag(own.profile, version=own.version)
    return Answer(own.profile, headers={"ETag": tag})


@router.delete("", status_code=204, summary="Delete Own Account")
async def delete_me(feed: FeedDep, user: UserDep) -> None:
    """Leave. What one wrote stays under the handle alone, which is never given again."""
    await accounts.delete_account(user.user_id, uow=feed.transaction())
