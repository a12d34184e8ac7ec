"""A question site as ours: question = post, answer = comment, comment = reply."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from service.feed.ids import ID_EPOCH_MS
from service.seeding.errors import SeedError
from service.seeding.pages import page_rows
from service.seeding.people import People
from service.seeding.rows import Batch, Dataset, in_pieces, to_moment, to_ms
from service.seeding.sources import StackExchange
from service.seeding.stackexchange.ballots import Ballots, draw_times, draw_voters
from service.seeding.stackexchange.dump import Dump, read_dump
from service.seeding.stackexchange.members import ADDED, FORMER_USER, Members, gather_members
from service.seeding.stackexchange.threads import Threads


def question_site(source: StackExchange, *, seed: int, now: datetime) -> Dataset:
    """Read the four files; all times move by as much as brings the newest to `now`."""
    dump = read_dump(source)
    times = draw_times(dump, random.Random(f"{seed} times"))
    written = (entry.at_ms for entry in dump.entries())
    voted = (at_ms for votes in times.values() for _, at_ms in votes)
    shift_ms = to_ms(now) - max(chain(written, voted))
    if min(dump.users.values()) + shift_ms < ID_EPOCH_MS:
        raise SeedError(f"{source}: too many years lie between its first user and its last row")
    members = gather_members(dump, shift_ms, to_ms(now), random.Random(f"{seed} people"))
    ballots = draw_voters(times, dump, members)
    threads = Threads(dump, members, ballots, shift_ms)
    people = members.people
    return Dataset(
        batches=_batches(threads, people, now, random.Random(f"{seed} follows")),
        expected_rows=sum(map(len, (people.ids, dump.votes, list(dump.entries()))))
        + people.follows,
        notes=_notes(dump, members, ballots, shift_ms),
    )


def _batches(
    threads: Threads, people: People, now: datetime, rng: random.Random
) -> Iterator[Batch]:
    yield {"pages": page_rows(to_moment(threads.earliest_ms)), "tags": threads.tag_rows()}
    yield from in_pieces("users", people.user_rows(threads.post_counts()))
    yield from in_pieces("follows", people.follow_rows(to_ms(now), rng))
    yield from in_pieces("posts", threads.post_rows())
    yield from in_pieces("post_tags", threads.post_tag_rows())
    yield from in_pieces("comments", threads.comment_rows())
    yield from in_pieces("post_votes", threads.post_vote_rows())
    yield from in_pieces("comment_votes", threads.comment_vote_rows())


def _notes(dump: Dump, members: Members, ballots: Ballots, shift_ms: int) -> list[tuple[str, str]]:
    drawn = sum(map(len, ballots.on.values()))
    gone = sum(entry.owner is None for entry in dump.entries())
    moved = timedelta(milliseconds=abs(shift_ms))
    direction = "forward" if shift_ms >= 0 else "back"
    return [
        (f"all times moved {direction}, so that the newest row is of now, by", str(moved)),
        ("synthetic: votes whose voter and hour were drawn at random", f"{drawn:,}"),
        ("synthetic: follows, drawn at random", f"{members.people.follows:,}"),
        ("synthetic: accounts added", ", ".join(ADDED)),
        (f"under {FORMER_USER} because the account is gone", f"{gone:,}"),
        ("left out: votes beyond the number of users", f"{ballots.unplaced:,}"),
        *((f"left out: {what}", f"{number:,}") for what, number in dump.skipped.items()),
        ("left out: scores of comments", "nobody knows who gave them or when"),
        ("licence of the texts", "that of their authors (Stack Exchange: CC BY-SA)"),
    ]
