"""A question site: where each thing goes, what is left out, and what a broken file says."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.seeding.errors import SeedError
from service.seeding.loading import prepare
from service.seeding.sources import StackExchange
from tests.seeding.collecting import NOW, SHARED_DATA, Tables, collected, notes, write_lines

REAL = SHARED_DATA / "stackexchange-quantumcomputing"

Line = Mapping[str, Any] | str


def user(user_id: int) -> dict[str, Any]:
    """A line of users."""
    return {"id": user_id, "reputation": 1, "created": "2018-03-01T10:00:00.000"}


def question(post_id: int, **fields: Any) -> dict[str, Any]:
    """A line of posts."""
    return {
        "id": post_id,
        "kind": "question",
        "owner": 1,
        "score": 0,
        "views": 17,
        "created": "2018-03-02T10:00:00.500",
        "title": "How?",
        "tags": "<one><two>",
        "body_html": "<p>How &amp; why?</p>",
        **fields,
    }


def answer(post_id: int, parent: int, **fields: Any) -> dict[str, Any]:
    """A line of posts."""
    return {
        "id": post_id,
        "kind": "answer",
        "parent": parent,
        "owner": 2,
        "score": 0,
        "created": "2018-03-02T11:00:00",
        "body_html": "<p>So.</p>",
        **fields,
    }


def comment(comment_id: int, post: int, **fields: Any) -> dict[str, Any]:
    """A line of comments."""
    return {
        "id": comment_id,
        "post": post,
        "user": 3,
        "score": 2,
        "created": "2018-03-02T12:00:00",
        "text": f"on {post}",
        **fields,
    }


def vote(vote_id: int, post: int, kind: int) -> dict[str, Any]:
    """A line of votes."""
    return {"id": vote_id, "post": post, "type": kind, "day": "2018-03-02"}


OTHER = {"id": 8, "kind": "other", "score": 0, "created": "2018-03-02T10:00:00", "body_html": ""}
SITE: dict[str, list[Line]] = {
    "users": [user(number) for number in (-1, 1, 2, 3, 4, 5, 6)],
    "posts": [
        question(1, accepted=7),
        {**question(2), "owner": None},
        answer(6, 1),
        answer(7, 1),
        OTHER,
    ],
    "comments": [comment(1, 1), comment(6, 7), comment(7, 7), comment(9, 8)],
    "votes": [
        *(vote(number, 1, 2) for number in range(3)),
        vote(3, 1, 3),
        vote(4, 7, 2),
        vote(5, 7, 1),
        vote(6, 8, 2),
        vote(7, 99, 2),
        vote(8, 1, 8),
    ],
}


def site(directory: Path, **changed: list[Line]) -> StackExchange:
    """The four files, with some of them replaced."""
    for name, lines in {**SITE, **changed}.items():
        write_lines(directory / f"{name}.jsonl.gz", lines)
    return StackExchange(directory)


def by_body(tables: Tables) -> dict[str, dict[str, Any]]:
    """Comments by what they say."""
    return {row["body"]: row for row in tables["comments"]}


def test_questions_become_posts(tmp_path: Path) -> None:
    """With plain text, tags, views, votes and all comments counted."""
    tables = collected(site(tmp_path))
    first = tables["posts"][0]
    names = {row["id"]: row["name"] for row in tables["tags"]}
    tags = {names[row["tag_id"]] for row in tables["post_tags"] if row["post_id"] == first["id"]}
    assert len(tables["posts"]) == 2
    assert (first["title"], first["body"], first["views"]) == ("How?", "How & why?", 17)
    assert (first["upvotes"], first["downvotes"], first["comment_count"]) == (3, 1, 5)
    assert tags == {"one", "two"}


def test_answers_and_comments_become_comments(tmp_path: Path) -> None:
    """An answer is top-level, a comment on it its reply, a comment on a question top-level."""
    tables = collected(
        site(tmp_path, posts=[question(1, accepted=7), answer(7, 1, body_html="yes"), OTHER])
    )
    comments = by_body(tables)
    accepted, replies = comments["yes"], [r for r in tables["comments"] if r["body"] == "on 7"]
    assert (accepted["parent_id"], accepted["accepted"]) == (None, True)
    assert (accepted["upvotes"], accepted["reply_count"]) == (1, 2)
    assert [row["parent_id"] for row in replies] == [accepted["id"]] * 2
    assert comments["on 1"]["parent_id"] is None
    assert not any(row["accepted"] for row in replies)


def test_users_are_numbers(tmp_path: Path) -> None:
    """Handles are made of ids; added accounts say so; accounts now gone share one."""
    tables = collected(site(tmp_path))
    handles = {row["id"]: row["handle"] for row in tables["users"]}
    assert {"demo", "alice", "bob", "former_user", "user_1", "user1", "user6"} < set(
        handles.values()
    )
    assert [handles[row["author_id"]] for row in tables["posts"]] == ["user1", "former_user"]


def test_the_newest_row_is_of_now(tmp_path: Path) -> None:
    """All times move by the same, and nothing lies in the future."""
    tables = collected(site(tmp_path))
    posts, comments = tables["posts"], tables["comments"]
    rows = posts + comments + tables["post_votes"] + tables["comment_votes"]
    gap = comments[0]["created_at"] - posts[0]["created_at"]
    assert max(row["created_at"] for row in rows + tables["follows"]) == NOW
    assert gap == timedelta(minutes=59, seconds=59, milliseconds=500)


def test_voters_are_drawn(tmp_path: Path) -> None:
    """As many as voted, all different, none the author; accepting is no vote."""
    tables = collected(site(tmp_path))
    authors = {row["id"]: row["author_id"] for row in tables["posts"] + tables["comments"]}
    pairs = [(row["post_id"], row["user_id"]) for row in tables["post_votes"]]
    assert len(pairs) == len(set(pairs)) == 4
    assert len(tables["comment_votes"]) == 1
    assert all(authors[on] != voter for on, voter in pairs)


def test_more_votes_than_voters_are_left_out(tmp_path: Path) -> None:
    """Where everybody has voted already, the rest is counted and left out."""
    source = site(tmp_path, votes=[vote(number, 1, 2) for number in range(15)])
    assert len(collected(source)["post_votes"]) == len(SITE["users"]) + 4 - 1
    assert notes(source)["left out: votes beyond the number of users"] == "5"


def test_what_has_no_place_is_counted(tmp_path: Path) -> None:
    """Other posts, what belongs to them, votes of other kinds and on absent posts."""
    said = notes(site(tmp_path))
    assert said["synthetic: votes whose voter and hour were drawn at random"] == "5"
    assert said["left out: posts that are neither question nor answer"] == "1"
    assert said["left out: comments on such posts"] == "1"
    assert said["left out: votes on such posts"] == "1"
    assert said["left out: votes on posts that are not in the dump"] == "1"
    assert said["left out: votes that are neither up nor down (accepted, bounties, …)"] == "2"
    assert said["under former_user because the account is gone"] == "1"


def test_plain_files_will_do(tmp_path: Path) -> None:
    """Files that are not packed are read too."""
    for name, lines in SITE.items():
        write_lines(tmp_path / f"{name}.jsonl", lines)
    assert len(collected(StackExchange(tmp_path))["posts"]) == 2


BROKEN: list[tuple[str, list[Line], int, str]] = [
    ("users", [], 1, "the file is empty"),
    ("users", [user(1), "{"], 2, "not JSON"),
    ("users", [user(1), "[1]"], 2, "expected one JSON object"),
    ("users", [user(1), "", user(2)], 2, "not JSON"),
    ("users", [user(1), "[" * 100_000], 2, "not JSON"),
    ("users", [user(1), user(1)], 2, "id 1 is there twice"),
    ("users", [{"created": "2018-01-01"}], 1, "'id' is missing"),
    ("users", [{**user(1), "id": "1"}], 1, "'id' must be a whole number, not '1'"),
    ("users", [{**user(1), "id": True}], 1, "'id' must be a whole number, not True"),
    ("users", [{**user(1), "id": 2**60}], 1, "'id' must be a whole number"),
    ("users", [{"id": 1}], 1, "'created' is missing"),
    ("users", [{**user(1), "created": "yesterday"}], 1, "'created' must be a date and time"),
    ("users", [{**user(1), "created": "1999-01-01"}], 1, "between 2008 and 2077"),
    ("posts", [question(1), question(3, owner=77)], 2, "'owner' names the user 77"),
    ("posts", [question(1), {**question(3), "kind": "poll"}], 2, "'kind' must be one of"),
    ("posts", [question(1), question(3, title=None)], 2, "'title' is missing"),
    ("posts", [question(1), question(3, title=5)], 2, "'title' must be a text, not 5"),
    ("posts", [question(1, title="a\0b")], 1, "'title' holds a character that is not text"),
    ("posts", [question(1, body_html="\ud800")], 1, "'body_html' holds a character"),
    ("posts", [question(1, views=-4)], 1, "'views' must not be negative"),
    ("posts", [question(1), answer(6, 44)], 2, "'parent' names the question 44"),
    ("posts", [question(1), answer(6, None)], 2, "'parent' is missing"),  # type: ignore[arg-type]
    ("posts", [question(1), question(2, accepted=9)], 2, "'accepted' names 9"),
    ("posts", [question(1, accepted=6), question(2), answer(6, 2)], 1, "'accepted' names 6"),
    ("comments", [comment(1, 1), comment(2, 404)], 2, "'post' names 404"),
    ("comments", [comment(1, 1, user=404)], 1, "'user' names the user 404"),
    ("comments", [comment(1, 1, text=None)], 1, "'text' is missing"),
    ("votes", [{**vote(1, 1, 2), "day": "someday"}], 1, "'day' must be a date, not 'someday'"),
    ("votes", [{**vote(1, 1, 2), "type": None}], 1, "'type' is missing"),
]


@pytest.mark.parametrize(("name", "lines", "line", "what"), BROKEN)
def test_a_broken_file_names_file_and_line(
    tmp_path: Path, name: str, lines: list[Line], line: int, what: str
) -> None:
    """The first wrong line is named, with what is wrong."""
    source = site(tmp_path, **{name: lines})
    with pytest.raises(SeedError) as raised:
        prepare(source, seed=1, now=NOW)
    assert str(raised.value).startswith(f"{tmp_path / name}.jsonl.gz, line {line}")
    assert what in str(raised.value)


def test_bad_bytes_name_file_and_line(tmp_path: Path) -> None:
    """Not UTF-8, and gzip that ends early."""
    source = site(tmp_path)
    good = json.dumps(user(1)).encode()
    (tmp_path / "users.jsonl.gz").unlink()
    (tmp_path / "users.jsonl").write_bytes(good + b"\n\xff\n")
    with pytest.raises(SeedError, match=r"users\.jsonl, line 2: not UTF-8 \(byte 1\)"):
        prepare(source, seed=1, now=NOW)
    votes = tmp_path / "votes.jsonl.gz"
    votes.write_bytes(votes.read_bytes()[:-9])
    (tmp_path / "users.jsonl").unlink()
    write_lines(tmp_path / "users.jsonl.gz", SITE["users"])
    with pytest.raises(SeedError, match=r"votes\.jsonl\.gz, line \d+: broken gzip"):
        prepare(source, seed=1, now=NOW)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """An empty directory lacks users first of all."""
    with pytest.raises(SeedError, match=r"users\.jsonl: cannot be read"):
        prepare(StackExchange(tmp_path), seed=1, now=NOW)


def test_a_site_of_the_future_moves_back(tmp_path: Path) -> None:
    """Times move either way, but never before 2008, where ids begin."""
    source = site(tmp_path)
    early = datetime(2012, 5, 1, tzinfo=UTC)
    assert collected(source, now=early)["posts"][0]["created_at"] < early
    with pytest.raises(SeedError, match="too many years"):
        prepare(source, seed=1, now=datetime(2008, 1, 1, 1, tzinfo=UTC))


@pytest.mark.skipif(not REAL.exists(), reason="the real site is not in ../shared/data")
def test_the_real_site_keeps_its_figures() -> None:
    """Quantum Computing Stack Exchange, September 2018."""
    tables = collected(StackExchange(REAL))
    assert len(tables["users"]) == 3_461 + 4
    assert len(tables["posts"]) == 612
    assert len(tables["comments"]) == 1_060 + 3_413
    assert len(tables["post_votes"]) == 5_087 + 205
    assert len(tables["comment_votes"]) == 4_862 + 221
    assert len(tables["tags"]) == 154
    assert sum(row["accepted"] for row in tables["comments"]) == 389
    assert max(row["created_at"] for row in tables["posts"]) <= NOW
