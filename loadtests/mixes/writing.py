"""What people write: votes, comments, posts. Texts are prose, so that they compress as prose."""

import json
import random

from loadtests.mixes.request import Request
from loadtests.prose import sentence


def vote(rng: random.Random, post: int, writer: str) -> Request:
    """Four votes in five are up."""
    body = json.dumps({"value": rng.choices((1, -1, 0), (80, 15, 5))[0]}).encode()
    return Request("vote", "PUT", f"/v1/posts/{post}/vote", writer, body)


def comment(rng: random.Random, post: int, writer: str) -> Request:
    """A comment on a post."""
    body = json.dumps({"body": sentence(rng, words=rng.randint(8, 50))}).encode()
    return Request("comment", "POST", f"/v1/posts/{post}/comments", writer, body)


def publish(rng: random.Random, writer: str) -> Request:
    """A post."""
    title, text = sentence(rng, words=8), sentence(rng, words=rng.randint(40, 200))
    body = json.dumps({"title": title, "body": text, "tags": ["news"]}).encode()
    return Request("publish", "POST", "/v1/posts", writer, body)
