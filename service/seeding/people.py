"""Rows of users and follows, with every counter known beforehand."""

import math
import random
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.demo.accounts import PASSWORD_HASH
from service.seeding.graph import Following, follower_counts
from service.seeding.prose import Prose
from service.seeding.rows import Ids, Row, moment_of, to_moment, to_ms
from service.seeding.timing import DAY_MS
from service.seeding.words import ADJECTIVES, NOUNS

DEMO_HANDLES = ("demo", "alice", "bob")
JOINED_WITHIN_MS = 365 * DAY_MS


@dataclass(frozen=True)
class People:
    """All users by number: what they are called and whom they follow."""

    ids: Sequence[int]
    handles: Sequence[str]
    bios: Sequence[str]
    following: Following

    def user_rows(self, post_counts: Sequence[int]) -> Iterator[Row]:
        """Rows of `users`."""
        followers = follower_counts(self.following)
        for user, user_id in enumerate(self.ids):
            yield (
                *(user_id, self.handles[user], display_name(self.handles[user])),
                *(self.bios[user], _password_hash(self.handles[user])),
                *(post_counts[user], followers[user]),
                *(len(self.following[user]), moment_of(user_id)),
            )

    def follow_rows(self, now_ms: int, rng: random.Random) -> Iterator[Row]:
        """Rows of `follows`, each at some time since both were there."""
        joined = [to_ms(moment_of(user_id)) for user_id in self.ids]
        for user, followees in enumerate(self.following):
            for followee in followees:
                since = max(joined[user], joined[followee])
                at = since + int(rng.random() * (now_ms - since))
                yield (self.ids[user], self.ids[followee], to_moment(at))

    @property
    def follows(self) -> int:
        """How many rows `follow_rows` gives."""
        return sum(map(len, self.following))


def gathered(
    handles: Sequence[str], following: Following, until_ms: int, rng: random.Random, prose: Prose
) -> People:
    """People who joined, in the order given, in the year before `until_ms`."""
    joined = sorted(until_ms - int(rng.random() * JOINED_WITHIN_MS) for _ in handles)
    ids = Ids()
    return People(
        ids=array("q", [ids.at(ms) for ms in joined]),
        handles=handles,
        bios=[prose.bio() for _ in handles],
        following=following,
    )


def activities(people: Sequence[int], rng: random.Random) -> list[float]:
    """How much each user does: log-normal, more where more people follow.

    `people` holds each user's number of followers.
    """
    return [math.exp(rng.gauss(0, 1)) * math.sqrt(1 + followers) for followers in people]


def made_up_handles(number: int, rng: random.Random) -> list[str]:
    """The demo accounts, then unique names such as `quiet_otter`."""
    pairs = [f"{adjective}_{noun}" for adjective in ADJECTIVES for noun in sorted(set(NOUNS))]
    rng.shuffle(pairs)
    others = (
        pairs[index % len(pairs)] + (str(index // len(pairs) + 1) if index >= len(pairs) else "")
        for index in range(number - len(DEMO_HANDLES))
    )
    return [*DEMO_HANDLES, *others]


def _password_hash(handle: str) -> str | None:
    """What a demo account's password is kept as; nobody signs in as any other."""
    return PASSWORD_HASH if handle in DEMO_HANDLES else None


def display_name(handle: str) -> str:
    """`quiet_otter` as a name: Quiet Otter."""
    return handle.replace("_", " ").strip().title() or handle
