"""What the generator makes, looked at before it is loaded."""

import zlib
from collections import Counter
from datetime import timedelta
from statistics import mean, median

import pytest

from service.seeding.rows import moment_of
from service.seeding.sources import SMALL, Generated, Size
from tests.seeding.collecting import NOW, TINY, Tables, collected, users_of

SAMPLE = Size("sample", users=800, posts=4_000, comments=24_000, votes=80_000)


@pytest.fixture(scope="module")
def sample() -> Tables:
    """A site somewhat smaller than `small`."""
    return collected(Generated(SAMPLE))


def votes_by_post(tables: Tables) -> list[int]:
    """Votes on each post, most first."""
    return sorted((row["upvotes"] + row["downvotes"] for row in tables["posts"]), reverse=True)


def lengths(tables: Tables, table: str, column: str) -> tuple[int, int]:
    """Median and 99th percentile of the characters in a column."""
    found = sorted(len(row[column]) for row in tables[table])
    return found[len(found) // 2], found[len(found) * 99 // 100]


def test_same_seed_same_rows() -> None:
    """Seed and time settle every row, and another seed makes other rows."""
    assert collected(Generated(TINY)) == collected(Generated(TINY))
    assert collected(Generated(TINY))["posts"] != collected(Generated(TINY), seed=2)["posts"]


def test_as_many_rows_as_asked_for(sample: Tables) -> None:
    """Users, posts, comments, votes and reactions are exact."""
    votes = len(sample["post_votes"]) + len(sample["comment_votes"])
    assert (SAMPLE.users, SAMPLE.posts) == (len(sample["users"]), len(sample["posts"]))
    assert (SAMPLE.comments, SAMPLE.votes) == (len(sample["comments"]), votes)
    assert SAMPLE.reactions == len(sample["reactions"])


def test_ids_are_unique_and_carry_the_time(sample: Tables) -> None:
    """An id fits 53 bits and says when its row was made."""
    for table in ("users", "posts", "comments", "tags"):
        ids = [row["id"] for row in sample[table]]
        assert len(ids) == len(set(ids))
        assert 0 < min(ids) <= max(ids) < 2**53
        assert [row["created_at"] for row in sample[table]] == [moment_of(each) for each in ids]


def test_ids_ascend_with_time(sample: Tables) -> None:
    """Later posts have greater ids, and the newest is of now."""
    assert sorted(row["id"] for row in sample["posts"]) == [row["id"] for row in sample["posts"]]
    assert sample["posts"][-1]["created_at"] == NOW


def test_what_belongs_to_a_post_comes_after_it(sample: Tables) -> None:
    """Votes, reactions and comments are later than their post, answers than their comment."""
    made = {row["id"]: row["created_at"] for row in sample["posts"] + sample["comments"]}
    for table in ("comments", "post_votes", "reactions"):
        assert all(made[row["post_id"]] <= row["created_at"] <= NOW for row in sample[table])
    for row in sample["comment_votes"]:
        assert made[row["comment_id"]] <= row["created_at"] <= NOW
    for row in sample["comments"]:
        assert row["parent_id"] is None or row["parent_id"] < row["id"]


def test_most_votes_come_within_hours(sample: Tables) -> None:
    """Half of the votes on posts older than a day come within about three hours."""
    made = {row["id"]: row["created_at"] for row in sample["posts"]}
    delays_s = [
        (row["created_at"] - made[row["post_id"]]).total_seconds()
        for row in sample["post_votes"]
        if made[row["post_id"]] < NOW - timedelta(days=1)
    ]
    assert 2 * 3600 < median(delays_s) < 4 * 3600


def test_nobody_votes_twice_or_for_themselves(sample: Tables) -> None:
    """One vote each on a post or comment, and never the author's."""
    authors = {row["id"]: row["author_id"] for row in sample["posts"] + sample["comments"]}
    for table, column in (("post_votes", "post_id"), ("comment_votes", "comment_id")):
        pairs = [(row[column], row["user_id"]) for row in sample[table]]
        assert len(pairs) == len(set(pairs))
        assert all(authors[on] != voter for on, voter in pairs)


def test_texts_are_as_long_as_real_ones(sample: Tables) -> None:
    """Lengths lie in the published bands."""
    post_p50, post_p99 = lengths(sample, "posts", "body")
    comment_p50, comment_p99 = lengths(sample, "comments", "body")
    title_p50, _ = lengths(sample, "posts", "title")
    assert 450 <= post_p50 <= 800
    assert 3_000 <= post_p99 <= 8_000
    assert 150 <= comment_p50 <= 200
    assert 500 <= comment_p99 <= 700
    assert 43 <= title_p50 <= 55


def test_texts_compress_like_prose(sample: Tables) -> None:
    """A post is about twice as large as its zlib stream: neither noise nor repetition."""
    texts = [row["body"].encode() for row in sample["posts"]]
    assert 1.7 < sum(map(len, texts)) / sum(len(zlib.compress(text)) for text in texts) < 3


def test_a_few_posts_hold_most(sample: Tables) -> None:
    """The top 1 % hold about 40 % of the views and nearly that of the votes; many have few."""
    views = sorted((row["views"] for row in sample["posts"]), reverse=True)
    votes = votes_by_post(sample)
    top = len(votes) // 100
    assert 0.3 < sum(votes[:top]) / sum(votes) < 0.5
    assert 0.33 < sum(views[:top]) / sum(views) < 0.5
    assert median(votes) < mean(votes) / 2


def test_hot_posts_are_talked_about_in_threads(sample: Tables) -> None:
    """One post has over 200 comments, on several levels, never more than eight."""
    depths: dict[int, int] = {}
    for row in sample["comments"]:
        depths[row["id"]] = 1 + depths.get(row["parent_id"], 0)
    assert max(row["comment_count"] for row in sample["posts"]) > 200
    assert 5 <= max(depths.values()) <= 8
    assert 1.6 < mean(depths.values()) < 2.6


def test_small_has_accounts_above_the_fan_out_threshold() -> None:
    """In `small` at least two accounts have well over 500 followers, and the mean is about 39."""
    users = users_of(Generated(SMALL))
    followers = sorted((row["follower_count"] for row in users), reverse=True)
    assert followers[1] > 550
    assert 36 < mean(followers) < 43


def test_demo_accounts_come_first() -> None:
    """`demo` follows about sixty and is followed, by `alice` and `bob` too."""
    users = users_of(Generated(SMALL))
    demo = users[0]
    assert [row["handle"] for row in users[:3]] == ["demo", "alice", "bob"]
    assert 60 <= demo["following_count"] <= 62
    assert 20 < demo["follower_count"] < 500


def test_tags_are_used_by_zipf(sample: Tables) -> None:
    """About 150 tags, the commonest on a good part of the posts."""
    used = Counter(row["tag_id"] for row in sample["post_tags"])
    commonest = [number for _, number in used.most_common(10)]
    assert 140 <= len(used) <= 150
    assert 5 < commonest[0] / commonest[9] < 15
