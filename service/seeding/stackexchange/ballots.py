"""Voters for votes of which only the day is known: drawn at random, marked as synthetic."""

import random
from collections import defaultdict
from dataclasses import dataclass, field

from service.seeding.stackexchange.dump import Dump, Entry, Vote
from service.seeding.stackexchange.members import Members
from service.seeding.timing import DAY_MS


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote with a voter (a user number) and a time as the dump counts it."""

    voter: int
    value: int
    at_ms: int


@dataclass
class Ballots:
    """By question or answer id; `unplaced` votes found nobody left who had not voted."""

    on: dict[int, list[Ballot]] = field(default_factory=dict)
    unplaced: int = 0

    def ups(self, post: int) -> int:
        """Votes for it."""
        return sum(ballot.value > 0 for ballot in self.on.get(post, ()))

    def downs(self, post: int) -> int:
        """Votes against it."""
        return sum(ballot.value < 0 for ballot in self.on.get(post, ()))


def draw_times(dump: Dump, rng: random.Random) -> dict[int, list[tuple[int, int]]]:
    """By question or answer: (value, time) of each vote, on its day and after what it is on."""
    times: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for vote in dump.votes:
        entry: Entry = dump.questions.get(vote.post) or dump.answers[vote.post]
        times[vote.post].append((vote.value, _time(vote, entry.at_ms, rng)))
    return times


def draw_voters(times: dict[int, list[tuple[int, int]]], dump: Dump, members: Members) -> Ballots:
    """Different voters on each thing, none of them its author."""
    ballots = Ballots()
    others = len(members.people.ids) - 1
    for post, votes in times.items():
        entry: Entry = dump.questions.get(post) or dump.answers[post]
        placed = votes[:others]
        ballots.unplaced += len(votes) - len(placed)
        voters = members.crowd.several(len(placed), members.number_of[entry.owner])
        ballots.on[post] = [
            Ballot(voter, value, at_ms)
            for voter, (value, at_ms) in zip(voters, placed, strict=True)
        ]
    return ballots


def _time(vote: Vote, after_ms: int, rng: random.Random) -> int:
    first = max(vote.day_ms, after_ms)
    last = max(vote.day_ms + DAY_MS - 1, first)
    return first + int(rng.random() * (last - first))
