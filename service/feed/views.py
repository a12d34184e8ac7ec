"""Views of a post: one for each viewer and hour, whoever asks how often."""

from typing import Protocol

from service.feed.households import household


class Views(Protocol):
    """Where views are counted."""

    def seen(self, post_id: int, viewer: str) -> None:
        """Somebody looks at a post. Never waits and never fails: what cannot be counted is not."""


def count_view(post_id: int, viewer_id: int | None, address: str, *, views: Views) -> None:
    """Count that a post was shown: to somebody signed in, else to an address.

    Also when the client had a copy, and was told that it still holds: it is looked at all the same.
    """
    viewer = f"from {household(address)}" if viewer_id is None else f"user {viewer_id}"
    views.seen(post_id, viewer)
