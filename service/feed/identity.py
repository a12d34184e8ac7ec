"""Who signs in, and what they keep to stay signed in."""

from dataclasses import dataclass

from service.feed.models import Profile

HANDLE = "[a-z0-9_]{1,30}"
HANDLE_IN_WORDS = "1 to 30 of a-z, 0-9 and _"
# Bounded in both directions: hashing is dear, and whoever asks for it is not signed in yet.
PASSWORD_CHARS_LEAST, PASSWORD_CHARS_MOST = 8, 128


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a token is made for."""

    user_id: int
    handle: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account with what its password is checked against; None for one that has no password."""

    account: Account
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class OwnProfile:
    """A user's page as its owner changes it; `version` rises with each change of theirs."""

    profile: Profile
    version: int


@dataclass(frozen=True, slots=True)
class KeptToken:
    """A refresh token as it is kept. All that came from one sign-in are one family."""

    token_id: int
    family_id: int
    account: Account
    is_used: bool
    is_expired: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account, and the refresh token that its owner was given just now."""

    account: Account
    refresh_token: str
