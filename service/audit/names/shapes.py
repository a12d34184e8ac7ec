"""Shapes: what of a name is an id, by its looks alone. `user:42:card` becomes `user:*:card`.

Folded: UUIDs, hashes, numbers, dates, addresses, random text, whatever is not readable.
Kept: words, words with a digit or two (`s3`, `oauth2`), versions (`v2`).
"""

import re

# The order matters: a UUID has numbers in it.
_IDS = re.compile(
    r"""
      [0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}     # UUID
    | (?<![0-9A-Za-z])[0-7][0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Za-z])  # ULID
    | [^\s:/|{}@]+@[^\s:/|{}@]+\.[A-Za-z]{2,}                     # mail
    | (?<![0-9A-Za-z])\d{1,3}(?:\.\d{1,3}){3}(?![0-9A-Za-z])      # IPv4
    | (?<![0-9A-Za-z])\d{4}-\d{2}-\d{2}(?:[T_-]?\d{2}(?:[:.-]?\d{2}){0,2})?(?![0-9A-Za-z])  # date
    | (?<![0-9A-Za-z])(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}(?![0-9A-Za-z])    # hash
    | (?<![0-9A-Za-z])[0-9a-fA-F]{32,}(?![0-9A-Za-z])
    | (?<![0-9A-Za-z_])(?=[\w+=-]*\d)(?=[\w+=-]*[A-Z])(?=[\w+=-]*[a-z])
      [A-Za-z0-9_+=-]{16,}(?![0-9A-Za-z_])                        # base64, nanoid, token
    | \d{3,}                                                       # 123, user123
    | (?<![0-9A-Za-z])-?\d+(?:\.\d+)?(?![0-9A-Za-z])              # 7, -7, 7.5
    """,
    re.VERBOSE,
)
_VERSION = re.compile(r"(?<![0-9A-Za-z])[vV]\d{1,4}(?![0-9A-Za-z])")
_STARS = re.compile(r"\*(?:[-_+,=~]?\*)+")
# Where something new begins; text in between is one segment.
SEPARATORS = ":/.|"
_SPLIT = re.compile(r"([:/.|])")
_LAST_SEPARATOR = re.compile(r".*[:/.|_-]", re.DOTALL)
MOST_SEGMENTS = 12


def text_of(key: bytes) -> tuple[str, bool]:
    """A key as text, and whether it is text. Of binary keys what can be read before the rest."""
    if key.isascii() and (text := key.decode("ascii")).isprintable():
        return text, True
    try:
        text = key.decode()
        unreadable = next((i for i, letter in enumerate(text) if not letter.isprintable()), None)
        if unreadable is None:
            return text, True
        return text[:unreadable], False
    except UnicodeDecodeError as error:
        text = key[: error.start].decode()
        end = next((i for i, letter in enumerate(text) if not letter.isprintable()), len(text))
        return text[:end], False


def folded(key: bytes) -> str:
    """The name with ids as `*`; what follows the first unreadable byte is one `*`."""
    text, is_text = text_of(key)
    if not is_text:
        found = _LAST_SEPARATOR.match(text)
        return fold(found.group() if found else "") + "*"
    return fold(text)


def fold(text: str) -> str:
    """Ids as `*`."""
    kept = _VERSION.search(text)
    if kept:
        return fold(text[: kept.start()]) + kept.group() + fold(text[kept.end() :])
    return _STARS.sub("*", _IDS.sub("*", text))


def segments(text: str) -> list[str]:
    """Words and separators in turn: `user:*:card` is [user, :, *, :, card]."""
    parts = _SPLIT.split(text)
    if len(parts) > MOST_SEGMENTS:
        return [*parts[:MOST_SEGMENTS], "*"]
    return parts
