"""What the main shapes look like, for /docs: real values, so that they cannot miss a field."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from service.feed.boards import RankedUser
from service.feed.discussion import Comment, CommentCounts
from service.feed.models import (
    AuthorCard,
    Counts,
    Post,
    Profile,
    ProfileCounts,
    Reputation,
    SeenPost,
    SitePage,
    Viewer,
)
from service.feed.tags import Tag

TIME = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
NEXT = "AbN3mFQ0h1cK"
BIO = "Writes about caches."
ANN = AuthorCard(2442443438755840, "ann", "Ann")
BOB = AuthorCard(2442443438755841, "bob", "Bob")
POST = Post(
    id=2442443653009661,
    author=BOB,
    title="Stampedes",
    body="They end in a corral.",
    tags=("caching",),
    created_at=TIME,
    edited_at=None,
    version=1,
    counts=Counts(score=1, upvotes=1, downvotes=0, comments=1, views=12, reactions={"heart": 1}),
)
SEEN = SeenPost(
    id=POST.id,
    author=POST.author,
    title=POST.title,
    body=POST.body,
    tags=POST.tags,
    created_at=POST.created_at,
    edited_at=POST.edited_at,
    version=POST.version,
    counts=POST.counts,
    viewer=Viewer(vote=1, follows_author=True),
)
COMMENT = Comment(
    id=2442443661398272,
    post_id=POST.id,
    parent_id=None,
    author=ANN,
    body="What ends a stampede?",
    created_at=TIME,
    edited_at=None,
    deleted=False,
    score=0,
    replies=1,
)
SHOWN = (
    ANN,
    POST,
    SEEN,
    COMMENT,
    CommentCounts(score=1, upvotes=1, downvotes=0),
    POST.counts,
    Profile(ANN.id, ANN.handle, ANN.display_name, BIO, TIME, ProfileCounts(3, 12, 7)),
    Reputation("ann", 136, posts=3, upvotes=14, downvotes=1, comments=9, as_of=TIME),
    SitePage("about", "About", "What this is.", TIME, 1),
    RankedUser(1, ANN, 136),
    Tag("caching", 42),
)
BODIES: Mapping[str, Any] = {
    "NewUser": {"handle": "ann", "password": "correct horse battery", "display_name": "Ann"},
    "ProfileChange": {"bio": BIO},
    "NewPost": {"title": POST.title, "body": POST.body, "tags": list(POST.tags)},
    "PostEdit": {"title": "How stampedes end"},
    "NewComment": {"body": COMMENT.body},
    "CommentEdit": {"body": "What ends a stampede, and what does it cost?"},
    "NewVote": {"value": 1},
}


def illustrate(schemas: dict[str, Any]) -> None:
    """Give shapes their examples; lists have one item each, of what they list."""
    found = dict(BODIES) | {type(each).__name__: _shown(each) for each in SHOWN}
    for name, example in found.items():
        if name in schemas:
            schemas[name]["examples"] = [example]
    for schema in schemas.values():
        item = found.get(listed(schema))
        if item is not None:
            example = {"items": [item], "next": NEXT}
            if "as_of" in schema["properties"]:
                example["as_of"] = found["Reputation"]["as_of"]
            schema["examples"] = [example]


def _shown(value: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def listed(schema: Mapping[str, Any]) -> str:
    """The shape of the items of a page; nothing for what is none."""
    properties = schema.get("properties", {})
    if not {"items", "next"} <= properties.keys():
        return ""
    items = properties["items"]["items"]
    last = items["anyOf"][-1] if "anyOf" in items else items
    return str(last.get("$ref", "")).rpartition("/")[2]
