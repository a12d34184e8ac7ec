"""The four files of a site, parsed, with every reference checked."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from service.seeding.errors import SeedError
from service.seeding.sources import StackExchange
from service.seeding.stackexchange.plain_text import plain_text
from service.seeding.stackexchange.records import Record, records

KINDS = ("question", "answer", "other")
TAG = re.compile(r"<([^<>]+)>")
UP, DOWN = 2, 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A question, an answer or a comment, by its id in the dump. `owner` None: account gone."""

    id: int
    owner: int | None
    at_ms: int
    body: str


@dataclass(frozen=True, slots=True)
class Question(Entry):
    """Becomes a post."""

    title: str
    tags: tuple[str, ...]
    views: int
    accepted: int | None


@dataclass(frozen=True, slots=True)
class Remark(Entry):
    """An answer (`parent` is None) or a comment; `parent` is the answer that it is on."""

    question: int
    parent: int | None
    is_answer: bool


@dataclass(frozen=True, slots=True)
class Vote:
    """Up or down, on a question or an answer, some time on a day."""

    post: int
    value: int
    day_ms: int


@dataclass
class Dump:
    """A site. `skipped` counts what has no place here."""

    users: dict[int, int] = field(default_factory=dict)  # id: when they joined, ms
    questions: dict[int, Question] = field(default_factory=dict)
    answers: dict[int, Remark] = field(default_factory=dict)
    comments: list[Remark] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)

    def entries(self) -> Iterator[Entry]:
        """All questions, answers and comments."""
        yield from self.questions.values()
        yield from self.answers.values()
        yield from self.comments


def read_dump(source: StackExchange) -> Dump:
    """Parse all files. Raises SeedError for the first line that is wrong."""
    users, posts, comments, votes = source.files
    dump = Dump()
    for record, user_id in _by_id(records(users)):
        dump.users[user_id] = record.moment_ms("created")
    others = _read_posts(posts, dump)
    for record, _ in _by_id(records(comments)):
        _add_comment(dump, record, others)
    for record, _ in _by_id(records(votes)):
        _add_vote(dump, record, others)
    return dump


def _by_id(found: Iterable[Record]) -> Iterable[tuple[Record, int]]:
    seen: set[int] = set()
    for record in found:
        record_id = record.whole("id")
        if record_id in seen:
            raise record.error(f"id {record_id} is there twice")
        seen.add(record_id)
        yield record, record_id


def _read_posts(path: Path, dump: Dump) -> set[int]:
    """Fill in questions and answers; returns the ids of the other posts."""
    others: set[int] = set()
    answers: list[tuple[Record, int]] = []
    accepting: list[tuple[Record, int, int]] = []
    for record, post_id in _by_id(records(path)):
        kind = record.text("kind")
        if kind == "question":
            question = _question(dump, record, post_id)
            dump.questions[post_id] = question
            if question.accepted is not None:
                accepting.append((record, post_id, question.accepted))
        elif kind == "answer":
            answers.append((record, post_id))
        elif kind == "other":
            others.add(post_id)
        else:
            raise record.error(f"'kind' must be one of {', '.join(KINDS)}, not {kind!r}")
    if not dump.questions:
        raise SeedError(f"{path}: there is no question in it")
    for record, post_id in answers:
        dump.answers[post_id] = _answer(dump, record, post_id)
    for record, post_id, accepted in accepting:
        answer = dump.answers.get(accepted)
        if answer is None or answer.question != post_id:
            raise record.error(f"'accepted' names {accepted}, not one of its answers")
    dump.skipped["posts that are neither question nor answer"] = len(others)
    return others


def _question(dump: Dump, record: Record, post_id: int) -> Question:
    views = record.maybe_whole("views") or 0
    if views < 0:
        raise record.error("'views' must not be negative")
    return Question(
        id=post_id,
        owner=_known_user(dump, record, "owner"),
        at_ms=record.moment_ms("created"),
        body=plain_text(record.text("body_html")),
        title=record.text("title"),
        tags=tuple(dict.fromkeys(TAG.findall(record.text("tags")))),
        views=views,
        accepted=record.maybe_whole("accepted"),
    )


def _answer(dump: Dump, record: Record, post_id: int) -> Remark:
    parent = record.whole("parent")
    if parent not in dump.questions:
        raise record.error(f"'parent' names the question {parent}, which is not there")
    return Remark(
        id=post_id,
        owner=_known_user(dump, record, "owner"),
        at_ms=record.moment_ms("created"),
        body=plain_text(record.text("body_html")),
        question=parent,
        parent=None,
        is_answer=True,
    )


def _add_comment(dump: Dump, record: Record, others: set[int]) -> None:
    post = record.whole("post")
    if post in others:
        dump.skipped["comments on such posts"] += 1
        return
    answer = dump.answers.get(post)
    if answer is None and post not in dump.questions:
        raise record.error(f"'post' names {post}, which is not there")
    dump.comments.append(
        Remark(
            id=record.whole("id"),
            owner=_known_user(dump, record, "user"),
            at_ms=record.moment_ms("created"),
            body=record.text("text"),
            question=answer.question if answer else post,
            parent=post if answer else None,
            is_answer=False,
        )
    )


def _add_vote(dump: Dump, record: Record, others: set[int]) -> None:
    post, kind, day_ms = record.whole("post"), record.whole("type"), record.day_ms("day")
    if kind not in (UP, DOWN):
        dump.skipped["votes that are neither up nor down (accepted, bounties, …)"] += 1
    elif post in others:
        dump.skipped["votes on such posts"] += 1
    elif post in dump.questions or post in dump.answers:
        dump.votes.append(Vote(post, 1 if kind == UP else -1, day_ms))
    else:
        # Not an error: public dumps keep the votes on posts that were deleted.
        dump.skipped["votes on posts that are not in the dump"] += 1


def _known_user(dump: Dump, record: Record, name: str) -> int | None:
    user = record.maybe_whole(name)
    if user is not None and user not in dump.users:
        raise record.error(f"{name!r} names the user {user}, who is not there")
    return user
