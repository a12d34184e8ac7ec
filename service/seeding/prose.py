"""Titles, posts and comments that read and compress like prose, with the lengths of real ones."""

import math
import random
import re
from collections.abc import Sequence
from itertools import accumulate

from service.seeding import words

SENTENCES = 6_000  # a text takes some of these; two texts rarely share more than a few
REPLIES = 300
VOWEL = re.compile(r"\ba (?=[aeiou])")

# Log-normal: median and spread of the length in characters. On real sites posts have p50 450-800
# and p99 3-8 k, comments p50 150-200 and p99 600, titles p50 49.
POST = (600, 0.92)
COMMENT = (172, 0.55)
TITLE = (49, 0.30)
LONGEST_POST = 20_000
LONGEST_COMMENT = 2_000
LONGEST_TITLE = 120
SENTENCES_A_PARAGRAPH = 5


class Prose:
    """A writer with a vocabulary of Zipf frequencies; the same `rng`, the same words."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._vocabulary = _Vocabulary(rng)
        shapes = [*words.SHAPES * 3, *words.QUESTIONS]
        self._sentences = [self._sentence(rng.choice(shapes)) for _ in range(SENTENCES)]
        self._replies = [self._sentence(rng.choice(words.REPLIES)) for _ in range(REPLIES)]

    def post(self) -> str:
        """A post's body: paragraphs."""
        sentences = self._fill(self._length(POST, LONGEST_POST), [])
        step = SENTENCES_A_PARAGRAPH
        starts = range(0, len(sentences), step)
        return "\n\n".join(" ".join(sentences[at : at + step]) for at in starts)

    def comment(self) -> str:
        """A comment: a remark, or some sentences."""
        opening = [self._rng.choice(self._replies)]
        return " ".join(self._fill(self._length(COMMENT, LONGEST_COMMENT), opening))

    def title(self) -> str:
        """A title, without a full stop."""
        length = self._length(TITLE, LONGEST_TITLE)
        title = self._phrase(self._rng.choice(words.TITLES))
        while len(title) < length - 8:
            title += " " + self._phrase(self._rng.choice(words.TITLE_TAILS))
        return _capital(title[:LONGEST_TITLE].rstrip())

    def bio(self) -> str:
        """One sentence, or none."""
        return self._rng.choice(self._sentences) if self._rng.random() < 0.7 else ""

    def _fill(self, length: int, sentences: list[str]) -> list[str]:
        """Add sentences until another would rather overshoot."""
        pool, rand, short = self._sentences, self._rng.random, 0
        short = length - sum(map(len, sentences)) - len(sentences)
        while True:
            sentence = pool[int(rand() * SENTENCES)]
            if sentences and short < len(sentence) / 2:
                return sentences
            sentences.append(sentence)
            short -= len(sentence) + 1

    def _length(self, shape: tuple[int, float], longest: int) -> int:
        median, spread = shape
        return min(longest, int(median * math.exp(self._rng.gauss(0, spread))))

    def _sentence(self, shape: str) -> str:
        return _capital(self._phrase(shape)) + ("?" if shape in words.QUESTIONS else ".")

    def _phrase(self, shape: str) -> str:
        return VOWEL.sub("an ", shape.format_map(self._vocabulary))


class _Vocabulary(dict[str, str]):
    """Looks up a kind of word, gives a word of that kind."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng
        names = ["".join(rng.choices(words.SYLLABLES, k=rng.randint(2, 4))) for _ in range(800)]
        self._kinds = {
            "noun": _Zipf(words.NOUNS),
            "verb": _Zipf(words.VERBS),
            "action": _Zipf(words.ACTIONS),
            "adj": _Zipf(words.ADJECTIVES),
            "adverb": _Zipf(words.ADVERBS),
            "place": _Zipf(words.PLACES),
            "name": _Zipf([name.capitalize() for name in names]),
        }

    def __missing__(self, kind: str) -> str:
        if kind == "number":
            return str(int(self._rng.paretovariate(0.6)) % 2_000 + 2)
        if kind == "opener":
            return self._rng.choice(words.OPENERS).format_map(self)
        return self._kinds[kind].draw(self._rng)


class _Zipf:
    """Draws from a list: the n-th has weight 1/n, flattened for the first few."""

    def __init__(self, items: Sequence[str]) -> None:
        self._items = items
        self._weights = list(accumulate(1 / (rank + 5) for rank in range(len(items))))

    def draw(self, rng: random.Random) -> str:
        return rng.choices(self._items, cum_weights=self._weights)[0]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
