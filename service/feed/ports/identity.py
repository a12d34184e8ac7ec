"""What is read and written of accounts."""

from typing import Protocol

from service.feed.changes import Change
from service.feed.identity import Credentials, KeptToken, OwnProfile
from service.feed.models import Profile


class Accounts(Protocol):
    """Accounts as their owners see them: asked of the database each time, never cached."""

    async def credentials(self, handle: str) -> Credentials | None:
        """What a sign-in is checked against; None for an unknown or deleted user."""

    async def own_profile(self, user_id: int) -> OwnProfile | None:
        """A user's own page; None for an unknown or deleted one."""

    async def is_admin(self, user_id: int) -> bool:
        """Whether a user is an administrator; no unknown or deleted one is."""


class AccountWrites(Protocol):
    """Accounts."""

    async def add_user(
        self, handle: str, display_name: str, password_hash: str
    ) -> tuple[Profile, Change] | None:
        """Insert a user; None when the handle is taken."""

    async def lock_profile(self, user_id: int) -> int:
        """Keep others from changing the profile until the commit; its version."""

    async def change_profile(
        self, user_id: int, *, display_name: str | None, bio: str | None
    ) -> tuple[OwnProfile, Change]:
        """Change what is not None, of a locked profile."""

    async def delete_account(self, user_id: int) -> Change:
        """Take name, password and tokens away, of a locked profile."""

    async def renew_password_hash(self, user_id: int, former: str, renewed: str) -> None:
        """Keep the same password under another hash."""


class RefreshTokenWrites(Protocol):
    """Refresh tokens, by hash."""

    async def lock_refresh_token(self, token_hash: bytes) -> KeptToken | None:
        """A token, with its family to oneself until the commit; None for an unknown one."""

    async def use_refresh_token(self, token_id: int) -> None:
        """Mark it as used."""

    async def revoke_family(self, family_id: int) -> None:
        """Forget all that came from one sign-in."""

    async def add_refresh_token(
        self, user_id: int, family_id: int | None, token_hash: bytes, *, keeps_s: int
    ) -> bool:
        """Keep a token, in a new family if in none; False when its user is gone."""
