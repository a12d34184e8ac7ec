"""What can go wrong in the feed.

FeedError
├── NotFound         no such post, comment, user, tag or page
├── Gone             there was one, and it was deleted
├── Conflict         it clashes with what is there, such as a handle that is taken
│   └── InProgress   the same request is being carried out just now
├── Outdated         the version that was to be changed is no longer the newest
├── Forbidden        signed in, but not allowed
├── Unauthenticated  nobody signed in, or with a token that does not hold
├── Invalid          understood, but against a rule
│   └── BadCursor    a cursor of another list, of another reader, or broken
├── TooMany          more than this person or address may; try again after `retry_after_s`
├── Busy             too much at once; try again after `retry_after_s`
└── Unavailable      the database does not answer; try again after `retry_after_s`
"""


class FeedError(Exception):
    """Anything the feed refuses; the text is fit to be shown."""


class NotFound(FeedError):
    """No such thing."""


class Gone(FeedError):
    """It was deleted."""


class Conflict(FeedError):
    """It clashes with what is there."""


class InProgress(Conflict):
    """The first of two equal requests is still running: come back after `retry_after_s` seconds."""

    def __init__(self, detail: str, *, retry_after_s: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Outdated(FeedError):
    """Somebody changed it first."""


class Forbidden(FeedError):
    """Known, but not allowed."""


class Unauthenticated(FeedError):
    """No valid token."""


class Invalid(FeedError):
    """Against a rule of the feed."""


class BadCursor(Invalid):
    """Not a cursor of this list."""


class TooMany(FeedError):
    """Over a limit: come back after `retry_after_s` seconds."""

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Busy(FeedError):
    """Overloaded: come back after `retry_after_s` seconds."""

    def __init__(self, detail: str, *, retry_after_s: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Unavailable(FeedError):
    """The database is away: come back after `retry_after_s` seconds; `cause` is for the log."""

    def __init__(self, cause: str, *, retry_after_s: int = 1) -> None:
        super().__init__("the database does not answer; try again shortly")
        self.cause = cause
        self.retry_after_s = retry_after_s
