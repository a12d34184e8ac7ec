"""Refusals: what this server would not tell, a reason for each column that lacks it."""

from redis.exceptions import NoPermissionError, ResponseError

from .link import Reply, reason_of

_OF_THE_COMMAND = ("unknown command", "unknown subcommand", "lfu maxmemory", "to run the")
# The whole server cannot answer now: nothing of this key, and nothing of any other.
_NOT_NOW = ("LOADING", "MASTERDOWN", "CLUSTERDOWN", "BUSY")


class Refusals:
    """Columns that are unknown. A command that was refused is not sent again."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    def note(self, column: str, reason: str) -> None:
        """Leave a column out from here on; the first reason stays."""
        self.reasons.setdefault(column, reason)

    def lacks(self, column: str) -> bool:
        """Whether a column is left out."""
        return column in self.reasons

    def is_of_command(self, column: str, reply: Reply) -> bool:
        """Whether a reply refuses the command itself, not this one key; it is noted then."""
        if not isinstance(reply, ResponseError):
            return False
        text = str(reply)
        if text.startswith(_NOT_NOW):
            raise reply
        if not any(part in text.lower() for part in _OF_THE_COMMAND):
            return False
        self.note(column, reason_of(reply))
        return True


def hides_key(reply: Reply) -> bool:
    """Whether the right to this very key is missing; another key may be seen."""
    return isinstance(reply, NoPermissionError) and "to run the" not in str(reply).lower()
