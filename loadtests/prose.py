"""Words for what the traffic writes: natural lengths, compressible like people's own."""

import random

_TEXT = """
    the a of and to in that it is was for on are with they be at one have this from had by not but
    what some we can out other were all there when up use your how said an each she cache database
    key request answer user post feed follow vote comment reader write slow fast memory server night
    morning people question really never always because maybe
"""
_WORDS = _TEXT.split()


def sentence(rng: random.Random, *, words: int) -> str:
    """`words` words, a capital first and a full stop last."""
    return " ".join(rng.choices(_WORDS, k=words)).capitalize() + "."
