"""Rows of posts, comments and votes from a dump."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

from service.seeding.rows import Ids, Row, moment_of, to_moment
from service.seeding.stackexchange.ballots import Ballots
from service.seeding.stackexchange.dump import Dump, Entry, Remark
from service.seeding.stackexchange.members import Members

AnyEntry = TypeVar("AnyEntry", bound=Entry)


class Threads:
    """Gives everything its id in our database, in the order of time."""

    def __init__(self, dump: Dump, members: Members, ballots: Ballots, shift_ms: int) -> None:
        self._dump = dump
        self._members = members
        self._ballots = ballots
        self._shift_ms = shift_ms
        self._questions = _by_time(list(dump.questions.values()))
        self._remarks = _by_time([*dump.answers.values(), *dump.comments])
        self.earliest_ms = self._questions[0].at_ms + shift_ms
        ids = Ids()
        self._post_ids = {each.id: ids.at(each.at_ms + shift_ms) for each in self._questions}
        ids = Ids()
        # Answers and comments are numbered apart in a dump, and together here.
        self._comment_ids = {
            (each.is_answer, each.id): ids.at(each.at_ms + shift_ms) for each in self._remarks
        }
        ids = Ids()
        names = sorted({name for each in self._questions for name in each.tags})
        self._tag_ids = {name: ids.at(self.earliest_ms) for name in names}

    def post_counts(self) -> list[int]:
        """Questions by user number."""
        asked = Counter(self._members.number_of[each.owner] for each in self._questions)
        return [asked[number] for number in range(len(self._members.people.ids))]

    def tag_rows(self) -> list[Row]:
        """Rows of `tags`."""
        return [(tag_id, name, moment_of(tag_id)) for name, tag_id in self._tag_ids.items()]

    def post_rows(self) -> Iterator[Row]:
        """Rows of `posts`."""
        talked = Counter(each.question for each in self._remarks)
        for each in self._questions:
            post_id, author_id = self._post_ids[each.id], self._members.id_of(each.owner)
            ups, downs = self._ballots.ups(each.id), self._ballots.downs(each.id)
            yield (
                *(post_id, author_id, each.title, each.body, ups, downs),
                *(talked[each.id], each.views, "{}", moment_of(post_id)),
            )

    def post_tag_rows(self) -> Iterator[Row]:
        """Rows of `post_tags`."""
        for each in self._questions:
            for name in each.tags:
                yield (self._post_ids[each.id], self._tag_ids[name])

    def comment_rows(self) -> Iterator[Row]:
        """Rows of `comments`: answers, and comments on questions and answers."""
        replies = Counter(each.parent for each in self._remarks)
        accepted = {each.accepted for each in self._questions}
        for each in self._remarks:
            comment_id = self._comment_ids[each.is_answer, each.id]
            parent = None if each.parent is None else self._comment_ids[True, each.parent]
            author_id = self._members.id_of(each.owner)
            voted = self._votes_on(each)
            yield (
                *(comment_id, self._post_ids[each.question], parent, author_id, each.body),
                *(*voted, replies[each.id] if each.is_answer else 0),
                *(each.is_answer and each.id in accepted, moment_of(comment_id)),
            )

    def post_vote_rows(self) -> Iterator[Row]:
        """Rows of `post_votes`."""
        for each in self._questions:
            yield from self._vote_rows(each, self._post_ids[each.id])

    def comment_vote_rows(self) -> Iterator[Row]:
        """Rows of `comment_votes`, all of them on answers."""
        for each in self._dump.answers.values():
            yield from self._vote_rows(each, self._comment_ids[True, each.id])

    def _votes_on(self, remark: Remark) -> tuple[int, int]:
        if not remark.is_answer:
            return 0, 0
        return self._ballots.ups(remark.id), self._ballots.downs(remark.id)

    def _vote_rows(self, entry: Entry, on_id: int) -> Iterator[Row]:
        voter_ids: Sequence[int] = self._members.people.ids
        for ballot in self._ballots.on.get(entry.id, ()):
            at = to_moment(ballot.at_ms + self._shift_ms)
            yield (on_id, voter_ids[ballot.voter], ballot.value, at)


def _by_time(entries: list[AnyEntry]) -> list[AnyEntry]:
    return sorted(entries, key=lambda entry: (entry.at_ms, entry.id))
