"""Tree: learned patterns. Words that differ from key to key are ids, whatever they look like.

`profile:{alice}`, `profile:{bob}` and 500 more are `profile:{*}`; sixty applications that share a
server, each with thousands of keys, are sixty patterns. What tells them apart is how often a word
comes back, and that is known only when many keys were seen: so words are kept apart until there are
too many of them, or until the scan is over.
"""

import re
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, Self, TypeVar

from .shapes import segments

WORDS = 50  # up to so many different words in one place are words
NUMBERED = 5  # so many words that differ in a number alone are ids
NUMBER = re.compile(r"\d+")
VERSION = re.compile(r"[vV]\d{1,4}")
MOST_WORDS = 500  # so many are kept apart while nobody knows yet
KEYS_PER_WORD = 20.0  # words come back; ids hold a few keys each


class Mergeable(Protocol):
    """What is told of a pattern; `keys` says of how many keys."""

    keys: int

    def merge(self, other: Self) -> None:
        """Add what another pattern's keys were."""


T = TypeVar("T", bound=Mergeable)


class _Node(Generic[T]):
    __slots__ = ("children", "keys", "starred", "tally")

    def __init__(self) -> None:
        self.children: dict[str, _Node[T]] = {}
        self.keys = 0
        self.starred = False  # words of this place are ids
        self.tally: T | None = None


class Tree(Generic[T]):
    """Patterns by segment, at most about `most` of them, with a tally each."""

    def __init__(self, new: Callable[[], T], most: int) -> None:
        self._new = new
        self._most = most
        self._root: _Node[T] = _Node()
        self._leaves = 0

    def tally_of(self, shape: str) -> T:
        """The tally that a key of this shape counts into now."""
        node = self._root
        node.keys += 1
        for segment in segments(shape):
            word = star(segment) if node.starred else segment
            below = node.children.get(word)
            if below is None:
                below = node.children[word] = _Node()
                if len(node.children) > MOST_WORDS:
                    self._star(node)
                    below = node.children[star(segment)]
            below.keys += 1
            node = below
        if node.tally is None:
            node.tally = self._new()
            self._leaves += 1
            if self._leaves > self._most:
                self._shrink()
                return self._again(shape)
        return node.tally

    def settled(self) -> Iterator[tuple[str, T]]:
        """All patterns, once the scan is over."""
        self._settle(self._root)
        yield from self._walk(self._root, "")

    def _again(self, shape: str) -> T:
        """Where a shape counts after the tree was folded under it."""
        node = self._root
        for segment in segments(shape):
            node = node.children.get(segment) or node.children[star(segment)]
        if node.tally is None:
            node.tally = self._new()
        return node.tally

    def _settle(self, node: _Node[T]) -> None:
        self._join_numbered(node)
        words = [word for word in node.children if not is_star(word) and not is_separator(word)]
        if len(words) > WORDS:
            keys = sum(node.children[word].keys for word in words)
            if keys < KEYS_PER_WORD * len(words):
                self._star(node)
        for below in node.children.values():
            self._settle(below)

    def _join_numbered(self, node: _Node[T]) -> None:
        """`u7` and `u12` beside `u*` are ids of few digits; so are five such words of few keys."""
        alike: dict[str, list[str]] = {}
        for word in node.children:
            name = NUMBER.sub("*", word)
            if name != word:
                alike.setdefault(name, []).append(word)
        for name, words in alike.items():
            keys = sum(node.children[word].keys for word in words)
            is_few = len(words) >= NUMBERED and keys < KEYS_PER_WORD * len(words)
            if VERSION.fullmatch(words[0]) or not (name in node.children or is_few):
                continue
            into = node.children.setdefault(name, _Node())
            for word in words:
                self._merge(into, node.children.pop(word))

    def _shrink(self) -> None:
        """Too many patterns: fold the place with the most words."""
        widest = max(self._nodes(self._root), key=lambda node: len(node.children))
        self._star(widest)
        self._leaves = sum(node.tally is not None for node in self._nodes(self._root))

    def _star(self, node: _Node[T]) -> None:
        node.starred = True
        old, node.children = node.children, {}
        for word, below in old.items():
            name = star(word)
            there = node.children.get(name)
            if there is None:
                node.children[name] = below
            else:
                self._merge(there, below)

    def _merge(self, into: _Node[T], other: _Node[T]) -> None:
        into.keys += other.keys
        if other.tally is not None:
            if into.tally is None:
                into.tally = other.tally
            else:
                into.tally.merge(other.tally)
        if other.starred and not into.starred:
            self._star(into)
        for word, below in other.children.items():
            name = star(word) if into.starred else word
            if name in into.children:
                self._merge(into.children[name], below)
            else:
                into.children[name] = below

    def _nodes(self, node: _Node[T]) -> Iterator[_Node[T]]:
        yield node
        for below in node.children.values():
            yield from self._nodes(below)

    def _walk(self, node: _Node[T], name: str) -> Iterator[tuple[str, T]]:
        if node.tally is not None:
            yield name, node.tally
        for word, below in node.children.items():
            yield from self._walk(below, name + word)


def star(word: str) -> str:
    """A word as an id; a hash tag stays one, a separator is no word."""
    if is_separator(word):
        return word
    if len(word) > 1 and word[0] == "{" and word[-1] == "}":
        return "{*}"
    return "*"


def is_star(word: str) -> bool:
    """Whether a word stands for ids already."""
    return word in {"*", "{*}"}


def is_separator(word: str) -> bool:
    """Whether this is what stands between words."""
    return len(word) == 1 and word in ":/.|"
