"""Rows to domain models: the one place that knows both."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from service.feed.discussion import CommentText
from service.feed.models import AuthorCard, Counts, PostText, Profile, ProfileCounts

Row = RowMapping | Mapping[str, Any]


def to_card(row: Row) -> AuthorCard:
    """Needs author_id, handle, display_name."""
    return AuthorCard(row["author_id"], row["handle"], row["display_name"])


def to_counts(row: Row) -> Counts:
    """Needs the count columns of `posts`."""
    return Counts(
        score=row["score"],
        upvotes=row["upvotes"],
        downvotes=row["downvotes"],
        comments=row["comment_count"],
        views=row["views"],
        reactions=row["reaction_counts"] or {},
    )


def to_text(row: Row) -> PostText:
    """Needs the text columns of `posts` and tags."""
    return PostText(
        id=row["id"],
        author_id=row["author_id"],
        title=row["title"],
        body=row["body"],
        tags=tuple(row["tags"]),
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        version=row["version"],
    )


def to_comment_text(row: Row) -> CommentText:
    """Needs the columns of `comments`; a deleted one keeps its place and loses its text."""
    deleted = row["deleted_at"] is not None
    return CommentText(
        id=row["id"],
        post_id=row["post_id"],
        parent_id=row["parent_id"],
        author_id=row["author_id"],
        body="" if deleted else row["body"],
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        deleted=deleted,
        score=row["score"],
        replies=row["reply_count"],
        version=row["version"],
    )


def to_profile(row: Row) -> Profile:
    """Needs the public columns of `users`."""
    return Profile(
        id=row["id"],
        handle=row["handle"],
        display_name=row["display_name"],
        bio=row["bio"],
        created_at=row["created_at"],
        counts=ProfileCounts(row["post_count"], row["follower_count"], row["following_count"]),
    )
