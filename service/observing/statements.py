"""Statements of one process: how many were sent, and how many of them the server did not count.

A server counts what it has carried out. What it refused is in no count of its own; of what was cut
off half way nobody here knows how far it got.
"""


class Statements:
    """Counts since the process began."""

    def __init__(self) -> None:
        self.sent = 0
        self.failed = 0
        self.cut_off = 0

    def send(self) -> None:
        """One was sent to the database."""
        self.sent += 1

    def fail(self, error: BaseException) -> None:
        """One that was sent ended with this error. A cancellation says nothing of the server."""
        if isinstance(error, Exception):
            self.failed += 1
        else:
            self.cut_off += 1
