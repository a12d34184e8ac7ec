"""Reading: what the server knows of each key. The idle time comes first, values come last.

Race (the audit that destroys its evidence):
    1. `feed:7` was written a month ago and nobody has read it since
    2. an audit looks at its value, or at its length, and then asks how long it has been idle
    3. the answer is 0, now and for next week's audit: what nobody reads looks well read
So idle times are read before all else, and on a link that touches nothing where there is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .link import Link, Reply
from .options import Options
from .refusals import Refusals, hides_key

MISSING = b"none"
PERSISTENT, GONE = -1, -2
# One allocation each: their size is exact however many members are looked at.
WHOLE = {"string", "listpack", "ziplist", "intset", "int", "embstr", "raw"}
SAMPLED_MEMBERS = 1000


@dataclass(slots=True)
class KeyFacts:
    """One key. `None` is what this server does not tell; `expires_ms` is -1 without a TTL."""

    key: bytes
    idle_s: int | None
    kind: str | None
    expires_ms: int | None
    encoding: str | None
    bytes: int | None
    is_rough: bool = False  # a large collection, measured on some of its members


class Question(NamedTuple):
    """A column, and the words that ask for it before and after the key."""

    column: str
    before: tuple[bytes, ...]


# The order is the rule: the first may not follow anything that could touch.
QUESTIONS = (
    Question("idle", (b"OBJECT", b"IDLETIME")),
    Question("type", (b"TYPE",)),
    Question("ttl", (b"PEXPIRETIME",)),
    Question("encoding", (b"OBJECT", b"ENCODING")),
    Question("bytes", (b"MEMORY", b"USAGE")),
)


class Reader:
    """Asks one node about keys, batch by batch, and leaves out what was refused once."""

    def __init__(
        self,
        link: Link,
        refusals: Refusals,
        options: Options,
        order: Sequence[Question] = QUESTIONS,
    ) -> None:
        self._link = link
        self._refusals = refusals
        self._options = options
        self._order = order
        self.vanished = 0
        self.hidden = 0

    def read(self, keys: Sequence[bytes]) -> list[KeyFacts]:
        """Facts of the keys that are still there and may be seen."""
        asked = [question for question in self._order if not self._refusals.lacks(question.column)]
        replies = self._link.ask_all([(*one.before, key) for key in keys for one in asked])
        width = len(asked)
        facts = [
            fact
            for place, key in enumerate(keys)
            if (fact := self._fact(key, asked, replies[place * width : (place + 1) * width]))
        ]
        self._measure_well(facts)
        return facts

    def _fact(
        self, key: bytes, asked: Sequence[Question], replies: Sequence[Reply]
    ) -> KeyFacts | None:
        told: dict[str, Reply] = {}
        for question, reply in zip(asked, replies, strict=True):
            if not isinstance(reply, Exception):
                told[question.column] = reply
            elif hides_key(reply):
                self.hidden += 1
                return None
            elif not self._refusals.is_of_command(question.column, reply):
                self.vanished += 1  # moved to another node, or gone between two commands
                return None
        if _is_gone(told):
            self.vanished += 1
            return None
        return KeyFacts(
            key,
            told.get("idle"),
            _text(told.get("type")),
            told.get("ttl"),
            _text(told.get("encoding")),
            told.get("bytes"),
        )

    def _measure_well(self, facts: Sequence[KeyFacts]) -> None:
        """Ask again for collections: five members, the default, say little of the others.

        By bytes and not by their number of members: asking for that touches the key.
        """
        large = [one for one in facts if one.bytes is not None and _is_collection(one)]
        most = self._options.exact_size_bytes
        replies = self._link.ask_all(
            [
                (b"MEMORY", b"USAGE", one.key, b"SAMPLES", SAMPLED_MEMBERS * (one.bytes > most))
                for one in large
                if one.bytes is not None
            ]
        )
        for one, reply in zip(large, replies, strict=True):
            if isinstance(reply, int):
                one.is_rough = one.bytes is not None and one.bytes > most
                one.bytes = reply


def _is_gone(told: dict[str, Reply]) -> bool:
    # `nil` of a command that answers about every key there is: it went in between.
    if told.get("type") == MISSING or told.get("ttl") == GONE:
        return True
    return any(name in told and told[name] is None for name in ("idle", "encoding", "bytes"))


def _is_collection(fact: KeyFacts) -> bool:
    return fact.kind != "string" and fact.encoding is not None and fact.encoding not in WHOLE


def _text(raw: bytes | None) -> str | None:
    """A word of the server's; of a module's type whatever it calls itself, within reason."""
    return None if raw is None else raw[:32].decode("ascii", errors="replace")
