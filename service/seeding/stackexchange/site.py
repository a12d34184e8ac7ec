"""A question site as ours: question = post, answer = comment, comment = reply."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from service.seeding.errors import SeedError
from service.seeding.pages import page_rows
from service.seeding.rows import Batch, Dataset, Ids, Row, in_pieces, moment_of, to_moment, to_ms
from service.seeding.stackexchange.ballots import Ballots, draw_times, draw_voters
from service.seeding.stackexchange.dump import Dump, Remark, read_dump
from service.seeding.stackexchange.members import ADDED, FORMER_USER, Members, gather_members
from service.queries.tables import ID_EPOCH_MS


def question_site(directory: Path, *, seed: int, now: datetime) -> Dataset:
    """Read the four files; all times move by as much as brings the newest to `now`."""
    dump = read_dump(directory)
    times = draw_times(dump, random.Random(f"{seed} times"))
    newest = max(
        *(entry.at_ms for entry in (*dump.questions.values(), *dump.answers.values())),
        *(entry.at_ms for entry in dump.comments),
        *(at_ms for votes in times.values() for _, at_ms in votes),
        0,
    )
    shift_ms = to_ms(now) - newest
    if min(dump.users.values()) + shift_ms < ID_EPOCH_MS:
        raise SeedError(f"{directory}: from its first user to its newest row are too many years")
    members = gather_members(dump, shift_ms, to_ms(now), random.Random(f"{seed} people"))
    ballots = draw_voters(times, dump, members)
    site = _Site(dump, members, ballots, shift_ms)
    batches = site.batches(to_ms(now), random.Random(f"{seed} follows"))
    return Dataset(batches, site.expected_rows(), _notes(dump, members, ballots, shift_ms))
