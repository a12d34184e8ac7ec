"""What a client may send. What it gets is in `feed/models.py`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Sent(BaseModel):
    """Anything a client sends: unknown fields are refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# PostgreSQL's text cannot hold NUL; everything else that is Unicode may pass.
_NO_NUL = r"^[^\x00]*$"
Tag = Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9-]{0,34}$")]


class NewPost(Sent):
    """A post to publish."""

    title: str = Field(min_length=1, max_length=300, pattern=_NO_NUL)
    body: str = Field(min_length=1, max_length=40_000, pattern=_NO_NUL)
    tags: tuple[Tag, ...] = Field((), max_length=10)


class NewComment(Sent):
    """A comment to add."""

    body: str = Field(min_length=1, max_length=10_000, pattern=_NO_NUL)
    parent_id: int | None = Field(None, ge=1, lt=2**53, strict=True)


class NewVote(Sent):
    """What the vote shall be."""

    value: int = Field(ge=-1, le=1, strict=True)
