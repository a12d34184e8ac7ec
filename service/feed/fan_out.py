"""Fan-out: whose posts are pushed to followers as they are written, and whose readers pull them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Threshold:
    """Authors with at most `push_most` followers are pushed.

    Readers begin to pull at four fifths of that already. In between an author is pushed and pulled,
    so one whose followers come and go about the threshold changes nothing for any reader. Only
    when they fall to `pulled_above` do posts that were not pushed have to be made good.
    """

    push_most: int

    @property
    def pulled_above(self) -> int:
        """More followers than this: readers pull."""
        return self.push_most * 4 // 5

    def pushes(self, followers: int) -> bool:
        """Whether a post of somebody with so many followers is pushed to them."""
        return followers <= self.push_most

    def starts_pull(self, followers: int, *, former_followers: int) -> bool:
        """Whether readers pull from this change on: a follow, or a count that was put right."""
        return former_followers <= self.pulled_above < followers

    def ends_pull(self, followers: int, *, former_followers: int) -> bool:
        """Whether readers no longer pull from this change on."""
        return followers <= self.pulled_above < former_followers
