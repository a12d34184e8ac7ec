"""What a client may send. What it gets is in `feed/models.py`."""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from service.feed import identity


class Sent(BaseModel):
    """Anything a client sends: unknown fields are refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# PostgreSQL's text cannot hold NUL; everything else that is Unicode may pass.
_NO_NUL = r"^[^\x00]*$"
TAG = "^[a-z0-9][a-z0-9-]{0,34}$"
HANDLE = f"^{identity.HANDLE}$"
TagName = Annotated[str, StringConstraints(pattern=TAG)]


def _whole(value: Any) -> Any:
    """JSON knows one sort of number: 1.0 is the integer 1 (JSON Schema 2020-12, 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


SentId = Annotated[int, Field(strict=True, ge=1, lt=2**53), BeforeValidator(_whole)]
Choice = Annotated[int, Field(strict=True, ge=-1, le=1), BeforeValidator(_whole)]


_LEFT_OUT: Any = None


def _without_default(schema: dict[str, Any]) -> None:
    """A field that may be left out, and has no value then that one could send instead."""
    schema.pop("default", None)


Password = Annotated[
    str,
    Field(min_length=identity.PASSWORD_CHARS_LEAST, max_length=identity.PASSWORD_CHARS_MOST),
]
# One line with something in it.
_LINE = r"[^\x00-\x1f\x7f]"
DisplayName = Annotated[
    str, StringConstraints(max_length=50, pattern=rf"^{_LINE}*[^\s\x00-\x1f\x7f]{_LINE}*$")
]


class NewUser(Sent):
    """An account to make."""

    handle: str = Field(pattern=HANDLE)
    password: Password
    display_name: DisplayName | None = None


class ProfileChange(Sent):
    """What of one's own page shall be another: at least one field; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    display_name: DisplayName = Field(_LEFT_OUT, json_schema_extra=_without_default)
    bio: str = Field(_LEFT_OUT, max_length=500, pattern=_NO_NUL, json_schema_extra=_without_default)

    @model_validator(mode="after")
    def _says_something(self) -> "ProfileChange":
        if not self.model_fields_set:
            raise ValueError("say what is to be another: display_name or bio")
        return self


class RefreshToken(Sent):
    """A refresh token, as it was given."""

    refresh_token: str = Field(min_length=1, max_length=200)


# Characters of more than a byte, or escaped ones, reach that bound before the other.
_AND_AS_BYTES = "the whole request body has no more than 64 KB: 413 above that"


class NewPost(Sent):
    """A post to publish."""

    title: str = Field(min_length=1, max_length=300, pattern=_NO_NUL)
    body: str = Field(min_length=1, max_length=40_000, pattern=_NO_NUL, description=_AND_AS_BYTES)
    tags: tuple[TagName, ...] = Field((), max_length=10)


class PostEdit(Sent):
    """What of a post is to be replaced: at least one field; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    title: str = Field(
        _LEFT_OUT, min_length=1, max_length=300, pattern=_NO_NUL, json_schema_extra=_without_default
    )
    body: str = Field(
        _LEFT_OUT,
        min_length=1,
        max_length=40_000,
        pattern=_NO_NUL,
        description=_AND_AS_BYTES,
        json_schema_extra=_without_default,
    )
    tags: list[TagName] = Field(_LEFT_OUT, max_length=10, json_schema_extra=_without_default)

    @model_validator(mode="after")
    def _says_something(self) -> "PostEdit":
        if not self.model_fields_set:
            raise ValueError("say what is to be replaced: title, body or tags")
        return self


class NewComment(Sent):
    """A comment to add."""

    body: str = Field(min_length=1, max_length=10_000, pattern=_NO_NUL)
    parent_id: SentId | None = None


class CommentEdit(Sent):
    """What a comment shall say instead."""

    body: str = Field(min_length=1, max_length=10_000, pattern=_NO_NUL)


class NewVote(Sent):
    """What the vote shall be."""

    value: Choice
