"""Requests drawn by shares over one population: one seed, one trace."""

import random
from collections.abc import Callable, Iterator, Mapping

from loadtests.mixes.endless import EndlessMix
from loadtests.mixes.request import TOP_OF_DAY, WRITES, Request
from loadtests.mixes.writing import comment, publish, vote
from loadtests.popularity import Zipf, order_by_weight
from loadtests.population import Population

HOT_POST_SHARE = 0.05  # of post reads: Meta's hottest key takes 3-6.6 % of all gets
SIGNED_IN_SHARE = 0.5  # of post and comment reads


class DrawnMix(EndlessMix):
    """Draws requests of each kind by its share of all.

    Readers, authors read about, posts read and posts written to are four separate Zipf orders:
    what is hot to read is not what is hot to write.
    """

    def __init__(self, population: Population, seed: int, shares: Mapping[str, float]) -> None:
        rng = random.Random(f"{seed}:orders")
        posts, upvotes = population.posts, population.upvotes
        handles, followers = population.handles, population.followers
        members = [handle for handle in handles if handle in population.tokens]
        self._read_posts = Zipf(order_by_weight(posts, upvotes, rng))
        self._hot_post = self._read_posts.draw(rng)
        self._written_posts = Zipf(order_by_weight(posts, upvotes, rng))
        self._authors = Zipf(order_by_weight(handles, followers, rng))
        self._readers = Zipf(rng.sample(members, len(members))) if members else None
        self._writers = Zipf(rng.sample(members, len(members))) if members else None
        drawn = {k: v for k, v in shares.items() if members or k not in WRITES | {"feed"}}
        self._kinds, self._weights = list(drawn), list(drawn.values())
        super().__init__(seed, self._drawn)

    def _drawn(self, rng: random.Random) -> Iterator[Request]:
        while True:
            yield _DRAWS[rng.choices(self._kinds, self._weights)[0]](self, rng)

    def _post(self, rng: random.Random) -> Request:
        hot = rng.random() < HOT_POST_SHARE
        post = self._hot_post if hot else self._read_posts.draw(rng)
        return Request("post", "GET", f"/v1/posts/{post}", self._perhaps_reader(rng))

    def _comments(self, rng: random.Random) -> Request:
        path = f"/v1/posts/{self._read_posts.draw(rng)}/comments"
        return Request("comments", "GET", path, self._perhaps_reader(rng))

    def _feed(self, rng: random.Random) -> Request:
        return Request("feed", "GET", "/v1/feed", self._reader(rng))

    def _profile(self, rng: random.Random) -> Request:
        return Request("profile", "GET", f"/v1/users/{self._authors.draw(rng)}")

    def _author_posts(self, rng: random.Random) -> Request:
        return Request("author_posts", "GET", f"/v1/users/{self._authors.draw(rng)}/posts")

    def _reputation(self, rng: random.Random) -> Request:
        return Request("reputation", "GET", f"/v1/users/{self._authors.draw(rng)}/reputation")

    def _trending(self, _rng: random.Random) -> Request:
        return Request("trending", "GET", "/v1/trending/posts")

    def _top(self, _rng: random.Random) -> Request:
        return Request("top", "GET", TOP_OF_DAY)

    def _vote(self, rng: random.Random) -> Request:
        return vote(rng, self._written_posts.draw(rng), self._writer(rng))

    def _comment(self, rng: random.Random) -> Request:
        return comment(rng, self._written_posts.draw(rng), self._writer(rng))

    def _publish(self, rng: random.Random) -> Request:
        return publish(rng, self._writer(rng))

    def _follow(self, rng: random.Random) -> Request:
        writer, author = self._writer(rng), self._authors.draw(rng)
        while author == writer:
            author = self._authors.draw(rng)
        return Request("follow", "PUT", f"/v1/users/{author}/follow", writer)

    def _perhaps_reader(self, rng: random.Random) -> str | None:
        signed_in = rng.random() < SIGNED_IN_SHARE
        return self._readers.draw(rng) if signed_in and self._readers else None

    def _reader(self, rng: random.Random) -> str:
        assert self._readers is not None, "feeds are drawn only where somebody can sign in"
        return self._readers.draw(rng)

    def _writer(self, rng: random.Random) -> str:
        assert self._writers is not None, "writes are drawn only where somebody can sign in"
        return self._writers.draw(rng)


_DRAWS: dict[str, Callable[[DrawnMix, random.Random], Request]] = {
    "post": DrawnMix._post,
    "feed": DrawnMix._feed,
    "comments": DrawnMix._comments,
    "profile": DrawnMix._profile,
    "author_posts": DrawnMix._author_posts,
    "reputation": DrawnMix._reputation,
    "trending": DrawnMix._trending,
    "top": DrawnMix._top,
    "vote": DrawnMix._vote,
    "comment": DrawnMix._comment,
    "publish": DrawnMix._publish,
    "follow": DrawnMix._follow,
}
