"""The people of a site: its own, numbered, and the few accounts that are added."""

import random
from array import array
from collections import Counter
from dataclasses import dataclass

from service.seeding.crowd import Crowd
from service.seeding.graph import draw_following
from service.seeding.people import DEMO_HANDLES, People, activities
from service.seeding.rows import Ids
from service.seeding.stackexchange.dump import Dump

FORMER_USER = "former_user"
ADDED = (*DEMO_HANDLES, FORMER_USER)
DEMO_FOLLOWING = {0: 60, 1: 45, 2: 35, 3: 0}


@dataclass(frozen=True)
class Members:
    """`number_of` maps an id of the dump to a user number; None stands for accounts now gone."""

    people: People
    number_of: dict[int | None, int]
    crowd: Crowd

    def id_of(self, dump_id: int | None) -> int:
        """The id in the database."""
        return self.people.ids[self.number_of[dump_id]]


def gather_members(dump: Dump, shift_ms: int, now_ms: int, rng: random.Random) -> Members:
    """Number all users, added ones first, and draw whom they follow.

    Who wrote most is followed most.
    """
    known = sorted(dump.users, key=lambda user: (dump.users[user], user))
    number_of: dict[int | None, int] = {
        user: number for number, user in enumerate(known, start=len(ADDED))
    }
    number_of[None] = ADDED.index(FORMER_USER)
    earliest = min(dump.users.values()) + shift_ms
    ids = Ids()
    joined = [earliest] * len(ADDED) + [min(dump.users[each] + shift_ms, now_ms) for each in known]
    written = Counter(number_of[entry.owner] for entry in dump.entries())
    everybody = range(len(joined))
    ranking = sorted(everybody, key=lambda number: (-written[number], rng.random()))
    people = People(
        ids=array("q", [ids.at(ms) for ms in joined]),
        handles=[*ADDED, *(_handle(user) for user in known)],
        bios=[""] * len(joined),
        following=draw_following(ranking, rng, DEMO_FOLLOWING),
    )
    return Members(people, number_of, Crowd(activities([0] * len(joined), rng), rng))


def _handle(user: int) -> str:
    return f"user{user}".replace("-", "_")
